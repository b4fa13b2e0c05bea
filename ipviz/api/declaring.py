"""Subnets: declared, changed and withdrawn, as on the page of settings."""

from typing import NoReturn

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ListField

from ipviz.api import views
from ipviz.api.problems import MEDIA_TYPE, NotSo
from ipviz.api.schema import refused
from ipviz.api.sending import SegmentField, Sent, Text, Written
from ipviz.api.serializers import SubnetSerializer
from ipviz.clusters.models import DEFAULT_SEGMENT, Subnet
from ipviz.clusters.subnets import DeclaredAlready, WrongSubnet, declare_anew, declare_new, withdraw
from ipviz.rows.subnets import subnet_rows

MOST_RANGES = 100
INFERRED = "It is inferred from a pool and not declared: declare it first, with POST."


class DeclarationSerializer(Sent):
    name = Text(max_length=63, required=False, allow_blank=True, default="")
    gateway = Text(
        max_length=45,
        required=False,
        allow_blank=True,
        allow_null=True,
        default="",
        help_text="Unknown where it is null or empty.",
    )
    dhcp = ListField(
        child=Text(max_length=100),
        required=False,
        default=list,
        max_length=MOST_RANGES,
        help_text="Each as FIRST-LAST.",
    )

    def validate_gateway(self, gateway: str | None) -> str:
        return gateway or ""


class NewSubnetSerializer(DeclarationSerializer):
    segment = SegmentField(default=DEFAULT_SEGMENT)
    cidr = Text(max_length=49, help_text="Host bits are masked.")


class Subnets(Written, views.Subnets):
    @extend_schema(
        request=NewSubnetSerializer,
        responses={201: SubnetSerializer, (409, MEDIA_TYPE): refused("It is declared already.")},
    )
    def post(self, request: Request) -> Response:
        """Declare a subnet; an inferred one becomes declared. Its segment is judged anew."""
        asked = NewSubnetSerializer(data=request.data, context={"scope": self.scope})
        asked.is_valid(raise_exception=True)
        facts = dict(asked.validated_data)
        try:
            made = declare_new(facts.pop("segment"), facts.pop("cidr"), **facts)
        except DeclaredAlready as error:
            raise NotSo(f"{error}: change it with PATCH {_where(error.subnet)}") from error
        except WrongSubnet as error:
            _refuse(error)
        return Response(subnet_rows([made])[0], status=201, headers={"Location": _where(made)})


class OneSubnet(Written, views.OneSubnet):
    @extend_schema(
        request=DeclarationSerializer,
        responses={200: SubnetSerializer, (409, MEDIA_TYPE): refused(INFERRED)},
    )
    def put(self, request: Request, pk: int) -> Response:
        """Say anew all that is declared of it: what is left out is unknown then."""
        return self._changed(request, is_partial=False)

    @extend_schema(
        request=DeclarationSerializer,
        responses={200: SubnetSerializer, (409, MEDIA_TYPE): refused(INFERRED)},
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is given, and nothing else. Its segment is judged anew."""
        return self._changed(request, is_partial=True)

    @extend_schema(responses={204: None, (409, MEDIA_TYPE): refused(INFERRED)})
    def delete(self, request: Request, pk: int) -> Response:
        """Take back the declaration; a pool that speaks of it lets it be inferred again."""
        try:
            withdraw(self._declared())
        except WrongSubnet as error:
            raise NotSo(str(error)) from error
        return Response(status=204)

    def _changed(self, request: Request, *, is_partial: bool) -> Response:
        found = self._declared()
        asked = DeclarationSerializer(data=request.data, partial=is_partial)
        asked.is_valid(raise_exception=True)
        try:
            changed = declare_anew(found, **asked.validated_data)
        except WrongSubnet as error:
            _refuse(error)
        return Response(subnet_rows([changed])[0])

    def _declared(self) -> Subnet:
        found: Subnet = self.get_object()
        if not found.declared:
            raise NotSo(INFERRED)
        return found


def _where(subnet: Subnet) -> str:
    return reverse("api:subnet", args=[subnet.pk])


def _refuse(error: WrongSubnet) -> NoReturn:
    raise ValidationError({error.about: [str(error)]}) from error
