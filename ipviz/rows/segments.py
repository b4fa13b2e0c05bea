"""Segments, and what is on each."""

from collections.abc import Sequence
from datetime import datetime

from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.rows.row import Row


def segment_rows(segments: Sequence[Segment], at: datetime | None = None) -> list[Row]:
    """As of now: on which segment something was is not kept."""
    wanted = [segment.pk for segment in segments]
    clusters = list(Cluster.objects.live().first_roads().of_segments(wanted))
    subnets = list(Subnet.objects.of_segments(wanted))
    return [
        _segment(
            segment,
            [each for each in clusters if each.segment_id == segment.pk],
            [each for each in subnets if each.segment_id == segment.pk],
        )
        for segment in segments
    ]


def _segment(segment: Segment, clusters: Sequence[Cluster], subnets: Sequence[Subnet]) -> Row:
    return {
        "id": segment.pk,
        "name": segment.name,
        "clusters": len(clusters),
        "management_clusters": [each.name for each in clusters if each.is_management],
        "subnets": len(subnets),
        "declared_subnets": [each.cidr for each in subnets if each.declared],
    }
