"""Plays schedules of what goes wrong with a mail server and with who delivers, and tells what arrived.

A line of JSON for each: what was told, what arrived, and of which copies nobody stored that they did. The
worker that delivers is a process of its own, which is really killed; this one is the mail server meanwhile.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import groupby
from random import Random
from typing import Any

from django.core.mail.utils import DNS_NAME
from django.db import connection, connections
from django.db.models import Model

from ipviz.alerts.deliver import deliver_due
from ipviz.alerts.models import Alert, Delivery, Subscription, Try
from ipviz.alerts.querysets import LEASE
from ipviz.clusters.models import Segment
from ipviz.domain.lifecycle import Change, Status
from ipviz.findings.models import Finding, Party
from tests.alerts.stories import (
    AT,
    HOUR,
    MINUTE,
    POLICY,
    Step,
    add_party,
    opens,
    resolves,
    returns,
    suspected,
    tell,
)
from tests.faulty_postbox import PATIENCE, Fault, FaultyPostbox, Word, Wrong
from tests.story.dying import Killer, die

PEOPLE = ("anna@example.com", "bert@example.com", "carla@example.com")
HANG_SECONDS = 0.2
DONE = b"."
LATER = ("421 4.3.2 closing", "451 4.3.0 try later", "452 4.3.1 no room")
ANSWERED = (Word.MAIL, Word.RCPT, Word.DATA, Word.END)
TALK = (Word.EHLO, Word.MAIL, Word.RCPT, Word.DATA, Word.BODY, Word.END)
SETTING: tuple[type[Model], ...] = (Segment, Finding, Party, Subscription)
TABLES: tuple[type[Model], ...] = (Alert, Try, Delivery, *reversed(SETTING))
SCHEDULES_A_STORY = 10
SETTLED_AFTER = 24
"""Hours with a healthy server; the longest pause is one."""


@dataclass(frozen=True, slots=True)
class Order:
    """One run of the worker.

    Args:
        dies_at: the statement or the commit, counted from 1, at which it kills itself; 0 for none.
        dies_by: "statement", "commit", or "committed", right after one.
    """

    at: str
    port: int
    timeout: float = PATIENCE
    dies_at: int = 0
    dies_by: str = "statement"


class DyingCommit:
    """Kills its process before or after the n-th commit."""

    def __init__(self, order: Order) -> None:
        self.left = order.dies_at
        self.is_after = order.dies_by == "committed"
        self.commit = connection.commit

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0 and not self.is_after:
            die()
        self.commit()
        if self.left == 0:
            die()


@contextmanager
def dying(order: Order) -> Iterator[None]:
    if order.dies_by != "statement":
        connection.ensure_connection()
        connection.commit = DyingCommit(order)  # type: ignore[method-assign]
    killed = Killer(order.dies_at if order.dies_by == "statement" else 0)
    with connection.execute_wrapper(killed):
        yield
    vars(connection).pop("commit", None)


def work(orders: socket.socket, postbox: FaultyPostbox) -> None:
    """The worker's life: to deliver whenever it is told to."""
    for line in orders.makefile("r"):
        order = Order(**json.loads(line))
        is_closed = order.port == postbox.closed_port
        connect = partial(postbox.connect, timeout=order.timeout, is_closed=is_closed)
        with dying(order) if order.dies_at else nullcontext():
            deliver_due(datetime.fromisoformat(order.at), policy=POLICY, connect=connect)
        orders.sendall(DONE)


class Worker:
    """A process that was forked and waits for orders."""

    def __init__(self, postbox: FaultyPostbox) -> None:
        connections.close_all()
        self.line, theirs = socket.socketpair()
        self.pid = os.fork()
        if not self.pid:
            self.line.close()
            status = 1
            try:
                work(theirs, postbox)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        theirs.close()

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> bool:
        """Say whether it died of its order; else it has done it."""
        if self.line.recv(1) == DONE:
            return False
        self.line.close()
        _, status = os.waitpid(self.pid, 0)
        assert os.WIFSIGNALED(status), "the worker failed"
        return True


