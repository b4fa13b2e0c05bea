"""What a change of a segment touches: which addresses and clusters have to be judged again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain

from ipviz.domain.estate import Estate, Evidence
from ipviz.domain.layout import Layout, PatchedLayout, PoolId
from ipviz.domain.occupants import RANGE_ROLES, Occupant, Role
from ipviz.domain.pools import POOL_KINDS
from ipviz.domain.pools_in_use import PoolInUse
from ipviz.domain.scene import Scene, member_of, pending_of, pool_id, renamed
from ipviz.domain.spans import Span

OF_OTHERS = frozenset({"Cluster", "VSphereCluster", "Machine", "VSphereMachine", "VSphereVM"})
"""What a management cluster says of others: whom their addresses serve, and which machines they have.

So do its own Nodes, which tell which of the machines are its own.
"""
OF_IPAM = frozenset({"IPAddress", "IPAddressClaim", *POOL_KINDS})
"""Of objects of these kinds, rules about addresses look at what they state, and at nothing else."""
_FAR_REACHING = frozenset({*RANGE_ROLES, Role.CPE})
"""What bears on too much; `Scene.endpoints` is right for as long as it is."""
AT_MOST = 0.02
"""Where more than this part of all addresses was changed, everything is looked at."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How a segment differs from what it was: statements, and lists in which an object is not as before."""

    gone: tuple[Occupant, ...] = ()
    come: tuple[Occupant, ...] = ()
    altered: frozenset[Evidence] = frozenset()


@dataclass(frozen=True, slots=True)
class Touched:
    """Where rules have to be asked again.

    Args:
        scene: the whole segment as it is now; it goes over what is touched only.
        stated: the addresses of which something else is stated now.
        spans: those, and the ones on which something else has come to bear.
    """

    scene: Scene
    stated: Set[Span]
    spans: Set[Span]


class Concerned:
    """The addresses that concern a cluster: its users', and its Services'. It may name too many."""

    def __init__(self, occupants: Iterable[Occupant]) -> None:
        self._spans: dict[str, set[Span]] = defaultdict(set)
        self.add(occupants)

    def add(self, occupants: Iterable[Occupant]) -> None:
        for each in occupants:
            self._spans[each.consumer.cluster].add(each.span)
            if each.role in (Role.SVC, Role.EXTIP):
                self._spans[each.cluster].add(each.span)

    def by(self, paths: Iterable[str]) -> set[Span]:
        return {span for path in paths if path for span in self._spans.get(path, ())}


def touched_by(before: Scene, estate: Estate, changes: Changes, concerned: Concerned) -> Touched | None:
    """Find where rules say the same as before; None where they have to be asked about everything.

    Sight that is gained or lost, ranges, and what management clusters say of others bear on too much.
    """
    gone, come = (tuple(renamed(each, estate)) for each in (changes.gone, changes.come))
    stated = {each.span for each in (*gone, *come)}
    if not _is_local(before, estate, (*gone, *come), changes.altered):
        return None
    patch = _patch(before, gone, come)
    if patch is None or len(patch.changed) > AT_MOST * patch.base.size:
        return None
    now = _with_pools(replace(before, estate=estate, statements=patch), gone, come)
    if any(before.networks_of_pool(pool) != now.networks_of_pool(pool) for pool in _reached(before, now)):
        return None
    now = _with_members(now, changes.altered)
    concerned.add(come)
    waiting = {claim.consumer_cluster for claim in before.pending ^ now.pending}
    altered = _both_paths(now, (path for path, kind in changes.altered if kind not in OF_IPAM))
    spans = stated | _next_ones(before, now, (*gone, *come), altered) | concerned.by(altered | waiting)
    if not all(span.is_single for span in spans):  # a pool of prefixes hands out many at once
        return None
    sides = [*gone, *(each for span in spans for each in patch.at(span))]
    clusters = _both_paths(now, (path for path, _ in changes.altered)).union(
        *({each.cluster, each.consumer.cluster} for each in sides)
    )
    near = Layout(each for span in spans for each in patch.at(span))
    gone_over = tuple(now.members[path] for path in sorted(clusters & now.members.keys()))
    return Touched(replace(now, layout=near, gone_over=gone_over), stated, spans)


