"""Questions to ask of subscriptions, mails, and what they tell."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

if TYPE_CHECKING:
    from ipviz.alerts.models import Alert, Delivery, Subscription


class SubscriptionQuerySet(QuerySet["Subscription"]):
    def addresses(self) -> list[str]:
        return list(self.values_list("address", flat=True))


class AlertQuerySet(QuerySet["Alert"]):
    def of_findings(self, ids: Iterable[int]) -> "AlertQuerySet":
        """Those of the present occurrence of some findings, in order, with their mails, without the texts."""
        found = self.filter(finding_id__in=list(ids), occurrence=F("finding__occurrences"))
        return found.select_related("delivery").defer("delivery__text", "delivery__html").order_by("pk")

    def heard(self) -> "AlertQuerySet":
        """Without those whose mail could not be delivered: nobody was told them."""
        return self.exclude(delivery__status="failed")

    def in_mails(self) -> "AlertQuerySet":
        return self.exclude(delivery=None)

    def to_gather(self) -> "AlertQuerySet":
        """Those of which no mail is made yet, in order, for whoever has them first."""
        waiting = self.filter(delivery=None).select_related("finding__segment").order_by("pk")
        return waiting.select_for_update(of=("self",), skip_locked=True)

    def quiet_since(self, segment_id: int, until: datetime) -> list[int]:
        """The open findings of a segment of which somebody was told, and nobody since that moment."""
        told = self.filter(
            finding__segment=segment_id, finding__status="open", occurrence=F("finding__occurrences")
        )
        latest = told.order_by().values("finding").annotate(latest=Max("at"))
        return list(latest.filter(latest__lte=until).values_list("finding", flat=True))


class DeliveryQuerySet(QuerySet["Delivery"]):
    def due(self, at: datetime) -> "DeliveryQuerySet":
        """Pending, past their pause, and in no worker's hands.

        Looks at the row alone: an UPDATE with this condition is how a worker claims one, and a condition on
        another row would not be checked again when two of them meet.
        """
        return self.filter(
            Q(next_try_at=None) | Q(next_try_at__lte=at),
            Q(lease_until=None) | Q(lease_until__lte=at),
            status="pending",
        )

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

    def about(self, finding_id: int) -> "DeliveryQuerySet":
        return self.filter(alerts__finding=finding_id)

    def latest_first(self) -> "DeliveryQuerySet":
        return self.order_by("-at", "-pk")

    def whole(self) -> "DeliveryQuerySet":
        """With what they tell of which findings, in three queries however many there are."""
        return self.prefetch_related("alerts__finding__segment")
