"""A whole round in one process: every cluster read, many at once; then watched, and looked at again."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime

from ipviz.clusters.models import Cluster, Segment
from ipviz.polling.policy import policy
from ipviz.polling.poll import Look, Polled, look, record
from ipviz.polling.watch import Watched, watch_all

READERS = 16

Clock = Callable[[], datetime]
Report = Callable[[Polled], None]


def read_all(clusters: Iterable[Cluster], *, clock: Clock) -> Iterator[Polled]:
    """Read many clusters at once and store each as it comes; threads touch the network, not the database."""
    with ThreadPoolExecutor(READERS, thread_name_prefix="read") as readers:
        looks = [readers.submit(_look, cluster, clock) for cluster in clusters]
        for finished in as_completed(looks):
            yield record(finished.result())


def run_round(
    management: Iterable[Cluster], workload: Iterable[Cluster], *, clock: Clock, report: Report
) -> list[Polled]:
    """Read management clusters, then the workload clusters that they name and those given besides."""
    roots = list(management)
    polled = []
    for each in read_all(roots, clock=clock):
        report(each)
        polled.append(each)
    found = {c.pk: c for c in (*Cluster.objects.to_read().workload_of(roots), *workload)}
    for each in read_all(found.values(), clock=clock):
        report(each)
        polled.append(each)
    return polled


def watch_and_look_again(segments: Iterable[Segment], *, clock: Clock) -> list[Watched]:
    """Judge, look a second time at the clusters of what is suspected, and judge again."""
    listed = list(segments)
    first = watch_all(listed, policy=policy(), at=clock())
    again = {cluster.pk: cluster for watched in first for cluster in watched.to_look_at_again()}
    if not again:
        return first
    for _ in read_all(again.values(), clock=clock):
        pass
    return first + watch_all(listed, policy=policy(), at=clock())


def _look(cluster: Cluster, clock: Clock) -> Look:
    return look(cluster, at=clock())
