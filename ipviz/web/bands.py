"""Bands: what is declared in a subnet, one line a range, with its place and what crosses it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, combinations, product
from zlib import crc32

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.landmarks import marks_of
from ipviz.domain.occupants import Occupant, Role
from ipviz.domain.spans import Span, count, merged, network_text
from ipviz.domain.survey import HELD
from ipviz.domain.sweep import overlaps_among
from ipviz.web.picture import Picture

UNITS = 1000
"""A strip is drawn this many units wide, whatever the subnet's size."""
_LEAST_UNITS = 4
_KINDS = {Role.POOL: "pool", Role.LBRANGE: "range"}
_WHAT = {"pool": "pool", "range": "load-balancer range", "dhcp": "DHCP range", "plan": "planned"}
_WHAT |= {"reserved": "reserved", "used": "in use"}
RANKS: Mapping[str, int] = {kind: rank for rank, kind in enumerate(_WHAT)}
"""The order of the kinds, the first at the top."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle on the strip; `css` names its colour."""

    x: int
    width: int
    css: str


@dataclass(frozen=True, slots=True)
class Band:
    """One pool, one key of load-balancer ranges, or what the operator keeps.

    Args:
        kind: names its edge on the map.
        crossings: where others lie on it, `crossed_by` in words.
    """

    id: str
    kind: str
    what: str
    name: str
    cluster: str
    spans: tuple[Span, ...]
    pieces: tuple[Piece, ...] = ()
    crossings: tuple[Span, ...] = ()
    crossed_by: tuple[str, ...] = ()
    next: Span | None = None
    stale: bool = False

    @property
    def next_text(self) -> str:
        """Of a pool that hands out prefixes, a whole one."""
        if self.next is None:
            return ""
        return str(self.next) if self.next.is_single else network_text(self.next)

    @property
    def size(self) -> int:
        return count(self.spans)


_Key = tuple[str, str, str, str]
"""Kind, cluster, what tells it from others of its cluster, name."""
_Crossings = Mapping[_Key, tuple[Span, ...]]
_DHCP, _RESERVED, _USED = (("dhcp", "", "", ""), ("reserved", "", "", ""), ("used", "", "", ""))


def bands_of(picture: Picture) -> list[Band]:
    """The bands of what is shown of a subnet, in the order of their first address."""
    shown, declared = picture.shown, picture.subnet.as_declared()
    ranges = _ranges(picture.ranges, shown)
    ranges[_DHCP] = _within(shown, declared.dhcp)
    named = {key: merged(spans) for key, spans in ranges.items() if spans}
    crossings = _crossings(named)
    # What is laid where it was planned crosses nothing.
    named |= {key: merged(spans) for key, spans in _planned(declared, shown).items() if spans}
    if kept := merged(_within(shown, (mark.span for mark in marks_of(declared)))):
        named[_RESERVED] = kept
    stale = {_key(each) for each in picture.ranges if each.stale}
    bands = [_band(key, spans, crossings[key], picture, stale=key in stale) for key, spans in named.items()]
    return sorted(bands, key=lambda band: (band.spans[0], RANKS[band.kind], band.cluster, band.name))


def used_band(picture: Picture) -> list[Band]:
    """What is in use, as a band of its own, for where no cell tells it; none where nothing is."""
    survey = picture.survey
    held = (run for run in map(survey.run, survey.told()) if run.flags & HELD)
    spans = merged(Span(picture.shown.version, run.first, run.last) for run in held)
    return [Band(_id(_USED), "used", _WHAT["used"], "", "", spans)] if spans else []


def band_id(occupant: Occupant) -> str:
    """The band to which a pool or range belongs, as the page's scripts name it."""
    return _id(_key(occupant))


def _id(key: _Key) -> str:
    return f"{crc32('|'.join(key).encode()):08x}"


def _key(occupant: Occupant) -> _Key:
    name = occupant.ref.name if occupant.role is Role.POOL else occupant.pool
    return _KINDS[occupant.role], occupant.cluster, occupant.pool, name


def _within(shown: Span, spans: Iterable[Span]) -> list[Span]:
    return [common for span in spans if (common := span.intersection(shown))]


def _ranges(occupants: Iterable[Occupant], shown: Span) -> dict[_Key, list[Span]]:
    found: dict[_Key, list[Span]] = defaultdict(list)
    for each in occupants:
        found[_key(each)] += _within(shown, [each.span])
    return found


def _planned(declared: DeclaredSubnet, shown: Span) -> dict[_Key, list[Span]]:
    found: dict[_Key, list[Span]] = defaultdict(list)
    for part in declared.planned:
        found["plan", "", part.use, part.words] += _within(shown, [part.span])
    return found


def _crossings(named: Mapping[_Key, tuple[Span, ...]]) -> Mapping[_Key, _Crossings]:
    """For each band those that share addresses with it, and where. O(n log n + k) for k crossings."""
    keys: dict[Span, list[_Key]] = defaultdict(list)
    for key, spans in named.items():
        for span in spans:
            keys[span].append(key)
    met = [(one, other, span) for span, each in keys.items() for one, other in combinations(each, 2)]
    for outer, inner in overlaps_among(keys):
        if common := outer.intersection(inner):
            met += [(one, other, common) for one, other in product(keys[outer], keys[inner]) if one != other]
    found: dict[_Key, dict[_Key, tuple[Span, ...]]] = defaultdict(lambda: defaultdict(tuple))
    for one, other, span in met:
        found[one][other] += (span,)
        found[other][one] += (span,)
    return found


def _band(
    key: _Key, spans: tuple[Span, ...], crossings: _Crossings, picture: Picture, *, stale: bool
) -> Band:
    kind, cluster, pool, name = key
    shown = picture.shown
    crossed = merged(chain.from_iterable(crossings.values()))
    following = (each for each in picture.survey.next_of((cluster, pool)) if shown.contains(each))
    return Band(
        id=_id(key),
        kind=kind,
        what=_WHAT[kind],
        name=name,
        cluster=cluster,
        spans=spans,
        pieces=(*_pieces(spans, shown, kind), *_pieces(crossed, shown, "crossing")),
        crossings=crossed,
        crossed_by=tuple(_named(other) for other in sorted(crossings)),
        next=next(following, None),
        stale=stale,
    )


def _named(key: _Key) -> str:
    kind, cluster, _, name = key
    if kind == "dhcp":
        return "the DHCP range"
    return f"{name} of {cluster.rsplit('/', 1)[-1]}"


def _pieces(spans: Iterable[Span], shown: Span, css: str) -> Iterable[Piece]:
    for span in spans:
        x = (span.first - shown.first) * UNITS // shown.size
        width = max(_LEAST_UNITS, span.size * UNITS // shown.size)
        yield Piece(min(x, UNITS - width), width, css)
