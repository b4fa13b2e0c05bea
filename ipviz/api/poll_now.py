"""Polling a cluster now: the task is sent by name, so that no web process loads the Kubernetes client."""

from celery import current_app
from kombu.exceptions import OperationalError
from rest_framework.exceptions import APIException

from ipviz.clusters.models import Cluster

TASK = "ipviz.polling.tasks.poll_cluster"


class NothingToPoll(APIException):
    status_code = 409
    default_code = "nothing_to_poll"


class QueueUnreachable(APIException):
    status_code = 503
    default_detail = "The queue can't be reached, so nobody was asked to poll."
    default_code = "queue_unreachable"


def poll_now(cluster: Cluster) -> None:
    """Ask a worker; what it finds shows in the cluster's next snapshot."""
    if cluster.same_as:
        raise NothingToPoll(f"This is the same cluster as {cluster.same_as}, which is polled in its stead.")
    if not cluster.provisioned:
        raise NothingToPoll("It has no endpoint yet at which it could be polled.")
    try:
        current_app.send_task(TASK, args=[cluster.pk])
    except (OperationalError, OSError) as error:
        raise QueueUnreachable from error
