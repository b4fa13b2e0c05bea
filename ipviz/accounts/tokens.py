"""API tokens: made by name, shown once, and revoked."""

from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, OperationalError, transaction

from ipviz.accounts.limits import Limits
from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.secrets import digest_of, new_secret
from ipviz.audit.actor import acts
from ipviz.audit.record import Kind, made, named, removed
from ipviz.domain.spans import Span

TOKEN = Kind(
    "token", str, named("name", "role", "expires_at", "networks", "segments", "clusters", "per_minute")
)
log = structlog.stdlib.get_logger(__name__)

PREFIX = "ipviz_"
"""Scanners that look for secrets in repositories, and people who find one, can tell what it is."""
USE_IS_NOTED_EVERY = timedelta(minutes=1)
MOST_DAYS = 3650
UNLIMITED = Limits()
NAME_LENGTH = ApiToken._meta.get_field("name").max_length or 0


class NameRefused(ValueError):
    """The name cannot be a token's; the message says why, in one line."""


class TokenRefused(ValueError):
    """It is none, or was one once; the message says so, and what to do."""


def create_token(
    name: str, role: Role, at: datetime, *, days: int | None = None, limits: Limits = UNLIMITED
) -> str:
    """Give back the secret, which is stored nowhere.

    Args:
        days: how long it is good; until it is revoked where there is none.

    Raises:
        NameRefused, LimitRefused: it can't be so.
    """
    limits.check()
    if not (name and name.isprintable() and len(name) <= NAME_LENGTH):
        raise NameRefused(f"A token's name has 1 to {NAME_LENGTH} printable characters.")
    secret = PREFIX + new_secret()
    try:
        with transaction.atomic():
            token = ApiToken.objects.create(
                name=name,
                digest=digest_of(secret),
                role=role,
                created_at=at,
                expires_at=at + timedelta(days=days) if days else None,
                networks=list(limits.networks),
                segments=list(limits.segments),
                clusters=list(limits.clusters),
                per_minute=limits.per_minute,
            )
            made(TOKEN, token)
    except IntegrityError as error:
        raise NameRefused(f"A token named {name!r} exists; choose another name.") from error
    return secret


@transaction.atomic
def revoke(token: ApiToken) -> None:
    """Whoever uses it is refused from now on."""
    removed(TOKEN, token)
    token.delete()


def authenticate(secret: str, at: datetime, origin: Span | None = None) -> ApiToken:
    """Find the token of this secret, and note that it was used.

    Args:
        origin: the address that it comes from, where that can be told.

    Raises:
        TokenRefused: there is none, it has expired, or it may not come from there.
    """
    token = ApiToken.objects.filter(digest=digest_of(secret)).first()
    if token is None:
        raise TokenRefused("This token is not known. `manage.py token NAME` makes one.")
    if token.is_over(at):
        until = f"{token.expires_at:%Y-%m-%d %H:%M} UTC"
        raise TokenRefused(f"This token was good until {until}. `manage.py token NAME` makes another.")
    if not token.may_come_from(origin):
        raise TokenRefused("This token may not be used from where the request comes from.")
    if token.last_used_at is None or at - token.last_used_at >= USE_IS_NOTED_EVERY:
        _note_use(token, at)
    acts(f"token {token.name}")
    return token


def _note_use(token: ApiToken, at: datetime) -> None:
    """Whoever only reads is let in where nothing can be written, as on a full disk."""
    try:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        token.last_used_at = at
    except OperationalError as error:
        log.warning("token.use_not_noted", token=token.name, error=" ".join(str(error).split()))
