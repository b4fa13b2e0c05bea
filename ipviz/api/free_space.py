"""`GET subnets/{id}/free/`: the next free addresses or blocks of a subnet, and why others are not."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BooleanField, CharField, IntegerField

from ipviz.api.answers import Answers
from ipviz.api.numbers import number_asked
from ipviz.api.serializers import Shape
from ipviz.clusters.models import Subnet
from ipviz.domain.spans import BITS, Span, address_text, network_text
from ipviz.planning.free_space import LATELY, FreeSpace, free_space
from ipviz.rows.row import Row

MOST = 256
MOST_DAYS = 3650


class BlockSerializer(Shape):
    first = CharField()
    last = CharField()
    cidr = CharField()


class PassedSerializer(BlockSerializer):
    words = CharField(help_text="Why it is not free: the first of the reasons.")


class FreeSpaceSerializer(Shape):
    segment = CharField()
    subnet = CharField()
    free = IntegerField(help_text="Addresses that can be had in all.")
    largest = CharField(allow_null=True, help_text="The largest aligned block, as a CIDR.")
    blocks = BlockSerializer(many=True, help_text="The first that are free, in order.")
    passed_over = PassedSerializer(many=True, help_text="The first of those before them that are not.")
    all_passed_over = BooleanField(help_text="False where there are more than those that are told.")


class FreeSpaceView(Answers, GenericAPIView[Subnet]):
    queryset = Subnet.objects.with_runs()
    filter_backends = ()
    pagination_class = None
    asks = ("prefix", "count", "days")

    @extend_schema(
        operation_id="subnets_free_retrieve",
        parameters=[
            OpenApiParameter(
                "prefix", int, description="The length of the blocks; single addresses if left out."
            ),
            OpenApiParameter("count", int, description=f"How many, up to {MOST}; one if left out."),
            OpenApiParameter(
                "days", int, description=f"What was given up since then is held still; {LATELY.days}."
            ),
        ],
        responses=FreeSpaceSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Find free addresses, or aligned blocks: held by nobody now or lately, in nobody's range."""
        subnet: Subnet = self.get_object()
        bits = BITS[subnet.span.version]
        shortest = bits - (subnet.span.size.bit_length() - 1)
        prefix = number_asked(request, "prefix", bits, shortest, bits)
        number, days = (
            number_asked(request, "count", 1, 1, MOST),
            number_asked(request, "days", LATELY.days, 0, MOST_DAYS),
        )
        since = timezone.now() - timedelta(days=days)
        found = free_space(subnet, size=1 << (bits - prefix), number=number, since=since)
        return Response(_row(subnet, found))


def _row(subnet: Subnet, found: FreeSpace) -> Row:
    return {
        "segment": subnet.segment.name,
        "subnet": subnet.cidr,
        "free": found.size,
        "largest": network_text(found.largest) if found.largest else None,
        "blocks": [_block(span) for span in found.found],
        "passed_over": [{**_block(each.span), "words": each.words} for each in found.passed],
        "all_passed_over": len(found.passed) == found.passed_count,
    }


def _block(span: Span) -> Row:
    return {
        "first": span.first_text,
        "last": address_text(span.version, span.last),
        "cidr": network_text(span),
    }
