"""A subnet as plans find it: what is free, what is there already, and what is asked of it at first."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, count

from ipviz.clusters.models import Cluster, Subnet
from ipviz.clusters.subnets import declared_meeting
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.intervals import State
from ipviz.domain.needs import BALANCER_POOL, CONTROL_PLANE_POOL, Ground, Needs, is_for_balancers
from ipviz.domain.occupants import Role
from ipviz.domain.plans import Part, Use
from ipviz.domain.pools import inferred_subnet, pool_faults
from ipviz.domain.runs import Runs, flagged, surveyed
from ipviz.domain.seen import SeenPool
from ipviz.domain.spans import Span, intersected, parse_entry, single, subtracted
from ipviz.domain.survey import HELD, TRACKED, Survey
from ipviz.findings.surveys import survey_at
from ipviz.inventory.models import Occupancy, Version
from ipviz.inventory.records import decode
from ipviz.planning.free_space import free_of

_POOL = "GlobalInClusterIPPool"
_FIRST_NODES = 20
_FIRST_LATER = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a subnet on its segment.

    Args:
        ground: without what is planned, which a new plan takes the place of.
        clusters: the paths of workload clusters that have their API here.
        without_range: those of them that have no load-balancer range here.
        management: that of the management cluster: the one that was named, or the only one on the segment.
        known: the paths of all workload clusters of the segment.
        strange: what of each kept pool others use, so that it should be excluded.
        pools: those of the management cluster that can be added to here, by name.
        elsewhere: the names of all others: a new pool must bear none of them.
        in_blocks: clusters here have load-balancer ranges of their own.
    """

    subnet: Subnet
    since: datetime
    survey: Survey
    ground: Ground
    clusters: tuple[str, ...]
    without_range: tuple[str, ...]
    management: str
    known: tuple[str, ...]
    strange: tuple[Span, ...]
    pools: Mapping[str, SeenPool]
    elsewhere: frozenset[str]
    in_blocks: bool

    @property
    def first_needs(self) -> Needs:
        """What one would ask of it who does not know yet: enough for what there is, and for some more."""
        dhcp = sum(part.span.size for part in self.ground.kept if part.use is Use.DHCP)
        nodes = Runs.of(self.ground.span.version, self.ground.leased).size
        return Needs(
            nodes=dhcp or max(_FIRST_NODES, 2 * nodes),
            clusters=len(self.clusters) or 1,
            later=_FIRST_LATER,
            in_blocks=self.in_blocks,
            names=self.without_range,
            management=self.management,
            control_plane_pool=self._pool(Use.CONTROL_PLANES, CONTROL_PLANE_POOL),
            balancer_pool=self._pool(Use.BALANCERS, BALANCER_POOL),
        )

    def _pool(self, use: Use, usual: str) -> str:
        """The name of the one that is here, or one that is nowhere yet."""
        kept = [part.name for part in self.ground.kept if part.use is use]
        names = chain(kept, [usual], (f"{usual}-{number}" for number in count(2)))
        return next(name for name in names if name not in self.elsewhere)


def standing_in(subnet: Subnet, since: datetime, management_name: str = "") -> Standing:
    """What a plan has to go around, and what it can build on; six queries where the subnet is surveyed.

    Args:
        subnet: a declared or inferred one, or one that is not stored: a CIDR on a segment.
        since: what was given up since then is held still.
    """
    declared = replace(subnet.as_declared(), planned=())
    survey = survey_at(subnet)
    here = Occupancy.objects.now().on(subnet.segment.name).within(subnet.span).select_related("cluster")
    ranges = list(here.ranges())
    endpoints = list(here.with_role(Role.CPE))
    clusters_there = list(Cluster.objects.live().on(subnet.segment.name).select_related("same_as"))
    management, roads = _management(clusters_there, management_name)
    pools = list(_pools_of([each for each in clusters_there if each.is_management]))
    own = [each for cluster, each in pools if management and cluster == management.pk]
    addable = {each.ref.name: each for each in own if _can_grow(each, subnet.span)}
    strange = tuple(_strange(survey, ranges))
    kept = (
        *(Part(Use.DHCP, span) for span in declared.dhcp),
        *_pools([row for row in ranges if _is_pool_of(row, management)], strange, subnet.span),
        *_blocks(ranges, subnet.span),
        *_of_management(
            management, roads, endpoints, here.with_role(Role.SVC).of(management) if management else ()
        ),
    )
    clusters = sorted({row.consumer_cluster for row in endpoints if "/" in row.consumer_cluster} - roads)
    ranged = {part.name for part in kept if part.use is Use.BLOCK}
    ground = Ground(
        span=subnet.span,
        free=_free(subnet, declared, survey, since),
        leased=surveyed(survey, State.NODE).without(declared.dhcp),
        kept=kept,
        served=_served(clusters, endpoints, kept),
        is_managed_elsewhere=management is not None and _has_its_api_elsewhere(management, roads, kept),
    )
    return Standing(
        subnet=subnet,
        since=since,
        survey=survey,
        ground=ground,
        clusters=tuple(clusters),
        without_range=tuple(path for path in clusters if path not in ranged),
        management=management.name if management else "",
        known=tuple(each.path for each in clusters_there if not each.is_management and each.same_as is None),
        strange=strange,
        pools=addable,
        elsewhere=frozenset(each.ref.name for _, each in pools) - addable.keys(),
        in_blocks=bool(ranged),
    )


