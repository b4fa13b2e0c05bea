"""Findings: judged facts with a history."""

from django.db import models
from django.urls import reverse

from ipviz.clusters.fields import AddressKeyField
from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.domain.lifecycle import Happening, Status, happening
from ipviz.domain.scope import Scope
from ipviz.domain.spans import Span, span_from_keys
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.findings.querysets import FindingQuerySet, KeptSurveyQuerySet, TransitionQuerySet

HIDDEN = "This concerns clusters that you do not see: who sees all of them handles it."


class Finding(models.Model):
    """One rule's judgement of one subject on one segment: the same row over polls, restarts and returns."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=4)
    subject = models.CharField(max_length=700)
    finding_class = models.CharField(max_length=10, choices=[(c.value, c.value) for c in FindingClass])
    severity = models.CharField(max_length=8, choices=[(s.value, s.value) for s in Severity])
    severity_rank = models.SmallIntegerField(help_text="0 is the worst")
    status = models.CharField(max_length=12, choices=[(s.value, s.value) for s in Status])
    title = models.TextField()
    explanation = models.TextField()
    remedy = models.TextField()
    first_key = AddressKeyField(blank=True)
    last_key = AddressKeyField(blank=True)
    stale = models.BooleanField(default=False, help_text="rests on something that can't be read now")
    first_seen = models.DateTimeField(help_text="the first look of this occurrence")
    last_seen = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    occurrences = models.PositiveIntegerField(default=1)
    handled_until = models.DateTimeField(
        null=True, blank=True, help_text="when what people decided of it ends"
    )
    muted_by = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="the silence for all that matches which keeps it quiet, by id"
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_finding"
        ordering = ["severity_rank", "first_key", "rule", "id"]
        constraints = [
            models.UniqueConstraint(fields=["segment", "rule", "subject"], name="one_finding_per_fingerprint")
        ]
        indexes = [models.Index(fields=["status", "first_key"], name="finding_by_status")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("web:finding", args=[self.pk])

    @property
    def span(self) -> Span | None:
        return span_from_keys(self.first_key, self.last_key) if self.first_key else None

    @property
    def status_then(self) -> Status:
        """Its status at the moment that was asked for with `as_judged`; else the present one."""
        return Status(getattr(self, "then", self.status))

    def is_seen_whole(self, scope: Scope) -> bool:
        """Whether each side is seen: who sees some of them alone is told of it, and does not decide of it."""
        return all(scope.sees_cluster(each.cluster_path, self.segment.name) for each in self.parties.all())


class Party(models.Model):
    """One side of a finding, as of its last judgement."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="parties")
    cluster = models.ForeignKey(Cluster, on_delete=models.SET_NULL, null=True, related_query_name="party")
    cluster_path = models.CharField(max_length=600)
    kind = models.CharField(max_length=63)
    namespace = models.CharField(max_length=253, blank=True)
    name = models.CharField(max_length=253)
    role = models.CharField(max_length=8, blank=True)
    tracked = models.BooleanField(default=False)
    stale = models.BooleanField(default=False)
    since = models.DateTimeField(null=True, blank=True)
    consumer = models.CharField(max_length=700, blank=True)
    holder = models.CharField(max_length=253, blank=True)

    class Meta:
        db_table = "ipviz_party"
        ordering = ["cluster_path", "kind", "namespace", "name"]

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name} in {self.cluster_path}"


class KeptSurvey(models.Model):
    """A subnet as it was surveyed when its segment was last judged (`ipviz.findings.surveys`).

    Runs are kept as columns: how many addresses each has, in order, the letter of its state, and its flags.
    """

    subnet = models.OneToOneField(Subnet, on_delete=models.CASCADE, primary_key=True, related_name="survey")
    declared = models.TextField(help_text="the form of the survey, and what was declared of the subnet then")
    sizes = models.TextField()
    states = models.TextField()
    flags = models.BinaryField()
    tallies = models.JSONField()
    pools = models.JSONField()
    ranges = models.JSONField(default=list, help_text="what each load-balancer range hands out next")
    findings = models.PositiveIntegerField(help_text="how many stood that touch it")
    at = models.DateTimeField(help_text="when it last came out otherwise than before")

    objects = KeptSurveyQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_survey"

    def __str__(self) -> str:
        return f"survey of {self.subnet}"


class Transition(models.Model):
    """One change of a finding's status, or of its weight, with the reason in words."""

    # No sequence of the database's gives it: that would not be the order of commits.
    id = models.BigIntegerField(primary_key=True, help_text="its number in the feed of findings")
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="transitions")
    at = models.DateTimeField()
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12)
    reason = models.TextField()
    by = models.CharField(max_length=150, blank=True, help_text="who did it; empty for the judge")

    objects = TransitionQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_transition"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.before or 'new'} to {self.after}: {self.reason}"

    @property
    def happening(self) -> Happening:
        return happening(Status(self.before) if self.before else None, Status(self.after), by=self.by)