@dataclass
class Post:
    """The mail server, and one worker at a time; one that died has a successor."""

    postbox: FaultyPostbox = field(default_factory=FaultyPostbox)
    worker: Worker | None = None
    unstored: list[tuple[str, str]] = field(default_factory=list)
    """Messages that were taken without anybody having stored so, each once a copy, with the reason."""
    kills: int = 0

    def run(self, order: Order, *faults: Fault) -> None:
        worker = self.worker = self.worker or Worker(self.postbox)
        self.postbox.faults, self.postbox.kill = faults, worker.kill
        before = len(self.postbox.arrived)
        worker.line.sendall(json.dumps(asdict(order)).encode() + b"\n")
        while True:
            ready, _, _ = select.select([self.postbox.listener, worker.line], [], [], PATIENCE)
            assert ready, "the worker hangs"
            if self.postbox.listener not in ready:  # nobody is left at the door
                break
            self.postbox.serve_next()
        is_dead = worker.ended()
        if is_dead:
            self.worker = None
            self.kills += 1
        for arrival in self.postbox.arrived[before:]:
            why = "killed" if is_dead else arrival.fate or self.cut_short(order)
            message_id = arrival.headers["Message-ID"]
            if why and not (arrival.is_heard or is_stored(message_id)):
                self.unstored.append((message_id, why))

    @staticmethod
    def cut_short(order: Order) -> str:
        """On a machine under load a client with little patience may leave before it reads an answer."""
        return "left early" if order.timeout == HANG_SECONDS else ""

    def begin(self) -> None:
        """Forget what was before, with the same worker."""
        self.postbox.arrived, self.postbox.happened, self.unstored, self.kills = [], [], [], 0

    def close(self) -> None:
        if self.worker:
            self.worker.line.close()
            os.waitpid(self.worker.pid, 0)
        self.postbox.close()


@dataclass(frozen=True, slots=True)
class Chapter:
    """What happened at one moment, and what was written of it."""

    at: datetime
    mails: tuple[Delivery, ...]
    alerts: tuple[Alert, ...]

    def lay_out(self) -> None:
        Delivery.objects.bulk_create(self.mails)
        Alert.objects.bulk_create(self.alerts)


def is_stored(message_id: str) -> bool:
    return Delivery.objects.filter(message_id=message_id, status="sent").exists()


class Story:
    """Some findings that open, grow worse, end and come back, and every mail that was written of them.

    It is played once. For each schedule its mails are laid into the outbox again, as they were.
    """

    def __init__(self, chance: Random) -> None:
        empty(TABLES)
        self.chance = chance
        self.people = PEOPLE[: chance.choice((2, 2, 2, 3))]
        self.findings = [suspected(f"192.0.2.{n + 1}") for n in range(chance.randint(1, 3))]
        self.parties = dict.fromkeys(self.findings, 2)
        self.chapters: list[Chapter] = []
        at = AT
        for _ in range(chance.choice((2, 2, 3))):
            self.chapters.append(self.goes_on(at))
            at += chance.choice((MINUTE, LEASE, HOUR))
        self.setting: list[list[Model]] = [[*table._default_manager.all()] for table in SETTING]

    def goes_on(self, at: datetime) -> Chapter:
        some = self.chance.sample(self.findings, self.chance.randint(1, len(self.findings)))
        steps = [self.step(each, at) for each in some]
        mails = tell(steps, policy=replace(POLICY, recipients=self.people), at=at)
        assert len(mails) == len(self.people), "each has one mail of it"
        return Chapter(at, mails, tuple(Alert.objects.filter(delivery__in=mails)))

    def step(self, finding: Finding, at: datetime) -> Step:
        if finding.status == Status.SUSPECTED:
            return opens(finding, at)
        if finding.status == Status.RESOLVED:
            returns(finding, at)
            return opens(finding, at)
        if self.parties[finding] < 4 and self.chance.random() < 0.5:
            self.parties[finding] += 1
            add_party(finding, f"cluster-{self.parties[finding]}")
            return Step(finding, Change(Status.OPEN, Status.OPEN, "worse: one more joined"))
        return resolves(finding, at)

    def begin(self) -> None:
        empty(TABLES)
        for rows in self.setting:
            type(rows[0])._default_manager.bulk_create(rows)

    @property
    def told(self) -> list[dict[str, Any]]:
        """As each was when it was written, whatever becomes of its row."""
        return [
            {
                "id": mail.message_id,
                "to": mail.address,
                "subject": mail.subject,
                "date": mail.at.isoformat(),
                "answers": mail.answers.message_id if mail.answers else None,
                "findings": [each.finding_id for each in chapter.alerts if each.delivery_id == mail.pk],
            }
            for chapter in self.chapters
            for mail in chapter.mails
        ]


