"""`POST check/`: whether addresses are free, for a pipeline that is about to use them."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BooleanField, CharField, ChoiceField, Field, ListField

from ipviz.api.answers import Answers
from ipviz.api.permissions import Read
from ipviz.api.sending import SegmentField, Sent, Text
from ipviz.api.serializers import OccupantShape, Shape
from ipviz.clusters.models import DEFAULT_SEGMENT
from ipviz.domain.conflicts import Conflict
from ipviz.domain.spans import Span, merged
from ipviz.planning.checks import MOST_SPANS, CannotCheck, Verdict, WrongSpans, check, spans_of
from ipviz.planning.manifests import LARGEST, WrongManifest, wanted_by
from ipviz.rows.addresses import consumer_of
from ipviz.rows.row import Row, place_of


class CheckSerializer(Sent):
    segment = SegmentField(default=DEFAULT_SEGMENT, max_length=100)
    spans = ListField(
        child=Text(max_length=100),
        required=False,
        default=list,
        max_length=MOST_SPANS,
        error_messages={"max_length": "At most {max_length} spans are looked at in one go."},
        help_text="Addresses, FIRST-LAST or CIDRs.",
    )
    manifest = Text(
        required=False,
        default="",
        allow_blank=True,
        max_length=LARGEST,
        trim_whitespace=False,
        help_text="YAML or JSON of a pool, a Service, a ConfigMap of kube-vip's cloud provider, a cluster, or"
        " the values of its chart: the spans are those that it would use.",
    )

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        """`for` is a word of Python's, and so no name for an attribute."""
        help_text = (
            "A cluster's name or path, also of one to be made: what is its own already is no conflict."
        )
        mine = Text(required=False, allow_null=True, allow_blank=True, default=None, help_text=help_text)
        return {**super().get_fields(), "for": mine}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["spans"] and not attrs["manifest"]:
            raise ValidationError({"spans": ["Give spans, or a manifest, or both."]})
        return attrs


class ConflictSerializer(OccupantShape):
    """With what it collides; of what the operator declared there is no object, and its fields are null."""

    first = CharField(help_text="Of the span that is not to be had.")
    last = CharField()
    what = ChoiceField(["address", "pool", "load-balancer range", "DHCP", "reserved", "plan"])
    words = CharField(help_text="The whole of it in a sentence.")

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for name in ("role", "cluster", "cluster_path", "kind", "namespace", "name"):
            fields[name].allow_null = True
        return fields


class BlindSerializer(Shape):
    cluster = CharField(allow_null=True)
    cluster_path = CharField(allow_null=True)
    reason = CharField()


class VerdictSerializer(Shape):
    free = BooleanField(help_text="Nothing that we know stands against it.")
    sure = BooleanField(
        help_text="And nothing is hidden from us: every cluster of the segment was read lately."
    )
    segment = CharField()
    spans = ListField(child=CharField(), help_text="What was looked at, merged and in order.")
    conflicts = ConflictSerializer(many=True)
    all_conflicts = BooleanField(help_text="False where there are more than those that are told.")
    blind = BlindSerializer(many=True, help_text="What could not be looked at.")
    notes = ListField(child=CharField(), help_text="What else to think of.")


class Check(Answers):
    permission_classes = [Read]

    @extend_schema(request=CheckSerializer, responses=VerdictSerializer)
    def post(self, request: Request) -> Response:
        """Say whether addresses are free: of occupants, pools, load-balancer ranges, DHCP and gateways."""
        asked = CheckSerializer(data=request.data, context={"scope": self.scope})
        asked.is_valid(raise_exception=True)
        return Response(_answer(**asked.validated_data))


def _answer(segment: str, spans: list[str], manifest: str, **more: str | None) -> Row:
    read_since = timezone.now() - settings.POLL_PATIENCE
    try:
        wanted, notes = spans_of(spans)
        pools: frozenset[str] = frozenset()
        if manifest:
            read = wanted_by(manifest)
            wanted, pools = merged([*wanted, *read.spans]), read.pools
        verdict = check(segment, wanted, more["for"] or "", pools, read_since)
    except WrongSpans as error:
        by_place = {str(place): words for place, words in error.reasons.items()}
        raise ValidationError({"spans": by_place}) from error
    except CannotCheck as error:
        raise ValidationError({error.field: [str(error)]}) from error
    except WrongManifest as error:
        raise ValidationError({"manifest": [str(error)]}) from error
    if verdict.is_for_new:
        new = f"There is no cluster {more['for']} on segment {segment}: nothing is its own."
        notes = (*notes, new)
    return verdict_row(segment, verdict, notes)


def verdict_row(segment: str, verdict: Verdict, notes: tuple[str, ...]) -> Row:
    return {
        "free": verdict.is_free,
        "sure": verdict.is_sure,
        "segment": segment,
        "spans": list(map(str, verdict.spans)),
        "conflicts": list(map(_conflict, verdict.conflicts)),
        "all_conflicts": verdict.is_whole,
        "blind": [{**_placed(each.cluster), "reason": each.reason} for each in verdict.blind],
        "notes": [*notes, *verdict.notes],
    }


def _conflict(conflict: Conflict) -> Row:
    occupant = conflict.occupant
    last = Span(conflict.span.version, conflict.span.last, conflict.span.last)
    return {
        "first": conflict.span.first_text,
        "last": last.first_text,
        "what": conflict.what,
        "words": conflict.words,
        "role": occupant.role.value if occupant else None,
        **_placed(occupant.cluster if occupant else ""),
        "kind": occupant.ref.kind if occupant else None,
        "namespace": occupant.ref.namespace if occupant else None,
        "name": occupant.ref.name if occupant else None,
        "consumer": consumer_of(occupant.consumer.cluster, occupant.consumer.purpose) if occupant else None,
        "since": occupant.since if occupant else None,
        "stale": bool(occupant and occupant.stale),
    }


def _placed(path: str) -> Row:
    return place_of(path) if path else {"cluster": None, "cluster_path": None}
