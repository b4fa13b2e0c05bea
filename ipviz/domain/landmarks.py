"""What the operator declared of a subnet: addresses that are nobody's, and ranges that DHCP hands out."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.spans import Span, network_text, single


class Landmark(StrEnum):
    GATEWAY = "the gateway"
    NETWORK = "the network address"
    BROADCAST = "the broadcast address"


@dataclass(frozen=True, slots=True)
class Marked:
    """One address of a subnet that nobody may take, and why."""

    span: Span
    landmark: Landmark
    subnet: Span

    def __str__(self) -> str:
        return f"{self.landmark} of {network_text(self.subnet)}"


def marks_of(subnet: DeclaredSubnet) -> tuple[Marked, ...]:
    """Network, broadcast and gateway; IPv6 has no broadcast, and the shortest networks reserve nothing."""
    span = subnet.span
    marks = []
    if span.size > 2:
        marks.append(Marked(single(span.version, span.first), Landmark.NETWORK, span))
        if span.version == 4:
            marks.append(Marked(single(span.version, span.last), Landmark.BROADCAST, span))
    if subnet.gateway:
        marks.append(Marked(subnet.gateway, Landmark.GATEWAY, span))
    return tuple(marks)


def declared_marks(subnets: Iterable[DeclaredSubnet]) -> tuple[Marked, ...]:
    """Those of the subnets that somebody declared: what a pool makes us guess proves nothing."""
    return tuple(mark for subnet in subnets if subnet.declared for mark in marks_of(subnet))
