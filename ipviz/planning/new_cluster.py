"""The addresses of a workload cluster that is to be made: from which pools, and whether all are free."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from ipviz.clusters.models import Cluster
from ipviz.domain.consumers import workload_path
from ipviz.domain.needs import BALANCER_POOL, CONTROL_PLANE_POOL, is_for_balancers
from ipviz.domain.occupants import Role
from ipviz.domain.spans import Span, merged, single, subtracted
from ipviz.inventory.models import Occupancy
from ipviz.inventory.offers import pool_of
from ipviz.planning.checks import Verdict, check
from ipviz.planning.errors import CannotPlan
from ipviz.planning.ranges import Block, block_for
from ipviz.planning.writing import File, Values, cidrs, claimed, claims, config_map, dumped, values_files

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,45}[a-z0-9])?")
"""As the chart takes it: a label of DNS, of at most 47 characters."""
ORGANIZATION = re.compile(r"[a-z0-9]([a-z0-9-]{0,57}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Offer:
    """A pool, with the next addresses that it hands out; fewer than were asked for where it has no more."""

    name: str
    key: str
    next: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class NewCluster:
    """`block` takes the place of a pool for load balancers, where there is none that has enough.

    Args:
        problems: what is missing, a sentence each; with one of them there are no files.
        verdict: whether all of it is free in everyone's view; None where there is nothing to look at.
    """

    path: str
    control_planes: Offer | None
    balancers: Offer | None
    block: Block | None
    problems: tuple[str, ...]
    verdict: Verdict | None
    files: tuple[File, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        offers = [each for each in (self.control_planes, self.balancers) if each]
        found = [span for each in offers for span in each.next]
        return merged([*found, self.block.span] if self.block else found)

    @property
    def is_free(self) -> bool:
        return not self.problems and self.verdict is not None and self.verdict.is_free


def new_cluster(
    segment: str,
    name: str,
    organization: str,
    *,
    balancers: int,
    management: str = "",
    since: datetime,
    read_since: datetime,
) -> NewCluster:
    """Find the pools to name, the addresses that they hand out next, and a block where no pool has enough.

    Raises:
        CannotPlan: a name that can't be or is taken, or no management cluster, or several, on the segment.
    """
    _check_name("name", NAME, name)
    _check_name("organization", ORGANIZATION, organization)
    cluster = _management(segment, management)
    path = workload_path(cluster.path, f"org-{organization}", name)
    if Cluster.objects.live().filter(path=path).exists():
        told = f"There is a cluster {path} already. A range for it is found where ranges are set."
        raise CannotPlan("name", told)
    offers = list(_offers(cluster, balancers))
    control_planes = _best(
        [each for each in offers if not is_for_balancers(each.name)], CONTROL_PLANE_POOL, 1
    )
    pool = _best([each for each in offers if is_for_balancers(each.name)], BALANCER_POOL, balancers)
    near = control_planes.next[0] if control_planes else None
    block = block_for(segment, path, balancers, since, near) if pool is None and balancers else None
    problems = tuple(_problems(control_planes, pool, block, balancers))
    spans = NewCluster(path, control_planes, pool, block, (), None, ()).spans
    keys = frozenset(each.key for each in (control_planes, pool) if each)
    verdict = check(segment, spans, path, keys, read_since) if spans else None
    files = () if problems else tuple(_files(name, organization, control_planes, pool, block, balancers))
    return NewCluster(path, control_planes, pool, block, problems, verdict, files)


def _check_name(field: str, pattern: re.Pattern[str], text: str) -> None:
    if not pattern.fullmatch(text):
        told = "small letters, digits and dashes, at most 47 of them, and no dash at either end"
        raise CannotPlan(field, f"{text!r} is no name for this: it has {told}.")


def _management(segment: str, name: str) -> Cluster:
    found = list(Cluster.objects.live().management().first_roads().on(segment))
    names = ", ".join(each.name for each in found)
    if name:
        found = [each for each in found if each.name == name]
    if len(found) == 1:
        return found[0]
    if not found:
        there = f"there are: {names}" if names else "there is none"
        raise CannotPlan("management", f"No management cluster {name or 'is'} on segment {segment}; {there}.")
    raise CannotPlan("management", f"Several manage clusters on segment {segment}: say which of {names}.")


def _offers(management: Cluster, most: int) -> Iterator[Offer]:
    """What each pool of addresses hands out next. Two queries."""
    known = Occupancy.objects.now().of(management)
    held: dict[str, list[Span]] = {}
    for row in known.with_role(Role.ALLOC):
        held.setdefault(pool_of(row)[1], []).append(row.span)
    pools: dict[str, list[Span]] = {}
    for row in known.with_role(Role.POOL).filter(kind="GlobalInClusterIPPool"):
        if not (row.facts.get("paused") or row.facts.get("terminating")):  # it serves no claim then
            pools.setdefault(pool_of(row)[1], []).append(row.span)
    for key, spans in sorted(pools.items()):
        left = subtracted(spans, held.get(key, ()))
        following = tuple(islice(_addresses(left), max(most, 1)))
        yield Offer(key.rpartition("/")[2], key, following)


def _addresses(spans: Iterable[Span]) -> Iterator[Span]:
    """One by one. Lazily: there may be very many."""
    return (single(span.version, number) for span in spans for number in range(span.first, span.last + 1))


def _best(offers: Sequence[Offer], usual: str, number: int) -> Offer | None:
    """The one that today's chart names by itself, or else the first, of those that have enough left."""
    enough = [Offer(each.name, each.key, each.next[:number]) for each in offers if len(each.next) >= number]
    named = [each for each in enough if each.name == usual]
    return next(iter((*named, *enough)), None) if number else None


def _problems(
    control_planes: Offer | None, pool: Offer | None, block: Block | None, balancers: int
) -> Iterator[str]:
    if control_planes is None:
        yield "No pool for control planes has an address left: divide a subnet, or add to one."
    if balancers and pool is None and block is None:
        yield f"No pool for load balancers has {balancers} addresses left, and no block of them is free."


def _files(
    name: str,
    organization: str,
    control_planes: Offer | None,
    pool: Offer | None,
    block: Block | None,
    number: int,
) -> Iterator[File]:
    endpoint = claimed(control_planes.name if control_planes else "")
    if block:
        balancers: dict[str, Any] = {"cidrBlocks": cidrs(block.span)}
    else:
        balancers = claims(pool.name if pool else "", number)
    values = Values(name, organization, endpoint, balancers)
    yield from values_files(f"{name}-values", "values of its chart", [values])
    if block:
        about = "for kube-vip's cloud provider in it, where no chart writes it"
        yield File(f"{name}-kube-vip.yaml", about, dumped(config_map(block.span)))
