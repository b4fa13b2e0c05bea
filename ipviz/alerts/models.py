"""Alerts: what was announced, to whom, and what became of each mail."""

from django.db import models
from django.urls import reverse

from ipviz.alerts.querysets import AlertQuerySet, DeliveryQuerySet, SubscriptionQuerySet
from ipviz.domain.news import Reason
from ipviz.findings.models import Finding


class Subscription(models.Model):
    """An address that is told. Those of `IPVIZ_ALERT_TO` need no confirmation, and go when it goes."""

    address = models.EmailField(unique=True)
    from_environment = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_subscription"
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address


class Alert(models.Model):
    """One announcement about one occurrence of one finding, as it was rendered; recipients or none."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="alerts")
    occurrence = models.PositiveIntegerField()
    reason = models.CharField(max_length=12, choices=[(r.value, r.value) for r in Reason])
    at = models.DateTimeField()
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField()

    objects = AlertQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_alert"
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["finding", "occurrence", "reason"], name="one_alert_per_occurrence_and_reason"
            )
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("web:alert", args=[self.pk])


class Delivery(models.Model):
    """One alert to one address: the outbox. `lease_until` keeps two workers from sending one mail."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        FAILED = "failed"
        KEPT = "kept", "kept here: no mail server is configured"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    address = models.EmailField()
    status = models.CharField(max_length=7, choices=Status, default=Status.PENDING)
    message_id = models.CharField(max_length=400, unique=True)
    answers = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="answered_by",
        help_text="the mail to this address that this one follows: they are sent in order, and thread",
    )
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_delivery"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["alert", "address"], name="one_delivery_per_address")]
        indexes = [models.Index(fields=["status", "next_try_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.alert_id} to {self.address}: {self.status}"
