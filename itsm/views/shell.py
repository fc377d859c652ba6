"""The frame around every page: navigation from the declarations, theme, customer's look."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from itsm.permissions import allowed
from itsm.registry import NavigationItem, PortalPage, processes
from itsm.tenancy import actor_for, current_actor
from itsm.views.focus import focus_of

THEME_COOKIE = "plimsoll_theme"
RAIL_COOKIE = "plimsoll_rail"
THEMES = ("system", "light", "dark")
YEAR = 365 * 24 * 3600
PHONE_DOORS = 4


@dataclass(frozen=True, slots=True)
class Door:
    """A link of the rail: ``is_here`` marks the page or one below it."""

    title: Any
    url: str
    icon: str
    is_here: bool
    children: tuple["Door", ...] = ()
    apart: bool = False


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what base.html needs; navigation is built only when a page prints it."""
    user = getattr(request, "user", None)
    return {
        "frame": frame_of(user),
        "navigation": SimpleLazyObject(lambda: doors(request)),
        "phone_doors": SimpleLazyObject(lambda: doors(request)[:PHONE_DOORS]),
        "portal_doors": SimpleLazyObject(lambda: portal_doors(request)),
        "theme": theme_of(request, getattr(user, "theme", "system")),
        "rail_is_slim": request.COOKIES.get(RAIL_COOKIE) == "slim",
        "focus": SimpleLazyObject(lambda: focus_of(request)),
        "shell": SimpleLazyObject(lambda: _routes()),
        "provider": SimpleLazyObject(lambda: provider_of(request)),
    }


def theme_of(request: HttpRequest, preferred: str = "system") -> str:
    """Return the theme of the browser's cookie, else the preferred one."""
    theme = request.COOKIES.get(THEME_COOKIE) or preferred
    return theme if theme in THEMES else "system"


def frame_of(user: Any) -> str:
    """Return which frame a page wears that both sides may open: the staff's or the portal's."""
    if getattr(user, "is_authenticated", False) and not actor_for(user).is_staff:
        return "portal/base.html"
    return "base.html"


def _routes() -> dict[str, str]:
    names = {
        "home": "itsm:home",
        "search": "itsm:search",
        "focus": "itsm:focus",
        "found": "itsm:search_json",
        "theme": "itsm:theme",
        "account": "itsm:account",
        "tokens": "itsm:tokens",
        "sessions": "itsm:sessions",
        "help": "itsm:help",
        "portal": "itsm:portal",
        "portal_now": "itsm:portal_now",
        "accent": "itsm:portal_accent",
        "login": "account_login",
        "logout": "account_logout",
        "password": "account_change_password",
        "reset": "account_reset_password",
        "mfa": "mfa_index",
    }
    return {key: _address(name) for key, name in names.items()}


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def provider_of(request: HttpRequest, **told: Any) -> Any:
    """Return the provider with what is ``told`` of it besides (annotations); one query for each request."""
    if current_actor() is None:
        return None
    if not hasattr(request, "_provider"):
        rows = apps.get_model("itsm", "Party").objects.visible_to(request.user).providers()
        found = rows.annotate(**told).order_by("created_at").first()
        request._provider = found  # type: ignore[attr-defined]
    return request._provider  # type: ignore[attr-defined]


def doors(request: HttpRequest) -> tuple[Door, ...]:
    """Return the doors of the rail that this reader may open, in their order."""
    if not hasattr(request, "_doors"):
        found = (
            tuple(_doors_of(request))
            if getattr(request, "user", None) and request.user.is_authenticated
            else ()
        )
        request._doors = _only_nearest(found, request.path)  # type: ignore[attr-defined]
    kept: tuple[Door, ...] = request._doors  # type: ignore[attr-defined]
    return kept


def _doors_of(request: HttpRequest) -> Iterator[Door]:
    items = [
        (item.position, number, process.key, item)
        for number, process in enumerate(processes())
        for item in process.navigation
    ]
    for position, _number, key, item in sorted(items, key=lambda entry: entry[:2]):
        door = _door(request, item, key, apart=position >= 900)
        if door is not None:
            yield door


def _door(
    request: HttpRequest, item: NavigationItem, key: str, *, apart: bool = False
) -> Door | None:
    if not _may(request.user, item.action, key):
        return None
    address = _address(item.url_name)
    inner = [_door(request, child, key) for child in item.children]
    children = tuple(child for child in inner if child is not None)
    if not address and not children:
        return None
    address = address or children[0].url
    is_here = _leads_to(request.path, address) or any(child.is_here for child in children)
    return Door(item.title, address, item.icon or key, is_here, children, apart)


def _leads_to(path: str, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(address))


def _may(user: Any, action: str, key: str) -> bool:
    if not action:
        return True
    models = list(apps.get_app_config(key).get_models()) if apps.is_installed(key) else []
    return not models or any(allowed(user, action, model) for model in models)


def _only_nearest(found: tuple[Door, ...], path: str) -> tuple[Door, ...]:
    """Of several doors that lead here, keep the mark on the one with the longest address."""
    places = [door for top in found for door in (top, *top.children)]
    links = [door for door in places if _leads_to(path, door.url)]
    if not links:
        return found
    nearest = max((door.url for door in links), key=len)

    def marked(door: Door) -> Door:
        children = tuple(marked(child) for child in door.children)
        here = door.url == nearest or any(child.is_here for child in children)
        return Door(door.title, door.url, door.icon, here, children, door.apart)

    return tuple(marked(door) for door in found)


PORTAL_FIRST = (
    PortalPage(_("Now"), "itsm:portal_now", "levels", 10),
    PortalPage(_("Reports"), "reporting:portal_reports", "reports", 20),
    PortalPage(_("Decide"), "itsm:portal_decide", "check", 30),
    PortalPage(_("Plan"), "itsm:portal_plan", "calendar", 40),
    PortalPage(_("Agreements"), "slas:portal_agreements", "document", 50),
)


def portal_doors(request: HttpRequest) -> tuple[Door, ...]:
    """Return the doors of the customer portal: those declared, or the five usual ones."""
    declared = [page for process in processes() for page in process.portal_pages]
    pages = sorted(declared or PORTAL_FIRST, key=lambda page: page.position)
    found = []
    for page in pages:
        address = _address(page.url_name)
        if address:
            here = _leads_to(request.path, address)
            found.append(Door(page.title, address, page.icon, here))
    return _only_nearest(tuple(found), request.path)


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and go back: works without scripts."""
    theme = request.POST.get("theme", "system")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    answer = HttpResponseRedirect(target)
    answer.set_cookie(
        THEME_COOKIE,
        theme if theme in THEMES else "system",
        max_age=YEAR,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return answer
