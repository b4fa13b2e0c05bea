"""What operators do with a finding: acknowledge it, silence it for a while, take that back."""

from functools import partial
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import DateTimeField

from ipviz.accounts.models import ApiToken
from ipviz.api.answers import Answers
from ipviz.api.problems import MEDIA_TYPE, NotSo
from ipviz.api.schema import refused
from ipviz.api.sending import Sent, Text
from ipviz.api.serializers import WholeFindingSerializer
from ipviz.domain.lifecycle import ACKNOWLEDGED_FOR, CannotHandle, acknowledged, reopened, silenced
from ipviz.findings.handle import Decision, handle
from ipviz.findings.models import HIDDEN, Finding
from ipviz.rows.findings import whole_finding_rows


class ReasonSerializer(Sent):
    reason = Text(required=False, allow_blank=True, default="", max_length=1000)


class AcknowledgeSerializer(ReasonSerializer):
    until = DateTimeField(required=False, help_text="When it speaks again if it still is so; three days.")


class SilenceSerializer(Sent):
    until = DateTimeField()
    reason = Text(max_length=1000)


REFUSED = refused("There is nothing to be handled so: it is resolved, or was handled already.")


class Handling(Answers, GenericAPIView[Finding]):
    queryset = Finding.objects.whole()
    filter_backends = ()

    def _asked(self, request: Request) -> dict[str, Any]:
        """What was sent, about a finding that is there, and of which no side is hidden from who asks."""
        finding = self.get_object()
        if not finding.is_seen_whole(self.scope):
            raise PermissionDenied(HIDDEN)
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def _handled(self, request: Request, decision: Decision, **facts: Any) -> Response:
        finding = self.get_object()
        try:
            handle(finding, decision, by=name_of(request), at=timezone.now(), **facts)
        except CannotHandle as error:
            if error.about:
                raise ValidationError({error.about: [str(error)]}) from error
            raise NotSo(str(error)) from error
        return Response(whole_finding_rows([self.get_object()])[0])


def name_of(request: Request) -> str:
    """Who asks: a person by the name that they sign in with, a program by that of its token."""
    token = request.auth if isinstance(request.auth, ApiToken) else None
    return f"token {token.name}" if token else request.user.get_username()


class Acknowledge(Handling):
    serializer_class = AcknowledgeSerializer

    @extend_schema(responses={200: WholeFindingSerializer, (409, MEDIA_TYPE): REFUSED})
    def post(self, request: Request, pk: int) -> Response:
        """Say that somebody takes care of it until then; it is open again when it grows worse."""
        asked, at = self._asked(request), timezone.now()
        until = asked.get("until", at + ACKNOWLEDGED_FOR)
        decision = partial(acknowledged, reason=asked["reason"], until=until, at=at)
        return self._handled(request, decision, until=until)


class Silence(Handling):
    serializer_class = SilenceSerializer

    @extend_schema(responses={200: WholeFindingSerializer, (409, MEDIA_TYPE): REFUSED})
    def post(self, request: Request, pk: int) -> Response:
        """Let nobody hear of it until then; the reason is kept with it."""
        asked = self._asked(request)
        decision = partial(silenced, reason=asked["reason"], until=asked["until"], at=timezone.now())
        return self._handled(request, decision, until=asked["until"])


class Reopen(Handling):
    serializer_class = ReasonSerializer

    @extend_schema(responses={200: WholeFindingSerializer, (409, MEDIA_TYPE): REFUSED})
    def post(self, request: Request, pk: int) -> Response:
        """Take back what was acknowledged or silenced."""
        asked = self._asked(request)
        return self._handled(request, partial(reopened, reason=asked["reason"]))
