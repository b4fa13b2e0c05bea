"""`POST plan/` and `plan/cluster/`: what goes where in a subnet, and the plan that is kept of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BooleanField, ChoiceField, IntegerField, ListField

from ipviz.api.answers import Answers
from ipviz.api.permissions import Read
from ipviz.api.plan_shapes import ClusterPlanSerializer, ProposalSerializer, cluster_plan_row, proposal_row
from ipviz.api.problems import MEDIA_TYPE, NotSo
from ipviz.api.schema import refused
from ipviz.api.sending import SegmentField, Sent, Text
from ipviz.clusters.models import DEFAULT_SEGMENT, Segment, Subnet
from ipviz.clusters.subnets import WrongSubnet, plan
from ipviz.domain.needs import ASKED
from ipviz.domain.plans import Use
from ipviz.planning.dividing import (
    MOST_BALANCERS,
    MOST_CLUSTERS,
    MOST_NODES,
    MOST_PARTS,
    Proposal,
    as_kept,
    keep,
    part_of,
    propose,
    subnet_at,
)
from ipviz.planning.errors import CannotPlan
from ipviz.planning.free_space import LATELY
from ipviz.planning.new_cluster import new_cluster


class PartSerializer(Sent):
    use = ChoiceField([use.value for use in Use])
    range = Text(max_length=100, help_text="An address, FIRST-LAST or a CIDR.")
    name = Text(
        max_length=600,
        required=False,
        allow_blank=True,
        default="",
        help_text="The pool's, or the cluster's that a block is for.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"part": part_of(attrs["use"], attrs["range"], attrs["name"])}
        except ValueError as error:
            raise ValidationError(
                {"range": [f"{error}. A range is an address, FIRST-LAST or a CIDR."]}
            ) from error


class NeedsSerializer(Sent):
    nodes = IntegerField(
        min_value=0, max_value=MOST_NODES, required=False, help_text="Addresses that DHCP leases at a time."
    )
    clusters = IntegerField(
        min_value=0, max_value=MOST_CLUSTERS, required=False, help_text="Workload clusters now."
    )
    later = IntegerField(min_value=0, max_value=MOST_CLUSTERS, required=False, help_text="Those to come.")
    balancers = IntegerField(
        min_value=0, max_value=MOST_BALANCERS, required=False, help_text="Load-balancer addresses for each."
    )
    in_blocks = BooleanField(
        required=False, help_text="An aligned block for each cluster; else one pool for all of them."
    )
    management = Text(
        max_length=63, required=False, allow_blank=True, help_text="The management cluster's name."
    )
    control_plane_pool = Text(max_length=63, required=False)
    balancer_pool = Text(max_length=63, required=False)
    parts = ListField(
        child=PartSerializer(),
        required=False,
        default=list,
        max_length=MOST_PARTS,
        help_text="What was chosen, as the API's address: all else goes around it.",
    )

    def asked(self) -> dict[str, Any]:
        """What of `Needs` was said; what is left out is as it stands there."""
        facts = self.validated_data
        said = {name: facts[name] for name in ASKED if name in facts}
        return {**said, "fixed": tuple(each["part"] for each in facts["parts"])}


class PlanSerializer(NeedsSerializer):
    segment = SegmentField(default=DEFAULT_SEGMENT)
    cidr = Text(max_length=49, help_text="Of a subnet that is known or not; host bits are masked.")
    gateway = Text(
        max_length=45,
        required=False,
        allow_blank=True,
        default="",
        help_text="Of one that is not known; that of one that is, is what was declared.",
    )


class DividePlan(Answers):
    permission_classes = [Read]

    @extend_schema(operation_id="plan_create", request=PlanSerializer, responses=ProposalSerializer)
    def post(self, request: Request) -> Response:
        """Divide a subnet around what is used: which part for what, and the YAML. Nothing is kept."""
        asked = PlanSerializer(data=request.data, context={"scope": self.scope})
        asked.is_valid(raise_exception=True)
        facts = asked.validated_data
        segment = Segment.objects.filter(name=facts["segment"]).first() or Segment(name=facts["segment"])
        try:
            subnet = subnet_at(segment, facts["cidr"], facts["gateway"])
        except WrongSubnet as error:
            raise ValidationError({error.about: [str(error)]}) from error
        return Response(proposal_row(_proposed(subnet, asked)))


class KeptPlan(Answers, GenericAPIView[Subnet]):
    queryset = Subnet.objects.whole()
    filter_backends = ()
    pagination_class = None

    @extend_schema(
        operation_id="subnets_plan_retrieve",
        responses={
            200: ProposalSerializer,
            (409, MEDIA_TYPE): refused("A name in it means something else now."),
        },
    )
    def get(self, request: Request, pk: int) -> Response:
        """The plan that is kept, against what is there now; of a subnet without one, a first proposal."""
        return Response(proposal_row(_kept(self.get_object())))

    @extend_schema(operation_id="subnets_plan_update", request=NeedsSerializer, responses=ProposalSerializer)
    def put(self, request: Request, pk: int) -> Response:
        """Divide the subnet and keep what comes out as its plan; one that does not fit is not kept.

        One that was inferred is declared by it. Its segment is judged anew.
        """
        subnet = self.get_object()
        asked = NeedsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        proposal = _proposed(subnet, asked)
        if not proposal.fits:
            raise ValidationError({"parts": [words for _, words in proposal.faults] + _lacks(proposal)})
        try:
            kept = keep(proposal)
        except WrongSubnet as error:
            raise ValidationError({"cidr": [str(error)]}) from error
        return Response(proposal_row(_kept(kept)))

    @extend_schema(operation_id="subnets_plan_destroy", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Forget the plan. Its segment is judged anew."""
        subnet = self.get_object()
        if subnet.declared:
            plan(subnet, (), {})
        return Response(status=204)


