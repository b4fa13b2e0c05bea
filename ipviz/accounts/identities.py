"""People from an identity provider: known by its word for them, and with the role that their groups give.

A person is the provider and its `sub`, which never changes hands; names and mail addresses do. So a name that
somebody has here already is nobody else's: who comes from the provider with it gets another (ADR 27).
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from ipviz.accounts.links import OPERATOR
from ipviz.accounts.models import ProviderIdentity, Role
from ipviz.accounts.people import PERSON, end_mails, end_sessions
from ipviz.accounts.roles import give_role, held_role
from ipviz.audit.actor import PROGRAM, acts
from ipviz.audit.record import changing, made
from ipviz.domain.providers import NAME_LENGTH, groups_of, name_of, role_of_groups

log = structlog.get_logger(__name__)

RESERVED = (OPERATOR, PROGRAM)
"""Whoever runs the machine, and the program itself in the audit."""
BACKEND = "ipviz.accounts.oidc.ProviderBackend"


class NotAdmitted(ValueError):
    """The provider knows the person, and ipviz does not let them in; the text says why."""


def admit(issuer: str, claims: Mapping[str, Any], roles: Mapping[str, str]) -> User:
    """The person of these claims, which are proved to be the provider's, with the role of the groups now.

    Raises:
        NotAdmitted
    """
    subject = claims.get("sub")
    if not (isinstance(subject, str) and 0 < len(subject) <= ProviderIdentity.LENGTH):
        raise NotAdmitted("The provider does not say who you are: its claim sub is missing.")
    groups = groups_of(claims)
    role = role_of_groups(groups, roles)
    known = ProviderIdentity.objects.select_related("person").filter(issuer=issuer, subject=subject).first()
    if known and not known.person.is_active:
        raise NotAdmitted("You are shut out of this ipviz; an admin of it can let you in.")
    if role is None:
        if known:
            end_sessions(known.person)
            end_mails(known.person, at=timezone.now())
        log.warning("accounts.in_no_group", name=name_of(claims), groups=sorted(groups)[:20])
        raise NotAdmitted(
            "You are signed in at the provider, but in none of the groups that may use this ipviz."
            " Who runs it can tell you which they are."
        )
    person = known.person if known else _new_person(issuer, subject, name_of(claims))
    _give(person, Role(role), is_new=not known)
    return person


def may_have_password(request: HttpRequest) -> bool:
    """Say whether one is of use to who is signed in. No query: the session knows who came by a provider."""
    return bool(settings.LOCAL_SIGN_IN) and request.session.get(BACKEND_SESSION_KEY) != BACKEND


@transaction.atomic
def _give(person: User, role: Role, *, is_new: bool) -> None:
    """By the groups elsewhere, so it is the person's own coming in that does it."""
    acts(person.get_username())
    if is_new:
        give_role(person, role)
        made(PERSON, person)
    elif role is not held_role(person):
        with changing(PERSON, person, "role by groups"):
            give_role(person, role)


def _new_person(issuer: str, subject: str, name: str) -> User:
    try:
        with transaction.atomic():
            person = User.objects.create_user(_free_name(name))
            ProviderIdentity.objects.create(person=person, issuer=issuer, subject=subject)
            return person
    except IntegrityError:
        # Two came at once, as one person or with one name: the first of them is there now.
        known = ProviderIdentity.objects.filter(issuer=issuer, subject=subject).first()
        return known.person if known else _new_person(issuer, subject, name)


def _free_name(name: str) -> str:
    """The name, or `name-2` and so on where somebody has it, or where whoever runs the machine will."""
    wanted, number = name, 1
    while wanted.casefold() in RESERVED or User.objects.filter(username__iexact=wanted).exists():
        number += 1
        ending = f"-{number}"
        wanted = name[: NAME_LENGTH - len(ending)] + ending
    return wanted
