"""What load-balancer ranges hand out next. Of pools it is part of their usage (`ipviz.domain.pools`)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ipviz.domain.estate import Estate
from ipviz.domain.members import Member
from ipviz.domain.occupants import Role
from ipviz.domain.spans import Span
from ipviz.domain.survey import PoolId

NextOfRanges = Mapping[PoolId, tuple[Span, ...]]
"""By the path of a cluster and the key of its ranges: one address of each family that can be told."""


def next_of_ranges(members: Iterable[Member]) -> NextOfRanges:
    found: dict[PoolId, tuple[Span, ...]] = defaultdict(tuple)
    for member in members:
        for (key, _), following in member.next_of_range.items():
            if following:
                found[member.path, key] += (following,)
    return dict(found)


def next_of_all_ranges(estate: Estate) -> NextOfRanges:
    """Of every cluster of a segment that states ranges, as it was read."""
    paths = sorted({each.cluster for each in estate.occupants if each.role is Role.LBRANGE})
    return next_of_ranges(Member(estate.clusters[path], estate.records[path]) for path in paths)
