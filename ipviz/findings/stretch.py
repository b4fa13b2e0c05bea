"""The stretch of a network around what a finding is about, as it is known now or was at a moment.

On this floor, because the map's worst state, a collision, is what findings say of an address.
"""

from datetime import datetime

from ipviz.clusters.models import Subnet
from ipviz.domain.intervals import intervals_of
from ipviz.domain.spans import Span
from ipviz.domain.stretch import Stretch, stretch_in, whole_family, window_of
from ipviz.findings.census import collisions_among
from ipviz.findings.models import Finding
from ipviz.inventory.reading import occupants_within


def stretch_of(segment: str, about: Span, *, at: datetime | None = None) -> Stretch:
    """What is known around a span on the segment of that name. Five queries, of what meets the stretch only.

    It ends where the smallest subnet ends that holds the span; where none does, nothing bounds it.
    """
    subnet = Subnet.objects.on(segment).around(about).first()
    declared = subnet.as_declared() if subnet else whole_family(about.version)
    window = window_of(about, declared.span)
    occupants = occupants_within(segment, window.span, at)
    findings = Finding.objects.as_judged(at).on(segment).touching(window.span)
    intervals = intervals_of(declared, occupants, collisions_among(findings))
    return stretch_in(window, about, intervals)
