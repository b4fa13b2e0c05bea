"""The networks that the clusters of a segment name: where two surely differ, they may be two segments."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from ipviz.clusters.models import Cluster, Segment
from ipviz.clusters.segments import networks_among, networks_on
from ipviz.domain.hints import Network, are_apart, are_parted, by_network


@dataclass(frozen=True, slots=True)
class NamedNetworks:
    """`members` is each network with the paths of the clusters that name it."""

    segment: str
    members: Sequence[tuple[Network, Sequence[str]]]

    @property
    def are_parted(self) -> bool:
        return are_parted(network for network, _ in self.members)

    @property
    def can_be_parted(self) -> bool:
        """Say whether a management cluster shares no network with another: it can have its own segment."""
        used: dict[str, set[Network]] = defaultdict(set)
        for network, paths in self.members:
            for path in paths:
                used[path.partition("/")[0]].add(network)
        return any(
            all(are_apart(one, other) for one, other in product(ours, theirs))
            for ours, theirs in combinations(used.values(), 2)
        )


def named_on(segment: Segment) -> NamedNetworks:
    return _named(segment.name, networks_on(segment))


def named_by(clusters: Iterable[Cluster]) -> list[NamedNetworks]:
    """Those of each segment on which one of the clusters is; no query."""
    by_segment: dict[str, list[Cluster]] = defaultdict(list)
    for cluster in clusters:
        by_segment[cluster.segment.name].append(cluster)
    return [_named(name, networks_among(each)) for name, each in sorted(by_segment.items())]


def _named(segment: str, networks: dict[str, Network]) -> NamedNetworks:
    return NamedNetworks(segment, sorted(by_network(networks).items(), key=lambda each: str(each[0])))