def _both_paths(scene: Scene, paths: Iterable[str]) -> set[str]:
    """What lists its objects by a second path speaks of the cluster that is called by its first."""
    return {each for path in paths for each in (path, scene.first_path(path))}


def _is_local(
    before: Scene, estate: Estate, occupants: Iterable[Occupant], altered: Iterable[Evidence]
) -> bool:
    """Say whether all is as before but single addresses, and objects that speak of their own cluster."""
    old = before.estate
    same = (
        old.aliases == estate.aliases
        and old.subnets == estate.subnets
        and old.clusters.keys() == estate.clusters.keys()
        and all(old.clusters[path].sight == facts.sight for path, facts in estate.clusters.items())
    )
    return (
        same
        and all(each.role not in _FAR_REACHING and each.span.is_single for each in occupants)
        and not any(_speaks_of_others(estate, path, kind) for path, kind in altered)
    )


def _speaks_of_others(estate: Estate, path: str, kind: str) -> bool:
    facts = estate.clusters.get(path)
    return kind in OF_OTHERS or (kind == "Node" and facts is not None and not facts.management)


def _patch(before: Scene, gone: Iterable[Occupant], come: Iterable[Occupant]) -> PatchedLayout | None:
    """The statements as they are now; None where what is gone was not there, or prefixes are about."""
    statements = before.statements
    if any(wide.contains(each.span) for wide in statements.base.wide for each in (*gone, *come)):
        return None
    changed = {each.span: [*statements.at(each.span)] for each in (*gone, *come)}
    for each in gone:
        if each not in changed[each.span]:
            return None
        changed[each.span].remove(each)
    for each in come:
        changed[each.span].append(each)
    return PatchedLayout(statements.base, {**statements.changed, **changed})


def _with_pools(now: Scene, gone: Sequence[Occupant], come: Sequence[Occupant]) -> Scene:
    pools = dict(now.pools)
    went, stand = (_allocations(each) for each in (gone, _stated_now(now, (*gone, *come))))
    for pool in _allocations((*gone, *come)):
        pools[pool] = now.pools.get(pool, PoolInUse()).changed(went[pool], stand[pool])
    return replace(now, pools=pools)


def _allocations(occupants: Iterable[Occupant]) -> Mapping[PoolId, list[Occupant]]:
    found: dict[PoolId, list[Occupant]] = defaultdict(list)
    for each in occupants:
        if each.role is Role.ALLOC:
            found[pool_id(each)].append(each)
    return found


def _stated_now(now: Scene, changed: Iterable[Occupant]) -> Iterator[Occupant]:
    """All that is stated where something came or went."""
    return chain.from_iterable(now.stated(span) for span in {each.span for each in changed})


def _reached(before: Scene, now: Scene) -> Iterator[PoolId]:
    """The pools from which other clusters than before have something."""
    for pool, old in before.pools.items():
        new = now.pools[pool]
        if new is not old and new.by_cluster.keys() != old.by_cluster.keys():
            yield pool


def _with_members(now: Scene, altered: Iterable[Evidence]) -> Scene:
    paths = {path for path, _ in altered if path in now.members}
    fresh = {path: member_of(now.estate, path) for path in paths}
    return replace(now, members={**now.members, **fresh}, pending=pending_of(now.estate))


def _next_ones(before: Scene, now: Scene, changed: Iterable[Occupant], altered: Iterable[str]) -> set[Span]:
    """What allocators were to hand out next, or are now, where that is no longer the same."""
    found: set[Span | None] = set()
    for pool in _allocations(changed):
        old = before.pools.get(pool, PoolInUse()).next
        found |= {old, now.pools[pool].next} if old != now.pools[pool].next else set()
    for path in altered:
        if path in now.members and path in before.members:
            old_ones, new_ones = (scene.members[path].next_of_range for scene in (before, now))
            keys = {key for key in (*old_ones, *new_ones) if old_ones.get(key) != new_ones.get(key)}
            found |= {each.get(key) for key in keys for each in (old_ones, new_ones)}
    return {span for span in found if span}
