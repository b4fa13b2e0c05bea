"""Alerts: who is told, each mail and what became of it, and what it tells of which finding."""

from django.db import models
from django.urls import reverse

from ipviz.alerts.querysets import AlertQuerySet, DeliveryQuerySet, SubscriptionQuerySet
from ipviz.domain.news import Reason
from ipviz.domain.verdicts import Severity
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


class Delivery(models.Model):
    """One mail to one address, as it was written: the outbox.

    `lease_until` keeps two workers from sending it twice.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        FAILED = "failed"
        KEPT = "kept", "kept here: no mail server is configured"

    address = models.EmailField(blank=True, help_text="empty where nobody is subscribed: to be read here")
    at = models.DateTimeField()
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField()
    status = models.CharField(max_length=7, choices=Status, default=Status.PENDING)
    message_id = models.CharField(max_length=400, unique=True)
    answers = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="answered_by",
        help_text="the mail to this address that began the thread of this one",
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
        indexes = [
            models.Index(fields=["status", "next_try_at"], name="delivery_due"),
            models.Index(fields=["-at", "-id"], name="delivery_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.address or 'nobody'}: {self.status}"

    def get_absolute_url(self) -> str:
        return reverse("web:mail", args=[self.pk])


class Alert(models.Model):
    """What an address is told of one occurrence of one finding, and how bad that was then.

    It waits a moment for others until a mail is made of them.
    """

    address = models.EmailField(blank=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, null=True, related_name="alerts")
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="alerts")
    occurrence = models.PositiveIntegerField()
    reason = models.CharField(max_length=12, choices=[(r.value, r.value) for r in Reason if r.is_news])
    because = models.TextField()
    at = models.DateTimeField()
    severity = models.CharField(max_length=8, choices=[(s.value, s.value) for s in Severity])
    sides = models.PositiveIntegerField(help_text="how many parties it had")

    objects = AlertQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_alert"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "finding"], name="one_alert_per_mail_and_finding")
        ]
        indexes = [
            models.Index(fields=["finding", "occurrence", "at"], name="alert_of_finding"),
            models.Index(fields=["address"], condition=models.Q(delivery=None), name="alert_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.finding}"
