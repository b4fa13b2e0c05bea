"""Watching: detect what is wrong, announce what is new, deliver the mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import transaction

from ipviz.alerts.announce import announce
from ipviz.alerts.models import Alert, Delivery, Silence
from ipviz.alerts.policy import Policy
from ipviz.clusters.models import Cluster, Segment
from ipviz.clusters.subnets import infer
from ipviz.domain.lifecycle import Status
from ipviz.findings.detect import Changed, detect
from ipviz.findings.surveys import keep_surveys, lacks_surveys
from ipviz.inventory.models import Snapshot
from ipviz.inventory.origins import pool_networks
from ipviz.inventory.usage import sample
from ipviz.polling.memory import judged
from ipviz.polling.policy import outdated_before
from ipviz.polling.pulses import note_judged


@dataclass(frozen=True, slots=True)
class Watched:
    """What one judgement of one segment changed and announced."""

    changed: tuple[Changed, ...]
    alerts: tuple[Alert, ...]

    def to_look_at_again(self) -> list[Cluster]:
        """The clusters of what is suspected since this judgement: a second look decides."""
        suspected = [each.finding for each in self.changed if each.change.after is Status.SUSPECTED]
        return list(Cluster.objects.to_read().involved_in(suspected))


@transaction.atomic
def watch(segment: Segment, *, policy: Policy, at: datetime) -> Watched:
    """Judge one segment; findings, alerts and deliveries are committed together, and sent after."""
    Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    begun = monotonic()
    infer(segment, (each.network for each in pool_networks([segment.pk])))
    unsent = Delivery.objects.unsent_about(segment.pk)
    found = judged(segment, outdated_before=outdated_before(at), judged_at=at, unsent_since=unsent)
    last = Snapshot.objects.last_taken()
    changed = detect(
        segment,
        lambda _: found.estate,
        # Where the clock was set back: no earlier than what was seen (ADR 32).
        at=max(at, last) if last else at,
        judge=lambda _: found.verdicts,
        silences=[each.value for each in Silence.objects.active(at)],
    )
    if changed or not found.is_surveyed or lacks_surveys(segment):
        keep_surveys(segment, found.estate, at=at)
        transaction.on_commit(found.note_surveyed)
    sample(segment, found.estate, at=at)
    watched = Watched(changed, announce(changed, policy=policy, at=at, segment_id=segment.pk))
    note_judged(segment, at=at, seconds=monotonic() - begun)
    return watched


def watch_all(segments: Iterable[Segment], *, policy: Policy, at: datetime) -> list[Watched]:
    return [watch(segment, policy=policy, at=at) for segment in segments]
