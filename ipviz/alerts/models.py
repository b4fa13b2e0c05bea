"""Alerts: who is told, each mail and what became of it, and what it tells of which finding."""

from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import models
from django.urls import reverse

from ipviz.alerts.querysets import AlertQuerySet, DeliveryQuerySet, SilenceQuerySet, SubscriptionQuerySet
from ipviz.domain import silences
from ipviz.domain.news import Reason
from ipviz.domain.spans import parse_entry, parse_network
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.wishes import UTC, AtOnce, Quiet, Rhythm, Scope, Wish
from ipviz.findings.models import Finding

ADDRESS_LENGTH = 254


class Subscription(models.Model):
    """An address that is told, and what it wants to hear. Those of `IPVIZ_ALERT_TO` need no confirmation.

    An address is that of a mailbox, or the URL of a hook.
    """

    address = models.CharField(max_length=ADDRESS_LENGTH, unique=True)
    from_environment = models.BooleanField(default=False)
    person = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="who subscribed it, if a person did",
    )
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="nothing is sent from then on")
    stopped_by = models.CharField(
        max_length=150, blank=True, help_text="empty for whoever reads its mails, who alone takes that back"
    )
    segments = models.JSONField(default=list, blank=True)
    subnets = models.JSONField(default=list, blank=True)
    clusters = models.JSONField(default=list, blank=True)
    organisations = models.JSONField(default=list, blank=True)
    classes = models.JSONField(default=list, blank=True)
    lowest = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in Severity], default=Severity.INFO.value
    )
    at_once = models.CharField(
        max_length=8, choices=[(a.value, a.value) for a in AtOnce], default=AtOnce.GRAVE.value
    )
    rhythm = models.CharField(
        max_length=8, choices=[(r.value, r.value) for r in Rhythm], default=Rhythm.DAILY.value
    )
    zone = models.CharField(max_length=64, default="UTC")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    digested_at = models.DateTimeField(help_text="the moment that the last digest was due for")
    trouble = models.TextField(blank=True, help_text="why the last mail could not be delivered for good")
    trouble_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_subscription"
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address

    def get_absolute_url(self) -> str:
        return reverse("web:subscription", args=[self.pk])

    @property
    def is_told(self) -> bool:
        return self.confirmed_at is not None and self.stopped_at is None

    @property
    def is_stopped_by_its_reader(self) -> bool:
        return self.stopped_at is not None and not self.stopped_by and not self.is_hook

    @property
    def is_hook(self) -> bool:
        return is_hook(self.address)

    @property
    def wish(self) -> Wish:
        zone = _zone(self.zone)
        begins, ends = self.quiet_from, self.quiet_until
        return Wish(
            Scope(
                segments=frozenset(self.segments),
                subnets=tuple(parse_network(each) for each in self.subnets),
                clusters=frozenset(self.clusters),
                organisations=frozenset(self.organisations),
                classes=frozenset(FindingClass(each) for each in self.classes),
                lowest=Severity(self.lowest),
            ),
            AtOnce(self.at_once),
            Rhythm(self.rhythm),
            zone,
            Quiet(begins, ends, zone) if begins is not None and ends is not None else None,
        )


def _zone(name: str) -> ZoneInfo:
    """A name that this machine's list of zones no longer has keeps nobody from being told."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):  # not found is a KeyError
        return UTC


def is_hook(address: str) -> bool:
    return "://" in address


class Silence(models.Model):
    """Who wants no word of what matches, why, and until when. What is empty matches all."""

    segments = models.JSONField(default=list, blank=True)
    clusters = models.JSONField(default=list, blank=True)
    rules = models.JSONField(default=list, blank=True)
    spans = models.JSONField(default=list, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.TextField()
    by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    ended_by = models.CharField(max_length=150, blank=True, help_text="who ended it before its time")

    objects = SilenceQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_silence"
        ordering = ["-ends_at", "-id"]

    def __str__(self) -> str:
        return f"{self.in_words}, until {self.ends_at:%Y-%m-%d %H:%M} UTC: {self.reason}"

    @property
    def in_words(self) -> str:
        """What it matches."""
        return self.value.scope.in_words

    @property
    def value(self) -> silences.Silence:
        scope = Scope(
            segments=frozenset(self.segments),
            subnets=tuple(parse_entry(each) for each in self.spans),
            clusters=frozenset(self.clusters),
            rules=frozenset(self.rules),
        )
        return silences.Silence(self.pk, scope, self.ends_at, self.by, self.reason)


class Delivery(models.Model):
    """One mail to one address, or one call of a hook, as it was written: the outbox.

    `lease_until` keeps two workers from sending it twice.
    """

    class Kind(models.TextChoices):
        NEWS = "news"
        DIGEST = "digest"
        TEST = "test"
        CONFIRMATION = "confirmation"

    class Status(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        FAILED = "failed"
        KEPT = "kept", "kept here: no mail server is configured"

    kind = models.CharField(max_length=12, choices=Kind, default=Kind.NEWS)
    address = models.CharField(
        max_length=ADDRESS_LENGTH, blank=True, help_text="empty where nobody is subscribed: to be read here"
    )
    at = models.DateTimeField()
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField()
    picture = models.BinaryField(default=b"", help_text="a PNG that the HTML shows; empty for none")
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

    @property
    def is_orphan(self) -> bool:
        """The mail that began its thread was lost; expects that at hand."""
        return self.answers is not None and self.answers.status == self.Status.FAILED

    @property
    def is_end(self) -> bool:
        """It tells of ends alone; expects its alerts at hand."""
        alerts = self.alerts.all()
        return bool(alerts) and all(each.reason == Reason.RESOLVED for each in alerts)


class Try(models.Model):
    """One try to send a mail, and what the server said; nothing where it took it."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tried")
    at = models.DateTimeField()
    error = models.TextField(blank=True)

    class Meta:
        db_table = "ipviz_delivery_try"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.error or "sent"


class Alert(models.Model):
    """What an address is told of one occurrence of one finding, and how bad that was then.

    It waits a moment for others until a mail is made of them.
    """

    address = models.CharField(max_length=ADDRESS_LENGTH, blank=True)
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
            models.Index(fields=["finding"], condition=models.Q(reason="flapping"), name="alert_flapping"),
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.finding}"

    @property
    def is_heard(self) -> bool:
        """Its mail was not lost; expects that at hand."""
        return self.delivery is None or self.delivery.status != Delivery.Status.FAILED
