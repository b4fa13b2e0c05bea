"""Questions to ask of subscriptions, mails, and what they tell."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet

from ipviz.alerts.trouble import LONGEST_PAUSE
from ipviz.domain.scope import Scope
from ipviz.findings.models import Finding

if TYPE_CHECKING:
    from ipviz.alerts.models import Alert, Delivery, Silence, Subscription

BODY = ("text", "html", "picture")
LEASE = timedelta(minutes=10)
"""Longer than a run and one more mail on a slow server, a dozen answers of twenty seconds each."""


class SubscriptionQuerySet(QuerySet["Subscription"]):
    def in_scope(self, scope: Scope) -> "SubscriptionQuerySet":
        """They are of all that is known: who sees a part of it sees none."""
        return self if scope.is_everything else self.none()

    def seen_by(self, person: User, scope: Scope) -> "SubscriptionQuerySet":
        """A person who sees a part sees those that are narrowed to it."""
        return self if scope.is_everything else self.filter(person=person)

    def of(self, address: str) -> "SubscriptionQuerySet":
        return self.filter(address=address)

    def in_trouble(self) -> "SubscriptionQuerySet":
        """Those at which the last mail did not arrive, for good, though somebody waits for it."""
        return self.filter(stopped_at=None).exclude(trouble_at=None)

    def confirmed(self) -> "SubscriptionQuerySet":
        """Those whose address is somebody's who wanted it, stopped since or not."""
        return self.exclude(confirmed_at=None)

    def told(self) -> "SubscriptionQuerySet":
        """Those whose address is confirmed, and who did not stop it."""
        return self.confirmed().filter(stopped_at=None)


class SilenceQuerySet(QuerySet["Silence"]):
    def in_scope(self, scope: Scope) -> "SilenceQuerySet":
        """As subscriptions."""
        return self if scope.is_everything else self.none()

    def active(self, at: datetime) -> "SilenceQuerySet":
        return self.filter(starts_at__lte=at, ends_at__gt=at)

    def to_come(self, at: datetime) -> "SilenceQuerySet":
        return self.filter(starts_at__gt=at, ends_at__gt=at)

    def over(self, at: datetime) -> "SilenceQuerySet":
        return self.filter(ends_at__lte=at)


class AlertQuerySet(QuerySet["Alert"]):
    def of_findings(self, ids: Iterable[int]) -> "AlertQuerySet":
        """Those of some findings, in order, with their mails, without the texts."""
        found = self.filter(finding_id__in=list(ids))
        return found.select_related("delivery").defer(*(f"delivery__{name}" for name in BODY)).order_by("pk")

    def heard(self) -> "AlertQuerySet":
        """Without those whose mail could not be delivered: nobody was told them (`Alert.is_heard`)."""
        return self.exclude(delivery__status="failed")

    def counted_by_mail(self, alerts: "AlertQuerySet") -> dict[int, int]:
        """Of how many findings each mail tells that some alerts are in, by its id."""
        mails = alerts.order_by().values("delivery")
        counted = self.filter(delivery__in=mails).order_by().values("delivery").annotate(many=Count("pk"))
        return dict(counted.values_list("delivery", "many"))

    def told_to(self, address: str) -> "AlertQuerySet":
        """Those of each finding's present occurrence."""
        return self.filter(address=address, occurrence=F("finding__occurrences")).heard()

    def in_mails(self) -> "AlertQuerySet":
        return self.exclude(delivery=None)

    def to_gather(self) -> "AlertQuerySet":
        """Those of which no mail is made yet, in order, for whoever has them first.

        Who comes second waits, and has what is left: one that skipped what another holds would overtake it
        halfway, and make a second mail of the rest.
        """
        waiting = self.filter(delivery=None).select_related("finding__segment").order_by("pk")
        return waiting.select_for_update(of=("self",))

    def to_remind(
        self, segment_id: int, addresses: Iterable[str], *, first: datetime, then: datetime
    ) -> list[int]:
        """The open findings of a segment of which one of some addresses was last told long ago.

        That is by `first`, or by `then` where the last word was a reminder.
        """
        present = self.filter(
            finding__segment=segment_id, finding__status="open", occurrence=F("finding__occurrences")
        )
        long_ago = present.filter(Q(at__lte=then) | Q(at__lte=first) & ~Q(reason="reminder"))
        found = long_ago.filter(address__in=list(addresses)).exclude(Exists(self._later()))
        return list(found.order_by().values_list("finding", flat=True).distinct())

    def _later(self) -> "AlertQuerySet":
        """What the same address was told of the same finding after the alert of an outer query."""
        return self.model.objects.filter(
            pk__gt=OuterRef("pk"), address=OuterRef("address"), finding=OuterRef("finding")
        )

    def calm_since(self, segment_id: int, until: datetime) -> list[int]:
        """The findings of a segment told last as flapping that neither opened nor ended since that moment."""
        flapping = self.filter(reason="flapping", at__lte=until, finding__segment=segment_id)
        held = flapping.exclude(Exists(self._later())).exclude(finding__transitions__at__gt=until)
        return list(held.order_by().values_list("finding", flat=True).distinct())


