"""Who may do what: one table, read by pages, API and tests.

Rights: view, add, change, archive, approve, delete. Staff may view everything; an auditor only views.
A role's rights on the models of an app come from the app's ``Process.roles``.
"""

from typing import Any

from itsm.registry import processes
from itsm.tenancy import Actor, actor_for

RIGHTS = frozenset({"view", "add", "change", "archive", "approve", "delete"})
SETTINGS_MODELS = frozenset(
    {"User", "Membership", "ApiToken", "Currency", "WebhookEndpoint", "WebhookDelivery"}
)
PERSONAL_MODELS = frozenset({"SavedView"})  # everybody of the provider has their own
READERS = frozenset({"AUDITOR"})  # may look at everything and change nothing
CUSTOMER_ACTS = {
    "CUSTOMER_VIEWER": frozenset({"acknowledge", "comment"}),
    "CUSTOMER_APPROVER": frozenset({"acknowledge", "comment", "decide"}),
    "CUSTOMER_FINANCIAL_VIEWER": frozenset({"acknowledge", "comment", "finance"}),
}


def allowed(who: Any, right: str, model: type | None = None) -> bool:
    """Return whether ``who`` may do ``right`` on rows of ``model``; which rows is ``visible_to``'s answer."""
    actor = actor_for(who)
    if not actor.is_staff:
        return _customer_may(actor, right, model)
    if not actor.user_id or "ADMINISTRATOR" in actor.rights:
        return True
    if model is not None and model.__name__ in SETTINGS_MODELS:
        return right == "view" and model.__name__ == "Currency"
    if right == "view":
        return True
    if model is None:
        return False
    if model.__name__ in PERSONAL_MODELS:
        return right in {"add", "change", "archive"}
    declared = _declared_roles(model._meta.app_label)  # type: ignore[attr-defined]
    return any(right in declared.get(role, frozenset()) for role in actor.rights)


def may_share(who: Any) -> bool:
    """Return whether ``who`` may put a saved view before others: staff with a role that does more than read."""
    actor = actor_for(who)
    return actor.is_staff and (not actor.user_id or bool(actor.rights - READERS))


def _declared_roles(app_label: str) -> dict[str, frozenset[str]]:
    for process in processes():
        if process.key == app_label:
            return dict(process.roles)
    return {}


def _customer_may(actor: Actor, right: str, model: type | None) -> bool:
    if not actor.customer_ids:
        return False
    if right == "view":
        return model is None or getattr(model, "wall", "") in {"customer", "shared"}
    return any(right in CUSTOMER_ACTS.get(role, frozenset()) for role in actor.rights)
