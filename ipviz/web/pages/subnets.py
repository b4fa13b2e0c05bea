"""Subnets: how full is each, and in each: who is where?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.scope import Scope
from ipviz.domain.spans import Span, network_text, parse_address, parse_network
from ipviz.domain.survey import Tally
from ipviz.domain.usage import Usage, usage_of
from ipviz.findings.surveys import Summary, summaries_at
from ipviz.inventory.models import Snapshot
from ipviz.inventory.origins import origins_of
from ipviz.web.asof import AsOf
from ipviz.web.band_figure import bands_data
from ipviz.web.bands import bands_of, used_band
from ipviz.web.drawing import drawing_of
from ipviz.web.networks import named_by, named_on
from ipviz.web.notes import Note, notes_of, notes_of_blocks
from ipviz.web.pages.addresses import panel_context
from ipviz.web.pages.running_out import Shortage, next_to_run_out
from ipviz.web.pages.usage import usage_context
from ipviz.web.picture import Picture
from ipviz.web.states import DRAWN, Look, look_of
from ipviz.web.usage import Piece, bar_of
from ipviz.web.viewing import ORDERS, Viewing, viewing_of

ROWS = 50
FINDINGS = 10
NOTED_CELLS = 256
"""So many cells are told of at once, where the pointer is at one of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One subnet in a list of subnets."""

    subnet: Subnet
    usage: Usage
    bar: Sequence[Piece]
    findings: int
    origins: Sequence[str]
    """The pools that an inferred one comes from."""
    shortage: Shortage | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A look in the legend, how many addresses have it, and what one sees who chooses it."""

    look: Look
    size: int
    toggled: Viewing
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Column:
    """What the table can be sorted by, what one sees who does, and how it is now."""

    name: str
    sorted: Viewing
    arrow: str


class UnknownSubnet(Http404):
    """No known subnet holds it; it can be declared."""

    def __init__(self, shown: Span, segment: str) -> None:
        self.cidr, self.segment = network_text(shown), segment
        super().__init__(f"No subnet on segment {segment} holds {self.cidr}.")


def subnets_page(as_of: AsOf) -> dict[str, Any]:
    parted = [
        each for each in named_by(Cluster.objects.in_scope(as_of.scope).live().whole()) if each.are_parted
    ]
    return {"at": as_of.moment, "as_of": as_of, "subnets": subnet_lines(as_of), "parted": parted}


def subnet_lines(as_of: AsOf) -> list[Line]:
    """Every subnet with its numbers. As many queries for a hundred as for one.

    What runs out next is told as of now only: of the past it is known what became of it.
    """
    subnets = list(Subnet.objects.in_scope(as_of.scope).whole())
    summaries = summaries_at(subnets, as_of.at)
    origins = origins_of(subnets)
    shortages = {} if as_of.at else next_to_run_out(summaries, at=as_of.now)
    return [
        _line(each, summaries[each.pk], origins.get(each.pk, ()), shortages.get(each.pk)) for each in subnets
    ]


def _line(subnet: Subnet, summary: Summary, origins: Sequence[str], shortage: Shortage | None) -> Line:
    usage, bar = usage_of(summary.tallies), bar_of(summary.tallies)
    return Line(subnet, usage, bar, summary.findings, origins, shortage)


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


def subnet_page(shown: Span, segment: str, asked: QueryDict, as_of: AsOf) -> dict[str, Any]:
    """A subnet, or a part of the smallest one that holds it. Raises Http404 where none does."""
    subnet = subnet_around(shown, segment, as_of.scope)
    picture = Picture(subnet, shown, as_of.at)
    grid = picture.grid
    viewing = viewing_of(asked)
    page = Paginator(viewing.numbers(picture.survey), ROWS).get_page(asked.get("page"))
    sought = asked.get("address", "")
    chosen = _chosen(sought, shown)
    return {
        "at": as_of.moment,
        "as_of": as_of,
        "subnet": subnet,
        "shown": shown,
        "cidr": network_text(shown),
        "cidr_written": network_text(shown).replace("/", "-"),
        "is_part": shown != subnet.span,
        "segment": segment,
        "origins": origins_of([subnet]).get(subnet.pk, []),
        "named": named_on(subnet.segment),
        "usage": picture.usage,
        "findings": picture.findings.whole()[:FINDINGS],
        "findings_count": picture.findings.count(),
        "bands": bands_of(picture),
        "legend": legend_of(picture.survey.tallies, viewing),
        "viewing": viewing,
        "columns": [Column(name, viewing.ordered(name), _arrow(viewing, name)) for name in ORDERS],
        "sought": sought,
        "is_not_in_it": bool(sought) and chosen is None,
        "grid": grid,
        "map_url": _beside("map", shown, segment, as_of, viewing),
        "notes_url": _beside("notes", shown, segment, as_of, Viewing()),
        "chosen_cell": grid.cell(chosen.first) if grid and chosen else None,
        **(panel_context(chosen, segment, as_of) if chosen else {}),
        "usage_over_time": usage_context(picture, asked, as_of.moment),
        "page": page,
        "rows": picture.rows([picture.survey.run(number) for number in page.object_list]),
    }


