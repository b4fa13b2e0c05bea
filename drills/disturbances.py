"""What goes wrong around a site that runs, while something goes wrong in its fleet that it has to tell."""

import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import pairwise
from statistics import quantiles
from typing import Any

from drills.row import Row
from drills.site import MANAGEMENTS_A_SEGMENT, SETS, Site
from drills.truth import (
    Truth,
    all_mails_are_out,
    all_read_since,
    faults_of_mails,
    faults_of_storing,
    judgements,
    last_snapshot,
    nothing_is_suspected,
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

    In each, two clusters collide while a round is half done and something breaks. What comes of that must be
    what came of it in the story, where nothing broke.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.fleet = site.servers.fleet
        self.pairs = _pairs(list(self.fleet.management_of), self.fleet.managements)
        self.undisturbed: Callable[[Mapping[str, str]], Truth] | None = None

    def rows(self) -> Iterator[Row]:
        yield self.first_round()
        yield self.story()
        yield self.rounds()
        yield self.drill("one set of workers killed in mid-round", self.kill_a_set)
        if not self.site.size.is_short:  # what comes next is the same, and worse
            yield self.drill("Redis restarted, its queue gone", self.restart_redis)
            yield self.drill("PostgreSQL restarted in mid-round", partial(self.end_postgres, signal.SIGINT))
        yield self.drill(f"Redis killed, back after {self.away_seconds} s with nothing", self.kill_redis)
        yield self.drill("PostgreSQL crashed in mid-round", partial(self.end_postgres, signal.SIGQUIT))
        yield self.drill("clock stepped an hour forward", partial(self.step, HOUR))
        yield self.drill("clock stepped an hour back", partial(self.step, -HOUR))

    def first_round(self) -> Row:
        """From the start to the first time that all is read."""
        site = self.site
        site.wait_until(lambda: all_read_since(0, self.clusters))
        note = f"{self.clusters} clusters, {site.size.workers} workers in {len(SETS)} sets"
        seconds = time.monotonic() - site.begun
        self.settle()
        return Row("started, all read for the first time", faults_of_storing(), seconds, note)

    def story(self) -> Row:
        """Nothing breaks: what a collision comes to."""
        pair, before = self.pairs.pop(0), truth()
        begun = time.monotonic()
        address = self.fleet.collide(pair.first, pair.second)
        words = self._words(pair, address)
        self.site.wait_until(lambda: _has_opened(truth() - before))
        self.site.wait_until(lambda: self.site.is_drawn(words["segment"], address))
        seconds = time.monotonic() - begun
        self.settle()
        made = truth() - before
        self.undisturbed = lambda others: _likewise(made, words, others)
        lost = self._mailed(before + made)
        mails = [mail for mail in self.site.servers.postbox.mails() if address in str(mail["Subject"])]
        if not mails:
            lost.append("nobody was mailed")
        return Row("two clusters collide", lost, seconds, f"found, drawn on the map, and {len(mails)} mails")

    def rounds(self) -> Row:
        """Nothing breaks: whether rounds keep to their interval, and what they cost."""
        site, begun, cpu = self.site, time.monotonic(), self.site.cpu_seconds()
        since = last_snapshot()
        for _ in range(site.size.rounds):
            last = last_snapshot()
            site.wait_until(partial(lambda last: all_read_since(last, self.clusters), last))
        took = time.monotonic() - begun
        used = (site.cpu_seconds() - cpu) / took
        late = _lateness(since, site.size.interval)
        lateness = "p50 {:.1f}, p95 {:.1f}, at most {:.1f} s".format(*late)
        name = f"{site.size.rounds} rounds at intervals of {site.size.interval} s"
        return Row(name, faults_of_storing(), None, f"late by {lateness}; {used:.0%} of a CPU")

    def drill(self, name: str, disturb: Disturb) -> Row:
        pair, before = self.pairs.pop(0), truth()
        self.in_mid_round()
        since = last_snapshot()
        address = self.fleet.collide(pair.first, pair.second)
        words = self._words(pair, address)
        assert self.undisturbed
        expected = before + self.undisturbed(words)
        begun = time.monotonic()
        note = disturb()
        self.fleet.open_gate()
        self.site.wait_until(lambda: all_read_since(since, self.clusters))
        self.site.wait_until(lambda: truth() == expected or self._is_stuck(begun))
        self.site.wait_until(lambda: self.site.is_drawn(words["segment"], address) or self._is_stuck(begun))
        seconds = time.monotonic() - begun
        return Row(name, self._mailed(expected), seconds, note)

    # What is broken

    def kill_a_set(self) -> str:
        numbers = self.site.kill_set(SETS[1])
        held = Cluster.objects.exclude(lease=None).count()
        self.fleet.open_gate()
        self.site.servers.hurry(self.site.size.deadline + 30)  # as long as their leases last
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
        time.sleep(self.away_seconds)
        self.site.servers.redis.start()
        return ""

    def end_postgres(self, how: signal.Signals) -> str:
        postgres = self.site.servers.postgres
        postgres.end(how)
        self.fleet.open_gate()
        postgres.start()
        return ""

    def step(self, by: timedelta) -> str:
        self.site.servers.step_clock(by)
        return ""

    # How it is seen

    @property
    def away_seconds(self) -> int:
        return 1 if self.site.size.is_short else AWAY_SECONDS

    @property
    def clusters(self) -> int:
        return len(self.fleet.members) + len(self.fleet.managements)

    def settle(self) -> None:
        """One more round, and two judgements of each segment after it: what there is to find is found."""
        last = last_snapshot()
        self.site.wait_until(lambda: all_read_since(last, self.clusters))
        before = judgements()
        self.site.wait_until(lambda: all(judgements()[each] >= many + 2 for each, many in before.items()))
        self.site.wait_until(nothing_is_suspected)

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


def _pairs(names: Sequence[str], managements: Sequence[str]) -> list[Pair]:
    count = len(managements)
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

    def counted(counter: Counter[Any]) -> Counter[Any]:
        return Counter({other(key): count for key, count in counter.items()})

    return Truth(counted(made.findings), counted(made.addresses), counted(made.told))


def _lateness(since: int, interval: int) -> tuple[float, float, float]:
    """By how much longer than the interval it took until a cluster was read again: median, p95 and worst."""
    late = []
    for cluster in Cluster.objects.live():
        moments = list(
            cluster.snapshots.filter(pk__gt=since).order_by("pk").values_list("taken_at", flat=True)
        )
        late += [max(0.0, (then - now).total_seconds() - interval) for now, then in pairwise(moments)]
    if len(late) < 2:
        return 0.0, 0.0, 0.0
    cuts = quantiles(late, n=20, method="inclusive")
    return cuts[9], cuts[18], max(late)
