"""The shape of every answer, for the schema; `ipviz.rows` tells the rows, and a test compares the two."""

from typing import Any

from rest_framework import serializers
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateField,
    DateTimeField,
    DictField,
    FloatField,
    IntegerField,
    ListField,
    Serializer,
)

from ipviz.clusters.models import Cluster
from ipviz.domain.changes import What
from ipviz.domain.intervals import State
from ipviz.domain.lifecycle import Status
from ipviz.domain.occupants import Role
from ipviz.domain.plans import Use
from ipviz.domain.seen import Fault
from ipviz.domain.verdicts import FindingClass, Severity
from ipviz.domain.words import ROLES_IN_WORDS
from ipviz.inventory.models import Snapshot

ROLES = [role.value for role in Role]
CLASSES = [each.value for each in FindingClass]
SEVERITIES = [each.value for each in Severity]
ROLES_HELP = "; ".join(f"{role}: {words}" for role, words in ROLES_IN_WORDS.items())


class Shape(Serializer[Any]):
    # Answers are told and never read back. This is no docstring: each shape would be described by it.
    pass


class PlacedShape(Shape):
    """An object in a cluster: the cluster's name as people say it, and its path, which is unique."""

    cluster = CharField()
    cluster_path = CharField()


class SightingShape(Shape):
    first_seen = DateTimeField(help_text="Since when it is seen as it is.")
    last_seen = DateTimeField(allow_null=True, help_text="When its list was last read whole.")
    stale = BooleanField(help_text="It can't be read now, and is told as it was last known.")


class UnreadSerializer(Shape):
    kind = CharField()
    reason = CharField()


class UnreadableSerializer(Shape):
    kind = CharField()
    namespace = CharField()
    name = CharField()
    reason = CharField()


class LastSnapshotSerializer(Shape):
    taken_at = DateTimeField()
    outcome = ChoiceField(Snapshot.Outcome.choices)
    unread = UnreadSerializer(many=True, help_text="Kinds that could not be listed.")
    unreadable = UnreadableSerializer(many=True, help_text="Objects that were not understood.")
    error = CharField(help_text="Why nothing at all could be read.")
    fault = ChoiceField(
        [fault.value for fault in Fault],
        allow_null=True,
        help_text="What to look at, where nothing was read.",
    )
    road = CharField(
        allow_null=True, help_text="The path of the second road by which it was read, where its own failed."
    )


class ClusterSerializer(Shape):
    id = IntegerField()
    name = CharField()
    path = CharField(help_text="What tells it from every other: `gmc`, or `gmc/org-acme/beta`.")
    namespace = CharField()
    kind = ChoiceField(Cluster.Kind.choices)
    management_cluster = CharField(allow_null=True)
    segment = CharField()
    vcenter = CharField(allow_null=True, help_text="Its VSphereCluster's server, a hint of its network.")
    port_groups = ListField(child=CharField(), help_text="The networks of its machines, by name.")
    same_as = CharField(allow_null=True, help_text="The path of the cluster that it turned out to be.")
    reachable = BooleanField(allow_null=True, help_text="Null where nobody tried to read it.")
    failures = IntegerField(help_text="Polls in a row that could read nothing.")
    next_poll_at = DateTimeField(allow_null=True, help_text="One that fails is tried ever more seldom.")
    last_snapshot = LastSnapshotSerializer(allow_null=True)


class SnapshotSerializer(PlacedShape, LastSnapshotSerializer):
    id = IntegerField()
    segment = CharField()
    counts = DictField(child=IntegerField(), help_text="How many objects of each kind are known.")
    seconds = FloatField()


class SubnetSerializer(Shape):
    """Tracked, untracked, reserved and free add up to the size."""

    id = IntegerField()
    segment = CharField()
    name = CharField()
    cidr = CharField()
    declared = BooleanField(help_text="False where it was inferred from a pool.")
    inferred_from = ListField(child=CharField(), help_text="Those pools, as `wc-cp-ips of gmc`.")
    gateway = CharField(allow_null=True)
    dhcp = ListField(child=CharField())
    planned = BooleanField(help_text="A plan of it is kept: plan/ below it tells which.")
    size = IntegerField()
    tracked = IntegerField(help_text="Known to IPAM, whoever else is there.")
    untracked = IntegerField(help_text="In use without IPAM's knowledge.")
    nodes = IntegerField(help_text="Of the untracked: held by nodes alone.")
    colliding = IntegerField(help_text="Of those in use: held by two users.")
    reserved = IntegerField(help_text="Network, broadcast and gateway.")
    free = IntegerField(help_text="Used by nobody, though something may hand it out.")
    findings = IntegerField(help_text="How many findings that are not resolved touch it.")


class OccupantShape(PlacedShape):
    role = ChoiceField(ROLES)
    kind = CharField()
    namespace = CharField()
    name = CharField()
    consumer = CharField(allow_null=True)
    since = DateTimeField(allow_null=True)
    stale = BooleanField()