def _beside(what: str, shown: Span, segment: str, as_of: AsOf, viewing: Viewing) -> str:
    """Where the page's scripts ask for what is not in the page."""
    query = {"segment": segment, **({"at": as_of.text} if as_of.at else {}), "state": viewing.looks}
    written = network_text(shown).replace("/", "-")
    return f"{reverse(f'web:{what}', args=[written])}?{urlencode(query, doseq=True)}"


def _arrow(viewing: Viewing, order: str) -> str:
    """As `aria-sort` has it."""
    if viewing.order != order:
        return "none"
    return "descending" if viewing.is_descending else "ascending"


def map_data(shown: Span, segment: str, asked: QueryDict, as_of: AsOf) -> dict[str, Any]:
    """What the page's scripts draw: bands, and cells where it has a grid. Raises Http404 as `subnet_page`."""
    picture = Picture(subnet_around(shown, segment, as_of.scope), shown, as_of.at)
    grid = picture.grid
    bands = bands_of(picture)
    if grid is None:
        return {"bands": bands_data(shown, None, [*bands, *used_band(picture)])}
    drawing = drawing_of(picture, grid, bands, viewing_of(asked).ranks)
    return {**drawing, "bands": bands_data(shown, grid, bands), "noted": NOTED_CELLS}


def notes_data(shown: Span, segment: str, asked: Mapping[str, str], as_of: AsOf) -> list[Note]:
    """What is said of the cells around the cell `from`. Raises Http404 where it has no grid."""
    subnet = subnet_around(shown, segment, as_of.scope)
    grid = Picture(subnet, shown, as_of.at).grid
    if grid is None:
        raise Http404(f"{network_text(shown)} is not drawn cell by cell.")
    text = asked.get("from", "0")
    first = int(text) if text.isdecimal() and int(text) < grid.cells else 0
    part = grid.block_around(first, NOTED_CELLS)
    picture = Picture(subnet, part, as_of.at)
    if grid.cell_bits:
        return list(notes_of_blocks(grid, picture.survey))
    told = [picture.survey.run(number) for number in picture.survey.told()]
    rows = picture.rows(told)
    holding = {each.cluster for row in rows for each in row.holders}
    read_at = Snapshot.objects.read_at(Cluster.objects.filter(path__in=holding), as_of.at)
    return notes_of(grid, rows, as_of.moment, read_at)


def subnet_around(shown: Span, segment: str, scope: Scope) -> Subnet:
    """The smallest that holds it, which is seen whole. Raises UnknownSubnet where none does."""
    subnet = Subnet.objects.in_scope(scope).whole().on(segment).around(shown).first()
    if subnet is None:
        raise UnknownSubnet(shown, segment)
    return subnet


def _chosen(text: str, shown: Span) -> Span | None:
    """The address that was typed; of a small IPv4 subnet its last number is enough."""
    if shown.version == 4 and shown.size <= 256 and text.isdecimal() and len(text) <= 3:
        text = f"{shown.first_text.rpartition('.')[0]}.{int(text)}"
    try:
        address = parse_address(text.strip())
    except ValueError:
        return None
    return address if shown.contains(address) else None


def legend_of(tallies: Sequence[Tally], viewing: Viewing) -> list[Entry]:
    """Each look that is there, or was chosen."""
    counts: Counter[Look] = Counter()
    for each in tallies:
        counts[look_of(each)] += each.size
    return [
        Entry(look, counts[look], viewing.with_look(look.key), look.key in viewing.looks)
        for look in DRAWN
        if counts[look] or look.key in viewing.looks
    ]
