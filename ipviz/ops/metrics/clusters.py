"""How well each cluster is seen, and what reading and judging take."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client.core import GaugeHistogramMetricFamily, Metric, SummaryMetricFamily

from ipviz.clusters.models import Cluster, JudgeRequest
from ipviz.inventory.models import Snapshot
from ipviz.ops.metrics.families import age, bounded, gauge, single
from ipviz.polling.models import Judging

CLUSTER = ("segment", "cluster", "kind")
LATELY = timedelta(minutes=10)
"""Every poll of so long is stored; older ones are thinned out, so that counters of them would go back."""
LENGTHS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


def clusters(at: datetime) -> Iterator[Metric]:
    """Those that are to be read, from their last snapshots. Two queries."""
    wanted = Cluster.objects.readable().first_roads().select_related("segment")
    rows, left = bounded(wanted, "clusters")
    seen = Snapshot.objects.latest_of(rows)
    last = [((row.segment.name, row.path, row.kind), row, seen.get(row.pk)) for row in rows]
    yield gauge(
        "ipviz_cluster_readable",
        "1 where the last poll could read something of a cluster, 0 where nothing, or none was made yet.",
        CLUSTER,
        [(labels, bool(each and not each.error)) for labels, _, each in last],
    )
    yield gauge(
        "ipviz_cluster_unread_kinds",
        "Kinds of objects that the last poll of a cluster could not read, where it could read any.",
        CLUSTER,
        [(labels, len(each.unread)) for labels, _, each in last if each and not each.error],
    )
    yield gauge(
        "ipviz_cluster_whole_age_seconds",
        "How old what is known of a cluster is, by what was read longest ago; "
        "where something never was, how long it has been registered.",
        CLUSTER,
        [(labels, age(_whole_at(each) or row.registered_at, at)) for labels, row, each in last],
    )
    yield gauge(
        "ipviz_cluster_tried_age_seconds",
        "How long ago a cluster was last polled, with whatever success; "
        "where it never was, how long it has been registered.",
        CLUSTER,
        [(labels, age(each.taken_at if each else row.registered_at, at)) for labels, row, each in last],
    )
    yield left


def _whole_at(snapshot: Snapshot | None) -> datetime | None:
    times = [snapshot.read_at(kind) for kind in snapshot.kinds] if snapshot else []
    return min((each for each in times if each), default=None) if all(times) else None


def polls(at: datetime) -> Iterator[Metric]:
    """One query, whose rows are as many as polls of the last minutes."""
    counted = Snapshot.objects.lengths(at - LATELY, LENGTHS)
    minutes = int(LATELY.total_seconds() // 60)
    yield gauge(
        "ipviz_polls",
        f"Polls that began in the last {minutes} minutes, by outcome.",
        ["outcome"],
        [([outcome.value], counted.get(outcome.value, (0,))[0]) for outcome in Snapshot.Outcome],
    )
    many = sum(each[0] for each in counted.values())
    upto = [sum(each[2 + number] for each in counted.values()) for number in range(len(LENGTHS))]
    yield GaugeHistogramMetricFamily(
        "ipviz_poll_duration_seconds",
        f"How long the polls that began in the last {minutes} minutes took to read.",
        buckets=[
            *((str(length), float(each)) for length, each in zip(LENGTHS, upto, strict=True)),
            ("+Inf", many),
        ],
        gsum_value=sum(each[1] for each in counted.values()),
    )


def judgements(at: datetime) -> Iterator[Metric]:
    """Two queries."""
    took = SummaryMetricFamily(
        "ipviz_watch_duration_seconds", "How long judging a segment took.", labels=["segment"]
    )
    ages = []
    for each in Judging.objects.select_related("segment"):
        took.add_metric([each.segment.name], each.times, each.seconds)
        ages.append(([each.segment.name], age(each.at, at)))
    yield took
    yield gauge("ipviz_watch_age_seconds", "How long ago a segment was last judged.", ["segment"], ages)
    oldest = JudgeRequest.objects.order_by("asked_at").values_list("asked_at", flat=True).first()
    yield single(
        "ipviz_judge_request_age_seconds",
        "How long the oldest request to judge a segment has waited; 0 where none does.",
        age(oldest, at) if oldest else 0,
    )