class ClusterWishSerializer(Sent):
    segment = SegmentField(default=DEFAULT_SEGMENT)
    name = Text(max_length=47)
    organization = Text(max_length=59, help_text="Without the `org-` of its namespace.")
    balancers = IntegerField(min_value=0, max_value=MOST_BALANCERS, default=3)
    management = Text(
        max_length=63,
        required=False,
        allow_blank=True,
        default="",
        help_text="The management cluster, where the segment has several.",
    )


class PlanCluster(Answers):
    permission_classes = [Read]

    @extend_schema(
        operation_id="plan_cluster_create",
        request=ClusterWishSerializer,
        responses=ClusterPlanSerializer,
    )
    def post(self, request: Request) -> Response:
        """For a new workload cluster: the pools to name, their next addresses, a block, and the YAML."""
        asked = ClusterWishSerializer(data=request.data, context={"scope": self.scope})
        asked.is_valid(raise_exception=True)
        facts: Mapping[str, Any] = asked.validated_data
        try:
            found = new_cluster(
                facts["segment"],
                facts["name"],
                facts["organization"],
                balancers=facts["balancers"],
                management=facts["management"],
                since=lately(),
                read_since=timezone.now() - settings.POLL_PATIENCE,
            )
        except CannotPlan as error:
            raise ValidationError({error.field: [str(error)]}) from error
        return Response(cluster_plan_row(facts["segment"], found))


def _kept(subnet: Subnet) -> Proposal:
    try:
        return as_kept(subnet, lately())
    except CannotPlan as error:
        raise NotSo(f"The plan that is kept can't be told: {error}") from error


def _proposed(subnet: Subnet, asked: NeedsSerializer) -> Proposal:
    try:
        return propose(subnet, asked.asked(), lately())
    except CannotPlan as error:
        raise ValidationError({error.field: [str(error)]}) from error


def lately() -> datetime:
    """What was given up since then is held still."""
    return timezone.now() - LATELY


def _lacks(proposal: Proposal) -> list[str]:
    return [proposal.lack] if proposal.lack else []
