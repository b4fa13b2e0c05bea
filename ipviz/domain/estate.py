"""What the judge looks at: one segment, all that is known of it at one moment, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from ipviz.domain.hints import Network
from ipviz.domain.occupants import Occupant
from ipviz.domain.plans import Part
from ipviz.domain.seen import Fault, Seen
from ipviz.domain.spans import Span

Records = Mapping[str, tuple[Seen, ...]]
"""One cluster's objects, by kind."""
Evidence = tuple[str, str]
"""A cluster's path and a kind that was listed there: what a verdict rests on."""
R = TypeVar("R")


def objects_of(records: Records, record: type[R], *kinds: str) -> Iterable[R]:
    """The objects of these kinds that are such records."""
    return (each for kind in kinds for each in records.get(kind, ()) if isinstance(each, record))


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """How well one cluster is seen. `read_at` has no entry for a kind that was never read whole."""

    path: str
    management: str
    """The path of its management cluster, or empty for one."""
    provisioned: bool = True
    """False for a workload cluster that has no endpoint yet: there is nothing to read."""
    error: str = ""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Kind to reason, as of the last snapshot."""
    read_at: Mapping[str, datetime] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    """Kinds that the program needs of such a cluster and that its API does not know."""
    fault: Fault | None = None
    """What `error` comes down to."""
    unreadable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Kind to the `namespace/name` of each of its objects that was not understood at the last poll."""
    polled_at: datetime | None = None
    """When it was last tried, with whatever success."""
    network: Network | None = None
    """What is known of the network it lives on; None where nothing is."""

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    def is_dark(self, kind: str) -> bool:
        """Say whether nothing is known of its objects of a kind, because no list of them was ever read."""
        if kind in self.read_at:
            return False
        return self.polled_at is None or bool(self.error) or kind in self.unread

    @property
    def sight(self) -> tuple[object, ...]:
        """What is seen of it, without times and reasons: as long as this is equal, as much is known of it.

        A reason may be another at each try, as the port of a connection that was reset.
        """
        seen = frozenset(self.read_at), frozenset(self.unread), self.unreadable, bool(self.error), self.fault
        return *seen, self.missing, self.provisioned, self.management, self.network


@dataclass(frozen=True, slots=True)
class PendingClaim:
    """A claim without an address: whom it will serve, and from which pool."""

    cluster: str
    pool: str
    consumer_cluster: str
    purpose: str


@dataclass(frozen=True, slots=True)
class DeclaredSubnet:
    """A subnet that the operator declared, or that was inferred from a pool."""

    span: Span
    gateway: Span | None = None
    dhcp: tuple[Span, ...] = ()
    declared: bool = True
    planned: tuple[Part, ...] = ()
    """What is set aside for what; in address order."""


@dataclass(frozen=True, slots=True)
class Estate:
    """One segment. Occupants of a cluster that is read by two roads are in it once."""

    segment: str
    occupants: tuple[Occupant, ...] = ()
    clusters: Mapping[str, ClusterFacts] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    """A second path of one cluster, to its first: a management cluster that lists itself, a moved twin."""
    pending: tuple[PendingClaim, ...] = ()
    subnets: tuple[DeclaredSubnet, ...] = ()
    outdated_before: datetime | None = None
    """A cluster that was last polled before then is not being looked after."""
    records: Mapping[str, Records] = field(default_factory=dict)
    """The objects of each cluster, by its path, for the rules that look at more than addresses."""
    judged_at: datetime | None = None
    """The moment of judging; what is said of something's age needs it."""
    unsent_since: datetime | None = None
    """When the oldest message about it was written that is not sent yet."""