class HolderSerializer(OccupantShape):
    tracked = BooleanField()


class RangeSerializer(OccupantShape):
    range = CharField()


class IntervalSerializer(Shape):
    first = CharField()
    last = CharField()
    size = IntegerField()
    state = ChoiceField([state.value for state in State])
    state_in_words = CharField()
    occupants = HolderSerializer(many=True)
    ranges = RangeSerializer(many=True, help_text="What could hand it out.")
    findings = ListField(child=IntegerField(), help_text="The ids of the findings that touch it.")
    stale = BooleanField()
    suspected = BooleanField(help_text="A collision that a second look has not confirmed yet.")
    next = BooleanField(help_text="What a pool or a load-balancer range hands out next.")


class CountsSerializer(Shape):
    total = IntegerField()
    used = IntegerField()
    free = IntegerField(help_text="Negative where more is used than there is.")
    out_of_range = IntegerField()


class ForecastSerializer(Shape):
    day = DateField(allow_null=True, help_text="On which nothing is left, at the pace of the last 28 days.")
    earliest = DateField(allow_null=True)
    latest = DateField(allow_null=True, help_text="Null where that may be never.")
    why = CharField(help_text="Why there is no day.")
    is_sure = BooleanField(help_text="The limits lie close together.")


class UsageSerializer(Shape):
    """In one step of time. Minutes are kept two days, hours sixty, days for good."""

    cluster = CharField(allow_null=True, help_text="Null for a subnet.")
    cluster_path = CharField(allow_null=True)
    segment = CharField()
    kind = CharField(help_text="That of the pool, or Subnet.")
    namespace = CharField()
    name = CharField(help_text="The pool's, or the subnet's CIDR.")
    at = DateTimeField(help_text="When the step begins.")
    step = IntegerField(help_text="Seconds.")
    total = FloatField()
    used = IntegerField(help_text="At the end of the step.")
    most_used = IntegerField(help_text="At the most within the step.")
    free = FloatField()
    pending = IntegerField(help_text="Claims that wait for an address of the pool.")


class PoolSerializer(PlacedShape, CountsSerializer, SightingShape):
    """Its numbers are computed as its provider computes them; `reported` is what that says itself."""

    segment = CharField()
    kind = CharField()
    namespace = CharField()
    name = CharField()
    hands_out = ChoiceField(["addresses", "prefixes"], help_text="What its numbers count.")
    ranges = ListField(child=CharField(), help_text="What it can hand out, as `a-b` or a single address.")
    next_address = CharField(allow_null=True, help_text="As a CIDR where it hands out prefixes.")
    reported = CountsSerializer(allow_null=True)
    runs_out = ForecastSerializer()
    addresses = ListField(child=CharField(), help_text="As its manifest says; or its prefixes.")
    excluded = ListField(child=CharField())
    prefix = IntegerField(help_text="The length of network that it tells, or of the prefixes it hands out.")
    gateway = CharField(allow_null=True)
    paused = BooleanField()
    terminating = BooleanField()
    faults = ListField(child=CharField(), help_text="Why its provider would refuse it.")


class ClaimSerializer(PlacedShape, SightingShape):
    segment = CharField()
    namespace = CharField()
    name = CharField()
    pool = CharField()
    pool_kind = CharField()
    address = CharField(allow_null=True, help_text="As a CIDR where its pool hands out prefixes.")
    pending_since = DateTimeField(allow_null=True)
    reason = CharField(allow_null=True, help_text="Why it has no address.")


class StatementShape(PlacedShape):
    """One object's statement that it uses an address."""

    address = CharField(help_text="The first one, where an IPAddress holds a prefix.")
    prefix = IntegerField(allow_null=True, help_text="As the IPAddress says; else of the subnet.")
    segment = CharField()
    subnet = CharField(allow_null=True, help_text="The smallest known subnet in which it lies.")
    role = ChoiceField(ROLES, help_text=ROLES_HELP)
    consumer = CharField(allow_null=True, help_text="Who uses it in the end: `gmc/org-acme/beta svc-lb`.")
    kind = CharField()
    namespace = CharField()
    name = CharField()


class AddressSerializer(StatementShape, SightingShape):
    tracked = BooleanField(help_text="An IPAddress exists for it on this segment.")


class HoldingSerializer(AddressSerializer):
    findings = ListField(child=IntegerField(), help_text="The ids of those to which it is a party.")


class EarlierSerializer(StatementShape):
    seen_from = DateTimeField()
    seen_until = DateTimeField()
    findings = ListField(child=IntegerField(), help_text="The ids of those to which it was a party.")


class ServiceSerializer(PlacedShape, SightingShape):
    segment = CharField()
    namespace = CharField()
    name = CharField()
    desired = ListField(child=CharField(), help_text="As annotation or spec say, host names too.")
    advertised = ListField(child=CharField(), help_text="As its status says, host names too.")
    addresses = ListField(child=CharField(), help_text="What it holds in the end.")
    external_ips = ListField(child=CharField(), help_text="Others for which nodes take its traffic.")
    holder = CharField(allow_null=True, help_text="The node that answers for it, by annotation or lease.")
    ports = ListField(child=CharField())
    load_balancer_class = CharField(allow_null=True)
    ip_mode = ChoiceField(
        ["VIP", "Proxy"], allow_null=True, help_text="Proxy: its addresses lie elsewhere than on nodes."
    )
    ignored = BooleanField(help_text="kube-vip is told not to announce it.")


