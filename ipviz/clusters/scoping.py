"""Conditions on rows that belong to a segment or a cluster: what a scope sees (`ipviz.domain.scope`)."""

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
    paths = sorted(scope.clusters)
    own, managed = f"{cluster}path__in", f"{cluster}management_cluster__path__in"
    return on_seen_segments(scope, segment) | Q(**{own: paths}) | Q(**{managed: paths})
