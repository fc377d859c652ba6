"""A list as its page prints it: heads that sort, cells, filters in force and paging without a full count."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django_filters.widgets import BooleanWidget

from itsm.calculations.view_query import difference
from itsm.services.saved_views import parameter_names
from itsm.views.columns import Column, words_for
from itsm.views.keyset import Key, beyond, keys_of, read, with_keys, written

COUNTED = 1000
DAY_LETTERS = len("2026-03-01")
PLACES = ("after", "before", "count", "filter", "choose", "move", "format", "view", "pick")


@dataclass(frozen=True, slots=True)
class Head:
    """A column head: ``url`` sorts by it, ``direction`` is asc, desc or empty."""

    title: str
    kind: str
    url: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in a row: words, state shape, address."""

    text: Any
    kind: str
    tone: str = ""
    url: str = ""
    head: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the record, its address, the first cell (row header) and the others."""

    record: Any
    url: str
    first: Cell
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address without it."""

    title: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A column that can be shown, whether it is, and whether it stands at an end."""

    name: str
    title: str
    is_shown: bool
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """The rows of one page, the number of its first row, and whether there are pages around it."""

    rows: list[Any]
    first_number: int
    has_previous: bool
    has_next: bool


@dataclass
class Table:
    """The rows ``all_rows`` in the order asked for, cut to one page."""

    all_rows: QuerySet[Any]
    columns: Sequence[Column]
    query: QueryDict
    page_size: int
    address_query: QueryDict
    known_columns: Sequence[Column] = ()
    view: Any = None
    has_first_view: bool = False
    filterset: Any = None
    ordering: Sequence[str] = ()
    address: Any = None
    sort: str = ""
    picks: bool = False

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Return the columns that say where a page begins."""
        return keys_of(self.all_rows.model, self.ordering)

    @cached_property
    def _place(self) -> tuple[str, int, list[Any]]:
        """Return "after" or "before", the number and the values of the row that the address names."""
        for word in ("after", "before"):
            place = read(self.address_query.get(word, ""), self.keys)
            if place is not None:
                return word, *place
        return "", 0, []

    @cached_property
    def _cut(self) -> Cut:
        word, number, values = self._place
        keys = tuple(key.turned() for key in self.keys) if word == "before" else self.keys
        rows = with_keys(self.all_rows, keys)
        found = list((rows.filter(beyond(keys, values)) if word else rows)[: self.page_size + 1])
        more, found = len(found) > self.page_size, found[: self.page_size]
        if word == "before" and len(found) == self.page_size:
            return Cut(found[::-1], number - self.page_size, more, True)
        if word == "after" and found:
            return Cut(found, number + 1, True, more)
        if word:  # the rows there are gone, or they fill no page: begin anew
            found = list(with_keys(self.all_rows, self.keys)[: self.page_size + 1])
            more, found = len(found) > self.page_size, found[: self.page_size]
        return Cut(found, 1, False, more)

    @property
    def records(self) -> list[Any]:
        """Return the records of this page."""
        return self._cut.rows

    @property
    def count_url(self) -> str:
        """Return where the number of rows is asked for, or the empty text when it is known."""
        if not self._cut.has_next or self.address_query.get("count") == "1":
            return ""
        return self.url(count="1")

    @cached_property
    def total(self) -> int:
        """Return the number of rows, counted up to 1,001."""
        if not self._cut.has_next:
            return self.last_number
        return self.all_rows.order_by()[: COUNTED + 1].count()

    @property
    def total_text(self) -> str:
        """Return the number of rows in words: "1,000+" when there are more."""
        return f"{words_for(COUNTED)}+" if self.total > COUNTED else str(words_for(self.total))

    @property
    def first_number(self) -> int:
        """Return the number of the first row on this page."""
        return max(1, self._cut.first_number)

    @property
    def last_number(self) -> int:
        """Return the number of the last row on this page."""
        return self.first_number + len(self.records) - 1

    def parameters(self, **changed: str) -> list[tuple[str, str]]:
        """Return what an address says of this list with other parameters; an empty text removes one.

        With a view it is the view's name and what differs from it.
        """
        wanted = {name: values for name, values in self.query.lists() if name not in changed}
        places = {name: [value] for name, value in changed.items() if name in PLACES and value}
        wanted |= {n: [value] for n, value in changed.items() if n not in PLACES and value}
        if self.view is not None:
            wanted = {"view": [self.view.slug]} | difference(self.view.parameters, wanted)
        elif self.has_first_view and not wanted:
            wanted = {"view": [""]}
        return [(name, one) for name, values in {**wanted, **places}.items() for one in values]

    def url(self, **changed: str) -> str:
        """Return the address of the list's first page with other parameters; an empty text removes one."""
        return f"?{urlencode(self.parameters(**changed))}"

    @property
    def previous_url(self) -> str:
        """Return the address of the page before, or the empty text."""
        if not self._cut.has_previous:
            return ""
        return self.url(before=written(self.records[0], self.keys, self.first_number))

    @property
    def next_url(self) -> str:
        """Return the address of the next page, or the empty text."""
        if not self._cut.has_next:
            return ""
        return self.url(after=written(self.records[-1], self.keys, self.last_number))

    @property
    def csv_url(self) -> str:
        """Return the address of this list as CSV."""
        return self.url(format="csv")

    @property
    def json_url(self) -> str:
        """Return the address of this list as JSON."""
        return self.url(format="json")

    @property
    def xlsx_url(self) -> str:
        """Return the address of this list as a spreadsheet."""
        return self.url(format="xlsx")

    @property
    def shows_archived(self) -> bool:
        """Tell whether the archived rows are shown."""
        return self.query.get("archived") == "1"

    @property
    def archive_url(self) -> str:
        """Return the address of the other half: archived rows, or rows in use."""
        return self.url(archived="" if self.shows_archived else "1")

    @cached_property
    def heads(self) -> list[Head]:
        """Return the column heads."""
        return [self._head(column) for column in self.columns]

    def _head(self, column: Column) -> Head:
        title, order = column.head(self.all_rows.model), column.order
        if not order:
            return Head(title, column.kind)
        direction = {order: "asc", f"-{order}": "desc"}.get(self.sort, "")
        target = f"-{order}" if direction == "asc" else order
        return Head(title, column.kind, self.url(sort=target), direction)

    def rows(self) -> Iterator[Row]:
        """Yield the rows of this page with their cells."""
        cells = [
            _cells_of(column, head.title, self.all_rows.model)
            for column, head in zip(self.columns, self.heads, strict=True)
        ]
        for record in self.records:
            first, *others = [cell(record) for cell in cells]
            yield Row(record, self.address(record), first, tuple(others))

    @cached_property
    def filter_names(self) -> dict[str, list[str]]:
        """Return filter → its parameters."""
        return parameter_names(self.filterset) if self.filterset is not None else {}

    @cached_property
    def chips(self) -> list[Chip]:
        """Return the filters in force."""
        found = []
        for name, parameters in self.filter_names.items():
            values = {one: self.query.getlist(one) for one in parameters if self.query.get(one)}
            if values:
                bound = self.filterset.form.fields[name]
                url = self.url(**dict.fromkeys(parameters, ""))
                found.append(Chip(str(bound.label or name), chip_words(bound, name, values), url))
        return found

    @property
    def is_filtered(self) -> bool:
        """Tell whether a filter is in force."""
        return bool(self.chips)

    @property
    def shows_filter(self) -> bool:
        """Tell whether the form of the filters is on the page; else it is fetched when it is opened."""
        if self.filterset is None or not self.filterset.form.fields:
            return False
        return self.address_query.get("filter") == "1" or bool(self.filterset.form.errors)

    @property
    def filter_url(self) -> str:
        """Return the address of this list with the form of its filters."""
        return self.url(filter="1")

    @property
    def shows_columns(self) -> bool:
        """Tell whether the form of the columns is on the page; else it is fetched when it is opened."""
        return self.address_query.get("choose") == "1"

    @property
    def columns_url(self) -> str:
        """Return the address of this list with the form of its columns."""
        return self.url(choose="1")

    @property
    def usual_columns_url(self) -> str:
        """Return the address of this list with its usual columns."""
        return self.url(columns="")

    @property
    def column_choices(self) -> list[Choice]:
        """Return the columns that can be shown: those that are in their order, then the others."""
        shown = {column.name for column in self.columns}
        others = [column for column in self.known_columns if column.name not in shown]
        last = len(self.columns) - 1
        return [
            Choice(
                column.name,
                column.head(self.all_rows.model),
                number <= last,
                number == 0,
                number == last,
            )
            for number, column in enumerate([*self.columns, *others])
        ]

    @property
    def kept_by_columns(self) -> list[tuple[str, str]]:
        """Return the parameters that the form of the columns passes on."""
        return [pair for pair in self.parameters() if pair[0] != "columns"]

    @property
    def clear_url(self) -> str:
        """Return the address without any filter."""
        return self.url(**{one: "" for names in self.filter_names.values() for one in names})

    @property
    def kept_by_filter(self) -> list[tuple[str, str]]:
        """Return the parameters that the form of the filters passes on."""
        filters = {one for names in self.filter_names.values() for one in names}
        return [pair for pair in self.parameters() if pair[0] not in filters]

    @property
    def nothing_found(self) -> str:
        """Return the sentence for a filter that finds nothing."""
        filters = ", ".join(f"{chip.title} {chip.value}" for chip in self.chips)
        return _("Nothing matches: %(filters)s.") % {"filters": filters}


