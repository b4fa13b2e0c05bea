"""A load-balancer range for a cluster that is there or to be made: which, and whether it is free for it."""

from dataclasses import dataclass, replace
from datetime import datetime

from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.needs import block_size, usable_in
from ipviz.domain.occupants import Role
from ipviz.domain.plans import Part, Use, is_called
from ipviz.domain.spans import Span
from ipviz.domain.words import listed
from ipviz.inventory.models import Occupancy
from ipviz.planning.checks import Verdict, check
from ipviz.planning.errors import CannotPlan
from ipviz.planning.free_space import free_space
from ipviz.planning.writing import File, files_of_range


@dataclass(frozen=True, slots=True)
class Block:
    """Addresses for load balancers, and why these."""

    span: Span
    why: str


@dataclass(frozen=True, slots=True)
class RangeForCluster:
    """`verdict` says whether it is free in everyone's view; what is the cluster's own already is."""

    cluster: str
    block: Block
    verdict: Verdict
    files: tuple[File, ...]


def range_for(
    segment: str, cluster: str, number: int, wanted: Span | None, *, since: datetime, read_since: datetime
) -> RangeForCluster:
    """The range that is wanted, or the block that is planned for it, or the next aligned block that is free.

    Raises:
        CannotPlan: no block of that size is free, or several clusters are called so.
    """
    path = _path_of(segment, cluster)
    block = Block(wanted, "as it was asked for") if wanted else None
    block = block or block_for(segment, path or cluster, number, since)
    if block is None:
        told = f"No aligned block of {block_size(number)} addresses is free on segment {segment}."
        raise CannotPlan("balancers", told)
    if path and (had := _ranges_of(path) - {block.span}):
        block = replace(block, why=f"{block.why}; it takes the place of {listed(map(str, sorted(had)))}")
    verdict = check(segment, (block.span,), path or cluster, frozenset(), read_since)
    return RangeForCluster(path or cluster, block, verdict, files_of_range(path or cluster, block.span))


def block_for(
    segment: str, cluster: str, number: int, since: datetime, near: Span | None = None
) -> Block | None:
    """The block that is planned for a cluster, else one for a later cluster, else the next free one.

    Args:
        cluster: its path or name.
        near: an address of the subnet in which it is looked for; in any of the segment where there is none.
    """
    subnets = list(Subnet.objects.whole().on(segment))
    planned = [part for each in subnets for part in each.as_declared().planned if part.use is Use.BLOCK]
    large = [part for part in planned if usable_in(part.span) >= number]
    own = [part for part in large if part.name and is_called(cluster, part.name)]
    later = [part for part in large if not part.name and not _is_used(segment, part, since)]
    if own or later:
        why = "it is planned for it" if own else "it is planned for a later cluster"
        return Block((own or later)[0].span, why)
    around = [each for each in subnets if near is None or each.span.contains(near)]
    for subnet in sorted(around, key=lambda each: (not each.declared, each.span.size)):
        if found := free_space(subnet, size=block_size(number), number=1, since=since).found:
            return Block(found[0], "it is the next aligned block that is free")
    return None


def _ranges_of(path: str) -> set[Span]:
    """What its cloud provider hands out from now."""
    rows = Occupancy.objects.now().filter(cluster__path=path).with_role(Role.LBRANGE)
    return {row.span for row in rows}


def _is_used(segment: str, part: Part, since: datetime) -> bool:
    """Now, or until lately."""
    return Occupancy.objects.standing_since(since).on(segment).within(part.span).exists()


def _path_of(segment: str, name: str) -> str:
    """Empty where no cluster is called so."""
    found = list(Cluster.objects.live().first_roads().on(segment).called([name]))
    if len(found) > 1:
        paths = ", ".join(each.path for each in found)
        raise CannotPlan("cluster", f"Several clusters are called {name}: say which of {paths}.")
    return found[0].path if found else ""
