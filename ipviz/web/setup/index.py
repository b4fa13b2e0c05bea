"""The index of the settings: one line for each kind, with how many there are."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ipviz.accounts.identities import may_have_password
from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.roles import role_of
from ipviz.accounts.scopes import scope_of_person
from ipviz.alerts.models import Silence, Subscription
from ipviz.clusters.models import Cluster, Segment, Subnet
from ipviz.domain.scope import Scope
from ipviz.version import VERSION
from ipviz.web.access import person_of


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    url: str
    count: str
    words: str


@require_safe
def settings_index(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    scope = scope_of_person(person)
    entries = [*_of_the_network(scope), *_of_alerts(person, scope)]
    role = role_of(person)
    if role in (Role.OPERATOR, Role.ADMIN) and scope.is_everything:
        entries.append(_of_the_program())
    if role is Role.ADMIN:
        entries += _of_access()
    if may_have_password(request):
        entries.append(_of_oneself(person))
    return render(request, "web/settings/index.html", {"entries": entries})


def _of_the_network(scope: Scope) -> list[Entry]:
    clusters, subnets = Cluster.objects.in_scope(scope).live(), Subnet.objects.in_scope(scope)
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
            f"{Segment.objects.in_scope(scope).count()}",
            "Layer-2 networks: inside one, an address means one thing.",
        ),
        Entry(
            "Subnets",
            reverse("web:settings-subnets"),
            f"{declared} declared, {subnets.inferred().count()} inferred",
            "Their gateways and DHCP ranges, which no API of Kubernetes knows.",
        ),
    ]


def _of_alerts(person: User, scope: Scope) -> list[Entry]:
    silences = Silence.objects.in_scope(scope).active(timezone.now()).count()
    return [
        Entry(
            "Subscriptions",
            reverse("web:subscriptions"),
            f"{Subscription.objects.seen_by(person, scope).count()}",
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
        Entry("Audit", reverse("web:settings-audit"), "", "Who changed what, and when."),
        Entry("People", reverse("web:settings-people"), people, "Who may sign in, and what each may do."),
    ]


def _of_the_program() -> Entry:
    words = "What of ipviz is alive, since when, and what to do about what is not."
    return Entry("Running", reverse("web:settings-running"), VERSION, words)


def _of_oneself(person: User) -> Entry:
    count = "set" if person.has_usable_password() else "none yet"
    return Entry("Your password", reverse("web:settings-password"), count, "To sign in without a link.")
