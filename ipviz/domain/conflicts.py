"""Whether somebody may use some addresses: what stands against it (docs/domain.md, "Occupants").

What is already that cluster's, or comes from the pool that is being made or changed, stands against nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.landmarks import declared_marks
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import Span, intersected, network_text, subtracted
from ipviz.domain.words import ROLES_IN_WORDS, Namer

PoolId = tuple[str, str]
"""A management cluster's path, and the key of a pool in it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Addresses that somebody wants, merged and in order, and for whom."""

    spans: tuple[Span, ...]
    cluster: str = ""
    """Its path, or what it will be called; empty where it is for none."""
    pools: frozenset[PoolId] = frozenset()
    pool_names: frozenset[str] = frozenset()
    """Of the same, wherever they are: what is planned for a pool is planned by its name."""
    is_new: bool = False
    """The cluster is not there yet: what is planned for a later one is for it too."""

    def is_meant_for(self, part: Part) -> bool:
        """Say whether a part was planned for just this: for the cluster, or for the pool."""
        if part.use is Use.BLOCK and not part.name:
            return self.is_new
        return part.name in self.pool_names or part.is_of(self.cluster)

    def is_its_own(self, occupant: Occupant) -> bool:
        """Say whether it is what the wish is about already."""
        if occupant.role in (Role.POOL, Role.ALLOC) and (occupant.cluster, occupant.pool) in self.pools:
            return True
        return bool(self.cluster) and occupant.consumer.cluster == self.cluster


@dataclass(frozen=True, slots=True)
class Conflict:
    """`span` is what of the wish is not to be had; of what the operator declared there is no occupant."""

    span: Span
    words: str
    occupant: Occupant | None = None
    what: str = "address"
    """`address`, `pool`, `load-balancer range`, `DHCP`, `reserved` or `plan`."""


_RANGES = {Role.POOL: "pool", Role.LBRANGE: "load-balancer range"}


def conflicts_with_occupants(
    wish: Wish, occupants: Iterable[Occupant], namer: Namer, given: Iterable[Occupant] = ()
) -> Iterator[Conflict]:
    """One for each occupant and each part of the wish that it meets.

    Args:
        given: allocations of the wish's cluster: a pool that has given it an address stands not against it.
    """
    by_pool: dict[PoolId, list[Span]] = {}
    for each in given:
        by_pool.setdefault((each.cluster, each.pool), []).append(each.span)
    for occupant in occupants:
        if wish.is_its_own(occupant):
            continue
        met: Iterable[Span] = intersected(wish.spans, [occupant.span])
        if occupant.role is Role.POOL:
            met = subtracted(met, by_pool.get((occupant.cluster, occupant.pool), ()))
        for span in met:
            what = _RANGES.get(occupant.role, "address")
            yield Conflict(span, _in_words(span, occupant, namer), occupant, what)


def conflicts_with_declared(wish: Wish, subnets: Iterable[DeclaredSubnet]) -> Iterator[Conflict]:
    """What the operator said of subnets: gateways, first and last addresses, DHCP ranges, and plans."""
    declared = [each for each in subnets if each.declared]
    for mark in declared_marks(declared):
        for span in intersected(wish.spans, [mark.span]):
            yield Conflict(span, f"{span} is {mark}", what="reserved")
    for subnet in declared:
        for scope in subnet.dhcp:
            for span in intersected(wish.spans, [scope]):
                words = f"{_lies(span)} in the DHCP range {scope} of {network_text(subnet.span)}"
                yield Conflict(span, words, what="DHCP")
        for part in subnet.planned:
            if not wish.is_meant_for(part):
                for span in intersected(wish.spans, [part.span]):
                    words = f"{_lies(span)} in {part.span}, which is planned as {part.words}"
                    yield Conflict(span, words, what="plan")


def outside(wish: Wish, subnets: Iterable[DeclaredSubnet]) -> tuple[Span, ...]:
    """What of the wish lies in no subnet that we know: perhaps it is mistyped."""
    return subtracted(wish.spans, [each.span for each in subnets])


def _in_words(span: Span, occupant: Occupant, namer: Namer) -> str:
    who = namer.occupant(occupant)
    stale = ", as last known: it cannot be read now" if occupant.stale else ""
    if occupant.role in RANGE_ROLES:
        return f"{_lies(span)} in {who}{stale}"
    held = "is allocated to" if occupant.role is Role.ALLOC else "is used by"
    return f"{span} {held} {who} ({ROLES_IN_WORDS[occupant.role]}){stale}"


def _lies(span: Span) -> str:
    return f"{span} lies" if span.is_single else f"{span} lie"
