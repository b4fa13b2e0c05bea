"""A whole round in one process: every cluster read, many at once; then watched, and looked at again."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime

from ipviz.clusters.models import Cluster, Segment
from ipviz.polling.look import Look, look
from ipviz.polling.policy import policy
from ipviz.polling.poll import Polled, begin, record
from ipviz.polling.watch import Watched, watch_all

READERS = 256
"""Threads that wait for the network: so many clusters may not answer before another has to wait for them."""

Clock = Callable[[], datetime]


class Round:
    """Reads clusters, many at once, and stores each as it comes; iterate over it once.

    Threads touch the network only, the database is the caller's. The workload clusters of a management
    cluster follow as soon as it is read. Leases are taken from whoever holds them: a person asked for this,
    and what a worker is reading meanwhile will not be stored.

    Args:
        clusters: as loaded by `to_read`.
        follow: read the workload clusters of management clusters too.
    """

    def __init__(self, clusters: Iterable[Cluster], *, clock: Clock, follow: bool = True) -> None:
        self.clock = clock
        self.follow = follow
        self.waiting: deque[Cluster] = deque()
        self.reading: dict[Future[Look], Cluster] = {}
        self.known: set[int] = set()
        self.done = 0
        self._add(clusters)

    def __iter__(self) -> Iterator[Polled]:
        with ThreadPoolExecutor(READERS, thread_name_prefix="read") as readers:
            while self.waiting or self.reading:
                self._start(readers)
                finished, _ = wait(self.reading, return_when=FIRST_COMPLETED)
                for each in finished:
                    cluster = self.reading.pop(each)
                    polled = record(each.result())
                    self.done += 1
                    if self.follow and cluster.is_management:
                        self._add(Cluster.objects.to_read().workload_of([cluster]))
                    yield polled

    def _add(self, clusters: Iterable[Cluster]) -> None:
        new = {cluster.pk: cluster for cluster in clusters if cluster.pk not in self.known}
        self.known.update(new)
        self.waiting.extend(new.values())

    def _start(self, readers: ThreadPoolExecutor) -> None:
        while self.waiting and len(self.reading) < READERS:
            cluster = self.waiting.popleft()
            turn = begin(cluster, at=self.clock(), by_force=True)
            if turn is None:  # it retired while it waited
                self.done += 1
                continue
            self.reading[readers.submit(look, cluster, at=turn.at, lease=turn.lease)] = cluster


def watch_and_look_again(segments: Iterable[Segment], *, clock: Clock) -> list[Watched]:
    """Judge, look a second time at the clusters of what is suspected, and judge again."""
    listed = list(segments)
    first = watch_all(listed, policy=policy(), at=clock())
    again = {cluster.pk: cluster for watched in first for cluster in watched.to_look_at_again()}
    if not again:
        return first
    for _ in Round(again.values(), clock=clock, follow=False):
        pass
    return first + watch_all(listed, policy=policy(), at=clock())
