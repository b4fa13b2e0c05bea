"""A row of a list as plain values, and what all rows say alike: the API, the pages and files tell the same.

`at` is the moment as of which something is told, None for now. The serializers are the rows' shape for the
schema. The rows themselves are told by plain functions, each from a page at once, so that the number of
queries does not grow with the page.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ipviz.clusters.models import Cluster
from ipviz.inventory.models import Observed, Occupancy, Version
from ipviz.inventory.reading import Sight, Sights

Row = dict[str, Any]


def place_of(path: str) -> Row:
    """A cluster's name as people say it, and its path, which is unique."""
    return {"cluster": path.rsplit("/", 1)[-1], "cluster_path": path}


def sights_of(rows: Iterable[Observed], at: datetime | None) -> Sights:
    """How well the clusters of the rows were seen. One query, where the rows came with their clusters."""
    clusters: dict[int, Cluster] = {}
    for row in rows:
        clusters.setdefault(row.cluster_id, row.cluster)
    return Sights.of(clusters.values(), at)


def sighting(sight: Sight, row: Version | Occupancy) -> Row:
    """Since when the object is so, when its list was last read whole, and whether it can be seen now."""
    return {
        "first_seen": row.since,
        "last_seen": sight.read_at(row.kind),
        "stale": sight.is_stale(row.kind, row.namespace, row.name),
    }
