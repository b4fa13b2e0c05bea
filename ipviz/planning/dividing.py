"""Dividing a subnet as it is: what goes where, why not otherwise, and the files that make it so."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations, islice, product
from typing import Any

from django.db import transaction

from ipviz.clusters.models import Segment, Subnet
from ipviz.clusters.registry import segment_named
from ipviz.clusters.subnets import WrongSubnet, declare, known_subnet, plan, undeclared
from ipviz.domain.division import Division, Fault, divide, smallest_prefix
from ipviz.domain.needs import ASKED, Needs
from ipviz.domain.placing import Lack
from ipviz.domain.plans import Part, Use
from ipviz.domain.runs import Runs
from ipviz.domain.spans import Span, parse_entry, single
from ipviz.domain.sweep import overlaps_among
from ipviz.inventory.models import Occupancy
from ipviz.planning.ground import Standing, standing_in
from ipviz.planning.names import check_names, name_part
from ipviz.planning.reasons import held_in, reasons_against
from ipviz.planning.writing import File, Site, files_of

MOST_NODES = 1_000_000
MOST_CLUSTERS = 1000
MOST_BALANCERS = 4096
MOST_PARTS = 1000
_MOST_CROSSINGS = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A division with its words.

    Args:
        faults: each with the reason for it, in a sentence.
        lack: what does not fit, in a sentence; empty where all does.
        smallest: the prefix length of the smallest subnet that would do; None where all fits, or none does.
        notes: what else to think of.
        asked: what of `needs` somebody said.
    """

    standing: Standing
    asked: Mapping[str, Any]
    needs: Needs
    division: Division
    faults: tuple[tuple[Part, str], ...]
    lack: str
    smallest: int | None
    notes: tuple[str, ...]
    files: tuple[File, ...]

    @property
    def since(self) -> datetime:
        return self.standing.since

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
    if known is None:
        return undeclared(segment, cidr, gateway)
    if gateway and not known.declared:
        known.gateway = undeclared(segment, cidr, gateway).gateway
    elif gateway and gateway != known.gateway:
        declared = f"{known.cidr} is declared with gateway {known.gateway or 'unknown'}"
        raise WrongSubnet(
            f"{declared}: declare it anew (manage.py subnet add --help), or leave it out", "gateway"
        )
    return known


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
    standing = standing_in(subnet, since, asked.get("management", ""))
    return proposal_of(standing, asked)


def proposal_of(standing: Standing, asked: Mapping[str, Any]) -> Proposal:
    """The same, of what stands there already. Two queries for each part that is not free, else none."""
    subnet = standing.subnet
    needs = needs_of(standing, asked)
    division = _divided(standing, needs)
    site = Site(
        subnet.cidr,
        subnet.segment.name,
        subnet.gateway,
        standing.pools,
        standing.strange,
        standing.elsewhere,
        subnet.name,
    )
    return Proposal(
        standing=standing,
        asked=asked,
        needs=needs,
        division=division,
        faults=tuple(_in_words(subnet, each) for each in division.faults),
        lack=_lack_in_words(division.lack, needs) if division.lack else "",
        smallest=smallest_prefix(subnet.span.version, needs) if division.lack else None,
        notes=tuple(_notes(standing, division)),
        files=files_of(division, needs, site) if division.fits else (),
    )


def _divided(standing: Standing, needs: Needs) -> Division:
    """Around what was taken since the subnet was surveyed, too: it is looked for where something is laid."""
    ground = standing.ground
    while True:
        division = divide(ground, needs)
        new = set(division.parts).difference(needs.fixed)
        laid = [part.span for part in new if part.use is not Use.DHCP]
        taken = [each.span for each in held_in(Occupancy.objects.now(), standing.subnet, laid)]
        if not taken:
            return division
        ground = replace(ground, free=Runs.of(ground.span.version, ground.free).without(taken))


