"""What goes wrong around a site that runs, while something goes wrong in its fleet that it has to tell."""

import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles

from drills.row import Row
from drills.site import MANAGEMENTS_A_SEGMENT, SETS, Site
from drills.truth import (
    Truth,
    all_mails_are_out,
    all_read_since,
    faults_of_mails,
    faults_of_storing,
    last_snapshot,
    said_of,
    truth,
)
from ipviz.clusters.models import Cluster

AWAY_SECONDS = 8
HOUR = timedelta(hours=1)

Disturb = Callable[[], str]
"""Does it, and says what else there is to say."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clusters of two management clusters on one segment, of which one takes an address of the other."""

    first: str
    second: str


class Drills:
    """All of them, one after the other, on one site.

    In each, two clusters collide while a round is half done and something breaks. What comes of that must be what
    came of it in the first one, where nothing broke.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.fleet = site.servers.fleet
        self.pairs = _pairs(list(self.fleet.management_of), self.fleet.managements)
        self.undisturbed: Callable[[Pair, str], Truth] | None = None
        self.wakes = 0

    def rows(self) -> Iterator[Row]:
        yield self.first_round()
        yield self.rounds()
        yield self.drill("one set of workers killed in mid-round", self.kill_a_set)
        yield self.drill("Redis restarted, its queue gone", self.restart_redis)
        yield self.drill(f"Redis killed, back after {AWAY_SECONDS} s with nothing", self.kill_redis)
        yield self.drill(
            "PostgreSQL restarted (fast) in mid-round", lambda: self.restart_postgres(signal.SIGINT)
        )
        yield self.drill(
            "PostgreSQL crashed (immediate) in mid-round", lambda: self.restart_postgres(signal.SIGQUIT)
        )
        yield self.drill("clock stepped an hour forward", lambda: self.step(HOUR))
        yield self.drill("clock stepped an hour back", lambda: self.step(-HOUR))

    def first_round(self) -> Row:
        """From the start to the first time that all is read."""
        seconds = self.site.wait_until(lambda: all_read_since(0, self.clusters))
        note = f"{self.clusters} clusters, {self.site.size.workers} workers in {len(SETS)} sets"
        return Row("started, all read for the first time", faults_of_storing(), seconds, note)

    def rounds(self) -> Row:
        """Nothing breaks: the figures of rounds, and what a collision comes to."""
        site, begun, cpu = self.site, time.monotonic(), self.site.cpu_seconds()
        since = last_snapshot()
        pair = self.pairs.pop(0)
        before = truth()
        address = self.fleet.collide(pair.first, pair.second)
        for _ in range(site.size.rounds):
            last = last_snapshot()
            site.wait_until(lambda last=last: all_read_since(last, self.clusters))  # type: ignore[misc]
        seconds = site.wait_until(lambda: _has_opened(truth() - before))
        made = truth() - before
        self.undisturbed = lambda other, at: _likewise(
            made, self._words(pair, address), self._words(other, at)
        )
        lost = self._mailed(before + made)
        took = time.monotonic() - begun
        used = site.cpu_seconds() - cpu
        late = _lateness(since, site.size.interval)
        figures = (
            f"{site.size.rounds} rounds of {site.size.interval} s; late by p50 {late[0]:.1f}, p95 {late[1]:.1f}, "
            f"at most {late[2]:.1f} s; {used / took * 100:.0f} % of one CPU"
        )
        return Row("rounds, undisturbed", lost, seconds, figures)

    def drill(self, name: str, disturb: Disturb) -> Row:
        pair, before = self.pairs.pop(0), truth()
        self.in_mid_round()
        since = last_snapshot()
        address = self.fleet.collide(pair.first, pair.second)
        assert self.undisturbed
        expected = before + self.undisturbed(pair, address)
        begun = time.monotonic()
        note = disturb()
        self.fleet.open_gate()
        self.site.wait_until(lambda: all_read_since(since, self.clusters))
        self.site.wait_until(lambda: truth() == expected or self._is_stuck(begun))
        seconds = time.monotonic() - begun
        return Row(name, self._mailed(expected), seconds, note)

    # What is broken

    def kill_a_set(self) -> str:
        numbers = self.site.kill_set(SETS[1])
        held = Cluster.objects.exclude(lease=None).count()
        self.fleet.open_gate()
        if self.site.size.is_short:  # as long as their leases last
            self.site.step_clock(timedelta(seconds=self.site.size.deadline + 30))
        for number in numbers:
            self.site.start_worker(number)
        return f"{held} leases were held"

    def restart_redis(self) -> str:
        self.site.servers.redis.stop()
        self.site.servers.redis.start()
        return ""

    def kill_redis(self) -> str:
        self.site.servers.redis.stop()
        self.fleet.open_gate()
        time.sleep(1 if self.site.size.is_short else AWAY_SECONDS)
        self.site.servers.redis.start()
        return ""

    def restart_postgres(self, how: signal.Signals) -> str:
        postgres = self.site.servers.postgres
        postgres.end(how)
        self.fleet.open_gate()
        postgres.start()
        return ""

    def step(self, by: timedelta) -> str:
        self.site.step_clock(by)
        return ""

    # How it is seen

    @property
    def clusters(self) -> int:
        return len(self.fleet.members) + len(self.fleet.managements)

    def in_mid_round(self) -> None:
        """Some clusters are being read, and wait for us."""
        self.fleet.close_gate()
        many = min(self.site.size.workers * 10, len(self.fleet.members) // 2)
        self.site.wait_until(lambda: len(self.fleet.at_the_gate()) >= many)

    def _mailed(self, expected: Truth) -> list[str]:
        """Have the mails written and sent; say what is not as it should be at last."""
        site = self.site
        site.write_mails()
        site.wait_until(all_mails_are_out)
        now = truth()
        differs = said_of(expected - now, "lost") + said_of(now - expected, "too many")
        return differs + faults_of_mails(site.servers.postbox) + faults_of_storing()

    def _is_stuck(self, begun: float) -> bool:
        """It will not come to it: the row says then what is not so."""
        return time.monotonic() - begun > (60 if self.site.size.is_short else 300)

    def _words(self, pair: Pair, address: str) -> Mapping[str, str]:
        number = self.fleet.managements.index(self.fleet.management_of[pair.first])
        return {
            "first": self.fleet.path_of(pair.first),
            "second": self.fleet.path_of(pair.second),
            "address": address,
            "segment": f"site-{number // MANAGEMENTS_A_SEGMENT}",
        }


def _pairs(names: list[str], managements: object) -> list[Pair]:
    count = len(managements)  # type: ignore[arg-type]
    segment = [n % count // MANAGEMENTS_A_SEGMENT for n in range(len(names))]
    return [Pair(names[n], names[n + 1]) for n in range(0, len(names) - 1, 2) if segment[n] == segment[n + 1]]


def _has_opened(made: Truth) -> bool:
    return bool(made.findings) and all(status == "open" for _, status in made.findings)


def _likewise(made: Truth, words: Mapping[str, str], others: Mapping[str, str]) -> Truth:
    """What came of one collision, with the words of another."""
    pattern = re.compile("|".join(rf"(?<![\w.]){re.escape(word)}(?![\w])" for word in words.values()))
    of = {word: others[name] for name, word in words.items()}

    def other(part: object) -> object:
        if isinstance(part, tuple):
            return tuple(other(each) for each in part)
        return pattern.sub(lambda found: of[found[0]], str(part))

    def counted(counter: Counter) -> Counter:  # type: ignore[type-arg]
        return Counter({other(key): count for key, count in counter.items()})

    return Truth(counted(made.findings), counted(made.addresses), counted(made.told))


def _lateness(since: int, interval: int) -> tuple[float, float, float]:
    """By how much longer than the interval it took until a cluster was read again: median, p95 and worst."""
    late = []
    for cluster in Cluster.objects.live():
        moments = list(
            cluster.snapshots.filter(pk__gt=since).order_by("pk").values_list("taken_at", flat=True)
        )
        late += [
            max(0.0, (then - now).total_seconds() - interval)
            for now, then in zip(moments, moments[1:], strict=False)
        ]
    if len(late) < 2:
        return 0.0, 0.0, 0.0
    cuts = quantiles(late, n=20)
    return cuts[9], cuts[18], max(late)
