"""Silences for all that matches, as during maintenance."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, ChoiceField, DateTimeField, IntegerField, ListField

from ipviz.alerts.models import Silence
from ipviz.alerts.silencing import Matcher, end, silence
from ipviz.api.answers import Answers, Detail, Listing
from ipviz.api.handling import name_of
from ipviz.api.permissions import ReadOrOperateAll
from ipviz.api.problems import MEDIA_TYPE, NotSo
from ipviz.api.schema import refused
from ipviz.api.sending import Sent, Text
from ipviz.domain.lifecycle import CannotHandle
from ipviz.rows.row import Row

MOST_ITEMS = 100


def _items(about: str) -> ListField:
    each = Text(max_length=600)
    return ListField(child=each, required=False, default=list, max_length=MOST_ITEMS, help_text=about)


class NewSilenceSerializer(Sent):
    rules = _items("C4, H6; all where it is empty.")
    clusters = _items("By name or path; all where it is empty.")
    spans = _items("Addresses, ranges and CIDRs; all where it is empty.")
    segments = _items("By name; all where it is empty.")
    starts_at = DateTimeField(required=False, help_text="Now where it is left out.")
    ends_at = DateTimeField()
    reason = Text(max_length=1000)


class StoredSilenceSerializer(NewSilenceSerializer):
    id = IntegerField()
    state = ChoiceField(["to come", "active", "over"])
    by = CharField()
    ended_by = CharField(allow_null=True, help_text="Who ended it before its time.")


def silence_rows(silences: Any, at: datetime | None) -> list[Row]:
    now = timezone.now()
    return [
        {
            "id": each.pk,
            "state": "over" if each.ends_at <= now else "to come" if each.starts_at > now else "active",
            "rules": each.rules,
            "clusters": each.clusters,
            "spans": each.spans,
            "segments": each.segments,
            "starts_at": each.starts_at,
            "ends_at": each.ends_at,
            "reason": each.reason,
            "by": each.by,
            "ended_by": each.ended_by or None,
        }
        for each in silences
    ]


class Silences(Listing[Silence]):
    """Silences for all that matches, also those that are over; the latest end first."""

    queryset = Silence.objects.all()
    serializer_class = StoredSilenceSerializer
    tell = staticmethod(silence_rows)
    is_timed = False

    permission_classes = [ReadOrOperateAll]

    @extend_schema(request=NewSilenceSerializer, responses={201: StoredSilenceSerializer})
    def post(self, request: Request) -> Response:
        """Let nobody hear of what matches until the end; what is still so then is told."""
        asked = NewSilenceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        facts, at = dict(asked.validated_data), timezone.now()
        matcher = Matcher(*(facts[name] for name in ("rules", "clusters", "spans", "segments")))
        times = {"starts_at": facts.get("starts_at", at), "ends_at": facts["ends_at"], "at": at}
        try:
            made = silence(matcher, reason=facts["reason"], by=name_of(request), **times)
        except CannotHandle as error:
            raise ValidationError({error.about: [str(error)]}) from error
        where = reverse("api:one-silence", args=[made.pk])
        return Response(silence_rows([made], None)[0], status=201, headers={"Location": where})


class OneSilence(Detail[Silence]):
    """One silence."""

    queryset = Silence.objects.all()
    serializer_class = StoredSilenceSerializer
    tell = staticmethod(silence_rows)
    is_timed = False


class EndSilence(Answers, GenericAPIView[Silence]):
    queryset = Silence.objects.all()
    serializer_class = StoredSilenceSerializer
    filter_backends = ()

    @extend_schema(
        request=None,
        responses={200: StoredSilenceSerializer, (409, MEDIA_TYPE): refused("It is over already.")},
    )
    def post(self, request: Request, pk: int) -> Response:
        """End it now; what it kept quiet and is still so is told."""
        try:
            ended = end(self.get_object(), by=name_of(request), at=timezone.now())
        except CannotHandle as error:
            raise NotSo(str(error)) from error
        return Response(silence_rows([ended], None)[0])