def _cells_of(column: Column, head: str, model: Any) -> Callable[[Any], Cell]:
    """Return the maker of a column's cells; the words of a choice are looked up once, not in each row."""
    known: dict[Any, Cell] = {}

    def cell(record: Any) -> Cell:
        return Cell(
            column.text(record),
            column.kind,
            column.tone(record),
            column.url(record) if column.url else "",
            head,
        )

    def choice(record: Any) -> Cell:
        value = getattr(record, column.name)
        if value not in known:
            known[value] = cell(record)
        return known[value]

    return choice if _is_choice(column, model) else cell


def _is_choice(column: Column, model: Any) -> bool:
    plain = column.value is None and column.url is None
    return plain and hasattr(model, f"get_{column.name}_display")


def _addresses(page: Any) -> Callable[[Any], str]:
    """Return row → address of its page; the route is looked up for the first row only."""
    parts: list[str] = []

    def address(row: Any) -> str:
        value = str(getattr(row, page.lookup))
        if not parts:
            parts.extend(page.address("detail", row).split(value))
        return value.join(parts) if len(parts) == 2 else page.address("detail", row)

    return address


def _say_any(bound: Any) -> None:
    """Put "Any" where a filter says that nothing is chosen."""
    if getattr(bound, "empty_label", None):
        bound.empty_label = _("Any")
        if not hasattr(bound, "queryset"):
            bound.choices = [choice for choice in bound.choices if str(choice[0])]
    elif isinstance(bound.widget, BooleanWidget):
        bound.widget.choices = (("", _("Any")), ("true", _("yes")), ("false", _("no")))


