"""Who may: whoever is known reads, operators also change things, admins also add and remove clusters."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from ipviz.accounts.models import ApiToken
from ipviz.accounts.roles import may_administer, may_operate
from ipviz.accounts.scopes import scope_of

if TYPE_CHECKING:  # views themselves load the permissions that the settings name
    from rest_framework.views import APIView


class Read(BasePermission):
    """Whoever is known: for what only answers, whatever its method."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return isinstance(request.auth, ApiToken) or request.user.is_authenticated


class ReadOrOperate(Read):
    message = "This needs the role operator."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if request.method in SAFE_METHODS:
            return super().has_permission(request, view)
        token = request.auth if isinstance(request.auth, ApiToken) else None
        return token.may_operate if token else may_operate(request.user)


class ReadOrOperateAll(ReadOrOperate):
    """What goes for everything is nothing for who sees a part of it."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        if request.method in SAFE_METHODS or scope_of(request).is_everything:
            return True
        self.message = "This goes for all that is known, and who asks sees a part of it."
        return False


class Administer(Read):
    """What not even everybody who is known may read; what it takes is told to them all the same."""

    message = "This needs the role admin, which people have and no token has."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if request.method == "OPTIONS":
            return super().has_permission(request, view)
        return may_administer(request.user)


class ReadOrAdminister(Read):
    """No token administers (`TOKEN_ROLES`): this takes a person who is signed in."""

    message = "This needs the role admin, which people have and no token has."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if request.method in SAFE_METHODS:
            return super().has_permission(request, view)
        return may_administer(request.user)
