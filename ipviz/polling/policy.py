"""Settings as the values that the lower floors take: the only reader of settings on this path."""

from datetime import datetime, timedelta

from django.conf import settings

from ipviz.accounts.scopes import limits_of_people
from ipviz.alerts.policy import Policy
from ipviz.clusters.leases import Pace
from ipviz.clusters.models import Cluster
from ipviz.kube.limits import Limits
from ipviz.kube.trust import Trust

FORGOTTEN_AFTER = timedelta(minutes=20)


def policy() -> Policy:
    return Policy(
        base_url=settings.IPVIZ_BASE_URL,
        mail_from=settings.DEFAULT_FROM_EMAIL,
        mail_is_configured=settings.MAIL_IS_CONFIGURED,
        recipients=tuple(settings.ALERT_TO),
        limits=limits_of_people(),
    )


def pace() -> Pace:
    return Pace(interval=settings.POLL_INTERVAL, deadline=settings.POLL_DEADLINE)


def limits() -> Limits:
    return Limits(total=settings.POLL_DEADLINE.total_seconds())


def trust(cluster: Cluster) -> Trust:
    """What a workload cluster's kubeconfig may say besides."""
    return Trust(cluster.path, cluster.path in settings.INSECURE_CLUSTERS, settings.ALLOW_LOOPBACK)


def outdated_before(at: datetime) -> datetime:
    """A cluster that was last tried before then is not looked after; one that fails waits less than that."""
    longest: timedelta = max(FORGOTTEN_AFTER, 4 * settings.POLL_INTERVAL)
    return at - longest
