"""Subscriptions: who is told of what, and when; told and written as on their pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateTimeField,
    IntegerField,
    ListField,
    TimeField,
)

from ipviz.alerts.models import ADDRESS_LENGTH, Subscription
from ipviz.alerts.notices import ask_to_confirm, send_test, welcome
from ipviz.alerts.subscriptions import StillListed, change, remove, start_again, stop
from ipviz.alerts.wishing import (
    AddressTaken,
    any_name,
    known_cluster,
    known_segment,
    known_zone,
    new_address,
    whole_quiet,
)
from ipviz.alerts.wording import shown, wish_in_words
from ipviz.api.answers import Answers, Detail, Listing
from ipviz.api.handling import name_of
from ipviz.api.permissions import ReadOrOperateAll
from ipviz.api.problems import MEDIA_TYPE, NotSo
from ipviz.api.schema import refused
from ipviz.api.sending import Sent, Text, Written
from ipviz.api.serializers import CLASSES, SEVERITIES, AcceptedSerializer
from ipviz.api.silencing import MOST_ITEMS
from ipviz.domain.spans import parse_network
from ipviz.domain.wishes import AtOnce, Rhythm
from ipviz.polling.policy import policy
from ipviz.rows.row import Row

WISHED = (
    "at_once", "rhythm", "lowest", "classes", "segments", "subnets", "clusters", "organisations", "zone",
    "quiet_from", "quiet_until",
)  # fmt: skip


def _checked(check: Callable[[str], object]) -> Callable[[str], None]:
    def validate(text: str) -> None:
        try:
            check(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    return validate


def _items(check: Callable[[str], object], about: str) -> ListField:
    each = Text(max_length=600, validators=[_checked(check)])
    return ListField(child=each, required=False, max_length=MOST_ITEMS, help_text=about)


@extend_schema_field({"type": "string", "pattern": r"^\d{1,2}:\d{1,2}(:\d{1,2})?$"})
class ClockField(TimeField):
    """What a clock shows where they live, so without an offset: the zone is a field of its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%H:%M", "%H:%M:%S"], **options)


class WishSerializer(Sent):
    """What is left out is as a new subscription has it, or stays."""

    at_once = ChoiceField([each.value for each in AtOnce], required=False)
    rhythm = ChoiceField([each.value for each in Rhythm], required=False, help_text="Of digests.")
    lowest = ChoiceField(SEVERITIES, required=False, help_text="Or worse.")
    classes = ListField(child=ChoiceField(CLASSES), required=False, help_text="All where it is empty.")
    segments = _items(known_segment, "By name; all where it is empty.")
    subnets = _items(parse_network, "CIDRs; all where it is empty.")
    clusters = _items(known_cluster, "By name or path; all where it is empty.")
    organisations = _items(any_name, "Namespaces like org-acme; all where it is empty.")
    zone = Text(max_length=64, required=False, validators=[_checked(known_zone)])
    quiet_from = ClockField(
        required=False, allow_null=True, help_text="Only what is critical, until its end."
    )
    quiet_until = ClockField(required=False, allow_null=True)


class NewSubscriptionSerializer(WishSerializer):
    address = Text(max_length=ADDRESS_LENGTH, help_text="That of a mailbox, or the URL of a hook.")


class SubscriptionSerializer(WishSerializer):
    """As it is stored."""

    id = IntegerField()
    address = CharField(help_text="Of a hook's URL, whose path may be a secret, only where it leads.")
    wish = ListField(child=CharField(), help_text="The whole of it in words.")
    from_environment = BooleanField(help_text="IPVIZ_ALERT_TO named it.")
    told = BooleanField(help_text="It is confirmed and not stopped.")
    confirmed_at = DateTimeField(allow_null=True, help_text="A mailbox is asked whether it wants mails.")
    stopped_at = DateTimeField(allow_null=True)
    stopped_by = CharField(allow_null=True, help_text="Null where it was whoever reads its mails.")
    trouble = CharField(allow_null=True, help_text="Why what was sent there could not be delivered for good.")
    trouble_at = DateTimeField(allow_null=True)


