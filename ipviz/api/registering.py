"""Clusters: added, moved to another segment and removed, as on the pages of settings."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BooleanField, Field

from ipviz.api import views
from ipviz.api.permissions import ReadOrAdminister
from ipviz.api.problems import MEDIA_TYPE, NotSo
from ipviz.api.schema import refused
from ipviz.api.sending import SegmentField, Sent, Text, Written
from ipviz.api.serializers import ClusterSerializer
from ipviz.clusters.models import DEFAULT_SEGMENT, Cluster
from ipviz.clusters.registry import NameTaken, WrongCluster, propose, remove
from ipviz.clusters.segments import SegmentInTheWay, WrongSegment, move
from ipviz.polling.joining import join
from ipviz.polling.kubeconfigs import WrongSource, read_with
from ipviz.rows.clusters import cluster_rows


class NewClusterSerializer(Sent):
    """Never a path, nor a credential."""

    name = Text(max_length=63)
    segment = SegmentField(default=DEFAULT_SEGMENT)
    kubeconfig = Text(
        max_length=255,
        required=False,
        allow_blank=True,
        default="",
        help_text="The name of a file in the folder of kubeconfigs, where the operator laid it.",
    )
    in_cluster = BooleanField(
        default=False, help_text="In the place of a file: the service account of the pod in which ipviz runs."
    )

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        """`context` is what a serializer already has for itself, and so no name for an attribute."""
        help_text = "The file's current one where it is left out."
        context = Text(max_length=253, required=False, allow_blank=True, default="", help_text=help_text)
        return {**super().get_fields(), "context": context}


class MoveSerializer(Sent):
    segment = SegmentField()


class Clusters(Written, views.Clusters):
    permission_classes = [ReadOrAdminister]

    @extend_schema(
        request=NewClusterSerializer,
        responses={201: ClusterSerializer, (409, MEDIA_TYPE): refused("Another has that name.")},
    )
    def post(self, request: Request) -> Response:
        """Register a management cluster that answers; its workload clusters are found by themselves."""
        asked = NewClusterSerializer(data=request.data, context={"scope": self.scope})
        asked.is_valid(raise_exception=True)
        made = _registered(**asked.validated_data)
        where = reverse("api:cluster", args=[made.pk])
        return Response(cluster_rows([made])[0], status=201, headers={"Location": where})


class OneCluster(Written, views.OneCluster):
    def get_permissions(self) -> Sequence[Any]:
        """Operators move a cluster; only admins remove one."""
        return [ReadOrAdminister()] if self.request.method == "DELETE" else super().get_permissions()

    @extend_schema(
        request=MoveSerializer,
        responses={
            200: ClusterSerializer,
            (409, MEDIA_TYPE): refused(
                "It goes where its management cluster is, or where its first road is."
            ),
        },
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Move a management cluster, its workload clusters and all that was seen there to another segment."""
        cluster = self._management()
        asked = MoveSerializer(data=request.data, context={"scope": self.scope})
        asked.is_valid(raise_exception=True)
        target = asked.validated_data["segment"]
        # Who says where it shall be is answered alike when it is there already.
        if cluster.segment.name != target:
            try:
                move(cluster.name, target)
            except SegmentInTheWay as error:
                raise NotSo(str(error)) from error
            except WrongSegment as error:
                raise ValidationError({"segment": [str(error)]}) from error
        return Response(cluster_rows([self.get_object()])[0])

    @extend_schema(responses={204: None, (409, MEDIA_TYPE): refused("It goes with its management cluster.")})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove a management cluster, its workload clusters and all that was seen in them."""
        try:
            remove(self._management().name)
        except WrongCluster as error:
            raise NotSo(str(error)) from error
        return Response(status=204)

    def _management(self) -> Cluster:
        found: Cluster = self.get_object()
        if found.management_cluster:
            raise NotSo(
                f"{found} is a workload cluster: it comes, moves and goes with its management cluster"
                f" {found.management_cluster}."
            )
        return found


def _registered(name: str, segment: str, **source: Any) -> Cluster:
    try:
        proposed = propose(name, read_with(**source), segment=segment)
    except WrongSource as error:
        raise ValidationError({error.about: [str(error)]}) from error
    except NameTaken as error:
        raise NotSo(str(error)) from error
    except WrongCluster as error:
        raise ValidationError({"name": [str(error)]}) from error
    try:
        return join(proposed).cluster
    except NameTaken as error:
        raise NotSo(str(error)) from error
    except WrongCluster as error:
        source_field = "in_cluster" if proposed.in_cluster else "kubeconfig"
        raise ValidationError({source_field: [str(error)]}) from error
