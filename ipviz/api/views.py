"""The REST API: each view names its rows, their shape and what can be asked; `ipviz.rows` tells them."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from ipviz.api import serializers as shapes
from ipviz.api.answers import Answers, Detail, Listing, Sparse, Teller
from ipviz.api.problems import MEDIA_TYPE, NotSo, Unavailable
from ipviz.api.questions import SEGMENT
from ipviz.api.schema import refused
from ipviz.clusters.filtersets import SubnetFilterSet
from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.pools import POOL_KINDS
from ipviz.domain.spans import parse_address
from ipviz.findings.filtersets import FindingFilterSet
from ipviz.findings.models import Finding
from ipviz.inventory.filtersets import (
    ClaimFilterSet,
    InhabitantFilterSet,
    OccupancyFilterSet,
    SnapshotFilterSet,
    UsageFilterSet,
    VersionFilterSet,
)
from ipviz.inventory.models import Occupancy, Snapshot, UsageSample, Version
from ipviz.polling.asking import NothingToPoll, QueueUnreachable, poll_now
from ipviz.rows.addresses import AddressTeller
from ipviz.rows.claims import claim_rows
from ipviz.rows.clusters import cluster_rows, snapshot_rows
from ipviz.rows.findings import finding_rows, whole_finding_rows
from ipviz.rows.lookup import lookup_row
from ipviz.rows.pools import pool_rows
from ipviz.rows.services import service_rows
from ipviz.rows.subnets import map_rows, subnet_rows
from ipviz.rows.usage import usage_rows


class Clusters(Listing[Cluster]):
    """Every cluster, and how well it is seen."""

    queryset = Cluster.objects.whole()
    filterset_class = InhabitantFilterSet
    serializer_class = shapes.ClusterSerializer
    tell = staticmethod(cluster_rows)


class OneCluster(Detail[Cluster]):
    """One cluster, and how well it is seen."""

    queryset = Cluster.objects.whole()
    serializer_class = shapes.ClusterSerializer
    tell = staticmethod(cluster_rows)

    def get_queryset(self) -> Any:
        """One of those that the list tells, now or then."""
        return InhabitantFilterSet({}, queryset=super().get_queryset(), moment=self.moment).qs


class PollNow(Answers, GenericAPIView[Cluster]):
    queryset = Cluster.objects.live().whole()
    filter_backends = ()

    @extend_schema(
        request=None,
        responses={
            202: shapes.AcceptedSerializer,
            (409, MEDIA_TYPE): refused("There is nothing to be polled, or it is polled under another name."),
            (503, MEDIA_TYPE): refused("The queue can't be reached."),
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        """Have the cluster polled now."""
        cluster = self.get_object()
        try:
            poll_now(cluster)
        except NothingToPoll as error:
            raise NotSo(str(error)) from error
        except QueueUnreachable as error:
            raise Unavailable(str(error)) from error
        return Response({"detail": f"{cluster.path} will be polled at once."}, status=202)


class Snapshots(Listing[Snapshot]):
    """What each poll could read, the latest first."""

    queryset = Snapshot.objects.whole()
    filterset_class = SnapshotFilterSet
    serializer_class = shapes.SnapshotSerializer
    tell = staticmethod(snapshot_rows)


class Subnets(Listing[Subnet]):
    """Every subnet in numbers."""

    queryset = Subnet.objects.whole()
    filterset_class = SubnetFilterSet
    serializer_class = shapes.SubnetSerializer
    tell = staticmethod(subnet_rows)


class OneSubnet(Detail[Subnet]):
    """One subnet in numbers."""

    queryset = Subnet.objects.whole()
    serializer_class = shapes.SubnetSerializer
    tell = staticmethod(subnet_rows)


class SubnetMap(Answers, GenericAPIView[Subnet]):
    queryset = Subnet.objects.whole()
    filter_backends = ()
    pagination_class = None
    is_timed = True

    @extend_schema(responses=shapes.IntervalSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The map as data: intervals that cover the subnet once, in order."""
        return Response(map_rows(self.get_object(), self.moment))


class Pools(Listing[Version]):
    """Every pool, how full it is, and what it hands out next."""

    queryset = Version.objects.of_kind(*POOL_KINDS).whole().in_order()
    filterset_class = VersionFilterSet
    serializer_class = shapes.PoolSerializer
    tell = staticmethod(pool_rows)


class Usage(Listing[UsageSample]):
    """How full pools and subnets were over time, the latest first."""

    queryset = UsageSample.objects.whole()
    filterset_class = UsageFilterSet
    serializer_class = shapes.UsageSerializer
    tell = staticmethod(usage_rows)


class Claims(Listing[Version]):
    """Every claim with its address, or why it waits for one."""

    queryset = Version.objects.of_kind("IPAddressClaim").whole().in_order()
    filterset_class = ClaimFilterSet
    serializer_class = shapes.ClaimSerializer
    tell = staticmethod(claim_rows)


class Services(Listing[Version]):
    """Every Service of type LoadBalancer: what it wants, and what it has."""

    queryset = Version.objects.load_balancers().whole().in_order()
    filterset_class = VersionFilterSet
    serializer_class = shapes.ServiceSerializer
    tell = staticmethod(service_rows)


class Addresses(Listing[Occupancy]):
    """Every address in use: one row for each object that states it."""

    queryset = Occupancy.objects.addresses()
    filterset_class = OccupancyFilterSet
    serializer_class = shapes.AddressSerializer

    def columns(self, rows: Any) -> Any:
        """Of no other list are there so many rows."""
        return rows.written(self.moment)

    @cached_property
    def teller(self) -> Teller:
        return AddressTeller(self.scope, self.moment, since="since_text")


class Findings(Listing[Finding]):
    """All that is or was found wrong, the worst first."""

    queryset = Finding.objects.with_parties().worst_first()
    filterset_class = FindingFilterSet
    serializer_class = shapes.FindingSerializer
    tell = staticmethod(finding_rows)


class OneFinding(Detail[Finding]):
    """One finding with its parties."""

    queryset = Finding.objects.with_parties()
    serializer_class = shapes.WholeFindingSerializer
    tell = staticmethod(whole_finding_rows)

    def get_queryset(self) -> Any:
        """One that was found by then, and may have been resolved."""
        return super().get_queryset().found_by(self.moment)


class Lookup(Sparse[Any]):
    serializer_class = shapes.LookupSerializer
    filter_backends = ()
    pagination_class = None
    asks = (SEGMENT,)

    @extend_schema(
        parameters=[OpenApiParameter("segment", description="Only what is known on this segment.")],
    )
    def get(self, request: Request, address: str) -> Response:
        """Who holds an address now, who held it, what could hand it out, and what is wrong with it."""
        try:
            span = parse_address(address)
        except ValueError as error:
            raise ValidationError({"address": [f"{address!r} is not an IP address."]}) from error
        segment = request.query_params.get("segment", "")
        return Response(self.thinned([lookup_row(span, segment, self.scope, self.moment)])[0])


class Nothing(Answers):
    """Whatever else is asked for below the API: a problem, and not a page."""

    def questions(self) -> Iterable[str]:
        return self.request.query_params

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        raise NotFound(f"There is nothing at {request.path}. GET schema/ tells what there is.")

    post = put = patch = delete = get
