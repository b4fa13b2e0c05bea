"""Bands: what is declared in a subnet, one line a range, with its place and what crosses it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from ipviz.clusters.models import Subnet
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.pools import next_of
from ipviz.domain.spans import Span, count, merged
from ipviz.domain.sweep import overlaps_among

UNITS = 1000
"""A strip is drawn this many units wide, whatever the subnet's size."""
_LEAST_UNITS = 4
_KINDS = {Role.POOL: "pool", Role.LBRANGE: "range"}

PoolId = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle on the strip; `css` names its colour."""

    x: int
    width: int
    css: str


@dataclass(frozen=True, slots=True)
class Band:
    """One pool, one key of load-balancer ranges, or DHCP; `kind` names its edge on the map."""

    kind: str
    what: str
    name: str
    cluster: str
    spans: tuple[Span, ...]
    pieces: tuple[Piece, ...]
    crossed_by: tuple[str, ...] = ()
    next: Span | None = None
    stale: bool = False

    @property
    def size(self) -> int:
        return count(self.spans)


def bands_of(subnet: Subnet, shown: Span, occupants: Sequence[Occupant]) -> list[Band]:
    """The bands of what is shown of a subnet, in the order of their first address."""
    ranges = _ranges(occupants, shown)
    declared = subnet.as_declared()
    ranges[("dhcp", "", "", "")] = [span for each in declared.dhcp if (span := each.intersection(shown))]
    named = {key: merged(spans) for key, spans in ranges.items() if spans}
    crossings = _crossings(named)
    nexts = next_addresses(occupants)
    stale = {_key(each) for each in occupants if each.role in RANGE_ROLES and each.stale}
    bands = [
        _band(key, spans, crossings[key], shown, nexts, stale=key in stale) for key, spans in named.items()
    ]
    return sorted(bands, key=lambda band: (band.spans[0], band.kind, band.cluster, band.name))


def next_addresses(occupants: Iterable[Occupant]) -> Mapping[PoolId, Span]:
    """What each pool gives out next: the provider asks only for its own pool's addresses."""
    offers: dict[PoolId, list[Occupant]] = defaultdict(list)
    held: dict[PoolId, list[Occupant]] = defaultdict(list)
    for each in occupants:
        if each.role in (Role.POOL, Role.ALLOC):
            (offers if each.role is Role.POOL else held)[each.cluster, each.pool].append(each)
    nexts = ((pool, next_of(each, held[pool])) for pool, each in offers.items())
    return {pool: span for pool, span in nexts if span}


_Key = tuple[str, str, str, str]
"""Kind, cluster, what tells it from others of its cluster, name."""


def _key(occupant: Occupant) -> _Key:
    name = occupant.ref.name if occupant.role is Role.POOL else occupant.pool
    return _KINDS[occupant.role], occupant.cluster, occupant.pool, name


def _ranges(occupants: Iterable[Occupant], shown: Span) -> dict[_Key, list[Span]]:
    found: dict[_Key, list[Span]] = defaultdict(list)
    for each in occupants:
        if each.role in RANGE_ROLES and (span := each.span.intersection(shown)):
            found[_key(each)].append(span)
    return found


def _crossings(named: Mapping[_Key, tuple[Span, ...]]) -> dict[_Key, dict[_Key, Span]]:
    """For each band those that share addresses with it, and where. O(n log n + k) for k crossings."""
    keys: dict[Span, list[_Key]] = defaultdict(list)
    for key, spans in named.items():
        for span in spans:
            keys[span].append(key)
    met = [(one, other, span) for span, each in keys.items() for one, other in combinations(each, 2)]
    for outer, inner in overlaps_among(keys):
        if common := outer.intersection(inner):
            met += [(one, other, common) for one, other in product(keys[outer], keys[inner]) if one != other]
    found: dict[_Key, dict[_Key, Span]] = defaultdict(dict)
    for one, other, span in met:
        found[one][other] = found[other][one] = span
    return found


def _band(
    key: _Key,
    spans: tuple[Span, ...],
    crossings: Mapping[_Key, Span],
    shown: Span,
    nexts: Mapping[PoolId, Span],
    *,
    stale: bool,
) -> Band:
    kind, cluster, pool, name = key
    following = nexts.get((cluster, pool)) if kind == "pool" else None
    return Band(
        kind=kind,
        what={"pool": "pool", "range": "load-balancer range", "dhcp": "DHCP range"}[kind],
        name=name,
        cluster=cluster,
        spans=spans,
        pieces=(*_pieces(spans, shown, kind), *_pieces(merged(crossings.values()), shown, "crossing")),
        crossed_by=tuple(_named(other) for other in sorted(crossings)),
        next=following if following and shown.contains(following) else None,
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
