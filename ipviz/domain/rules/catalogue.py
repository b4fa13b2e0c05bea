"""Every rule there is, in the order of docs/domain.md."""

from collections.abc import Mapping
from typing import Final

from ipviz.domain.rules.allocations import C1, C2
from ipviz.domain.rules.balancers import P6, P7, P8
from ipviz.domain.rules.capacity import P1, P2, P4
from ipviz.domain.rules.claims import P3, P5
from ipviz.domain.rules.configs import H11, H12
from ipviz.domain.rules.covered import H6
from ipviz.domain.rules.declared import C12, H7
from ipviz.domain.rules.drift import H14
from ipviz.domain.rules.endpoints import C7, C8, C9
from ipviz.domain.rules.holders import P9
from ipviz.domain.rules.machines import C10, C11
from ipviz.domain.rules.neighbours import H9
from ipviz.domain.rules.planned import H16, H17
from ipviz.domain.rules.ranges import H2, H3, H4, H5
from ipviz.domain.rules.rule import Rule
from ipviz.domain.rules.services import C3, C4, C5
from ipviz.domain.rules.sharing import C6, C13
from ipviz.domain.rules.sight import B1
from ipviz.domain.rules.squatters import H1, H10
from ipviz.domain.rules.statics import H8, H13, H15
from ipviz.domain.rules.strangers import B2
from ipviz.domain.rules.unsent import B3

_COLLISIONS = (C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13)
_HAZARDS = (H1, H2, H3, H4, H5, H6, H7, H8, H9, H10, H11, H12, H13, H14, H15, H16, H17)
_CAPACITY = (P1, P2, P3, P4, P5, P6, P7, P8, P9)

_BLIND_SPOTS = (B1, B2, B3)

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in (*_COLLISIONS, *_HAZARDS, *_CAPACITY, *_BLIND_SPOTS)
}
