"""The index of the settings: one line for each kind, with how many there are."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.roles import role_of
from ipviz.alerts.models import Silence, Subscription
from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.web.access import person_of


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    url: str
    count: str
    words: str


@require_safe
def settings_index(request: HttpRequest) -> HttpResponse:
    entries = [*_of_the_network(), *_of_alerts()]
    role = role_of(request.user)
    if role in (Role.OPERATOR, Role.ADMIN):
        entries.append(_of_the_program())
    if role is Role.ADMIN:
        entries += _of_access()
    entries.append(_of_oneself(person_of(request)))
    return render(request, "web/settings/index.html", {"entries": entries})


def _of_the_network() -> list[Entry]:
    clusters, subnets = Cluster.objects.live(), Subnet.objects
    management = clusters.management().count()
    workload = clusters.workload().first_roads().count()
    declared = subnets.declared().count()
    return [
        Entry(
            "Clusters",
            reverse("web:settings-clusters"),
            f"{management}, and {workload} workload clusters",
            "The management clusters that are read, and with what.",
        ),
        Entry(
            "Segments",
            reverse("web:settings-segments"),
            f"{Segment.objects.count()}",
            "Layer-2 networks: inside one, an address means one thing.",
        ),
        Entry(
            "Subnets",
            reverse("web:settings-subnets"),
            f"{declared} declared, {subnets.inferred().count()} inferred",
            "Their gateways and DHCP ranges, which no API of Kubernetes knows.",
        ),
    ]


def _of_alerts() -> list[Entry]:
    silences = Silence.objects.active(timezone.now()).count()
    return [
        Entry(
            "Subscriptions",
            reverse("web:subscriptions"),
            f"{Subscription.objects.count()}",
            "Who is told of what, and when.",
        ),
        Entry(
            "Silences",
            reverse("web:silences"),
            f"{silences} now",
            "What nobody is told of for a while, and why.",
        ),
    ]


def _of_access() -> list[Entry]:
    shut_out = User.objects.filter(is_active=False).count()
    people = f"{User.objects.count() - shut_out}" + (f", and {shut_out} shut out" if shut_out else "")
    return [
        Entry(
            "Tokens",
            reverse("web:settings-tokens"),
            f"{ApiToken.objects.count()}",
            "For programs that ask the API.",
        ),
        Entry("People", reverse("web:settings-people"), people, "Who may sign in, and what each may do."),
    ]


def _of_the_program() -> Entry:
    words = "What of ipviz is alive, since when, and what to do about what is not."
    return Entry("Running", reverse("web:settings-running"), settings.VERSION, words)


def _of_oneself(person: User) -> Entry:
    count = "set" if person.has_usable_password() else "none yet"
    return Entry("Your password", reverse("web:settings-password"), count, "To sign in without a link.")