def _free(subnet: Subnet, declared: DeclaredSubnet, survey: Survey, since: datetime) -> Runs:
    free = free_of(subnet, declared, surveyed(survey, State.FREE), since, declared_meeting(subnet))
    if declared.gateway or subnet.span.size <= 2:
        return free
    # Most often it is the first, though nobody said so.
    return free.without([single(subnet.span.version, subnet.span.first + 1)])


def _served(clusters: Iterable[str], endpoints: Iterable[Occupancy], kept: Iterable[Part]) -> int:
    """How many of the clusters have the address of their API from no pool that is kept."""
    pooled = [part.span for part in kept if part.use is Use.CONTROL_PLANES]
    without = (row for row in endpoints if not any(each.contains(row.span) for each in pooled))
    return len({row.consumer_cluster for row in without}.intersection(clusters))


def _management(clusters: Iterable[Cluster], name: str) -> tuple[Cluster | None, frozenset[str]]:
    """It, and every path under which it is known: one that manages itself lists itself."""
    listed = list(clusters)
    managing = [each for each in listed if each.is_management and each.same_as is None]
    found = [each for each in managing if name in ("", each.name)]
    if len(found) != 1:
        return None, frozenset()
    (management,) = found
    same = (each.path for each in listed if each.same_as == management)
    return management, frozenset((management.path, *same))


def _pools_of(management: Iterable[Cluster]) -> Iterator[tuple[int, SeenPool]]:
    """Those of which the provider hands out, each with its cluster's id. One query."""
    pools = Version.objects.now().of_any([each.pk for each in management]).of_kind(_POOL)
    for row in pools:
        pool = decode(row.kind, row.record)
        if isinstance(pool, SeenPool) and not pool_faults(pool):
            yield row.cluster_id, pool


def _can_grow(pool: SeenPool, span: Span) -> bool:
    """Say whether all of it lies in the network, and its prefix lets it hold any address of it.

    The provider's webhook refuses what lies outside the prefix around the lowest address.
    """
    lies_in = all(span.contains(parse_entry(each)) for each in pool.addresses)
    return lies_in and inferred_subnet(pool).contains(span)


def _is_pool_of(row: Occupancy, management: Cluster | None) -> bool:
    """What others hand out from is taken, whatever it is for."""
    return management is not None and row.cluster_id == management.pk and row.kind == _POOL


def _pools(ranges: Iterable[Occupancy], strange: Iterable[Span], span: Span) -> Iterator[Part]:
    """What pools can really hand out here."""
    for row in ranges:
        if row.role == Role.POOL:
            use = Use.BALANCERS if is_for_balancers(row.name) else Use.CONTROL_PLANES
            for usable in subtracted(intersected([row.span], [span]), strange):
                yield Part(use, usable, row.name)


def _blocks(ranges: Iterable[Occupancy], span: Span) -> Iterator[Part]:
    """The ranges of workload clusters; single addresses are what they claimed from a pool."""
    for row in ranges:
        if (
            row.role == Role.LBRANGE
            and "/" in row.cluster.path
            and not row.span.is_single
            and span.contains(row.span)
        ):
            yield Part(Use.BLOCK, row.span, row.cluster.path)


def _of_management(
    management: Cluster | None,
    roads: Collection[str],
    endpoints: Iterable[Occupancy],
    services: Iterable[Occupancy],
) -> Iterator[Part]:
    """Its API, and the Service that bears the name of an ingress controller."""
    if management:
        apis = sorted({row.span for row in endpoints if row.consumer_cluster in roads})
        yield from (Part(Use.API, span, management.name) for span in apis[:1])
        ingresses = sorted({row.span for row in services if "ingress" in row.name})
        yield from (Part(Use.INGRESS, span, management.name) for span in ingresses[:1])


def _has_its_api_elsewhere(management: Cluster, roads: Collection[str], kept: Iterable[Part]) -> bool:
    if any(part.use is Use.API for part in kept):
        return False
    stated = Occupancy.objects.now().with_role(Role.CPE, Role.CPVIP)
    return stated.of_any([management.pk]).filter(consumer_cluster__in=list(roads)).exists()


def _strange(survey: Survey, ranges: Iterable[Occupancy]) -> Iterable[Span]:
    """What of pools is used past IPAM, or lies in a load-balancer range too: it should be excluded.

    What IPAM gave away is not among it: no provider lets that be excluded.
    """
    rows = list(ranges)
    pools = [row.span for row in rows if row.role == Role.POOL]
    balancers = [row.span for row in rows if row.role == Role.LBRANGE]
    if not pools:
        return ()
    used = flagged(survey, HELD, without=TRACKED).joined(balancers)
    return used.within(pools).without(flagged(survey, TRACKED))
