"""What the pages of tokens and people show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models.functions import Lower

from ipviz.accounts.models import ApiToken, PersonLimits, Role
from ipviz.accounts.people import provider_of
from ipviz.accounts.roles import held_role
from ipviz.web.setup.forms import LimitsForm, PersonForm, RoleForm, TokenForm


@dataclass(frozen=True, slots=True)
class PersonLine:
    person: User
    role: Role
    sees: Sequence[str]
    """What they are limited to, in words."""
    provider: str


def tokens_page(at: datetime, form: TokenForm, secret: str) -> dict[str, Any]:
    return {"at": at, "tokens": ApiToken.objects.all(), "form": form, "secret": secret}


def people_page(at: datetime, form: PersonForm, made: User | None, link: str) -> dict[str, Any]:
    return {"at": at, "lines": people_lines(), "form": form, "made": made, "link": link}


def people_lines() -> Sequence[PersonLine]:
    """By name; two queries."""
    related = User.objects.select_related("limits", "identity").prefetch_related("groups")
    return [
        PersonLine(each, held_role(each), limits_in_words(each), provider_of(each))
        for each in related.order_by(Lower("username"))
    ]


def limits_in_words(person: User) -> Sequence[str]:
    """None of an admin, and of whoever is not limited."""
    limits: PersonLimits | None = getattr(person, "limits", None)
    return limits.scope_in_words if limits and held_role(person) is not Role.ADMIN else []


def person_page(
    at: datetime, person: User, by: User, form: RoleForm, limits: LimitsForm, *, link: str, refused: str
) -> dict[str, Any]:
    role = held_role(person)
    if not form.is_bound:
        form.initial = {"role": role.value}
    if not limits.is_bound and (stored := PersonLimits.objects.filter(person=person).first()):
        limits.initial = {"segments": stored.segments, "clusters": stored.clusters}
    return {
        "at": at,
        "person": person,
        "role": role,
        "provider": provider_of(person),
        "is_oneself": person == by,
        "form": form,
        "limits": limits,
        "sees": limits_in_words(person),
        "can_be_limited": role is not Role.ADMIN,
        "link": link,
        "refused": refused,
    }
