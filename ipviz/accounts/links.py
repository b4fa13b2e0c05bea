"""Sign-in links: how a person gets in before there is any password.

The secret is random and known to the database by its digest alone, so that a link dies by its first use
wherever that happens, and no key has to be kept for it.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils.http import urlencode

from ipviz.accounts.models import Role, SignInLink
from ipviz.accounts.people import PERSON, let_in, must_be_local
from ipviz.accounts.roles import give_role
from ipviz.accounts.secrets import digest_of, new_secret
from ipviz.audit.actor import acts
from ipviz.audit.record import changing, happened, made

GOOD_FOR = timedelta(hours=24)
OPERATOR = "operator"


def sign_in_link(*, at: datetime) -> str:
    """A URL that signs the local operator in, once, as an admin: who can print it runs the machine."""
    return link_for(_local_operator(), at=at, makes_admin=True)


@transaction.atomic
def link_for(person: User, *, at: datetime, makes_admin: bool = False) -> str:
    """A URL that signs a person in, once.

    Args:
        makes_admin: whoever follows it is an admin from then on.

    Raises:
        PersonRefused: who comes from a provider comes in there alone, or who left it would still get in.
    """
    must_be_local(person, "no link leads in.")
    secret = new_secret()
    SignInLink.objects.filter(expires_at__lte=at).delete()
    SignInLink.objects.create(
        person=person, digest=digest_of(secret), expires_at=at + GOOD_FOR, makes_admin=makes_admin
    )
    happened(PERSON, person, "sign-in link made", makes_admin=makes_admin)
    return f"{settings.IPVIZ_BASE_URL}{reverse('accounts:sign-in-link')}?{urlencode({'token': secret})}"


@transaction.atomic
def redeem(secret: str, at: datetime) -> User | None:
    """The person, where the link is good; it is not any more. Two who come at once are told apart here."""
    good = SignInLink.objects.filter(digest=digest_of(secret), used_at=None, expires_at__gt=at)
    if good.update(used_at=at) != 1:
        return None
    link = SignInLink.objects.select_related("person").get(digest=digest_of(secret))
    if not link.person.is_active:
        return None
    acts(link.person.get_username())
    happened(PERSON, link.person, "sign-in link followed", who=link.person.get_username())
    if link.makes_admin:
        with changing(PERSON, link.person):
            give_role(link.person, Role.ADMIN)
    return link.person


@transaction.atomic
def _local_operator() -> User:
    unusable = {"password": make_password(None)}
    operator, is_new = User.objects.get_or_create(username=OPERATOR, defaults=unusable)
    if is_new:
        give_role(operator, Role.ADMIN)
        made(PERSON, operator)
    elif not operator.is_active:
        let_in(operator)  # who can print a link runs the machine, and may have no other way in
    return operator
