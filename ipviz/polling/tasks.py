"""Celery's doors to the sentence: ids in, a few lines each, safe to run twice."""

from datetime import datetime

import structlog
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from ipviz.clusters.leases import claim_turn
from ipviz.clusters.models import Cluster, Segment
from ipviz.inventory.keeping import keep
from ipviz.inventory.usage import age_samples
from ipviz.polling.mails import send_mails
from ipviz.polling.policy import pace, policy
from ipviz.polling.poll import poll
from ipviz.polling.pulses import note_tick
from ipviz.polling.watch import watch

log = structlog.get_logger(__name__)


@shared_task
def tick() -> None:
    """Start what is due: polls, judgements that were asked for and not made, mails."""
    at = timezone.now()
    note_tick(at)
    start_due(at)
    for segment in Segment.objects.to_judge():
        watch_segment.delay(segment.pk)
    deliver.delay()


def start_due(at: datetime) -> None:
    """Send every cluster whose turn it is to a worker, each once."""
    with transaction.atomic():
        claimed = [each for each in Cluster.objects.due(at) if claim_turn(each, at=at, pace=pace())]
    for cluster in claimed:
        poll_cluster.apply_async((cluster.pk,), expires=settings.POLL_INTERVAL.total_seconds())


@shared_task
def poll_cluster(cluster_id: int, judge_at_once: bool = False) -> None:
    """Poll one cluster, unless another worker is at it, and have its segment judged.

    Where nothing changed, and nobody waits for a second look, the next tick is soon enough: hundreds of polls
    then ask for one judgement.
    """
    cluster = Cluster.objects.to_read().filter(pk=cluster_id).first()
    polled = poll(cluster, at=timezone.now()) if cluster else None
    if cluster is None or polled is None:
        return
    log.info(
        "poll.stored" if polled.stored else "poll.not_stored",
        cluster=cluster.path,
        outcome=polled.stored.snapshot.outcome if polled.stored else polled.why,
        seconds=round(polled.look.seconds, 3),
    )
    if cluster.is_management:
        start_due(timezone.now())  # the workload clusters that it names for the first time
    if judge_at_once or (polled.stored and polled.stored.is_changed):
        watch_segment.delay(cluster.segment_id)


@shared_task
def watch_segment(segment_id: int) -> None:
    """Judge a segment if something was read since; look again at once where something is suspected.

    Where another is at it, the next tick finds what was asked since.
    """
    with transaction.atomic():  # a judgement that fails is still asked for
        segment = Segment.objects.filter(pk=segment_id).free_to_judge().first()
        if segment is None:
            return
        segment.judge_requests.all().delete()  # those that stand now; what is asked from here on stays
        watched = watch(segment, policy=policy(), at=timezone.now())
    for cluster in watched.to_look_at_again():
        poll_cluster.delay(cluster.pk, judge_at_once=True)


@shared_task
def ask_to_judge() -> None:
    """Have each segment judged at the next tick, whether or not anything was read on it."""
    Segment.objects.with_clusters().ask_to_judge()


@shared_task
def keep_history() -> None:
    """Let go of what is older than it is to be remembered, says nothing, or was a session."""
    at = timezone.now()
    SessionStore.clear_expired()
    gone = keep(at, history=settings.HISTORY) + age_samples(at)
    if gone:
        log.info("history.kept", rows_gone=gone)


@shared_task
def deliver() -> None:
    """Write the mails of what was announced, and send what is in the outbox and due."""
    send_mails(timezone.now())
