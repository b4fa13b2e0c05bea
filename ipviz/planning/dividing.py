"""Dividing a subnet as it is: what goes where, why not otherwise, and the files that make it so."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db import transaction

from ipviz.clusters.models import Segment, Subnet
from ipviz.clusters.registry import segment_named
from ipviz.clusters.subnets import declare, known_subnet, plan, undeclared
from ipviz.domain.division import Division, Fault, divide, smallest_prefix
from ipviz.domain.needs import Needs
from ipviz.domain.placing import Lack
from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import count, parse_entry, subtracted
from ipviz.planning.errors import CannotPlan
from ipviz.planning.free_space import reasons_against
from ipviz.planning.ground import Standing, standing_in
from ipviz.planning.writing import File, Site, files_of

MOST_NODES = 1_000_000
MOST_CLUSTERS = 1000
MOST_BALANCERS = 4096
MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A division with its words.

    Args:
        faults: each with the reason for it, in a sentence.
        lack: what does not fit, in a sentence; empty where all does.
        smallest: the prefix length of the smallest subnet that would do; None where all fits, or none does.
        notes: what else to think of.
    """

    standing: Standing
    needs: Needs
    division: Division
    faults: tuple[tuple[Part, str], ...]
    lack: str
    smallest: int | None
    notes: tuple[str, ...]
    files: tuple[File, ...]

    @property
    def subnet(self) -> Subnet:
        return self.standing.subnet

    @property
    def fits(self) -> bool:
        return self.division.fits


def subnet_at(segment: Segment, cidr: str, gateway: str = "") -> Subnet:
    """The subnet of that CIDR; where none is known, one to think about, which is stored nowhere.

    Raises:
        WrongSubnet: no CIDR, or a gateway that can't be.
    """
    known = known_subnet(cidr, segment.name)
    return known or undeclared(segment, cidr, gateway)


def as_kept(subnet: Subnet, since: datetime) -> Proposal:
    """The plan of a subnet against what is there now; of one without, a first proposal."""
    return propose(subnet, planned_with(subnet), since)


def planned_with(subnet: Subnet) -> dict[str, Any]:
    """What was asked for when it was planned, and the parts that came out; nothing where it was not."""
    return {**subnet.needs, "fixed": subnet.as_declared().planned}


def propose(subnet: Subnet, asked: Mapping[str, Any], since: datetime) -> Proposal:
    """Divide it.

    Args:
        asked: of `Needs`, as far as somebody said it; the rest is as it stands there.
        since: what was given up since then is held still.

    Raises:
        CannotPlan: a pool bears that name already, with addresses elsewhere.
    """
    return proposal_of(standing_in(subnet, since), asked)


def proposal_of(standing: Standing, asked: Mapping[str, Any]) -> Proposal:
    """The same, of what stands there already. Two queries for each part that is not free, else none."""
    subnet = standing.subnet
    needs = needs_of(standing, asked)
    _refuse_names(standing, needs)
    division = divide(standing.ground, needs)
    site = Site(subnet.cidr, subnet.segment.name, subnet.gateway, standing.pools, standing.strange)
    return Proposal(
        standing=standing,
        needs=needs,
        division=division,
        faults=tuple(_in_words(subnet, each) for each in division.faults),
        lack=_lack_in_words(division.lack, needs) if division.lack else "",
        smallest=smallest_prefix(subnet.span.version, needs) if division.lack else None,
        notes=tuple(_notes(standing, division)),
        files=files_of(division, needs, site) if division.fits else (),
    )


def needs_of(standing: Standing, asked: Mapping[str, Any]) -> Needs:
    """What was asked, and where nothing was said what stands there. What is there already is not chosen."""
    needs = replace(standing.first_needs, **asked)
    return replace(needs, fixed=tuple(part for part in needs.fixed if part not in standing.ground.kept))


@transaction.atomic
def keep(proposal: Proposal) -> Subnet:
    """Keep what fits as the plan of its subnet, which is declared for it where it was not.

    What is there already for one of the uses is part of the plan.

    Raises:
        WrongSubnet: it cannot be declared.
    """
    subnet = proposal.subnet
    if not subnet.declared:
        subnet = declare(
            segment_named(subnet.segment.name), subnet.cidr, name=subnet.name, gateway=subnet.gateway
        )
    parts = sorted({*proposal.division.kept, *proposal.division.parts}, key=lambda part: part.span)
    return plan(subnet, parts, stored(proposal.needs))


def stored(needs: Needs) -> dict[str, Any]:
    """What was asked for, as it is kept: the parts are kept beside it, and the clusters are what there is."""
    facts = asdict(needs)
    return {name: value for name, value in facts.items() if name not in ("fixed", "names")}


def _in_words(subnet: Subnet, fault: Fault) -> tuple[Part, str]:
    """With who is in the way, where somebody is."""
    reason = fault.words
    if reason == "is not free":
        found = next(iter(reasons_against(subnet, [fault.span], ())), None)
        reason = f"is not free: {found.words}" if found else reason
    return fault.part, f"{fault.part.span} ({fault.part.words}) {reason}"


def _lack_in_words(lack: Lack, needs: Needs) -> str:
    if lack.use is Use.BLOCK:
        blocks = f"{lack.wanted} load-balancer blocks of {needs.block_size} addresses"
        return f"{blocks} are wanted beside what is there, and {lack.had} fit."
    wanted = f"{lack.wanted} addresses are wanted for the {lack.use.words}"
    return f"{wanted}, beside what is there, and {lack.had} are left."


def _notes(standing: Standing, division: Division) -> Iterator[str]:
    for one, other in combinations(division.kept, 2):
        if common := one.span.intersection(other.span):
            yield f"{common} is in two: {one.words}, and {other.words}. Look at its findings."
    if standing.strange:
        told = ", ".join(map(str, standing.strange))
        yield f"{told}: in a pool, and used past it. The pool below excludes it."
    dhcp = [part.span for part in (*division.kept, *division.parts) if part.use is Use.DHCP]
    outside = count(subtracted(standing.ground.leased, dhcp))
    if outside:
        nodes = "1 address of a node lies" if outside == 1 else f"{outside} addresses of nodes lie"
        yield f"{nodes} outside the DHCP range."


def _refuse_names(standing: Standing, needs: Needs) -> None:
    """A pool of that name which is elsewhere would be written over."""
    for field in ("control_plane_pool", "balancer_pool"):
        name = getattr(needs, field)
        if name in standing.elsewhere:
            raise CannotPlan(field, f"There is a pool {name} with other addresses already: name another.")


def part_of(use: str, text: str, name: str) -> Part:
    """A part as somebody chose it.

    Raises:
        ValueError: no such use, or no address, range or CIDR.
    """
    return Part(Use(use), parse_entry(text.strip()), name)


def parts_in_order(subnet: Subnet) -> tuple[Part, ...]:
    """What is planned of it."""
    return tuple(sorted(subnet.as_declared().planned, key=lambda part: part.span))