def needs_of(standing: Standing, asked: Mapping[str, Any]) -> Needs:
    """What was asked, and where nothing was said what stands there. What is there already is not chosen.

    Raises:
        CannotPlan: a name that can't be, or that means several.
    """
    needs = replace(standing.first_needs, **asked)
    check_names(needs, standing.elsewhere)
    fixed = [name_part(part, needs, standing.known) for part in needs.fixed]
    return replace(needs, fixed=tuple(part for part in fixed if part not in standing.ground.kept))


@transaction.atomic
def keep(proposal: Proposal) -> Subnet:
    """Keep what fits as the plan of its subnet, which is declared for it where it was not.

    It is proposed once more while nobody else plans on the segment: what another kept since counts. What is
    there already for one of the uses is part of the plan.

    Raises:
        WrongSubnet: it cannot be declared, or does not fit any longer.
    """
    before = proposal.subnet
    segment = segment_named(before.segment.name)
    Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    subnet = subnet_at(segment, before.cidr, before.gateway)
    again = propose(subnet, proposal.asked, proposal.since)
    if not again.fits:
        told = [again.lack, *(words for _, words in again.faults)]
        raise WrongSubnet(f"Since it was divided something came in the way: {' '.join(filter(None, told))}")
    if not subnet.declared:
        subnet = declare(segment, subnet.cidr, name=subnet.name, gateway=subnet.gateway)
    parts = sorted({*again.division.kept, *again.division.parts}, key=lambda part: part.span)
    return plan(subnet, parts, stored(again.needs))


def stored(needs: Needs) -> dict[str, Any]:
    """What was asked for, as it is kept: the parts are kept beside it, and the clusters are what there is."""
    return {name: getattr(needs, name) for name in ASKED}


def _in_words(subnet: Subnet, fault: Fault) -> tuple[Part, str]:
    """With who is in the way, where somebody is."""
    reason = fault.words
    if reason == "is not free":
        found = next(iter(reasons_against(subnet, [fault.span])), None)
        reason = f"is not free: {found.words}" if found else reason
    return fault.part, f"{fault.part.span} ({fault.part.words}) {reason}"


def _lack_in_words(lack: Lack, needs: Needs) -> str:
    if lack.use is Use.BLOCK:
        blocks = f"{lack.wanted} load-balancer blocks of {needs.block_size} addresses"
        return f"{blocks} are wanted beside what is there, and {lack.had} fit."
    wanted = f"{lack.wanted} addresses are wanted for the {lack.use.words}"
    return f"{wanted}, beside what is there, and {lack.had} are left."


def _notes(standing: Standing, division: Division) -> Iterator[str]:
    for one, other in islice(_crossing(division.kept), _MOST_CROSSINGS):
        common = one.span.intersection(other.span)
        yield f"{common} is in two: {one.words}, and {other.words}. Look at its findings."
    span = standing.subnet.span
    if not standing.subnet.gateway and span.size > 2:
        yield f"No gateway is known: {single(span.version, span.first + 1)} is left to it."
    if standing.ground.is_managed_elsewhere:
        yield f"{standing.management} has its API elsewhere: no address of it is looked for here."
    if standing.strange:
        told = ", ".join(map(str, standing.strange))
        yield f"{told}: in a pool, and used past it. The pool below excludes it."
    dhcp = [part.span for part in (*division.kept, *division.parts) if part.use is Use.DHCP]
    outside = Runs.of(standing.ground.span.version, standing.ground.leased).without(dhcp).size
    if outside:
        nodes = "1 address of a node lies" if outside == 1 else f"{outside} addresses of nodes lie"
        yield f"{nodes} outside the DHCP range."


def _crossing(parts: Iterable[Part]) -> Iterator[tuple[Part, Part]]:
    by_span: dict[Span, list[Part]] = {}
    for part in parts:
        by_span.setdefault(part.span, []).append(part)
    for each in by_span.values():
        yield from combinations(each, 2)
    for one, other in overlaps_among(by_span):
        yield from product(by_span[one], by_span[other])


def part_of(use: str, text: str, name: str) -> Part:
    """A part as somebody chose it.

    Raises:
        ValueError: no such use, or no address, range or CIDR.
    """
    return Part(Use(use), parse_entry(text.strip()), name)
