"""What somebody wants of a subnet, and what there is of it: both sides of dividing it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.free_space import blocks_in
from ipviz.domain.landmarks import marks_of
from ipviz.domain.plans import Part
from ipviz.domain.spans import Span, subtracted

CONTROL_PLANE_POOL = "wc-cp-ips"
BALANCER_POOL = "svc-lb-ips"
"""As today's chart names them where its values say nothing else."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What somebody wants of a subnet.

    Args:
        nodes: addresses that DHCP leases at a time, those of now too.
        clusters: workload clusters now.
        later: those to come.
        balancers: load-balancer addresses for each of them.
        in_blocks: a block for each cluster, as charts want it that name CIDRs; else one pool for all.
        names: clusters that blocks are for, the first ones; the others are of later ones.
        fixed: parts that were chosen; what they lack is found beside them.
    """

    nodes: int = 0
    clusters: int = 1
    later: int = 0
    balancers: int = 3
    in_blocks: bool = False
    names: tuple[str, ...] = ()
    fixed: tuple[Part, ...] = ()
    management: str = ""
    control_plane_pool: str = CONTROL_PLANE_POOL
    balancer_pool: str = BALANCER_POOL

    @property
    def all_clusters(self) -> int:
        return self.clusters + self.later

    @property
    def block_size(self) -> int:
        return block_size(self.balancers)


ASKED = tuple(each.name for each in fields(Needs) if each.name not in ("names", "fixed"))
"""What somebody may say of them; the clusters are what there is, and parts are said by themselves."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A subnet as it is.

    Args:
        free: what nothing claims, in order and joined.
        leased: addresses of nodes, which a DHCP range may cover.
        kept: what there is already for one of the uses, wherever it came from.
        served: how many workload clusters have the address of their API, and not from a kept pool.
        is_managed_elsewhere: the management cluster has its own two addresses in another network.
    """

    span: Span
    free: Sequence[Span]
    leased: Sequence[Span] = ()
    kept: tuple[Part, ...] = ()
    served: int = 0
    is_managed_elsewhere: bool = False

    @classmethod
    def untouched(cls, subnet: DeclaredSubnet) -> "Ground":
        return cls(subnet.span, subtracted([subnet.span], [mark.span for mark in marks_of(subnet)]))


def is_for_balancers(pool: str) -> bool:
    """Say by its name whether a pool is for load balancers, as today's chart names one: `svc-lb-ips`."""
    return "lb" in pool.split("-")


def block_size(addresses: int) -> int:
    """How large a block is that holds so many: a power of two."""
    size = 1 << max(addresses - 1, 0).bit_length()
    while size >= 256 and size - size // 128 < addresses:
        size *= 2
    return size


def usable_in(block: Span) -> int:
    """What the cloud provider hands out of a block: of IPv4 none that ends in .0 or .255.

    Source: docs/domain.md, "kube-vip cloud provider ranges".
    """
    if block.version == 6:
        return block.size
    return block.size - sum(_times(block, ending) for ending in (0, 255))


def _times(block: Span, ending: int) -> int:
    """How many addresses of a span end in a number."""
    return (block.last - ending) // 256 - (block.first - 1 - ending) // 256


def blocks_for(needs: Needs, runs: Iterable[Span]) -> Iterator[Span]:
    """The aligned blocks of runs that hold what a cluster needs, one after the other. Lazily."""
    return (each for each in blocks_in(runs, needs.block_size) if usable_in(each) >= needs.balancers)
