"""The pages on which people say who is told of what, and what is to be silent. Operators change, all look."""

from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipviz.accounts.roles import may_operate
from ipviz.accounts.scopes import scope_of
from ipviz.alerts.models import Silence, Subscription
from ipviz.alerts.notices import ask_to_confirm, send_test, welcome
from ipviz.alerts.silencing import end
from ipviz.alerts.subscriptions import StillListed, change, remove, start_again, stop
from ipviz.alerts.wishing import AddressTaken
from ipviz.domain.lifecycle import CannotHandle
from ipviz.polling.policy import policy
from ipviz.web.access import for_operators, must_see_all, operators_change, person_of
from ipviz.web.forms import SilenceForm, SubscriptionForm
from ipviz.web.pages.alerts import mail_settings
from ipviz.web.pages.silences import silence_as_asked, silences_page
from ipviz.web.pages.subscriptions import subscription_or_404, subscription_page, subscriptions_page


@operators_change
def subscriptions(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    person = person_of(request)
    form = SubscriptionForm(
        request.POST or None,
        instance=Subscription(person=person),
        scope=scope_of(request),
        allow_loopback=settings.ALLOW_LOOPBACK,
    )
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(welcome(form.save(commit=False), policy(), at))
        except AddressTaken as error:
            form.add_error("address", str(error))
    context = subscriptions_page(form, at, person, mail_settings()) | {
        "may_operate": may_operate(request.user)
    }
    return render(request, "web/subscriptions.html", context, status=400 if form.errors else 200)


@operators_change
def subscription(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = subscription_or_404(pk, person)
    form = SubscriptionForm(
        request.POST or None, instance=subscription_or_404(pk, person), scope=scope_of(request)
    )
    if request.method == "POST" and form.is_valid():
        return redirect(change(form.save(commit=False), at=timezone.now()))
    context = subscription_page(found, form, timezone.now(), person, mail_settings())
    context["may_operate"] = may_operate(request.user)
    return render(request, "web/subscription.html", context, status=400 if form.errors else 200)


@require_POST
@for_operators
def handle_subscription(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test or the link again, stop or start it, or remove it."""
    found, at = subscription_or_404(pk, person_of(request)), timezone.now()
    match request.POST.get("do"):
        case "test":
            return redirect(send_test(found, policy(), at))
        case "confirm" if not found.confirmed_at:
            return redirect(ask_to_confirm(found, policy(), at))
        case "stop":
            stop(found, at=at, by=request.user.get_username())
        case "start" if found.is_stopped_by_its_reader:
            return redirect(ask_to_confirm(found, policy(), at))
        case "start":
            start_again(found, at=at)
        case "remove":
            with suppress(StillListed):  # the page offers no such button then
                remove(found)
                return redirect("web:subscriptions")
    return redirect(found)


@operators_change
def silences(request: HttpRequest) -> HttpResponse:
    at, refused = timezone.now(), ""
    form = SilenceForm(request.POST or None)
    if request.method == "POST":
        must_see_all(request)
    if request.method == "POST" and form.is_valid():
        refused = silence_as_asked(form, by=request.user.get_username(), at=at)
        if not refused:
            return redirect("web:silences")
    context = silences_page(form, at, person_of(request), refused=refused)
    return render(request, "web/silences.html", context, status=400 if form.errors or refused else 200)


@require_POST
@for_operators
def end_silence(request: HttpRequest, pk: int) -> HttpResponse:
    made, at = get_object_or_404(Silence.objects.in_scope(scope_of(request)), pk=pk), timezone.now()
    try:
        end(made, by=request.user.get_username(), at=at)
    except CannotHandle as error:
        context = silences_page(SilenceForm(), at, person_of(request), refused=str(error))
        return render(request, "web/silences.html", context, status=400)
    return redirect("web:silences")
