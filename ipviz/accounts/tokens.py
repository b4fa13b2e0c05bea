"""API tokens: made by name and shown once."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from ipviz.accounts.models import ApiToken, Role
from ipviz.accounts.secrets import digest_of, new_secret

PREFIX = "ipviz_"
"""Scanners that look for secrets in repositories, and people who find one, can tell what it is."""
USE_IS_NOTED_EVERY = timedelta(minutes=1)
NAME_LENGTH = ApiToken._meta.get_field("name").max_length or 0


class NameRefused(ValueError):
    """The name cannot be a token's; the message says why, in one line."""


def create_token(name: str, role: Role, at: datetime) -> str:
    """Give back the secret, which is stored nowhere."""
    if not (name and name.isprintable() and len(name) <= NAME_LENGTH):
        raise NameRefused(f"A token's name has 1 to {NAME_LENGTH} printable characters.")
    secret = PREFIX + new_secret()
    try:
        with transaction.atomic():
            ApiToken.objects.create(name=name, digest=digest_of(secret), role=role, created_at=at)
    except IntegrityError as error:
        raise NameRefused(f"A token named {name!r} exists; choose another name.") from error
    return secret


def authenticate(secret: str, at: datetime) -> ApiToken | None:
    """Find the token of this secret, and note that it was used."""
    token = ApiToken.objects.filter(digest=digest_of(secret)).first()
    if token and (token.last_used_at is None or at - token.last_used_at >= USE_IS_NOTED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        token.last_used_at = at
    return token
