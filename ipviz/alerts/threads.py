"""Threads of mails: which mail began the one that a finding's next mail belongs to, for each address."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ipviz.alerts.models import Alert, Delivery
from ipviz.domain.batches import batched
from ipviz.domain.news import Reason

BATCH = 5_000
COMES_BACK_WITHIN = timedelta(days=1)
"""What comes back later than that begins a thread of its own."""


@dataclass(frozen=True, slots=True)
class Threads:
    """What was mailed of some findings so far, by address and finding, in order, and did not get lost.

    `told_by` says how many findings each of these mails tells of, by its id.
    """

    mailed: Mapping[tuple[str, int], Sequence[Alert]]
    told_by: Mapping[int, int]

    @classmethod
    def of(cls, finding_ids: Iterable[int]) -> "Threads":
        mailed: defaultdict[tuple[str, int], list[Alert]] = defaultdict(list)
        told_by: dict[int, int] = {}
        for ids in batched(sorted(finding_ids), BATCH):
            alerts = Alert.objects.of_findings(ids).heard().in_mails()
            told_by |= Alert.objects.counted_by_mail(alerts)
            for each in alerts:
                mailed[each.address, each.finding_id].append(each)
        return cls(mailed, told_by)

    def is_open(self, alert: Alert) -> bool:
        """The last that was mailed of its finding is not an end."""
        before = self.mailed.get((alert.address, alert.finding_id), ())
        return bool(before) and before[-1].reason != Reason.RESOLVED

    def root(self, alert: Alert) -> Delivery | None:
        """The first mail of its thread, which goes on while the finding comes back within a day.

        One that was only kept here begins none, once mails are sent.
        """
        root: Delivery | None = None
        last: Alert | None = None
        for each in (*self.mailed.get((alert.address, alert.finding_id), ()), alert):
            if last and each.occurrence != last.occurrence and each.at - last.at > COMES_BACK_WITHIN:
                root = None
            if root is None or (_is_kept(root) and each.delivery and not _is_kept(each.delivery)):
                root = each.delivery
            last = each
        return root

    def subject(self, root: Delivery | None, many: int) -> str:
        """What the subject of a mail in a thread repeats; empty where it tells of others than the first."""
        return root.subject if root and self.told_by.get(root.pk) == many else ""


def _is_kept(mail: Delivery) -> bool:
    return mail.status == Delivery.Status.KEPT
