"""Every rule there is, in the order of docs/domain.md."""

from collections.abc import Mapping
from typing import Final

from ipviz.domain.rules.allocations import C1, C2
from ipviz.domain.rules.endpoints import C7, C8, C9
from ipviz.domain.rules.ranges import H2, H3, H5
from ipviz.domain.rules.rule import Rule
from ipviz.domain.rules.services import C3, C4, C5
from ipviz.domain.rules.sight import B1
from ipviz.domain.rules.squatters import H1
from ipviz.domain.rules.strangers import B2

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule for rule in (C1, C2, C3, C4, C5, C7, C8, C9, H1, H2, H3, H5, B1, B2)
}
