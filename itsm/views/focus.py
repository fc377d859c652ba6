"""What the reader looks at: a customer, a service and a period, chosen in the top bar and kept in the address.

``?c=acme&s=webmail&p=2026-03``: every page of the staff reads the same three words, and links on
a page with a choice carry it on. Without a choice nothing is asked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _

from itsm.calculations.periods import Period
from itsm.models import Party, Service
from itsm.tenancy import actor_for, subscribed_services

NAMES = ("c", "s", "p")
NOT_CARRIED = ("/accounts/", "/portal", "/static/", "/api/", "/theme/", "/account/")
_LINK = re.compile(r'((?:<a\b(?![^>]*\sdata-plain)[^>]*?\shref|\shx-get)=")((?:/(?!/)|\?)[^"#]*)')
_FORM = re.compile(r'<form\b(?=[^>]*\smethod="get")(?![^>]*\sdata-plain)[^>]*>')


@dataclass(frozen=True, slots=True)
class Focus:
    """The chosen customer, service and period; ``problems`` are sentences about words nobody knows."""

    customer: Party | None = None
    service: Service | None = None
    period: Period | None = None
    problems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.customer or self.service or self.period)

    @property
    def words(self) -> dict[str, str]:
        """The choice as words of an address."""
        found = {
            "c": self.customer.slug if self.customer else "",
            "s": self.service.slug if self.service else "",
            "p": self.period.label if self.period else "",
        }
        return {name: word for name, word in found.items() if word}

    @property
    def period_title(self) -> str:
        """The period as people say it; the empty text when none is chosen."""
        return period_title(self.period) if self.period else ""


def period_title(period: Period) -> str:
    """Return "March 2026", "Q1 2026" or "2026"."""
    if period.kind == "month":
        return date_format(period.first_date, "F Y")
    return " ".join(reversed(period.label.split("-")))


def focus_of(request: HttpRequest) -> Focus:
    """Return what the address chooses: at most one query for each of customer and service, none without."""
    if not hasattr(request, "_focus"):
        given = {name: request.GET.get(name, "") for name in NAMES}
        is_asked = any(given.values()) and request.user.is_authenticated
        is_asked = is_asked and actor_for(request.user).is_staff
        request._focus = _chosen(request, given) if is_asked else Focus()  # type: ignore[attr-defined]
    found: Focus = request._focus  # type: ignore[attr-defined]
    return found


def _chosen(request: HttpRequest, given: dict[str, str]) -> Focus:
    problems = []
    rows = {
        "c": Party.objects.visible_to(request.user).customers(),
        "s": Service.objects.visible_to(request.user),
    }
    found: dict[str, Any] = {
        name: rows[name].filter(slug=given[name]).first() if given[name] else None for name in rows
    }
    period = None
    if given["p"]:
        try:
            period = Period.parse(given["p"], request.user.timezone)  # type: ignore[union-attr]
        except ValueError:
            problems.append(
                _("“%(word)s” is no period: all are shown. Write 2026-03, 2026-Q1 or 2026.")
                % {"word": given["p"]}
            )
    if given["c"] and not found["c"]:
        problems.append(_("There is no customer “%(word)s”: all are shown.") % {"word": given["c"]})
    if given["s"] and not found["s"]:
        problems.append(_("There is no service “%(word)s”: all are shown.") % {"word": given["s"]})
    return Focus(found["c"], found["s"], period, tuple(problems))


def narrowed(rows: Any, focus: Focus) -> tuple[Any, tuple[str, ...]]:
    """Return the rows about what is chosen, and the names of choices that rows of this model do not know."""
    unknown = []
    asked: tuple[tuple[str, Any, Callable[[Any, Any], Any]], ...] = (
        (_("customer"), focus.customer, _of_customer),
        (_("service"), focus.service, _of_service),
        (_("period"), focus.period, _in_period),
    )
    for name, chosen, narrow in asked:
        if chosen is None:
            continue
        kept = narrow(rows, chosen)
        if kept is None:
            unknown.append(name)
        else:
            rows = kept
    return rows, tuple(unknown)


def _of_customer(rows: Any, customer: Party) -> Any:
    """Return the customer's own rows, or those of the services it subscribes to; None when there is no way."""
    if path := getattr(rows, "customer_path", ""):
        return rows.filter(**{path: customer.pk})
    if path := getattr(rows, "service_path", ""):
        rows = rows.filter(**{f"{path}__in": subscribed_services([customer.pk])})
        return (
            rows.filter(Q(customer=None) | Q(customer=customer))
            if _has(rows.model, "customer")
            else rows
        )
    return None


def _of_service(rows: Any, service: Service) -> Any:
    if hasattr(rows, "about_service"):
        return rows.about_service(service)
    path = getattr(rows, "service_path", "")
    if not path and _has(rows.model, "service"):
        path = "service"
    return rows.filter(**{path: service.pk}) if path else None


def _in_period(rows: Any, period: Period) -> Any:
    """Return the rows of the period: by its name, by their stretch of time, or by the day they are due."""
    model = rows.model
    if path := next((path for path in ("period", "obligation__period") if _has(model, path)), ""):
        return rows.filter(
            **{f"{path}__in": {period.label, *(month.label for month in period.months())}}
        )
    if _has(model, "starts_at") and _has(model, "ends_at"):
        return rows.filter(Q(ends_at=None) | Q(ends_at__gt=period.start), starts_at__lt=period.end)
    for name in ("opened_at", "due_at"):
        if _has(model, name):
            return rows.filter(**{f"{name}__gte": period.start, f"{name}__lt": period.end})
    if _has(model, "due_date"):
        return rows.filter(due_date__gte=period.first_date, due_date__lt=period.next().first_date)
    return None


def _has(model: Any, path: str) -> bool:
    for name in path.split("__"):
        field = next(
            (one for one in model._meta.get_fields() if one.name == name and one.concrete), None
        )
        if field is None:
            return False
        model = field.related_model
    return True


def carried(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """Return the answer with the choice in its links, forms and redirect; untouched where nothing is chosen."""
    if not any(request.GET.get(name) for name in NAMES) or not focus_of(request):
        return answer
    words = focus_of(request).words
    if target := answer.headers.get("Location"):
        answer.headers["Location"] = with_words(target, words)
    elif not answer.streaming and answer.headers.get("Content-Type", "").startswith("text/html"):
        page = answer.content.decode()  # type: ignore[attr-defined]
        page = _LINK.sub(partial(_link, words), page)
        answer.content = _FORM.sub(partial(_form, words), page)  # type: ignore[attr-defined]
    return answer


def with_words(address: str, words: dict[str, str], joint: str = "&") -> str:
    """Return a local address with the words that it does not have yet."""
    if not address.startswith(("/", "?")) or address.startswith(("//", *NOT_CARRIED)):
        return address
    path, _mark, query = address.partition("?")
    there = {part.partition("=")[0] for part in query.replace("&amp;", "&").split("&")}
    missing = [urlencode({name: word}) for name, word in words.items() if name not in there]
    return f"{path}?{joint.join([*filter(None, [query]), *missing])}" if missing else address


def _link(words: dict[str, str], found: re.Match[str]) -> str:
    return found[1] + with_words(found[2], words, "&amp;")


def _form(words: dict[str, str], found: re.Match[str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(word)}">'
        for name, word in words.items()
    )
    return found[0] + hidden
