"""Address: who has it, who had it, and who could give it out?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ipviz.clusters.models import Subnet
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import Interval, intervals_of
from ipviz.domain.occupants import RANGE_ROLES
from ipviz.domain.spans import Span
from ipviz.findings.census import collisions_among
from ipviz.findings.models import Finding
from ipviz.inventory.models import Occupancy
from ipviz.inventory.reading import occupants_within
from ipviz.web.notes import without_echoes
from ipviz.web.picture import reach_of
from ipviz.web.states import look_of

EARLIER = 100


def holder_context(address: Span, segment: str, at: datetime) -> dict[str, Any]:
    """Who holds one address now, and what could hand it out. A bounded number of queries."""
    subnet = Subnet.objects.whole().on(segment).around(address).first()
    findings = list(Finding.objects.standing().on(segment).touching(address).whole())
    interval = _interval(address, segment, subnet, findings)
    return {"at": at, **holder_of(address, segment, subnet, interval, findings)}


def holder_of(
    address: Span, segment: str, subnet: Subnet | None, interval: Interval, findings: Sequence[Finding]
) -> dict[str, Any]:
    """The same from what is known already: the interval in which the address lies, and its findings."""
    declared = subnet.as_declared() if subnet else None
    return {
        "address": address,
        "segment": segment,
        "subnet": subnet,
        "findings": findings,
        "interval": interval,
        "look": look_of(interval),
        "holders": without_echoes(interval.occupants),
        "is_dhcp": declared is not None and any(span.contains(address) for span in declared.dhcp),
        "is_gateway": declared is not None and declared.gateway == address,
    }


def address_page(address: Span, segment: str, at: datetime) -> dict[str, Any]:
    earlier = Occupancy.objects.on(segment).addresses().within(address).ended()[:EARLIER]
    resolved = Finding.objects.resolved().on(segment).touching(address).whole()[:EARLIER]
    elsewhere = Subnet.objects.whole().elsewhere(segment).around(address)[:EARLIER]
    return {
        **holder_context(address, segment, at),
        "earlier": list(earlier),
        "resolved": list(resolved),
        "elsewhere": list(elsewhere),
    }


def _interval(address: Span, segment: str, subnet: Subnet | None, findings: list[Finding]) -> Interval:
    """The one interval of the address; where it lies in no known subnet, it is looked at alone."""
    occupants = occupants_within(segment, address)
    if any(each.role in RANGE_ROLES for each in occupants):
        occupants = occupants_within(segment, reach_of(address, occupants))
    declared = subnet.as_declared() if subnet else DeclaredSubnet(address)
    intervals = intervals_of(declared, occupants, collisions_among(findings))
    return next(each for each in intervals if each.span.contains(address))