class PartySerializer(PlacedShape):
    kind = CharField()
    namespace = CharField()
    name = CharField()
    role = CharField(allow_blank=True)
    tracked = BooleanField()
    stale = BooleanField()
    since = DateTimeField(allow_null=True)
    consumer = CharField(allow_null=True)
    holder = CharField(allow_null=True)


class FindingSerializer(Shape):
    id = IntegerField()
    rule = CharField()
    finding_class = ChoiceField(CLASSES)
    severity = ChoiceField(SEVERITIES)
    status = ChoiceField([each.value for each in Status])
    title = CharField()
    explanation = CharField()
    remedy = CharField()
    segment = CharField()
    first_address = CharField(allow_null=True)
    last_address = CharField(allow_null=True)
    parties = PartySerializer(many=True)
    first_seen = DateTimeField(help_text="The first look of its present occurrence.")
    last_seen = DateTimeField()
    opened_at = DateTimeField(allow_null=True)
    resolved_at = DateTimeField(allow_null=True)
    handled_until = DateTimeField(
        allow_null=True, help_text="Until when it is acknowledged or silenced; null where it is neither."
    )
    occurrences = IntegerField()
    stale = BooleanField(help_text="It rests on something that can't be read now.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`class` is a word of Python's, and so no name for an attribute."""
        fields = super().get_fields()
        return {"class" if name == "finding_class" else name: field for name, field in fields.items()}


class TransitionSerializer(Shape):
    at = DateTimeField()
    before = CharField(allow_null=True)
    after = CharField(help_text="The same as before where only its weight changed.")
    reason = CharField()
    by = CharField(allow_null=True, help_text="Who did it; null for the judge.")


class WholeFindingSerializer(FindingSerializer):
    transitions = TransitionSerializer(many=True, help_text="All that happened to it, in order.")


class DifferenceSerializer(Shape):
    field = CharField()
    before = CharField()
    after = CharField()


class ChangeSerializer(PlacedShape):
    id = IntegerField(help_text="Its position in the feed: it grows in the order of storing.")
    at = DateTimeField(help_text="When reading began that saw it so for the first time.")
    what = ChoiceField([what.value for what in What])
    segment = CharField()
    kind = CharField(allow_null=True, help_text="Null where it is the cluster itself that can't be read.")
    namespace = CharField()
    name = CharField()
    differences = DifferenceSerializer(many=True, help_text="Of what changed: each field, before and after.")
    reason = CharField(allow_null=True, help_text="Why it can't be read.")


class OfferSerializer(Shape):
    type = ChoiceField(["pool", "load-balancer range", "DHCP"])
    range = CharField()
    segment = CharField()
    cluster = CharField(allow_null=True)
    cluster_path = CharField(allow_null=True)
    kind = CharField()
    namespace = CharField()
    name = CharField()
    next_address = CharField(allow_null=True, help_text="What it hands out next, where that can be told.")
    is_next = BooleanField(help_text="That is this address.")


class PlannedForSerializer(Shape):
    use = ChoiceField([use.value for use in Use])
    name = CharField(help_text="The pool's, or the cluster's; empty for a later one.")
    words = CharField()
    range = CharField()
    segment = CharField()
    subnet = CharField()


class LookupSerializer(Shape):
    address = CharField()
    segment = CharField(allow_null=True, help_text="Null where it means something on none, or on several.")
    segments = ListField(child=CharField())
    subnet = CharField(allow_null=True, help_text="The smallest known subnet in which it lies.")
    reserved = ChoiceField(["network", "broadcast", "gateway"], allow_null=True)
    holders = HoldingSerializer(many=True)
    earlier = EarlierSerializer(many=True, help_text="The latest first, 1,000 at most.")
    offered_by = OfferSerializer(many=True, help_text="What could hand it out.")
    planned = PlannedForSerializer(many=True, help_text="What the operator set it aside for.")
    findings = FindingSerializer(many=True, help_text="The resolved ones too; as of a moment, those then.")
    changes = ChangeSerializer(
        many=True, help_text="The last 20 of objects that ever held it; all are at changes/?within=."
    )


class AcceptedSerializer(Shape):
    """What was asked for will be done."""

    detail = CharField()


class ProblemSerializer(Shape):
    """RFC 9457."""

    type = CharField()
    title = CharField()
    status = IntegerField()
    detail = CharField()
    # A declared field is no attribute of the class, so this hides nothing of the framework's.
    errors = DictField(  # type: ignore[assignment]
        child=ListField(child=CharField()), required=False, help_text="What is wrong, by field."
    )
