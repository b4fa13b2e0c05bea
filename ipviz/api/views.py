"""The REST API: each view names its rows, their shape and what can be asked; `ipviz.rows` tells them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import Any, ClassVar, Protocol, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import MethodNotAllowed, NotFound, ValidationError
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from ipviz.accounts.models import ApiToken
from ipviz.api import serializers as shapes
from ipviz.api.permissions import Read
from ipviz.api.problems import MEDIA_TYPE, NotSo, Unavailable
from ipviz.api.rendering import CsvRenderer, JSONRenderer, LinesRenderer, NdjsonRenderer
from ipviz.api.schema import Described, refused
from ipviz.clusters.filtersets import SubnetFilterSet
from ipviz.clusters.models import Cluster, Subnet
from ipviz.domain.moments import moment_text, read_past_moment
from ipviz.domain.pools import POOL_KINDS
from ipviz.domain.scope import EVERYTHING, Scope
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
from ipviz.rows.row import Row
from ipviz.rows.services import service_rows
from ipviz.rows.subnets import map_rows, subnet_rows
from ipviz.rows.usage import usage_rows
from ipviz.rows.walking import pieces

M = TypeVar("M", bound=Model)
NUL, NUL_REFUSED = "\0", "Null characters are not allowed."
PIECE = 2000
"""Rows that are held at once while a whole list is written."""


class Tell(Protocol):
    """Tells a page of rows at once, as of a moment."""

    def __call__(self, rows: Any, /, at: datetime | None) -> list[Row]: ...


Teller = Callable[[Sequence[Any]], list[Row]]


class Answers(APIView):
    """What every view of the API has in common."""

    schema = Described()
    is_timed = False
    """It can be asked as of a moment, with `at`."""
    moment: datetime | None = None

    @property
    def scope(self) -> Scope:
        """What whoever asks may see."""
        return self.request.auth.scope if isinstance(self.request.auth, ApiToken) else EVERYTHING

    def get_queryset(self) -> Any:
        """What is seen of what there is; rows that can't be told apart so are told to nobody."""
        # Asked only of views that have rows, which GenericAPIView brings.
        return super().get_queryset().in_scope(self.scope)  # type: ignore[misc]

    def get_object(self) -> Any:
        """No PostgreSQL takes the character NUL, so nothing is named by it."""
        if any(NUL in str(each) for each in self.kwargs.values()):
            raise NotFound
        return super().get_object()  # type: ignore[misc]  # as above

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        _refuse_nul(request)
        if "at" in request.query_params:
            self.moment = self._moment(request.query_params["at"])

    def check_permissions(self, request: Request) -> None:
        """Whoever is known hears that nobody may do this here, and not that a role is missing."""
        if Read().has_permission(request, self) and (request.method or "") not in self.allowed_methods:
            raise MethodNotAllowed(request.method or "")
        super().check_permissions(request)

    def _moment(self, text: str) -> datetime:
        if not self.is_timed:
            raise ValidationError({"at": ["This is not told as of a moment."]})
        try:
            moment = read_past_moment(text, now=timezone.now())
        except ValueError as error:
            raise ValidationError({"at": [str(error)]}) from error
        known = Snapshot.objects.known_since()
        if known is None or moment < known:
            since = f"before {moment_text(known)}" if known else "yet"
            raise ValidationError({"at": [f"Nothing is known {since}: that is not to say that nothing was."]})
        return moment


def _refuse_nul(request: Request) -> None:
    """No PostgreSQL takes the character NUL, and nothing that is stored has it."""
    wrong = [name for name, texts in request.query_params.lists() if any(NUL in each for each in texts)]
    if wrong:
        raise ValidationError({name: [NUL_REFUSED] for name in wrong})


class Sparse(Answers, GenericAPIView[M]):
    """What is told whole, or as some of its fields."""

    is_timed = True
    is_sparse = True
    """Some fields can be asked for."""

    @cached_property
    def names(self) -> list[str]:
        """The fields that are asked for, in the order in which they are told."""
        known = list(cast(Serializer[Any], self.get_serializer()).fields)
        asked = [
            each for text in self.request.query_params.getlist("fields") for each in text.split(",") if each
        ]
        if wrong := [each for each in asked if each not in known]:
            told = f"There is no field {', '.join(map(repr, wrong))}; there are: {', '.join(known)}."
            raise ValidationError({"fields": [told]})
        return [each for each in known if each in asked] or known

    def thinned(self, rows: list[Row]) -> list[Row]:
        """The rows, with no more fields than are asked for."""
        if "fields" not in self.request.query_params:
            return rows
        names = self.names
        return [{name: row[name] for name in names} for row in rows]


class Telling(Sparse[M]):
    """What tells rows that are stored."""

    tell: ClassVar[Tell]

    @cached_property
    def teller(self) -> Teller:
        """Tells the rows of this request, a piece after the other."""
        return partial(type(self).tell, at=self.moment)

    def told(self, rows: Sequence[Any]) -> list[Row]:
        return self.thinned(self.teller(rows))


class Listing(Telling[M], ListAPIView[M]):
    """In pages, or whole as lines: the latter are written while they are read, a piece at a time."""

    renderer_classes = [JSONRenderer, NdjsonRenderer, CsvRenderer]

    def get_renderers(self) -> list[BaseRenderer]:
        """What is made answers as itself, and not as a list."""
        every = super().get_renderers()
        return every if self.request.method in SAFE_METHODS else every[:1]

    def columns(self, rows: QuerySet[Any]) -> Any:
        """What is read of rows that are told: all of each."""
        return rows

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        found = self.filter_queryset(self.get_queryset())
        renderer = request.accepted_renderer
        if isinstance(renderer, LinesRenderer):
            lines = renderer.lines(self.names, map(self.told, pieces(self.columns(found), PIECE)))
            return StreamingHttpResponse(lines, content_type=renderer.media_type)
        return self.get_paginated_response(self.told(self.paginate_queryset(found) or []))


class Detail(Telling[M], RetrieveAPIView[M]):
    filter_backends = ()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.told([self.get_object()])[0])


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
        return rows.plain(self.moment)

    @cached_property
    def teller(self) -> Teller:
        return AddressTeller(self.moment)


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

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        raise NotFound(f"There is nothing at {request.path}. GET schema/ tells what there is.")

    post = put = patch = delete = get
