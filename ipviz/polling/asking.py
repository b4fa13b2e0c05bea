"""Polling now, for whoever asks. Tasks are sent by name: no web process loads the Kubernetes client."""

from collections.abc import Iterable

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

from ipviz.clusters.models import Cluster

log = structlog.stdlib.get_logger(__name__)
TASK = "ipviz.polling.tasks.poll_cluster"


class NothingToPoll(ValueError):
    """The cluster can't be polled itself; the text says why."""


class QueueUnreachable(OSError):
    """Nobody was asked."""

    def __init__(self) -> None:
        super().__init__("The queue can't be reached, so nobody was asked to poll.")


def objection(cluster: Cluster) -> str:
    """Why there is nothing to be polled; empty where there is."""
    if cluster.retired_at:
        return "Its Cluster object is gone."
    if cluster.same_as:
        return f"This is the same cluster as {cluster.same_as}, which is polled in its stead."
    return "" if cluster.provisioned else "It has no endpoint yet at which it could be polled."


def poll_now(cluster: Cluster, besides: Iterable[Cluster] = ()) -> None:
    """Ask a worker; what it finds shows in the cluster's next snapshot.

    Args:
        besides: asked for as well, but for those of which there is nothing to be polled.
    Raises:
        NothingToPoll: of the cluster.
        QueueUnreachable: nobody was asked, or not of all.
    """
    if why := objection(cluster):
        raise NothingToPoll(why)
    log.info("poll.asked", cluster=cluster.path)
    try:
        for each in (cluster, *besides):
            if not objection(each):
                current_app.send_task(TASK, args=[each.pk])
    except (OperationalError, OSError) as error:
        raise QueueUnreachable from error
