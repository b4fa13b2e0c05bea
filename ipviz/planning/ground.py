"""A subnet as plans find it: what is free, what is there already, and what is asked of it at first."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, count

from django.db.models import Q

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.intervals import State
from ipviz.domain.needs import BALANCER_POOL, CONTROL_PLANE_POOL, Ground, Needs
from ipviz.domain.occupants import Role
from ipviz.domain.plans import Part, Use
from ipviz.domain.pools import pool_faults
from ipviz.domain.seen import SeenPool
from ipviz.domain.spans import Span, intersected, merged, parse_entry, subtracted
from ipviz.domain.survey import HELD, TRACKED, Survey
from ipviz.findings.surveys import survey_at
from ipviz.inventory.models import Occupancy, Version
from ipviz.inventory.records import decode
from ipviz.planning.free_space import free_of

_FIRST_NODES = 20
_FIRST_LATER = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a subnet on its segment.

    Args:
        ground: without what is planned, which a new plan takes the place of.
        clusters: the paths of workload clusters that have their API here.
        without_range: those of them that have no load-balancer range here.
        management: that of the management cluster, where there is just one on the segment.
        strange: what of each kept pool others use, so that it should be excluded.
        pools: those of the management cluster of which all lies here, by name.
        elsewhere: the names of its others.
        in_blocks: clusters here have load-balancer ranges of their own.
    """

    subnet: Subnet
    survey: Survey
    ground: Ground
    clusters: tuple[str, ...]
    without_range: tuple[str, ...]
    management: str
    strange: tuple[Span, ...]
    pools: Mapping[str, SeenPool]
    elsewhere: frozenset[str]
    in_blocks: bool

    @property
    def first_needs(self) -> Needs:
        """What one would ask of it who does not know yet: enough for what there is, and for some more."""
        dhcp = sum(part.span.size for part in self.ground.kept if part.use is Use.DHCP)
        nodes = sum(span.size for span in self.ground.leased)
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


def standing_in(subnet: Subnet, since: datetime) -> Standing:
    """What a plan has to go around, and what it can build on; six queries where the subnet is surveyed.

    Args:
        subnet: a declared or inferred one, or one that is not stored: a CIDR on a segment.
        since: what was given up since then is held still.
    """
    declared = replace(subnet.as_declared(), planned=())
    survey = survey_at(subnet)
    free, _ = free_of(subnet, declared, survey, since)
    here = Occupancy.objects.now().on(subnet.segment.name).within(subnet.span).select_related("cluster")
    ranges = list(here.ranges())
    endpoints = list(here.with_role(Role.CPE))
    management, roads = _only_management(subnet.segment.name)
    pools = list(_pools_of(management)) if management else []
    strange = tuple(_strange(survey, ranges))
    kept = (
        *(Part(Use.DHCP, span) for span in declared.dhcp),
        *_pools(ranges, strange, subnet.span),
        *_blocks(ranges, subnet.span),
        *_of_management(
            management, roads, endpoints, here.with_role(Role.SVC).of(management) if management else ()
        ),
    )
    clusters = sorted({row.consumer_cluster for row in endpoints if "/" in row.consumer_cluster} - roads)
    ranged = {part.name for part in kept if part.use is Use.BLOCK}
    pooled = [part.span for part in kept if part.use is Use.CONTROL_PLANES]
    outside = {
        row.consumer_cluster for row in endpoints if not any(each.contains(row.span) for each in pooled)
    }
    leased = [
        span for span in _runs(survey, State.NODE) if not any(each.contains(span) for each in declared.dhcp)
    ]
    ground = Ground(subnet.span, free, merged(leased), kept, len(outside.intersection(clusters)))
    return Standing(
        subnet=subnet,
        survey=survey,
        ground=ground,
        clusters=tuple(clusters),
        without_range=tuple(path for path in clusters if path not in ranged),
        management=management.name if management else "",
        strange=strange,
        pools={each.ref.name: each for each in pools if _lies_in(each, subnet.span)},
        elsewhere=frozenset(each.ref.name for each in pools if not _lies_in(each, subnet.span)),
        in_blocks=bool(ranged),
    )


def _only_management(segment: str) -> tuple[Cluster | None, frozenset[str]]:
    """It, and every path under which it is known: one that manages itself lists itself. One query."""
    known = Cluster.objects.live().on(segment).filter(Q(kind="management") | Q(same_as__kind="management"))
    found = [each for each in known if each.is_management and each.same_as_id is None]
    if len(found) != 1:
        return None, frozenset()
    (management,) = found
    same = (each.path for each in known if each.same_as_id == management.pk)
    return management, frozenset((management.path, *same))


def _pools_of(management: Cluster) -> Iterator[SeenPool]:
    """Those of which the provider hands out. One query."""
    for row in Version.objects.now().of(management).of_kind("GlobalInClusterIPPool"):
        pool = decode(row.kind, row.record)
        if isinstance(pool, SeenPool) and not pool_faults(pool):
            yield pool


def _lies_in(pool: SeenPool, span: Span) -> bool:
    return all(span.contains(parse_entry(each)) for each in pool.addresses)


def _pools(ranges: Iterable[Occupancy], strange: Iterable[Span], span: Span) -> Iterator[Part]:
    """What pools can really hand out here; as today's chart names them, what holds `lb` is for Services."""
    for row in ranges:
        if row.role == Role.POOL:
            use = Use.BALANCERS if "lb" in row.name else Use.CONTROL_PLANES
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


def _strange(survey: Survey, ranges: Iterable[Occupancy]) -> Iterator[Span]:
    """What of pools is used past IPAM, or lies in a load-balancer range too: it should be excluded.

    What IPAM gave away is not among it: no provider lets that be excluded.
    """
    rows = list(ranges)
    pools = [row.span for row in rows if row.role == Role.POOL]
    balancers = [row.span for row in rows if row.role == Role.LBRANGE]
    runs = [survey.run(number) for number in survey.told()] if pools else []
    held = [
        _span(survey, run.first, run.last) for run in runs if run.flags & HELD and not run.flags & TRACKED
    ]
    tracked = [_span(survey, run.first, run.last) for run in runs if run.flags & TRACKED]
    yield from subtracted(intersected(pools, [*held, *balancers]), tracked)


def _runs(survey: Survey, state: State) -> Iterator[Span]:
    for number, letter in enumerate(survey.states):
        if letter == state.letter:
            yield _span(survey, survey.bounds[number], survey.bounds[number + 1] - 1)


def _span(survey: Survey, first: int, last: int) -> Span:
    return Span(survey.span.version, first, last)
