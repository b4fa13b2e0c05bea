"""What polls saw: a snapshot a poll, objects as versions, and what each said about addresses."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from ipviz.clusters.fields import AddressKeyField
from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.domain.changes import What
from ipviz.domain.spans import Span, span_from_keys
from ipviz.inventory.chronicle import ChangeQuerySet, FeedQuerySet, UsageQuerySet
from ipviz.inventory.querysets import OccupancyQuerySet, SnapshotQuerySet, VersionQuerySet


class Snapshot(models.Model):
    """One poll of one cluster.

    `kinds` maps a Kubernetes kind to what is known of its list as of this poll: the `count` of the last
    whole list, `unread` with the reason where this poll could not read it, and then `read_at` if an earlier
    one could, `unreadable` with the objects that were not understood, `installed` false where the API does
    not know the kind. There is one row for each poll of years, so it says nothing twice.
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
    changed = models.BooleanField(
        default=True, help_text="an object, or what could be read, is not as the poll before had it"
    )

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_snapshot"
        ordering = ["-taken_at", "-id"]
        indexes = [
            models.Index(fields=["cluster", "-taken_at", "-id"], name="snapshot_latest"),
            models.Index(fields=["taken_at"], name="snapshot_by_time"),
            models.Index(fields=["seconds"], name="snapshot_by_length"),
        ]

    def __str__(self) -> str:
        return f"{self.cluster} at {self.taken_at:%Y-%m-%d %H:%M:%S} ({self.outcome})"

    def read_at(self, kind: str) -> datetime | None:
        """When the list of a kind was last read whole."""
        facts = self.kinds.get(kind, {})
        if "read_at" in facts:
            return datetime.fromisoformat(facts["read_at"])
        return self.taken_at if facts and not facts.get("unread") else None

    @property
    def last_read_at(self) -> datetime | None:
        """When any list of it was last read whole."""
        return max(filter(None, map(self.read_at, self.kinds)), default=None)

    @property
    def unread(self) -> list[dict[str, str]]:
        """`[{kind, reason}]`, in the order of kinds."""
        return [{"kind": k, "reason": v["unread"]} for k, v in sorted(self.kinds.items()) if v.get("unread")]

    @property
    def unread_in_words(self) -> str:
        return "; ".join(f"{each['kind']}: {each['reason']}" for each in self.unread)

    @property
    def unreadable(self) -> list[dict[str, str]]:
        """The objects that were not understood: `[{kind, namespace, name, reason}]`."""
        return [
            {"kind": k, **each} for k, v in sorted(self.kinds.items()) for each in v.get("unreadable", [])
        ]

    @property
    def counts(self) -> dict[str, int]:
        return {kind: facts["count"] for kind, facts in sorted(self.kinds.items()) if "count" in facts}


