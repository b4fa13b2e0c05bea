"""Conditions on rows that belong to a segment or a cluster: what a scope sees (`ipviz.domain.scope`)."""

from functools import reduce
from operator import or_

from django.db.models import Q

from ipviz.domain.scope import Scope


def on_seen_segments(scope: Scope, segment: str) -> Q:
    """Rows of a segment, by the field that leads to its name."""
    return Q() if scope.is_everything else Q(**{f"{segment}__in": sorted(scope.segments)})


def in_seen_clusters(scope: Scope, cluster: str, segment: str) -> Q:
    """Rows of a cluster, by what leads to it (`cluster__`), and by the field that leads to a segment's name.

    Paths are compared as wholes: to begin with a text is to SQLite to begin with it in any case.
    """
    if scope.is_everything:
        return Q()
    return reduce(or_, _ways(scope, cluster), on_seen_segments(scope, segment))


def _ways(scope: Scope, cluster: str) -> list[Q]:
    """By its own path, by that of its management cluster, by its organisation in one."""
    paths = sorted(scope.clusters)
    own, managed, namespace = f"{cluster}path", f"{cluster}management_cluster__path", f"{cluster}namespace"
    organisations = [path.split("/") for path in paths if path.count("/") == 1]
    return [
        Q(**{f"{own}__in": paths}),
        Q(**{f"{managed}__in": paths}),
        *(Q(**{managed: management, namespace: name}) for management, name in organisations),
    ]
