"""Subnets: how full is each, and in each: who is where?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.intervals import Interval, State, summary
from ipviz.domain.occupants import Occupant
from ipviz.domain.spans import Span, network_text, parse_address, parse_network
from ipviz.domain.usage import Usage, usage_of
from ipviz.findings.census import Census, findings_by_span
from ipviz.findings.models import Finding
from ipviz.findings.querysets import completed
from ipviz.inventory.origins import origins_of
from ipviz.web.asof import AsOf
from ipviz.web.bands import bands_of, next_addresses
from ipviz.web.drawing import drawing_of
from ipviz.web.grid import grid_of
from ipviz.web.networks import named_by, named_on
from ipviz.web.notes import without_echoes
from ipviz.web.pages.addresses import holder_of, offers_of
from ipviz.web.pages.usage import usage_context
from ipviz.web.picture import Picture, picture_of
from ipviz.web.states import DRAWN, SUSPECTED, Look, look_of
from ipviz.web.usage import Piece, bar_of

ROWS = 250
FINDINGS = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One subnet in a list of subnets."""

    subnet: Subnet
    usage: Usage
    bar: Sequence[Piece]
    findings: int
    origins: Sequence[str]
    """The pools that an inferred one comes from."""


@dataclass(frozen=True, slots=True)
class Row:
    """One interval in the table that stands in for the map."""

    interval: Interval
    look: Look
    holders: list[Occupant]
    findings: Sequence[Finding]


def subnets_page(as_of: AsOf) -> dict[str, Any]:
    parted = [each for each in named_by(Cluster.objects.live().whole()) if each.are_parted]
    return {"at": as_of.moment, "as_of": as_of, "subnets": subnet_lines(as_of.at), "parted": parted}


def subnet_lines(at: datetime | None = None) -> list[Line]:
    """Every subnet with its numbers, as of a moment. As many queries for a hundred as for one."""
    subnets = list(Subnet.objects.whole())
    census = Census(subnets, at)
    origins = origins_of(subnets)
    return [_line(subnet, census, origins.get(subnet.pk, ())) for subnet in subnets]


def _line(subnet: Subnet, census: Census, origins: Sequence[str]) -> Line:
    intervals = census.intervals(subnet)
    return Line(subnet, usage_of(intervals), bar_of(intervals), len(census.findings(subnet)), origins)


def read_cidr(text: str) -> Span:
    """Read `10.0.0.0-24`, as a subnet is written in an address of the web.

    Raises:
        Http404: it is none.
    """
    address, _, length = text.rpartition("-")
    try:
        return parse_network(f"{address}/{length}")
    except ValueError:
        raise Http404(f"{text} is not a subnet. One is written like 10.10.222.0-24.") from None


def subnet_page(shown: Span, segment: str, asked: Mapping[str, str], as_of: AsOf) -> dict[str, Any]:
    """A subnet, or a part of the smallest one that holds it. Raises Http404 where none does."""
    subnet = Subnet.objects.whole().on(segment).around(shown).first()
    if subnet is None:
        raise Http404(
            f"No subnet on segment {segment} holds {network_text(shown)}."
            f" It can be declared: {settings.MANAGE} subnet add {network_text(shown)}"
        )
    picture = picture_of(subnet, shown, as_of.at)
    grid = grid_of(shown)
    page = Paginator(told_of(picture.intervals), ROWS).get_page(asked.get("page"))
    chosen = _chosen(asked.get("address", ""), shown)
    return {
        "at": as_of.moment,
        "as_of": as_of,
        "subnet": subnet,
        "shown": shown,
        "cidr": network_text(shown),
        "is_part": shown != subnet.span,
        "segment": segment,
        "origins": origins_of([subnet]).get(subnet.pk, []),
        "named": named_on(subnet.segment),
        "usage": usage_of(picture.intervals),
        "findings": completed(picture.findings[:FINDINGS]),
        "findings_count": len(picture.findings),
        "bands": bands_of(subnet, shown, picture.occupants),
        "legend": legend_of(picture.intervals),
        "grid": grid,
        "drawing": drawing_of(picture, grid, as_of.moment) if grid else None,
        "chosen_cell": grid.cell(chosen.first) if grid and chosen else None,
        "holder": _holder(chosen, picture) if chosen else None,
        "usage_over_time": usage_context(subnet, picture.whole, asked, as_of.moment),
        "page": page,
        "rows": rows_of(picture, page.object_list),
    }


def _chosen(text: str, shown: Span) -> Span | None:
    try:
        address = parse_address(text)
    except ValueError:
        return None
    return address if shown.contains(address) else None


def _holder(address: Span, picture: Picture) -> dict[str, Any]:
    interval = next(each for each in picture.intervals if each.span.contains(address))
    findings = [each for each in picture.findings if each.span and each.span.contains(address)]
    context = holder_of(address, picture.subnet.segment.name, picture.subnet, interval, findings)
    return {**context, "offers": offers_of(interval, next_addresses(picture.whole))}


def legend_of(intervals: Sequence[Interval]) -> list[tuple[Look, int]]:
    """Each state that is there, with how many addresses are in it."""
    sure = summary(each for each in intervals if not each.is_suspected)
    suspected = summary(each for each in intervals if each.is_suspected)[State.COLLISION]
    counts = [(look, suspected if look.key == SUSPECTED else sure[State(look.key)]) for look in DRAWN]
    return [(look, number) for look, number in counts if number]


def told_of(intervals: Sequence[Interval]) -> list[Interval]:
    """What is not plain free."""
    return [each for each in intervals if each.state is not State.FREE]


def rows_of(picture: Picture, intervals: Iterable[Interval]) -> list[Row]:
    listed = list(intervals)
    findings = findings_by_span([each.span for each in listed], picture.findings)
    return [
        Row(each, look_of(each), without_echoes(each.occupants), findings.get(each.span, ()))
        for each in listed
    ]
