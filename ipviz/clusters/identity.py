"""Which rows are roads to one and the same cluster, told by the uid of its namespace `kube-system`."""

from ipviz.clusters.models import Cluster


def answers_as(cluster: Cluster, uid: str) -> Cluster | None:
    """The other cluster whose uid a cluster shows that was known by one of its own."""
    if not uid or not cluster.uid or uid == cluster.uid:
        return None
    return Cluster.objects.live().filter(uid=uid).exclude(pk=cluster.pk).order_by("pk").first()


def recognise(cluster: Cluster, uid: str) -> Cluster | None:
    """Note the uid, and return the other row that leads to the same cluster, if there is one.

    Of the two one is read, and the other (its `same_as`) is a second road: a workload cluster to what is
    registered as a management cluster, since more is read in these, and else the later to the earlier.
    """
    if not uid:
        return None
    others = Cluster.objects.live().known_as(uid).exclude(pk=cluster.pk)
    other = min(others, key=_rank, default=None)
    is_first = other is None or _rank(cluster) < _rank(other)
    _note(cluster, uid, None if is_first else other)
    if other and is_first:
        _lead_to(other, cluster)
    return other


def still_leads(cluster: Cluster, uid: str) -> bool:
    """Say whether a second road still leads where it did; one by which nothing can be seen is left as it is.

    One that leads elsewhere is a cluster of its own again, and due to be read.
    """
    first = cluster.same_as
    if not uid or first is None or not first.uid:
        return True
    _note(cluster, uid, first if uid == first.uid else None)
    if cluster.same_as is None:
        Cluster.objects.filter(pk=cluster.pk).update(next_poll_at=None)
    return cluster.same_as is not None


def _lead_to(second: Cluster, first: Cluster) -> None:
    """Make one row a second road to another, and what were second roads to it likewise."""
    Cluster.objects.filter(same_as=second).update(same_as=first)
    Cluster.objects.filter(pk=second.pk).update(same_as=first)
    second.same_as = first


def _rank(cluster: Cluster) -> tuple[bool, int]:
    return not cluster.is_management, cluster.pk


def _note(cluster: Cluster, uid: str, first: Cluster | None) -> None:
    if (cluster.uid, cluster.same_as_id) != (uid, first.pk if first else None):
        cluster.uid, cluster.same_as = uid, first
        cluster.save(update_fields=["uid", "same_as"])