def trouble(chance: Random) -> Fault:
    """Anything that can go wrong in the dialogue, or a kill in the middle of it."""
    nth = chance.randint(1, 3)
    match chance.randrange(7):
        case 0:
            return Fault(Word.CONNECT, chance.choice((Wrong.DROP, Wrong.HANG, Wrong.KILL)))
        case 1 | 2:
            return Fault(chance.choice(ANSWERED), answer=chance.choice(LATER), nth=nth)
        case 3 | 4:
            return Fault(chance.choice(TALK), chance.choice((Wrong.DROP, Wrong.DROP, Wrong.HANG)), nth=nth)
        case 5:
            lost = (Wrong.DROP, Wrong.DROP, Wrong.HANG, Wrong.KILL, Wrong.KILL_AFTER)
            return Fault(Word.END, chance.choice(lost), nth=nth, is_taken=True)
        case _:
            return Fault(chance.choice(TALK), Wrong.KILL, nth=nth)


def run_with_trouble(post: Post, at: datetime, chance: Random) -> None:
    """One run in which the server is away, or something else goes wrong, or the worker kills itself."""
    if chance.random() < 0.1:
        post.run(Order(at.isoformat(), post.postbox.closed_port))
        post.postbox.happened.append(Fault(Word.CONNECT, Wrong.REFUSE))
        return
    faults = [trouble(chance) for _ in range(chance.choice((0, 1, 1, 2)))]
    order = Order(at.isoformat(), post.postbox.port)
    if any(each.does is Wrong.HANG for each in faults):
        order = replace(order, timeout=HANG_SECONDS)
    if chance.random() < 0.2:
        by = chance.choice(("statement", "statement", "commit", "committed"))
        order = replace(order, dies_at=chance.randint(1, 24 if by == "statement" else 8), dies_by=by)
    post.run(order, *faults)


def play(seed: int, story: Story, post: Post) -> dict[str, Any]:
    """One schedule, to the time when everything is settled, and what came of it."""
    chance = Random(seed)
    post.begin()
    story.begin()
    at = AT
    for chapter in story.chapters:
        at = max(at, chapter.at)
        chapter.lay_out()
        for _ in range(chance.choice((1, 1, 1, 2))):
            run_with_trouble(post, at, chance)
            at += chance.choice((MINUTE / 2, 2 * MINUTE, LEASE, HOUR))
    for _ in range(SETTLED_AFTER):
        at += HOUR + timedelta(seconds=1)
        post.run(Order(at.isoformat(), post.postbox.port))
        if not Delivery.objects.pending().exists():
            break
    return {
        "seed": seed,
        "told": story.told,
        "arrived": [
            {
                "id": each.headers["Message-ID"],
                "to": each.recipient,
                "subject": each.headers["Subject"],
                "date": parsedate_to_datetime(each.headers["Date"]).isoformat(),
                "answers": each.headers.get("In-Reply-To"),
            }
            for each in post.postbox.arrived
        ],
        "unstored": post.unstored,
        "statuses": sorted(set(Delivery.objects.values_list("status", flat=True))),
        "faults": [each.name for each in post.postbox.happened],
        "kills": post.kills,
    }


def main(seeds: Iterable[int]) -> None:
    DNS_NAME.get_fqdn()  # may take a while: once, and not in each worker
    gc.freeze()  # what is shared with the workers is not copied to be looked through
    post = Post()
    try:
        for number, schedules in groupby(seeds, lambda seed: seed // SCHEDULES_A_STORY):
            story = Story(Random(f"story {number}"))
            for seed in schedules:
                sys.stdout.write(json.dumps(play(seed, story, post)) + "\n")
                sys.stdout.flush()  # a worker that is forked must not have it to say again
    finally:
        post.close()


def empty(tables: Sequence[type[Model]]) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {table._meta.db_table}")
