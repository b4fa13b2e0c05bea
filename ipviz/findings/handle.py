"""What people do with a finding: acknowledge it, silence it, take that back.

The judge goes on with it as they left it: `ipviz.domain.lifecycle` says what ends their decision.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from ipviz.audit.record import Kind, changing, named
from ipviz.clusters.models import Segment
from ipviz.domain.lifecycle import CannotHandle, Change, Status
from ipviz.findings.models import Finding, Transition
from ipviz.inventory.feeds import add
from ipviz.inventory.models import Feed

FEED = Feed.Name.FINDINGS
FINDING = Kind("finding", lambda finding: f"{finding.rule} {finding.title}", named("status", "handled_until"))

Decision = Callable[[Status], Change]
"""What somebody wants done with a finding of that status; raises CannotHandle."""


@transaction.atomic
def handle(
    finding: Finding, decision: Decision, *, by: str, at: datetime, until: datetime | None = None
) -> Finding:
    """Store what a person decided, beside what is being judged; returns it as stored. Raises CannotHandle.

    Args:
        until: when that ends.
    """
    # The judge holds this row while it works, so neither writes over the other.
    Segment.objects.select_for_update(no_key=True).get(pk=finding.segment_id)
    stored = Finding.objects.get(pk=finding.pk)
    change = decision(Status(stored.status))
    if stored.muted_by and change.after is Status.OPEN:
        raise CannotHandle(f"It is silent with all that silence {stored.muted_by} matches: end that one.")
    with changing(FINDING, stored, "handled", reason=change.reason):
        follow(stored, change, at)
        stored.handled_until, stored.muted_by = until, None
        stored.save(update_fields=["status", "opened_at", "handled_until", "muted_by"])
    add([transition(stored, change, at, by=by[:150])], FEED)
    return stored


def transition(finding: Finding, change: Change, at: datetime, *, by: str = "") -> Transition:
    """The unsaved row that tells of a change, and who made it: nobody is the judge."""
    before = change.before or ""
    return Transition(finding=finding, at=at, before=before, after=change.after, reason=change.reason, by=by)


def follow(finding: Finding, change: Change, at: datetime) -> None:
    """Give the finding the status of a change, and the times that go with it; nothing is saved."""
    finding.status = change.after
    if change.after is not change.before:
        finding.handled_until = finding.muted_by = None
    if change.before is Status.RESOLVED:
        finding.first_seen, finding.opened_at, finding.resolved_at = at, None, None
        finding.occurrences += 1
    if change.after is Status.OPEN and finding.opened_at is None:
        finding.opened_at = at
    if change.after is Status.RESOLVED:
        finding.resolved_at, finding.stale = at, False