def chip_words(bound: Any, name: str, values: dict[str, list[str]]) -> str:
    """Return the ``values`` of a filter's parameters in words: choices by name, ranges with their ends."""
    if name in values and bound.widget.is_hidden:
        return _("one record")
    if name in values:
        return ", ".join(_choice_words(bound, value) for value in values[name])
    ends = {key.removeprefix(f"{name}_"): _end_words(one[0]) for key, one in values.items()}
    after, before = ends.get("after") or ends.get("min"), ends.get("before") or ends.get("max")
    if after and before:
        return f"{after} – {before}"
    words = _("from %(start)s") if after else _("until %(end)s")
    return words % {"start": after, "end": before}


def _end_words(text: str) -> str:
    try:
        found: Any = parse_datetime(text) if len(text) > DAY_LETTERS else parse_date(text)
    except ValueError:
        return text
    return strip_tags(words_for(found)) if found is not None else text


def _choice_words(bound: Any, value: str) -> str:
    for key, words in getattr(bound, "choices", None) or ():
        if str(getattr(key, "value", key)) == value:
            return str(words)
    return value


def table_for(page: Any) -> Table:
    """Return the table of a ListPage: filtered, ordered by ``?sort=`` or the page's ordering."""
    query, rows = page.query, page.queryset()
    filterset = _filterset_of(page, query, rows)
    if page.shows_nothing:
        rows = rows.none()
    elif filterset is not None:
        rows = filterset.qs if filterset.is_valid() else rows.none()
    columns = page.chosen_columns()
    joined = [
        name
        for column in columns
        if column not in page.columns
        for name in _joins(page.model, column)
    ]
    rows = rows.select_related(*joined) if joined else rows
    sort = query.get("sort", "")
    keys = keys_of(page.model, [sort] if sort else page.ordering)
    if not sort and len(page.ordering) == 1 and page.ordering[0] != "pk":
        sort = page.ordering[0]
    return Table(
        all_rows=rows.order_by(*(key.order for key in keys)),
        columns=columns,
        query=query,
        address_query=page.request.GET,
        known_columns=page.known_columns(),
        view=page.view,
        has_first_view=bool(page.first_view),
        page_size=page.page_size,
        filterset=filterset,
        ordering=[key.order for key in keys],
        address=_addresses(page),
        sort=sort,
        picks=page.may_pick and page.request.GET.get("pick") == "1",
    )


def _filterset_of(page: Any, query: QueryDict, rows: Any) -> Any:
    if page.filterset_class is None:
        return None
    filterset = page.filterset_class(query, queryset=rows, request=page.request)
    for bound in filterset.form.fields.values():
        _say_any(bound)
        named = getattr(getattr(bound, "queryset", None), "model", None)
        if words := getattr(named, "words_from", ()):  # the links that str() of a choice reads
            bound.queryset = bound.queryset.select_related(*words)
    return filterset


def _joins(model: Any, column: Column) -> list[str]:
    """Return the links that a column beyond the usual ones reads, to be joined."""
    first = column.name.split(".")[0]
    target = next((f.related_model for f in model._meta.concrete_fields if f.name == first), None)
    if target is None:
        return []
    return [first, *(f"{first}__{name}" for name in getattr(target, "words_from", ()))]
