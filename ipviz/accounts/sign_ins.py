"""Who signed in and out, for the audit; and who tried and failed, for the log.

Strangers may fail as often as they like: a table that is kept for good is nothing for them to write to.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest

from ipviz.accounts.people import PERSON
from ipviz.audit.actor import acts
from ipviz.audit.record import happened

log = structlog.get_logger(__name__)
UNKNOWN = "nobody of that name"


@transaction.atomic
def noted_in(sender: object, user: User, **_: Any) -> None:
    acts(user.get_username())
    happened(PERSON, user, "signed in", who=user.get_username())


@transaction.atomic
def noted_out(sender: object, user: User | None, **_: Any) -> None:
    """Who comes with a session that has ended is nobody."""
    if user:
        happened(PERSON, user, "signed out", who=user.get_username())


def noted_failed(
    sender: object, credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """A name that nobody has is not told: people type their password there by mistake."""
    name = str(credentials.get("username", ""))
    is_known = User.objects.filter(username=name).exists() if name.isprintable() else False
    log.warning("sign_in.failed", name=name if is_known else UNKNOWN)