def subscription_rows(subscriptions: Any, at: datetime | None = None) -> list[Row]:
    return [
        {
            "id": each.pk,
            "address": shown(each.address),
            **{name: getattr(each, name) for name in WISHED},
            "wish": list(wish_in_words(each.wish)),
            "from_environment": each.from_environment,
            "told": each.is_told,
            "confirmed_at": each.confirmed_at,
            "stopped_at": each.stopped_at,
            "stopped_by": each.stopped_by or None,
            "trouble": each.trouble or None,
            "trouble_at": each.trouble_at,
        }
        for each in subscriptions
    ]


class Subscriptions(Written, Listing[Subscription]):
    """Everybody who is told something, by address."""

    queryset = Subscription.objects.all()
    serializer_class = SubscriptionSerializer
    tell = staticmethod(subscription_rows)
    is_timed = False
    permission_classes = [ReadOrOperateAll]

    @extend_schema(
        request=NewSubscriptionSerializer,
        responses={201: SubscriptionSerializer, (409, MEDIA_TYPE): refused("It is subscribed already.")},
    )
    def post(self, request: Request) -> Response:
        """Subscribe an address. A mailbox is asked first and hears nothing before it says yes."""
        asked = NewSubscriptionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            new_address(asked.validated_data["address"], allow_loopback=settings.ALLOW_LOOPBACK)
            new = Subscription(person=request.user if isinstance(request.user, User) else None)
            made = welcome(_wished(new, asked.validated_data), policy(), timezone.now())
        except AddressTaken as error:
            raise NotSo(str(error)) from error
        except ValueError as error:
            _refuse("address", error)
        where = reverse("api:subscription", args=[made.pk])
        return Response(subscription_rows([made])[0], status=201, headers={"Location": where})


class OneSubscription(Written, Detail[Subscription]):
    """One subscription."""

    queryset = Subscription.objects.all()
    serializer_class = SubscriptionSerializer
    tell = staticmethod(subscription_rows)
    is_timed = False

    @extend_schema(request=WishSerializer, responses=SubscriptionSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is given of what it wishes, and nothing else; its address stays."""
        found = self.get_object()
        asked = WishSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        changed = change(_wished(found, asked.validated_data), at=timezone.now())
        return Response(subscription_rows([changed])[0])

    @extend_schema(responses={204: None, (409, MEDIA_TYPE): refused("IPVIZ_ALERT_TO names it.")})
    def delete(self, request: Request, pk: int) -> Response:
        """Forget it; the mails that it got stay."""
        try:
            remove(self.get_object())
        except StillListed as error:
            raise NotSo(str(error)) from error
        return Response(status=204)


class HandleSubscription(Answers, GenericAPIView[Subscription]):
    """What is done with one, and answered with it as it is then."""

    queryset = Subscription.objects.all()
    serializer_class = SubscriptionSerializer
    filter_backends = ()

    def _answer(self, changed: Subscription) -> Response:
        return Response(subscription_rows([changed])[0])


class StopSubscription(HandleSubscription):
    @extend_schema(request=None, responses=SubscriptionSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Send nothing more. Whoever reads its mails may have said so before: that stays."""
        return self._answer(stop(self.get_object(), at=timezone.now(), by=name_of(request)))


class StartSubscription(HandleSubscription):
    @extend_schema(request=None, responses=SubscriptionSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Send again what is new from now on. A mailbox whose reader stopped it is asked first."""
        found, at = self.get_object(), timezone.now()
        if found.is_stopped_by_its_reader or not found.confirmed_at:
            ask_to_confirm(found, policy(), at)
            return self._answer(found)
        return self._answer(start_again(found, at=at))


class TestSubscription(HandleSubscription):
    @extend_schema(request=None, responses={202: AcceptedSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Send a mail, or a call of the hook, that says it is a trial."""
        found = self.get_object()
        send_test(found, policy(), timezone.now())
        return Response({"detail": f"A trial is on its way to {shown(found.address)}."}, status=202)


def _wished(subscription: Subscription, facts: dict[str, Any]) -> Subscription:
    """The same with what was given, not stored yet."""
    for name, value in facts.items():
        setattr(subscription, name, value)
    try:
        whole_quiet(subscription.quiet_from, subscription.quiet_until)
    except ValueError as error:
        _refuse("quiet_until", error)
    return subscription


def _refuse(field: str, error: ValueError) -> NoReturn:
    raise ValidationError({field: [str(error)]}) from error
