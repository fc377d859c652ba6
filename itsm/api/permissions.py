"""Who may call what: the scope of the token, then ``itsm.permissions.allowed``."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from itsm.api.errors import ReadOnlyToken
from itsm.permissions import allowed
from itsm.tenancy import actor_for

RIGHTS = {
    "list": "view",
    "retrieve": "view",
    "history": "view",
    "create": "add",
    "update": "change",
    "partial_update": "change",
    "upsert": "change",
    "upsert_by_slug": "change",
    "batch": "add",
    "archive": "archive",
    "restore": "archive",
    "destroy": "delete",
}


class RolePermission(BasePermission):
    """Asks for the right of the action: ``view.rights[action]``, the table above, else view or change.

    A tuple of rights means any of them; ``view.provider_only`` keeps customers out.
    """

    @property
    def message(self) -> str:
        """What a refused caller reads."""
        return _("Your roles do not allow this. Ask an administrator.")

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the caller may; somebody unknown is refused with 401."""
        user: Any = request.user
        if not user or not user.is_authenticated:
            return False
        token: Any = request.auth
        if token is not None and request.method not in SAFE_METHODS and "write" not in token.scopes:
            raise ReadOnlyToken(_("This token may only read. Use one with the scope “write”."))
        if getattr(view, "provider_only", False) and not actor_for(user).is_staff:
            return False
        model = getattr(view, "model", None)
        return any(allowed(user, right, model) for right in self._rights(request, view))

    def _rights(self, request: Request, view: Any) -> tuple[str, ...]:
        """Return the rights of which one is enough."""
        action = getattr(view, "action", None) or ""
        usual = "view" if request.method in SAFE_METHODS or not action else "change"
        right = {**RIGHTS, **getattr(view, "rights", {})}.get(action, usual)
        return (right,) if isinstance(right, str) else tuple(right)
