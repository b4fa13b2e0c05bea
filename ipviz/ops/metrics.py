"""What Prometheus reads, from the tables at each scrape: right with however many processes."""

from collections.abc import Iterator

from django.db.models import Count
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ipviz.alerts.models import Alert, Delivery, Subscription


class Alerts(Collector):
    """What is told and why, and whether it arrives. Three queries."""

    def collect(self) -> Iterator[Metric]:
        told = CounterMetricFamily("ipviz_alerts", "What somebody was told of a finding.", labels=["reason"])
        mailed = Alert.objects.in_mails().order_by()  # what still waits may turn out to be needless
        for reason, many in mailed.values_list("reason").annotate(Count("pk")):
            told.add_metric([reason], many)
        yield told
        sent = GaugeMetricFamily(
            "ipviz_deliveries", "Mails and calls of hooks that were written.", labels=["kind", "status"]
        )
        counted = Delivery.objects.order_by().values_list("kind", "status").annotate(Count("pk"))
        for kind, status, many in counted:
            sent.add_metric([kind, status], many)
        yield sent
        flagged = Subscription.objects.exclude(trouble_at=None).count()
        yield GaugeMetricFamily(
            "ipviz_subscriptions_in_trouble", "Addresses at which the last mail did not arrive.", flagged
        )


def scraped() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Alerts())
    return generate_latest(registry)
