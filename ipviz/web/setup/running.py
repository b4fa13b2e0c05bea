"""The page for who runs ipviz: what is alive, since when, and what to do about what is not."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ipviz.alerts.models import Delivery
from ipviz.clusters.models import Cluster, JudgeRequest
from ipviz.domain.running import Check, check_judging, check_messages, check_room, check_schedule
from ipviz.inventory.reading import Sights
from ipviz.polling.health import NO_BROKER, TICK_PATIENCE, check_tables, queue_length
from ipviz.polling.models import Judging
from ipviz.polling.pulses import last_tick
from ipviz.version import VERSION
from ipviz.web.access import for_operators, must_see_all
from ipviz.web.freshness import Freshness, freshness_of_all
from ipviz.web.words import counted

MOST_CLUSTERS = 50
MOST_MESSAGES = 10
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Part:
    """One part, what is known of it, and whether it is as it should be."""

    check: Check
    facts: str
    at: datetime | None = None
    """When it last did something."""


@require_safe
@for_operators
def running(request: HttpRequest) -> HttpResponse:
    must_see_all(request)
    return render(request, "web/settings/running.html", running_page(timezone.now()))


def running_page(at: datetime) -> dict[str, Any]:
    seen = freshness_of_all(_clusters(), at, settings.POLL_INTERVAL)
    told = sorted(seen, key=_worst_first)
    waiting = Delivery.objects.pending().count()
    messages = list(Delivery.objects.pending().order_by("at")[:MOST_MESSAGES])
    parts = [*_machinery(at), _messages(at, waiting, messages), _room()]
    return {
        "at": at,
        "version": VERSION,
        "parts": parts,
        "troubles": sum(not each.check.is_ok for each in parts),
        "clusters": told[:MOST_CLUSTERS],
        "more_clusters": len(told[MOST_CLUSTERS:]),
        "unsent": messages,
        "more_unsent": waiting - len(messages),
    }


def _machinery(at: datetime) -> list[Part]:
    database, migrations = check_tables()
    tasks, tick = queue_length(), last_tick()
    oldest = JudgeRequest.objects.order_by("asked_at").values_list("asked_at", flat=True).first()
    judged = Judging.objects.order_by("at").values_list("at", flat=True).first()
    queue = "Redis" if settings.REDIS_URL else "files in the data folder, for one machine"
    return [
        Part(database, "PostgreSQL" if connection.vendor == "postgresql" else "SQLite, for one machine"),
        Part(migrations, "tables of this version"),
        Part(
            Check("broker", *(NO_BROKER if tasks is None else ())),
            queue if tasks is None else f"{queue}; {counted(tasks, 'task')} in the queue",
        ),
        Part(
            check_schedule(tick, at, patience=TICK_PATIENCE, waiting=tasks),
            "starts polls, judgements and mails; with a worker",
            tick,
        ),
        Part(
            check_judging(oldest, at, patience=TICK_PATIENCE), "each segment, at least once a minute", judged
        ),
    ]


def _messages(at: datetime, waiting: int, messages: Sequence[Delivery]) -> Part:
    oldest = messages[0].at if messages else None
    server = "" if settings.MAIL_IS_CONFIGURED else "; no mail server is named, so mails are kept here"
    facts = f"{counted(waiting, 'message')} to be sent{server}"
    return Part(check_messages(oldest, at, waiting=waiting), facts)


def _room() -> Part:
    disk = shutil.disk_usage(settings.IPVIZ_DATA_DIR)
    facts = f"{disk.free / GIB:.1f} of {disk.total / GIB:.1f} GiB free where the data folder is"
    return Part(check_room(disk.free, disk.total), facts)


def _clusters() -> Sights:
    return Sights.of(Cluster.objects.readable().first_roads().whole())


def _worst_first(seen: Freshness) -> tuple[bool, bool, str]:
    return seen.level == "whole", not seen.is_blind, seen.cluster.path
