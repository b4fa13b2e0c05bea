"""Who may: a page, or what is posted to it, can need a role."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from ipviz.accounts.models import Role
from ipviz.accounts.roles import may_administer, may_operate
from ipviz.accounts.scopes import scope_of

View = Callable[..., HttpResponse]

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def must_operate(user: User | AnonymousUser) -> None:
    """Raises PermissionDenied for who is no operator."""
    if not may_operate(user):
        raise _denied(Role.OPERATOR)


def must_administer(user: User | AnonymousUser) -> None:
    """Raises PermissionDenied for who is no admin."""
    if not may_administer(user):
        raise _denied(Role.ADMIN)


def must_see_all(request: HttpRequest) -> None:
    """Raises PermissionDenied for who sees a part: for what goes for all that is known."""
    if not scope_of(request).is_everything:
        raise PermissionDenied("This goes for all that is known, and you see a part of it.")


def person_of(request: HttpRequest) -> User:
    """Who is signed in; the middleware lets nobody else as far as a page."""
    if not isinstance(request.user, User):
        raise PermissionDenied("This needs somebody who is signed in.")
    return request.user


def for_operators(view: View) -> View:
    return _checked(view, must_operate)


def for_admins(view: View) -> View:
    return _checked(view, must_administer)


def operators_change(view: View) -> View:
    """All may look; a POST is for operators."""
    return get_or_post(_checked(view, must_operate, when="POST"))


def admins_change(view: View) -> View:
    """All may look; a POST is for admins."""
    return get_or_post(_checked(view, must_administer, when="POST"))


def _checked(view: View, check: Callable[[User | AnonymousUser], None], when: str = "") -> View:
    @wraps(view)
    def checked(request: HttpRequest, **which: Any) -> HttpResponse:
        if not when or request.method == when:
            check(request.user)
        return view(request, **which)

    return checked


def _denied(role: Role) -> PermissionDenied:
    return PermissionDenied(f"This needs the role {role.value}.")
