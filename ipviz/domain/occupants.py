"""Occupants: each object's statement that it uses an address or a range (docs/domain.md, "Occupants").

The values here are what the rules judge and what the inventory stores, one row an occupant. Which objects
make which statements is decided in `ipviz.domain.statements`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ipviz.domain.seen import Port, Ref
from ipviz.domain.spans import Span


class Role(StrEnum):
    """What an occupant says of its span; the last two are ranges that an allocator hands out from."""

    ALLOC = "ALLOC"
    CPE = "CPE"
    CPVIP = "CPVIP"
    SVC = "SVC"
    EXTIP = "EXTIP"
    NODE = "NODE"
    POOL = "POOL"
    LBRANGE = "LBRANGE"


ADDRESS_ROLES = frozenset({Role.ALLOC, Role.CPE, Role.CPVIP, Role.SVC, Role.EXTIP, Role.NODE})
RANGE_ROLES = frozenset({Role.POOL, Role.LBRANGE})


class Purpose(StrEnum):
    CONTROL_PLANE = "cp"
    SERVICE = "svc-lb"
    MACHINE = "machine"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who legitimately uses an address in the end.

    `cluster` is a cluster's path (`gmc`, `gmc/org-acme/beta`), empty where nobody can be named. `by` is the
    rule that named it, for the reader; `weak` marks an attribution that rests on a coincidence of numbers.
    """

    cluster: str
    purpose: Purpose
    by: str = ""
    weak: bool = False
    machine: str = ""

    def is_same(self, other: "Consumer") -> bool:
        """Say whether both are known and one; two unknown consumers are never the same.

        A manual claim that names its cluster holds the address for whatever that cluster does with it.
        """
        if not self.cluster or self.cluster != other.cluster:
            return False
        if Purpose.MANUAL in (self.purpose, other.purpose):
            return True
        return self.purpose is other.purpose and self.machine == other.machine


@dataclass(frozen=True, slots=True)
class Occupant:
    """One object, one span, one role. `cluster` is the path of the cluster in which the object was seen."""

    span: Span
    role: Role
    cluster: str
    ref: Ref
    consumer: Consumer
    pool: str = ""
    """ALLOC and POOL: the pool's key in its cluster, `Kind/namespace/name`. LBRANGE: the ConfigMap's key."""
    ports: tuple[Port, ...] = ()
    terminating: bool = False
    paused: bool = False
    announced: bool = True
    """False where nobody answers ARP for it on behalf of this object (docs/domain.md, "Services")."""
    foreign: bool = False
    """A Service that another load balancer implementation serves."""
    holder: str = ""
    """The node that answers for it, as far as annotations and leases tell."""
    allocation_prefix: int = 0
    """POOL: the length of the prefixes that it hands out; 0 where it hands out addresses."""
    prefix: int = 0
    """ALLOC: the length of its network, as the IPAddress says it; of the others none says one."""
    since: datetime | None = None
    stale: bool = False
