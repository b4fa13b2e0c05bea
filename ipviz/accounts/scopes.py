"""What whoever asks may see: the one place that says it, to pages, the API and whoever writes mails.

Admins see everything, whatever limits they had before: they change anybody's, so that a limit of theirs would
only hide from them what they decide about.
"""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from ipviz.accounts.models import ApiToken, PersonLimits, Role
from ipviz.accounts.roles import held_role
from ipviz.alerts.policy import Limit
from ipviz.domain.scope import EVERYTHING, Scope


def scope_of(request: HttpRequest) -> Scope:
    """Of the token that a request brings, else of the person who is signed in.

    Asked anew for each request, so that a change holds at once; one query, however often it is asked of one.

    Raises:
        PermissionDenied: nobody is known, who would see nothing.
    """
    token = getattr(request, "auth", None)
    if isinstance(token, ApiToken):
        return token.scope
    if not isinstance(request.user, User):
        raise PermissionDenied("This needs somebody who is known.")
    return scope_of_person(request.user)


def scope_of_person(person: User) -> Scope:
    """Django keeps with a person the row that is there, and that there is none."""
    limits: PersonLimits | None = getattr(person, "limits", None)
    return EVERYTHING if limits is None or held_role(person) is Role.ADMIN else limits.scope


def limits_of_people() -> dict[int, Limit]:
    """Of those who are limited, by their ids. Three queries, one where nobody is."""
    known = PersonLimits.objects.select_related("person").prefetch_related("person__groups")
    return {
        each.person_id: Limit(each.scope, each.changed_at)
        for each in known
        if held_role(each.person) is not Role.ADMIN
    }
