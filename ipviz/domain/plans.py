"""Plans: which part of a subnet is set aside for what, and who belongs where (docs/domain.md, "Plans").

A plan is an intention: nobody holds its addresses, and reality may leave it.
"""

from dataclasses import dataclass
from enum import StrEnum

from ipviz.domain.occupants import Occupant, Purpose, Role
from ipviz.domain.spans import Span


class Use(StrEnum):
    """What a part is for."""

    API = "api"
    INGRESS = "ingress"
    CONTROL_PLANES = "control-planes"
    BALANCERS = "balancers"
    BLOCK = "block"
    DHCP = "dhcp"

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def is_pool(self) -> bool:
        return self in (Use.CONTROL_PLANES, Use.BALANCERS)

    @property
    def is_one_address(self) -> bool:
        return self in (Use.API, Use.INGRESS)


_WORDS = {
    Use.API: "API of the management cluster",
    Use.INGRESS: "ingress of the management cluster",
    Use.CONTROL_PLANES: "pool for control planes",
    Use.BALANCERS: "pool for load balancers",
    Use.BLOCK: "load-balancer block",
    Use.DHCP: "DHCP for nodes",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Addresses set aside for one use. `name` is the pool's, or the cluster's; empty for a later one."""

    use: Use
    span: Span
    name: str = ""

    @property
    def words(self) -> str:
        """`pool for control planes wc-cp-ips`, `load-balancer block of a later cluster`."""
        if self.use is Use.BLOCK:
            return f"{self.use.words} of {self.name or 'a later cluster'}"
        return f"{self.use.words} {self.name}" if self.use.is_pool and self.name else self.use.words

    def is_of(self, cluster: str) -> bool:
        """Say whether it is set aside for the cluster of that path, or of that name."""
        return bool(self.name and cluster) and not self.use.is_pool and is_called(cluster, self.name)

    def is_for_same(self, other: "Part") -> bool:
        """Say whether both are for one use, of one cluster or one pool where it is of one."""
        if self.use is not other.use:
            return False
        if self.use is Use.BLOCK:
            return bool(self.name) and is_called(self.name, other.name)
        return not self.use.is_pool or self.name == other.name

    def wants(self, occupant: Occupant) -> bool:
        """Say whether the occupant belongs into parts such as this, and nowhere else in the subnet."""
        match self.use:
            case Use.BLOCK:
                return occupant.role in _BALANCING and self.is_of(occupant.consumer.cluster)
            case Use.DHCP:
                return occupant.role is Role.NODE
            case Use.CONTROL_PLANES | Use.BALANCERS:
                return occupant.role is Role.POOL and self._is_pool(occupant)
            case _:
                return False

    def admits(self, occupant: Occupant) -> bool:
        """Say whether the occupant may be here: what the part is for, and what comes with that."""
        consumer = occupant.consumer
        match self.use:
            case Use.BLOCK | Use.INGRESS:
                return self._is_users(occupant) and occupant.role is not Role.NODE
            case Use.API:
                return self._is_users(occupant) and consumer.purpose is not Purpose.SERVICE
            case Use.DHCP:
                return consumer.purpose is Purpose.MACHINE
            case Use.CONTROL_PLANES:
                return consumer.purpose is Purpose.CONTROL_PLANE or self._is_pool(occupant)
            case Use.BALANCERS:
                return consumer.purpose is Purpose.SERVICE or self._is_pool(occupant)

    def _is_users(self, occupant: Occupant) -> bool:
        """A part that names nobody is for whoever comes."""
        return not self.name or is_called(occupant.consumer.cluster, self.name)

    def _is_pool(self, occupant: Occupant) -> bool:
        return occupant.pool.rpartition("/")[2] == self.name


_BALANCING = frozenset({Role.SVC, Role.LBRANGE})


def is_called(one: str, other: str) -> bool:
    """Say whether both mean one cluster, by its path or its name."""
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")
