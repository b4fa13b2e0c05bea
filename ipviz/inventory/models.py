"""What polls saw: a snapshot a poll, objects as versions, and what each said about addresses."""

from django.db import models
from django.db.models import F, Q

from ipviz.clusters.fields import AddressKeyField
from ipviz.clusters.models import Cluster
from ipviz.domain.spans import Span, span_from_keys
from ipviz.inventory.querysets import OccupancyQuerySet, SnapshotQuerySet, VersionQuerySet


class Snapshot(models.Model):
    """One poll of one cluster.

    `kinds` maps a Kubernetes kind to what is known of its list as of this poll: `count`, `digest` and
    `read_at` of the last whole list (carried over from earlier snapshots where this one could not read
    it), `unread` with the reason if it could not, `unreadable` with the objects that were not understood,
    `installed` false where the API does not know the kind.
    """

    class Outcome(models.TextChoices):
        WHOLE = "whole"
        PARTIAL = "partial"
        FAILED = "failed"

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="snapshots")
    taken_at = models.DateTimeField(help_text="when reading began")
    seconds = models.FloatField()
    outcome = models.CharField(max_length=7, choices=Outcome)
    error = models.TextField(blank=True)
    fault = models.CharField(
        max_length=11, blank=True, help_text="a domain Fault, where nothing could be read"
    )
    road = models.CharField(
        max_length=600, blank=True, help_text="the path of the second road by which it was read"
    )
    kinds = models.JSONField(default=dict)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_snapshot"
        ordering = ["-taken_at", "-id"]
        indexes = [models.Index(fields=["cluster", "-taken_at", "-id"], name="snapshot_latest")]

    def __str__(self) -> str:
        return f"{self.cluster} at {self.taken_at:%Y-%m-%d %H:%M:%S} ({self.outcome})"

    @property
    def unread(self) -> list[dict[str, str]]:
        """`[{kind, reason}]`, in the order of kinds."""
        return [{"kind": k, "reason": v["unread"]} for k, v in sorted(self.kinds.items()) if v.get("unread")]

    @property
    def unreadable(self) -> list[dict[str, str]]:
        """The objects that were not understood: `[{kind, namespace, name, reason}]`."""
        return [
            {"kind": k, **each} for k, v in sorted(self.kinds.items()) for each in v.get("unreadable", [])
        ]

    @property
    def counts(self) -> dict[str, int]:
        return {kind: facts["count"] for kind, facts in sorted(self.kinds.items()) if "count" in facts}


class Observed(models.Model):
    """Which object, and from when until when it was seen so; `seen_until` is empty while it still is."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=63)
    uid = models.CharField(max_length=600)
    namespace = models.CharField(max_length=253, blank=True)
    name = models.CharField(max_length=253)
    seen_from = models.DateTimeField()
    seen_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Version(Observed):
    """An object as it was for a while: `record` is its Seen* value as JSON."""

    record = models.TextField()

    objects = VersionQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_version"
        ordering = ["cluster", "kind", "namespace", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "kind", "uid"],
                condition=Q(seen_until=None),
                name="one_open_version_per_object",
            )
        ]
        indexes = [models.Index(fields=["cluster", "kind", "seen_until"], name="version_of_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


class Occupancy(Observed):
    """An occupant for as long as it was one: a domain `Occupant` with its time."""

    role = models.CharField(max_length=8)
    first_key = AddressKeyField()
    last_key = AddressKeyField()
    consumer_cluster = models.CharField(max_length=600, blank=True)
    purpose = models.CharField(max_length=10)
    facts = models.JSONField(
        default=dict, help_text="what else the occupant says, as domain.occupants.Occupant names it"
    )

    objects = OccupancyQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_occupancy"
        ordering = ["first_key", "last_key", "role", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(first_key__lte=F("last_key")), name="occupancy_in_order"),
        ]
        indexes = [
            models.Index(fields=["cluster", "seen_until"], name="occupancy_of_cluster"),
            models.Index(fields=["seen_until", "first_key", "last_key"], name="occupancy_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.span}"

    @property
    def span(self) -> Span:
        return span_from_keys(self.first_key, self.last_key)
