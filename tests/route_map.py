"""The URL map as the standing checks see it: every route with its model and the keys of its address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import get_resolver, reverse

from itsm import models as m
from itsm.services.transitions import TRANSITIONS
from reporting import models as r
from slas import models as s
from tests.records import FEED_TOKEN

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ABSENT = "00000000-0000-7000-8000-000000000000"
ABSENT_SLUG = "not-there"
PUBLIC = frozenset(
    {
        "healthz",
        "readyz",
        "api-schema",
        "api-docs",
        "itsm:theme",
        "itsm:portal_accent",
        "itsm:calendar_feed",
    }
)
# Pages of the account package whose addresses our redirects of itsm/urls.py answer first.
COVERED = frozenset({"account_email", "usersessions_list"})


@dataclass(frozen=True)
class Route:
    """One address of the URL map: its name, the names of its parts and the methods it answers."""

    name: str
    pattern: str
    parts: tuple[str, ...]
    methods: frozenset[str]
    model: type[Any] | None
    lookup: str
    view: Any

    @property
    def takes_tokens(self) -> bool:
        """Whether it may be read with a token: the API, and the metrics for Prometheus."""
        return self.is_api or self.name == "itsm:metrics"

    @property
    def is_api(self) -> bool:
        """Whether it stands below /api/v1/."""
        return self.pattern.startswith("api/")

    @property
    def is_public(self) -> bool:
        """Whether people who are not signed in may open it."""
        return self.name in PUBLIC or self.pattern.startswith("accounts/")

    @property
    def page(self) -> str:
        """The last part of the name: "list", "edit", "archive", …"""
        return self.name.rpartition("-" if self.is_api else "_")[2]

    def address(self, row: Any = None, *, absent: bool = False) -> str:
        """Return the address for a row, or for a key that no row has."""
        return reverse(self.name, kwargs=_keys(self, row, absent=absent))


@cache
def routes() -> tuple[Route, ...]:
    """Return every route of the URL map."""
    found = _walk(get_resolver().url_patterns, "", ())
    return tuple(route for route in found if route.name not in COVERED)


def _walk(patterns: Any, prefix: str, spaces: tuple[str, ...]) -> Iterator[Route]:
    for one in patterns:
        if hasattr(one, "url_patterns"):
            inner = (*spaces, one.namespace) if one.namespace else spaces
            yield from _walk(one.url_patterns, prefix + str(one.pattern), inner)
        else:
            yield _route(one, prefix, spaces)


def _route(one: Any, prefix: str, spaces: tuple[str, ...]) -> Route:
    view, name = one.callback, ":".join((*spaces, one.name or ""))
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    given = getattr(view, "initkwargs", None) or getattr(view, "view_initkwargs", None) or {}
    model = given.get("model") or getattr(kind, "model", None) or SPECIAL_MODELS.get(name)
    parts = tuple(one.pattern.regex.groupindex) or tuple(getattr(one.pattern, "converters", ()))
    return Route(
        name, prefix + str(one.pattern), parts, _methods(view, kind), model, given.get("lookup", "pk"), view
    )  # fmt: skip


def _methods(view: Any, kind: Any) -> frozenset[str]:
    actions = getattr(view, "actions", None)
    if actions:
        names = set(actions)
    elif kind is not None:
        allowed = getattr(kind, "http_method_names", ())
        names = {name for name in allowed if name != "options" and hasattr(kind, name)}
    else:
        names = {"post"} if getattr(view, "__name__", "") == "set_theme" else {"get"}
    return frozenset(
        name.upper() for name in names | ({"head"} if "get" in names else set())
    ) & set(METHODS)


SPECIAL_MODELS: Mapping[str, type[Any]] = {
    "api-tokens-detail": m.ApiToken,
    "calendar-feeds-detail": m.CalendarFeed,
    "itsm:comments_write": m.Action,
    "itsm:files_write": m.Action,
    "itsm:import_map": m.ImportRun,
    "itsm:import_failed": m.ImportRun,
    "itsm:import_detail": m.ImportRun,
    "itsm:import_progress": m.ImportRun,
    "itsm:import_cancel": m.ImportRun,
    "itsm:import_retry": m.ImportRun,
    "itsm:import_undo": m.ImportRun,
    "slas:portal_evaluation": s.Evaluation,
    "reporting:portal_report": r.ReportIssue,
    "reporting:portal_pdf": r.ReportIssue,
    "reporting:portal_numbers": r.ReportIssue,
    "reporting:portal_verify": r.ReportIssue,
    "reporting:verify_number": r.ReportIssue,
}
# The keys of addresses that lead to no row.
CONSTANT_PARTS: Mapping[str, str] = {
    "about": "itsm.action",
    "color": "0b5c82",
    "key": "abc-def",
    "token": FEED_TOKEN,
    "uidb36": "1",
    "source": "monitoring",
    "external_id": "alert-1",
    "sequence": "1",
}


def _keys(route: Route, row: Any, *, absent: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in route.parts:
        if part in CONSTANT_PARTS:
            found[part] = CONSTANT_PARTS[part]
        elif part == "verb":
            found[part] = TRANSITIONS[route.model][0].verb  # type: ignore[index]
        elif part == "number":
            found[part] = "RPT-NONE" if absent else row.number
        elif part == "version":
            found[part] = 1 if absent else row.version
        elif part == "slug":
            found[part] = ABSENT_SLUG if absent else row.slug
        else:
            found[part] = _absent_key(route) if absent else _key(row)
    return found


def _absent_key(route: Route) -> str:
    return "A" * 15 if route.model is m.ApiToken else ABSENT


def _key(row: Any) -> str:
    return row.token_key if isinstance(row, m.ApiToken) else str(row.pk)
