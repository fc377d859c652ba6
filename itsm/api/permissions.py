"""Who may call what: the scope of the token, then ``itsm.permissions.allowed``."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from itsm.api.errors import ReadOnlyToken
from itsm.permissions import allowed

RIGHTS = {
    "list": "view",
    "retrieve": "view",
    "history": "view",
    "create": "add",
    "update": "change",
    "partial_update": "change",
    "upsert": "change",
    "archive": "archive",
    "restore": "archive",
    "destroy": "delete",
}


class RolePermission(BasePermission):
    """Asks for the right of the action: ``view.rights[action]``, the table above, else view or change."""

    @property
    def message(self) -> str:
        """What a refused caller reads."""
        return _("Your roles do not allow this. Ask an administrator.")

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the caller may; somebody unknown is refused with 401."""
        user: Any = request.user
        if not user or not user.is_authenticated:
            return False
        token = request.auth
        if token is not None and request.method not in SAFE_METHODS and "write" not in token.scopes:
            raise ReadOnlyToken(_("This token may only read. Use one with the scope “write”."))
        return allowed(user, self._right(request, view), getattr(view, "model", None))

    def _right(self, request: Request, view: Any) -> str:
        action = getattr(view, "action", None) or ""
        usual = "view" if request.method in SAFE_METHODS or not action else "change"
        right: str = {**RIGHTS, **getattr(view, "rights", {})}.get(action, usual)
        return right
