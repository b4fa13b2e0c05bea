"""Segments, the subnets on them, and the clusters that live there."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from ipviz.clusters.fields import AddressKeyField
from ipviz.clusters.querysets import ClusterQuerySet, SegmentQuerySet, SubnetQuerySet
from ipviz.domain.estate import DeclaredSubnet
from ipviz.domain.plans import Part, Use
from ipviz.domain.spans import Span, parse_address, parse_entry, parse_range, span_from_keys

DEFAULT_SEGMENT = "default"


class Segment(models.Model):
    """An L2 domain: inside one, an address means one thing."""

    name = models.CharField(max_length=63, unique=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_segment"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class JudgeRequest(models.Model):
    """Something was read on a segment since it was last judged.

    A row of its own: who asks never waits for a judgement that is under way, and that one ends only the
    requests that stood when it began.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="judge_requests")
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "ipviz_judge_request"

    def __str__(self) -> str:
        return f"judge {self.segment}"


class Subnet(models.Model):
    """A network on a segment: declared by the operator, or inferred from a pool and marked so."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="subnets")
    name = models.CharField(max_length=63, blank=True)
    cidr = models.CharField(max_length=49)
    first_key = AddressKeyField()
    last_key = AddressKeyField()
    gateway = models.CharField(max_length=45, blank=True)
    dhcp = models.JSONField(default=list)
    declared = models.BooleanField(default=True)
    planned = models.JSONField(default=list, help_text="what is set aside for what: use, range and name")
    needs = models.JSONField(default=dict, help_text="what was asked for when that was planned")

    objects = SubnetQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_subnet"
        ordering = ["segment__name", "first_key", "last_key"]
        constraints = [models.UniqueConstraint(fields=["segment", "cidr"], name="one_subnet_per_cidr")]

    def __str__(self) -> str:
        return self.cidr

    def get_absolute_url(self) -> str:
        url = reverse("web:subnet", args=[self.cidr.replace("/", "-")])
        return url if self.segment.name == DEFAULT_SEGMENT else f"{url}?segment={self.segment.name}"

    @property
    def span(self) -> Span:
        return span_from_keys(self.first_key, self.last_key)

    def as_declared(self) -> DeclaredSubnet:
        """The subnet as the domain's value."""
        return DeclaredSubnet(
            span=self.span,
            gateway=parse_address(self.gateway) if self.gateway else None,
            dhcp=tuple(parse_range(text) for text in self.dhcp),
            declared=self.declared,
            planned=tuple(
                Part(Use(each["use"]), parse_entry(each["range"]), each["name"]) for each in self.planned
            ),
        )


class Cluster(models.Model):
    """A management cluster that the operator registered, or a workload cluster found through one.

    `path` is its identity in words: `gmc`, or `gmc/org-acme/beta`. No credential is in this table: a
    management cluster names a file, and a workload cluster's kubeconfig is read anew for each poll.
    """

    class Kind(models.TextChoices):
        MANAGEMENT = "management"
        WORKLOAD = "workload"

    kind = models.CharField(max_length=10, choices=Kind)
    path = models.CharField(max_length=600, unique=True)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="clusters")
    management_cluster = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="workload_clusters"
    )
    namespace = models.CharField(max_length=253, blank=True)
    name = models.CharField(max_length=253)

    # Where a management cluster is read from: exactly one of the three.
    kubeconfig = models.CharField(max_length=4096, blank=True)
    context = models.CharField(max_length=253, blank=True)
    in_cluster = models.BooleanField(default=False)
    dump = models.CharField(max_length=4096, blank=True)
    is_demo = models.BooleanField(default=False)
    registered_at = models.DateTimeField(
        default=timezone.now, help_text="since when it is to be read; of older rows not before this was noted"
    )

    uid = models.CharField(max_length=253, blank=True, help_text="uid of the namespace kube-system")
    same_as = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="aliases"
    )
    provisioned = models.BooleanField(default=True, help_text="false while it has no endpoint to be read at")
    vcenter = models.CharField(max_length=512, blank=True, help_text="its VSphereCluster's spec.server")
    port_groups = models.JSONField(default=list, help_text="the networks of its machines, by name")

    next_poll_at = models.DateTimeField(null=True, blank=True)
    turn_given_at = models.DateTimeField(
        null=True, blank=True, help_text="when that and the lease were decided"
    )
    leased_until = models.DateTimeField(null=True, blank=True, help_text="while somebody is polling it")
    lease = models.UUIDField(null=True, blank=True, help_text="of the poll that may store what it saw")
    failures = models.PositiveIntegerField(default=0, help_text="polls in a row that could read nothing")
    retired_at = models.DateTimeField(null=True, blank=True, help_text="when its Cluster was seen to be gone")

    objects = ClusterQuerySet.as_manager()

    class Meta:
        db_table = "ipviz_cluster"
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path

    def get_absolute_url(self) -> str:
        return reverse("web:cluster", args=[self.path])

    @property
    def is_management(self) -> bool:
        return self.kind == self.Kind.MANAGEMENT

    @property
    def roads(self) -> list["Cluster"]:
        """The second roads by which it can be reached; a query, unless it was loaded with `to_read`."""
        return list(self.aliases.all())
