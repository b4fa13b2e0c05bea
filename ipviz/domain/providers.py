"""What an identity provider says of a person: which role the groups give, and which name."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

ROLES = ("viewer", "operator", "admin")
"""Each may what the one before it may, and more."""
EVERYBODY = "*"
"""In place of a group: whoever the provider lets in."""
NAME_LENGTH = 150
_UNSEEN = dict.fromkeys((0x115F, 0x1160, 0x3164, 0xFFA0))
"""Letters that nobody sees: with one of them a name looks like another."""
_HERE = ("localhost", "127.0.0.1", "::1")


def parse_group_roles(text: str) -> dict[str, str]:
    """Read `platform-admins=admin,platform=operator,*=viewer`; a group may have a `=` in its name.

    Raises:
        ValueError: it can't be read; the message says why, in one line.
    """
    roles: dict[str, str] = {}
    for entry in filter(None, (each.strip() for each in text.split(","))):
        group, separator, role = (part.strip() for part in entry.rpartition("="))
        if not (group and separator):
            raise ValueError(f"{entry} is no group and its role, like platform-admins=admin")
        if role not in ROLES:
            raise ValueError(f"{role} of {entry} is none of the roles {', '.join(ROLES)}")
        if group in roles:
            raise ValueError(f"the group {group} stands there twice")
        roles[group] = role
    return roles


def role_of_groups(groups: Collection[str], roles: Mapping[str, str]) -> str | None:
    """The highest that one of the groups gives; None if none gives any."""
    given = {role for group, role in roles.items() if group in groups or group == EVERYBODY}
    return next((role for role in reversed(ROLES) if role in given), None)


def groups_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """The claim `groups`; some providers send a single one as text."""
    told = claims.get("groups")
    groups = [told] if isinstance(told, str) else told if isinstance(told, list) else []
    return frozenset(group for group in groups if isinstance(group, str) and group != EVERYBODY)


def name_of(claims: Mapping[str, Any]) -> str:
    """What to call a person, in letters that a name here may have; it identifies nobody."""
    told = (claims.get(claim) for claim in ("preferred_username", "email", "name", "sub"))
    names = (unicodedata.normalize("NFKC", each).translate(_UNSEEN) for each in told if isinstance(each, str))
    fitting = (re.sub(r"[^\w.@+-]+", "-", each).strip("-")[:NAME_LENGTH] for each in names)
    return next(filter(None, fitting), "somebody")


def may_be_asked(url: str) -> bool:
    """Say whether a URL can be a provider's: nobody listens in on https, or on what stays on this machine."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    return bool(is_private and parts.hostname and not (parts.username or parts.fragment))