class ListDigest(models.Model):
    """The last whole list of a kind in a cluster, by a digest of its records: an equal one says no news."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="list_digests")
    kind = models.CharField(max_length=63)
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "ipviz_list_digest"
        constraints = [models.UniqueConstraint(fields=["cluster", "kind"], name="one_digest_per_list")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.cluster}"


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
        indexes = [
            models.Index(fields=["cluster", "kind", "seen_until"], name="version_of_kind"),
            models.Index(fields=["cluster", "kind", "uid", "seen_from"], name="version_of_object"),
            models.Index(fields=["seen_from"], name="version_by_beginning"),
            models.Index(fields=["seen_until"], name="version_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def since(self) -> datetime:
        """From when on the object has been as it is."""
        return self.seen_from


class Occupancy(Observed):
    """An occupant as it was for a while: a domain `Occupant` with its time.

    Who announces it, on which ports and the like may change; the next row then has the same `since`.
    """

    since = models.DateTimeField(help_text="from when on it has been this occupant, whatever else changed")
    role = models.CharField(max_length=8)
    first_key = AddressKeyField()
    last_key = AddressKeyField()
    consumer_cluster = models.CharField(max_length=600, blank=True)
    purpose = models.CharField(max_length=10)
    prefix = models.PositiveSmallIntegerField(
        default=0, help_text="the length of its network, where the object says it"
    )
    facts = models.JSONField(
        default=dict, help_text="what else the occupant says, as domain.occupants.Occupant names it"
    )

    IDENTITY = ("first_key", "last_key", "role", "kind", "uid", "consumer_cluster", "purpose")
    """What makes two rows of a cluster one occupant, whatever else is said of it."""

    objects = OccupancyQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_occupancy"
        ordering = ["first_key", "last_key", "role", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(first_key__lte=F("last_key")), name="occupancy_in_order"),
        ]
        indexes = [
            models.Index(fields=["cluster", "seen_until"], name="occupancy_of_cluster"),
            # What stands, as lists tell it: read in this order, and counted without a look at the table.
            models.Index(
                fields=["first_key", "last_key", "role", "id"],
                condition=Q(seen_until=None),
                name="occupancy_standing",
            ),
            models.Index(fields=["role"], condition=Q(seen_until=None), name="occupancy_counted"),
            models.Index(fields=["first_key", "last_key"], name="occupancy_ever"),
            # Ranges are few: whoever asks for all that ever covered an address looks at each of them.
            models.Index(
                fields=["last_key"], condition=Q(first_key__lt=F("last_key")), name="occupancy_range_ever"
            ),
            models.Index(
                fields=["first_key"], condition=Q(role__in=["POOL", "LBRANGE"]), name="occupancy_offered"
            ),
            models.Index(fields=["seen_from"], name="occupancy_by_beginning"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.span}"

    @property
    def span(self) -> Span:
        return span_from_keys(self.first_key, self.last_key)

    @property
    def party(self) -> tuple[str, str, str, str]:
        """Its object as findings name it."""
        return self.cluster.path, self.kind, self.namespace, self.name


class Feed(models.Model):
    """How far one of the lists of what happened has come: its rows are numbered in the order of commits.

    A database gives ids of its own when rows are written, and others see the rows when they are committed: of
    two transactions at once the one with the larger ids may be the first, and who has read up to there would
    never see the other's. Here whoever adds rows holds this row until the commit (`ipviz.inventory.feeds`).
    """

    class Name(models.TextChoices):
        CHANGES = "changes"
        FINDINGS = "findings"

    name = models.CharField(max_length=10, choices=Name, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)
    forgotten = models.PositiveBigIntegerField(
        default=0, help_text="up to here rows were let go of: who has read less far has missed some"
    )

    objects = FeedQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_feed"

    def __str__(self) -> str:
        return f"{self.name} up to {self.last}"


class Change(models.Model):
    """What happened to an object between two looks at it, or to our sight of a cluster.

    The objects of a list that is read for the first time have not appeared: they were found.
    """

    # No sequence of the database's gives it: that would not be the order of commits.
    id = models.BigIntegerField(primary_key=True, help_text="its number in the feed of changes")
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(help_text="when reading began that saw it so for the first time")
    what = models.CharField(max_length=10, choices=[(what.value, what.value) for what in What])
    kind = models.CharField(max_length=63, blank=True, help_text="empty where it is the cluster's own")
    uid = models.CharField(max_length=600, blank=True)
    namespace = models.CharField(max_length=253, blank=True)
    name = models.CharField(max_length=253, blank=True)
    differences = models.JSONField(default=list, help_text="of a changed one: [field, before, after]")
    reason = models.TextField(blank=True, help_text="why it can't be read, where it can't")

    objects = ChangeQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_change"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="change_latest"),
            models.Index(fields=["cluster", "-at", "-id"], name="change_of_cluster"),
            models.Index(fields=["cluster", "kind", "uid"], name="change_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.kind or 'cluster'} {self.namespace}/{self.name} {self.what}"


class UsageSample(models.Model):
    """How full a pool or a subnet was in one step of time: at its end, and at the most."""

    class Step(models.IntegerChoices):
        MINUTE = 60
        HOUR = 3600
        DAY = 86400

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    cluster = models.ForeignKey(
        Cluster, on_delete=models.CASCADE, null=True, related_name="+", help_text="where the pool is"
    )
    pool = models.CharField(max_length=320, blank=True, help_text="Kind/namespace/name")
    subnet = models.ForeignKey(Subnet, on_delete=models.CASCADE, null=True, related_name="+")
    step = models.IntegerField(choices=Step, help_text="seconds")
    at = models.DateTimeField(help_text="when the step begins")
    total = models.FloatField(help_text="of IPv6 more than an integer holds")
    used = models.BigIntegerField()
    most = models.BigIntegerField(help_text="the most that was used within the step")
    free = models.FloatField()
    pending = models.IntegerField(default=0, help_text="claims that wait for an address of the pool")

    objects = UsageQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_usage_sample"
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "pool", "step", "at"],
                condition=Q(subnet=None),
                name="one_sample_of_a_pool_a_step",
            ),
            models.UniqueConstraint(
                fields=["subnet", "step", "at"],
                condition=Q(cluster=None),
                name="one_sample_of_a_subnet_a_step",
            ),
            models.CheckConstraint(
                condition=Q(cluster=None) ^ Q(subnet=None), name="a_sample_is_of_a_pool_or_of_a_subnet"
            ),
        ]
        indexes = [
            models.Index(fields=["segment", "step", "at"], name="sample_of_segment"),
            models.Index(fields=["-at", "-id"], name="sample_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.pool or self.subnet} at {self.at:%Y-%m-%d %H:%M}"
