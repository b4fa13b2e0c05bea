"""Segments: told, registered and removed, as on the page of settings."""

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, IntegerField, ListField

from ipviz.api.answers import Detail, Listing
from ipviz.api.permissions import ReadOrOperateAll
from ipviz.api.problems import MEDIA_TYPE, NotSo
from ipviz.api.schema import refused
from ipviz.api.sending import Sent, Text, Written
from ipviz.api.serializers import Shape
from ipviz.clusters.models import Segment
from ipviz.clusters.segments import SegmentInTheWay, WrongSegment, register, remove
from ipviz.rows.segments import segment_rows


class SegmentSerializer(Shape):
    id = IntegerField()
    name = CharField()
    clusters = IntegerField(help_text="Each once, whatever roads lead to it.")
    management_clusters = ListField(child=CharField(), help_text="Those among them that were registered.")
    subnets = IntegerField(help_text="Declared and inferred.")
    declared_subnets = ListField(child=CharField(), help_text="The CIDRs of those that were declared.")


class NewSegmentSerializer(Sent):
    name = Text(max_length=63, help_text="Letters, digits, '-', '.' and '_'.")


class Segments(Written, Listing[Segment]):
    """Every segment, and what is on it."""

    queryset = Segment.objects.all()
    serializer_class = SegmentSerializer
    tell = staticmethod(segment_rows)
    is_timed = False
    permission_classes = [ReadOrOperateAll]

    @extend_schema(
        request=NewSegmentSerializer,
        responses={201: SegmentSerializer, (409, MEDIA_TYPE): refused("It is registered already.")},
    )
    def post(self, request: Request) -> Response:
        """Register a segment: a layer-2 network, inside which an address means one thing."""
        asked = NewSegmentSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            made = register(asked.validated_data["name"])
        except SegmentInTheWay as error:
            raise NotSo(str(error)) from error
        except WrongSegment as error:
            raise ValidationError({"name": [str(error)]}) from error
        where = reverse("api:segment", args=[made.name])
        return Response(segment_rows([made])[0], status=201, headers={"Location": where})


class OneSegment(Written, Detail[Segment]):
    """One segment, by its name."""

    queryset = Segment.objects.all()
    lookup_field = "name"
    serializer_class = SegmentSerializer
    tell = staticmethod(segment_rows)
    is_timed = False
    permission_classes = [ReadOrOperateAll]

    @extend_schema(
        responses={204: None, (409, MEDIA_TYPE): refused("Something is on it, or was found there.")}
    )
    def delete(self, request: Request, name: str) -> Response:
        """Remove a segment on which nothing is."""
        try:
            remove(self.get_object().name)
        except SegmentInTheWay as error:
            raise NotSo(str(error)) from error
        except WrongSegment as error:
            raise Http404(str(error)) from error
        return Response(status=204)