class DeliveryQuerySet(QuerySet["Delivery"]):
    def seen_by(self, subscriptions: "SubscriptionQuerySet", scope: Scope) -> "DeliveryQuerySet":
        """Of those that went to some subscriptions the ones that tell of nothing but what is seen.

        What a digest tells of is kept nowhere but in its text, which may be older than a limit: it is not
        among them.
        """
        if scope.is_everything:
            return self
        unseen = Finding.objects.exclude(pk__in=Finding.objects.in_scope(scope).values("pk"))
        beyond = self.model.objects.filter(alerts__finding__in=unseen)
        told = self.exclude(kind="digest").filter(address__in=subscriptions.values("address"))
        return told.exclude(pk__in=beyond.values("pk"))

    def due(self, at: datetime) -> "DeliveryQuerySet":
        """Pending, past their pause, and in no worker's hands.

        Looks at the row alone: an UPDATE with this condition is how a worker claims one, and a condition on
        another row would not be checked again when two of them meet.
        """
        return self.filter(
            # Further ahead than anybody sets it: the clock was set back since.
            Q(next_try_at=None) | Q(next_try_at__lte=at) | Q(next_try_at__gt=at + LONGEST_PAUSE),
            Q(lease_until=None) | Q(lease_until__lte=at) | Q(lease_until__gt=at + 2 * LEASE),
            status="pending",
        )

    def to_hooks(self) -> "DeliveryQuerySet":
        return self.filter(address__contains="://")

    def pending(self) -> "DeliveryQuerySet":
        return self.filter(status="pending")

    def ready(self, at: datetime) -> "DeliveryQuerySet":
        """Due, and whatever was told before of the same findings is settled; with what the message says."""
        before = self.model.objects.pending().filter(
            pk__lt=OuterRef("pk"),
            address=OuterRef("address"),
            alerts__finding__alerts__delivery=OuterRef("pk"),
        )
        found = self.due(at).exclude(Exists(before))
        return found.select_related("answers").prefetch_related("alerts__finding")

    def ids(self) -> list[int]:
        return list(self.order_by("pk").values_list("pk", flat=True))

    def news_since(self, at: datetime, addresses: Iterable[str]) -> dict[str, tuple[int, datetime]]:
        """How many mails with news were written to each of some addresses since a moment, and the last."""
        lately = self.filter(kind="news", at__gt=at, address__in=list(addresses)).order_by()
        counted = lately.values("address").annotate(many=Count("pk"), last=Max("at"))
        return {
            address: (many, last) for address, many, last in counted.values_list("address", "many", "last")
        }

    def waiting_since(self) -> dict[str, datetime]:
        """When the oldest of each kind was written that is not sent yet; one query."""
        return dict(self.pending().order_by().values_list("kind").annotate(Min("at")))

    def unsent_about(self, segment_id: int) -> datetime | None:
        """When the oldest was written that tells of a finding of the segment and is not sent yet."""
        of_segment = self.pending().filter(alerts__finding__segment=segment_id)
        first: datetime | None = of_segment.aggregate(at=Min("at"))["at"]
        return first

    def about(self, finding_id: int) -> "DeliveryQuerySet":
        return self.filter(alerts__finding=finding_id)

    def latest_first(self) -> "DeliveryQuerySet":
        return self.order_by("-at", "-pk")

    def whole(self) -> "DeliveryQuerySet":
        """With what they tell of which findings, in three queries however many there are."""
        return self.prefetch_related("alerts__finding__segment")
