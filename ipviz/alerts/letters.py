"""Writing what one address is told at once: as a mail in its thread, or as a hook is called."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from ipviz.alerts.emails import Item, Mail, render
from ipviz.alerts.hook_payload import payload
from ipviz.alerts.messages import message_id
from ipviz.alerts.models import Alert, Delivery, is_hook
from ipviz.alerts.pictures import NOTHING, Pictures
from ipviz.alerts.policy import Policy
from ipviz.alerts.subscriptions import NOBODY
from ipviz.alerts.threads import Threads
from ipviz.alerts.wording import shown
from ipviz.domain.batches import batched
from ipviz.domain.news import Reason
from ipviz.domain.scope import Scope
from ipviz.findings.models import Party

log = structlog.stdlib.get_logger(__name__)
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Letter:
    """All that one mail tells, and what it makes needless to tell, by id.

    `restated` are those of `alerts` that are told for another reason than each was stored with.
    """

    address: str
    scope: Scope
    """What whoever reads it may see."""
    alerts: tuple[Alert, ...]
    needless: tuple[int, ...] = ()
    restated: tuple[Alert, ...] = ()


def write(
    letters: Sequence[Letter], threads: Threads, policy: Policy, at: datetime
) -> Iterator[tuple[Letter, Delivery]]:
    """The mail of each, not yet stored. One that can't be written is logged, and keeps no other back.

    A bounded number of queries, however many findings one tells of, and five for each picture: a mail about
    one finding has one.
    """
    told = [alert for letter in letters for alert in letter.alerts]
    parties, pictures = _parties(told), Pictures()
    for letter in letters:
        items = [
            Item(alert.finding, parties.get(alert.finding_id, ()), Reason(alert.reason), alert.because)
            for alert in letter.alerts
        ]
        picture = pictures.of(items[0].finding) if _has_picture(letter, items) else NOTHING
        try:
            mail = _delivery(letter, items, threads, picture, policy, at)
        except Exception:  # whatever is wrong with one mail keeps no other back; it waits, and is seen
            log.exception("mail.not_written", address=shown(letter.address), findings=len(items))
            continue
        yield letter, mail


def _has_picture(letter: Letter, items: Sequence[Item]) -> bool:
    """A picture is a piece of a map: it tells of all who are on a segment."""
    sees_map = letter.scope.sees_segment(items[0].finding.segment.name) if items else False
    return sees_map and len(items) == 1 and not is_hook(letter.address)


def _parties(alerts: Sequence[Alert]) -> Mapping[int, list[Party]]:
    parties: defaultdict[int, list[Party]] = defaultdict(list)
    for ids in batched(sorted({alert.finding_id for alert in alerts}), BATCH):
        for party in Party.objects.filter(finding_id__in=ids):
            parties[party.finding_id].append(party)
    return parties


def _delivery(
    letter: Letter,
    items: Sequence[Item],
    threads: Threads,
    picture: tuple[str, bytes],
    policy: Policy,
    at: datetime,
) -> Delivery:
    """One mail of all of it; it answers another where everything began in that one."""
    roots = {root.pk if root else None: root for root in map(threads.root, letter.alerts)}
    root = next(iter(roots.values())) if len(roots) == 1 else None
    is_end = all(item.reason is Reason.RESOLVED for item in items)
    if root and root.status == Delivery.Status.KEPT and not is_end:
        root = None  # nobody was sent it
    subject = threads.subject(root, len(items))
    mail = render(items, policy, first_subject=subject, is_in_thread=root is not None, picture=picture[0])
    if is_hook(letter.address):
        mail = Mail(mail.subject, payload(items, policy, letter.address), "")
    return Delivery(
        address=letter.address,
        at=at,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        picture=picture[1],
        status=_status(letter.address, root, policy),
        message_id=message_id(items, letter.address, policy, at),
        answers=root,
    )


def _status(address: str, root: Delivery | None, policy: Policy) -> Delivery.Status:
    can_be_sent = is_hook(address) or (address != NOBODY and policy.mail_is_configured)
    # An end alone would be a riddle: it is kept beside its beginning.
    if not can_be_sent or (root is not None and root.status == Delivery.Status.KEPT):
        return Delivery.Status.KEPT
    return Delivery.Status.PENDING
