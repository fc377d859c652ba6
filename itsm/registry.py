"""What an app adds to the product, declared as data in its ``process.py`` (docs/architecture.md, section 4).

Nothing here runs at import: callables are called by the shell, the report, the coverage page, beat and the importers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import Any, Literal
from uuid import UUID

from django.apps import apps
from django.urls import get_resolver
from django.utils.functional import Promise
from django.utils.module_loading import module_has_submodule

type_text = str | Promise


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One door or sub-door of the left rail; ``action`` is the right needed to see it."""

    title: type_text
    url_name: str
    icon: str = ""
    position: int = 100
    action: str = "view"
    children: tuple["NavigationItem", ...] = ()


@dataclass(frozen=True, slots=True)
class SearchKind:
    """One kind of record found by the global search: model label, searched fields, detail route.

    ``related`` names the links that the record's words need.
    """

    model: str
    title: type_text
    fields: tuple[str, ...]
    url_name: str
    url_field: str = "pk"
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """A periodic task: its name, seconds between runs, queue and keyword arguments."""

    key: str
    task: str
    every_seconds: int
    queue: str = "default"
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record that imports, connectors and the API may bring in.

    ``upsert(rows, *, at, dry_run)`` returns an object with created, updated, unchanged and errors.
    """

    key: str
    title: type_text
    columns: tuple[Any, ...]
    upsert: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class SectionContext:
    """What a report section may know: whose report, which services, which period, built when."""

    customer: Any
    services: Sequence[Any]
    period: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A chapter of the customer's report; ``build(SectionContext)`` returns an ``itsm.blocks.Section`` or None."""

    key: str
    title: type_text
    position: int
    build: Callable[[SectionContext], Any]
    audience: str = "customer"


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the service page or the customer page: ``build(subject, user, at)`` → template context or None."""

    key: str
    title: type_text
    subject: Literal["service", "customer", "portal", "home"]
    template: str
    build: Callable[[Any, Any, datetime], Mapping[str, Any] | None]
    position: int = 100


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something that needs this person: what, where, by when, how urgent; keys of whom and what it is about.

    ``act`` is what to do there, as the words of a button: "Approve", "Reply". What has no day to be done by
    says with ``since_at`` how long it waits.
    """

    title: str
    url: str
    kind: type_text
    due_at: datetime | None = None
    state: str = "on_track"
    detail: str = ""
    customer: Any = None
    service: Any = None
    act: type_text = ""
    since_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PortalPage:
    """A page of the customer portal's five doors."""

    title: type_text
    url_name: str
    icon: str
    position: int


@dataclass(frozen=True, slots=True)
class CalendarItem:
    """A dated thing for the calendar and the iCalendar feed; ``ends_at`` is exclusive.

    ``uid`` stays the same when the record changes, ``changed_at`` says when it last did. ``day`` makes it
    last all of that day, in every zone. ``detail`` is text that customers may read. ``customer`` is the key
    of whom it is for and ``services`` those it is about; with neither it concerns everybody.
    """

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime | None
    url: str
    kind: str
    detail: str = ""
    day: date | None = None
    state: Literal["tentative", "confirmed", "cancelled"] = "confirmed"
    changed_at: datetime | None = None
    customer: UUID | None = None
    services: tuple[UUID, ...] = ()
    file_url: str = ""


@dataclass(frozen=True, slots=True)
class TimeOfService:
    """Time of a service that records tell about; ``customer`` None means all, ``ends_at`` None no end."""

    service: Any
    starts_at: datetime
    ends_at: datetime | None
    customer: Any = None


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of ``/metrics``: Prometheus name, help, value and labels."""

    name: str
    meaning: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScorecardCell:
    """One cell of the report's scorecard: state is met, at_risk, missed or not_assessable."""

    service: str
    aspect: type_text
    state: str
    text: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Does a process cover a service? answer: yes, no or stale."""

    question: type_text
    answer: Literal["yes", "no", "stale"]
    reason: type_text
    owner: str
    url: str
    action: type_text


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record that an auditor may ask for under a clause."""

    clause: str
    title: str
    url: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """A point for the next service review with a customer."""

    title: str
    url: str
    kind: str


@dataclass(frozen=True, slots=True)
class MapOverlay:
    """A layer of the service map: ``states(service_ids, at)`` returns id → (state, words)."""

    key: str
    title: type_text
    states: Callable[[Sequence[Any], datetime], Mapping[Any, tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Notice:
    """A kind of message people may receive: event name, title and mail template folder."""

    event: str
    title: type_text
    template: str


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What a saved view may name of a list: ``columns`` and ``orders`` by name, and its ``filterset``.

    ``lookup`` is what the addresses of its records are made of: "pk" or a slug.
    """

    name: str
    title: type_text
    model: type[Any]
    url_name: str
    columns: tuple[str, ...]
    orders: frozenset[str]
    filterset: Any = None
    lookup: str = "pk"


_lists: dict[str, ListFacts] = {}


def declare_list(facts: ListFacts) -> None:
    """Make a list known by its name: done where its routes are made."""
    _lists[facts.name] = facts


def lists() -> Mapping[str, ListFacts]:
    """Return every list of records by name, in the order of the routes."""
    get_resolver().url_patterns  # noqa: B018 reading the routes declares the lists
    return _lists


def _nothing(*_args: Any, **_kwargs: Any) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Process:
    """All that one app adds to the product. ``roles`` maps a role to the rights it gives on this app's models."""

    key: str
    title: type_text
    clause: str
    question: type_text = ""
    navigation: tuple[NavigationItem, ...] = ()
    search: tuple[SearchKind, ...] = ()
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    demo: Callable[..., Any] | None = None
    schedule: tuple[ScheduleEntry, ...] = ()
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    record_kinds: tuple[RecordKind, ...] = ()
    report_sections: tuple[ReportSection, ...] = ()
    panels: tuple[Panel, ...] = ()
    work_items: Callable[[Any, datetime], Iterable[WorkItem]] = _nothing
    portal_pages: tuple[PortalPage, ...] = ()
    calendar_items: Callable[..., Iterable[CalendarItem]] = _nothing
    map_overlays: tuple[MapOverlay, ...] = ()
    scorecard: Callable[[SectionContext], Iterable[ScorecardCell]] = _nothing
    agenda_items: Callable[[Any, datetime], Iterable[AgendaItem]] = _nothing
    notices: tuple[Notice, ...] = ()
    metrics: Callable[[datetime], Iterable[Metric]] = _nothing
    evidence: Callable[[str], Iterable[Evidence]] = _nothing
    leaning: Callable[[Sequence[TimeOfService], datetime], Iterable[str]] = _nothing
    coverage: Callable[[Sequence[Any], datetime], Mapping[Any, Coverage]] | None = None


@cache
def processes() -> tuple[Process, ...]:
    """Return every declared process, in INSTALLED_APPS order: that of the menu."""
    return tuple(
        import_module(f"{config.name}.process").PROCESS
        for config in apps.get_app_configs()
        if config.module is not None and module_has_submodule(config.module, "process")
    )


@cache
def process(key: str) -> Process:
    """Return the process with this key; raise KeyError when no app declares it."""
    for declared in processes():
        if declared.key == key:
            return declared
    raise KeyError(key)
