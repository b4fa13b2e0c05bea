"""Questions to ask of subscriptions and deliveries."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from ipviz.alerts.models import Alert, Delivery, Subscription


class SubscriptionQuerySet(QuerySet["Subscription"]):
    def addresses(self) -> list[str]:
        return list(self.values_list("address", flat=True))


class AlertQuerySet(QuerySet["Alert"]):
    def whole(self) -> "AlertQuerySet":
        """With its finding and what became of each mail, in two queries however many there are."""
        return self.select_related("finding__segment").prefetch_related("deliveries")


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
        """Due, and what they answer is settled; with all that their message says, in one query."""
        waiting = Q(answers__status="pending")
        return self.due(at).exclude(waiting).select_related("alert__finding", "answers")

    def ids(self) -> list[int]:
        return list(self.order_by("pk").values_list("pk", flat=True))

    def of_alerts(self, ids: Iterable[int]) -> "DeliveryQuerySet":
        return self.filter(alert_id__in=ids)

    def not_failed(self) -> "DeliveryQuerySet":
        return self.exclude(status="failed")
