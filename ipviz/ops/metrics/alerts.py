"""What is told and why, and whether it arrives."""

from collections.abc import Iterator
from datetime import datetime
from itertools import product

from django.db.models import Count
from prometheus_client.core import CounterMetricFamily, Metric

from ipviz.alerts.models import Alert, Delivery, Subscription
from ipviz.ops.metrics.families import age, gauge, single

KINDS = [kind.value for kind in Delivery.Kind]


def alerts(at: datetime) -> Iterator[Metric]:
    """One query."""
    told = CounterMetricFamily("ipviz_alerts", "What somebody was told of a finding.", labels=["reason"])
    mailed = Alert.objects.in_mails().order_by()  # what still waits may turn out to be needless
    for reason, many in mailed.values_list("reason").annotate(Count("pk")):
        told.add_metric([reason], many)
    yield told


def deliveries(at: datetime) -> Iterator[Metric]:
    """Three queries."""
    statuses = [status.value for status in Delivery.Status]
    counted = dict.fromkeys(product(KINDS, statuses), 0)
    for kind, status, many in Delivery.objects.order_by().values_list("kind", "status").annotate(Count("pk")):
        counted[kind, status] = many
    told = "Mails and calls of hooks that were written, by what became of them."
    yield gauge("ipviz_deliveries", told, ["kind", "status"], counted.items())
    oldest = Delivery.objects.waiting_since()
    yield gauge(
        "ipviz_delivery_pending_age_seconds",
        "How long the oldest that is not sent yet has waited; 0 where none does.",
        ["kind"],
        [([kind], age(oldest[kind], at) if kind in oldest else 0) for kind in KINDS],
    )
    yield single(
        "ipviz_subscriptions_in_trouble",
        "Addresses at which the last mail did not arrive.",
        Subscription.objects.exclude(trouble_at=None).count(),
    )
