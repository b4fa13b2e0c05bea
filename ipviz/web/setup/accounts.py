"""What the pages of tokens and people show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models.functions import Lower

from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.people import provider_of
from ipviz.accounts.roles import held_role
from ipviz.web.setup.forms import PersonForm, RoleForm, TokenForm


@dataclass(frozen=True, slots=True)
class PersonLine:
    person: User
    role: Role
    provider: str


def tokens_page(at: datetime, form: TokenForm, secret: str) -> dict[str, Any]:
    return {"at": at, "tokens": ApiToken.objects.all(), "form": form, "secret": secret}


def people_page(at: datetime, form: PersonForm, made: User | None, link: str) -> dict[str, Any]:
    return {"at": at, "lines": people_lines(), "form": form, "made": made, "link": link}


def people_lines() -> Sequence[PersonLine]:
    """By name; two queries."""
    people = User.objects.select_related("identity").prefetch_related("groups").order_by(Lower("username"))
    return [PersonLine(each, held_role(each), provider_of(each)) for each in people]


def person_page(
    at: datetime, person: User, by: User, form: RoleForm, *, link: str, refused: str
) -> dict[str, Any]:
    role = held_role(person)
    if not form.is_bound:
        form.initial = {"role": role.value}
    return {
        "at": at,
        "person": person,
        "role": role,
        "provider": provider_of(person),
        "is_oneself": person == by,
        "form": form,
        "link": link,
        "refused": refused,
    }
