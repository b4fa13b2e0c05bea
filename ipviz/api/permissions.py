"""Who may: whoever is known reads, operators also change things."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from ipviz.accounts.models import ApiToken
from ipviz.accounts.roles import may_operate

if TYPE_CHECKING:  # views themselves load the permissions that the settings name
    from rest_framework.views import APIView


class ReadOrOperate(BasePermission):
    message = "This needs the role operator."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        token = request.auth if isinstance(request.auth, ApiToken) else None
        if request.method in SAFE_METHODS:
            return token is not None or request.user.is_authenticated
        return token.may_operate if token else may_operate(request.user)
