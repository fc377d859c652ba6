"""The engine on tables: recognize, compare, report every error, write all, some or nothing."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from itsm.imports.columns import Options, suggest
from itsm.imports.engine import Importing, failed_rows, import_table
from itsm.imports.examination import examine
from itsm.imports.kinds import MEASUREMENTS, OUTAGES, PARTIES, TICKETS
from itsm.imports.problems import BadValue, Unreadable
from itsm.imports.values import converter
from itsm.models import Outage, Party, Sample, Series, Ticket, TicketEvent

AT = datetime(2026, 5, 2, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("system")


def _options(world, **more):
    facts = {"source": "desk", "customer_id": world.acme.pk, "service_id": world.webmail.pk}
    return Options(**{**facts, "zone": "Europe/Madrid", "date_order": "day_first", **more})


def _import(kind, path, options, mode="preview", mapping=None):
    seen = examine(path)
    chosen = mapping or suggest(kind.columns, seen.header, seen.dates)
    return import_table(path, Importing(kind, chosen, options), at=AT, mode=mode)


FOREIGN = (
    "Vorgang;Betreff;Eröffnet;Gelöst;Dringlichkeit",
    "T-1;Drucker geht nicht;31.03.2026 09:00;31.03.2026 11:30;2 - hoch",
    "T-2;Kein Netz;01.04.2026 10:00;;low",
)


def test_foreign_names_and_day_first_dates_are_recognized(write):
    seen = examine(write("a.csv", *FOREIGN))
    mapping = suggest(TICKETS.columns, seen.header, seen.dates)
    assert mapping == {
        "external_id": "Vorgang", "title": "Betreff", "opened_at": "Eröffnet",
        "resolved_at": "Gelöst", "priority": "Dringlichkeit",
    }  # fmt: skip
    assert seen.orders(["Eröffnet", "Gelöst"]) == ["day_first"]
    assert (seen.rows, seen.examples["Vorgang"]) == (2, ["T-1", "T-2"])


def test_tickets_come_in_with_their_clock_and_only_once(world, write):
    path = write("a.csv", *FOREIGN)
    before = _import(TICKETS, path, _options(world))
    assert (before.new, before.changed, before.unchanged, before.error_rows) == (2, 0, 0, 0)
    assert Ticket.objects.count() == 0
    assert _import(TICKETS, path, _options(world), "all_or_nothing").applied
    events = TicketEvent.objects.order_by("ticket__external_id", "sequence")
    assert [(str(e.ticket), e.kind, e.effective_at.isoformat()[5:16], e.priority) for e in events] == [
        ("T-1", "START", "03-31T07:00", 2), ("T-1", "STOP", "03-31T09:30", None),
        ("T-2", "START", "04-01T08:00", 4),
    ]  # fmt: skip
    again = _import(TICKETS, path, _options(world), "all_or_nothing")
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)


def test_a_change_shows_the_old_and_the_new_cell(world, write):
    _import(TICKETS, write("a.csv", *FOREIGN), _options(world), "all_or_nothing")
    later = write("b.csv", *FOREIGN[:2], "T-2;Kein Netz;01.04.2026 10:00;01.04.2026 12:00;low")
    seen = _import(TICKETS, later, _options(world), "good_rows")
    assert (seen.new, seen.changed, seen.unchanged) == (0, 1, 1)
    sample = seen.samples["changed"][0]
    assert sample["line"] == 3
    assert sample["current"]["resolved_at"] is None
    assert sample["facts"]["resolved_at"] == "2026-04-01T10:00:00+00:00"
    kinds = TicketEvent.objects.filter(ticket__external_id="T-2").order_by("sequence")
    assert [one.kind for one in kinds] == ["START", "STOP"]


def test_37_errors_among_1000_rows_are_all_listed_with_the_accepted_values(world, write):
    lines = ["number,title,starts at,ends,cause"]
    for n in range(1000):
        start, cause = f"{n % 28 + 1:02}/03/2026 10:00", "Provider"
        if n < 25:
            cause = "nobody"
        elif n < 37:
            start = "31/02/2026 10:00"
        lines.append(f"{n},Down {n},{start},,{cause}")
    mapping = {
        "external_id": "number",
        "title": "title",
        "starts_at": "starts at",
        "cause": "cause",
    }
    path = write("a.csv", *lines)
    seen = _import(OUTAGES, path, _options(world, customer_id=None), mapping=mapping)
    assert (seen.rows, seen.error_rows, seen.errors.total, seen.new) == (1000, 37, 37, 963)
    listed = list(seen.errors)
    assert [one.line for one in listed] == list(range(2, 39))
    assert {(one.column, one.code) for one in listed[:25]} == {("cause", "choice")}
    assert listed[0].accepted == (
        "Provider",
        "Supplier",
        "Customer",
        "Third party",
        "Force majeure",
    )
    assert {(one.column, one.code, one.accepted) for one in listed[25:]} == {
        ("starts at", "date", ("29/02/2016 13:45",))
    }
    failed = list(failed_rows(path, [one.full() for one in listed]))
    assert (len(failed), failed[0][-2:]) == (38, ["Line", "Reasons"])
    assert failed[1][:2] == ["0", "Down 0"]
    assert failed[1][-1].startswith("cause: One of: Provider, Supplier")


OUTAGE_ROWS = (
    "number,title,start,end,weight,service",
    "1,Mail down,01/03/2026 10:00,01/03/2026 11:00,1,webmail",
    "2,Mail slow,02/03/2026 10:00,02/03/2026 09:00,0.5,Webmail",
    "3,CRM down,03/03/2026 10:00,03/03/2026 10:30,1,CRN",
)


def test_all_or_nothing_writes_nothing_and_good_rows_writes_the_good_ones(world, write):
    path = write("a.csv", *OUTAGE_ROWS)
    options = _options(world, customer_id=None, service_id=None)
    whole = _import(OUTAGES, path, options, "all_or_nothing")
    assert (whole.applied, Outage.objects.count()) == (False, 0)
    assert [(one.line, one.column, one.code) for one in whole.errors] == [
        (3, "end", "order"), (4, "service", "unknown"),
    ]  # fmt: skip
    assert list(whole.errors)[1].message == "No such service. Did you mean crm?"
    part = _import(OUTAGES, path, options, "good_rows")
    assert (part.applied, part.new, part.error_rows) == (True, 1, 2)
    outage = Outage.objects.get()
    assert (outage.title, outage.weight, outage.source) == ("Mail down", Decimal(1), "desk")
    assert outage.starts_at == datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_a_changed_outage_supersedes_the_old_one(world, write):
    options = _options(world, customer_id=None)
    _import(OUTAGES, write("a.csv", *OUTAGE_ROWS[:2]), options, "all_or_nothing")
    later = write("b.csv", OUTAGE_ROWS[0], OUTAGE_ROWS[1].replace("11:00", "12:00"))
    assert _import(OUTAGES, later, options, "all_or_nothing").changed == 1
    current = Outage.objects.get(superseded_at=None)
    assert current.ends_at == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert current.supersedes.ends_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert _import(OUTAGES, later, options, "all_or_nothing").unchanged == 1


def test_measurements_with_repeated_rows_come_in_once(world, write):
    series = Series.objects.create(slug="cpu", name="CPU", unit="%")
    path = write(
        "a.csv", "timestamp;value;metric", "2026-03-01 00:00:00;1,5;cpu", "2026-03-01 00:00:00;1,5;cpu",
        "2026-03-01 00:05:00;2,25;CPU",
    )  # fmt: skip
    options = _options(world, zone="UTC", date_order="iso", decimal_sign=examine(path).decimal_sign)
    seen = _import(MEASUREMENTS, path, options, "all_or_nothing")
    assert (seen.rows, seen.new, seen.unchanged, seen.errors.total) == (3, 2, 1, 0)
    values = Sample.objects.filter(series=series).order_by("at").values_list("value", flat=True)
    assert list(values) == [1.5, 2.25]
    assert _import(MEASUREMENTS, path, options, "all_or_nothing").new == 0


def test_one_record_with_two_values_is_refused_on_both_lines(world, write):
    path = write("a.csv", "short name,name", "zeta,Zeta", "zeta,Zeta Ltd", "eta,Eta")
    seen = _import(PARTIES, path, Options(source="crm"), "good_rows")
    assert [(one.line, one.code) for one in seen.errors] == [(2, "twice"), (3, "twice")]
    assert (seen.new, Party.objects.filter(slug__in=["zeta", "eta"]).get().name) == (1, "Eta")


def test_a_needed_column_that_is_not_chosen_is_named(world, write):
    with pytest.raises(Unreadable, match="opened"):
        _import(TICKETS, write("a.csv", "number,title", "1,a"), _options(world))


@pytest.mark.parametrize(
    ("sign", "text", "expected"),
    [
        (".", "99.95", Decimal("99.95")), (",", "1.234,5", Decimal("1234.5")), (",", "12", Decimal(12)),
        (".", "99,95", "Use a point: 99.95"), (",", "99.95", "Use a comma: 99,95"),
        (".", "many", "“many” is not a number."), (".", "inf", "“inf” is not a number."),
    ],
)  # fmt: skip
def test_a_number_with_the_other_sign_is_never_read_as_another_number(sign, text, expected):
    read = converter(MEASUREMENTS.column("value"), Options(source="x", decimal_sign=sign))
    if isinstance(expected, str):
        with pytest.raises(BadValue) as caught:
            read(text)
        assert str(caught.value) == expected
    else:
        assert read(text) == expected
