"""What Prometheus reads, from the tables at each scrape: right with however many processes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from time import perf_counter

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ipviz.ops.metrics.alerts import alerts, deliveries
from ipviz.ops.metrics.clusters import clusters, judgements, polls
from ipviz.ops.metrics.machinery import build, database, queue, schedule
from ipviz.ops.metrics.network import findings, pools, subnets

log = structlog.stdlib.get_logger(__name__)

Collect = Callable[[datetime], Iterable[Metric]]
COLLECTORS: Mapping[str, Collect] = {
    each.__name__: each
    for each in (
        pools,
        subnets,
        findings,
        clusters,
        polls,
        judgements,
        alerts,
        deliveries,
        database,
        queue,
        schedule,
        build,
    )
}


class Everything(Collector):
    """All collectors, one after the other; one that fails takes no other with it, and is told of."""

    def __init__(self, at: datetime, collectors: Mapping[str, Collect]) -> None:
        self.at = at
        self.collectors = collectors

    def collect(self) -> Iterable[Metric]:
        success = GaugeMetricFamily(
            "ipviz_collector_success",
            "Whether the figures of a collector could be had: 1, or 0 and the log says why.",
            labels=["collector"],
        )
        took = GaugeMetricFamily(
            "ipviz_collector_duration_seconds",
            "How long a collector took at this scrape.",
            labels=["collector"],
        )
        for name, collect in self.collectors.items():
            begun, metrics = perf_counter(), None
            try:
                metrics = list(collect(self.at))
            except Exception:
                log.exception("metrics.collector_failed", collector=name)
            yield from metrics or ()
            success.add_metric([name], metrics is not None)
            took.add_metric([name], perf_counter() - begun)
        yield success
        yield took


def scraped(at: datetime, collectors: Mapping[str, Collect] = COLLECTORS) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Everything(at, collectors))
    return generate_latest(registry)
