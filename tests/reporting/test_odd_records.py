"""Records as other providers have them: long, foreign, hostile, very many, none; the paper holds them all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pdfplumber
import pytest

from itsm.models import MaintenanceWindow, Party, Service, ServiceEvent, ServiceHours
from itsm.rendering import body_html
from itsm.services import files
from itsm.tenancy import SYSTEM, acting_as
from reporting.models import ReportDefinition, ReportIssue
from reporting.services.issue import issue
from reporting.services.plan import obligation_for
from slas.models import Agreement, AgreementVersion, Subscription, Target
from tests.reporting.conftest import AT, add_outage
from tests.world import EPOCH, World

Define = Callable[..., ReportDefinition]
WORD = ("Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft" * 2)[
    :120
]
HOSTILE = "<script>alert(1)</script><img src=http://127.0.0.1:9/spy.png> & <b>more</b>"
TENTH = datetime(2025, 3, 10, 9, tzinfo=UTC)


def made(define: Define, period: str = "2025-03", at: datetime = AT, **facts: Any) -> ReportIssue:
    return issue(obligation=obligation_for(define(**facts), period), at=at)


def pages_of(row: ReportIssue) -> list[Any]:
    with acting_as(SYSTEM):
        stored = ReportIssue.objects.select_related("pdf").get(pk=row.pk)
        return list(pdfplumber.open(BytesIO(files.read_file(stored.pdf))).pages)


def section(row: ReportIssue, key: str) -> dict[str, Any]:
    return next(part for part in row.dataset["sections"] if part["key"] == key)


def add_each_kind(world: World, title: str, text: str) -> None:
    """Record an outage, one event of each kind and two maintenance windows with these words."""
    words = {"service": world.webmail, "title": title, "customer_text": text, "is_published": True}
    told = {"possible_effect": text, "remedy": text, "benefit": text}
    add_outage(world, title=title, customer_text=text, root_cause=text)
    with acting_as(SYSTEM):
        for number, kind in enumerate(ServiceEvent.Kind.values):
            is_open = kind in ("KNOWN_PROBLEM", "IMPROVEMENT")
            ServiceEvent.objects.create(
                reference=f"EVT-{number}", kind=kind, state="APPROVED", starts_at=TENTH,
                ends_at=None if is_open else TENTH + timedelta(hours=1), **words, **told,
            )  # fmt: skip
        for number, start in enumerate((TENTH, AT + timedelta(days=9))):
            MaintenanceWindow.objects.create(
                reference=f"MNT-{number}", state="APPROVED", starts_at=start,
                ends_at=start + timedelta(hours=2), expected_effect=text, **words,
            )  # fmt: skip


def add_targets(world: World, count: int) -> None:
    """Promise a level for as many services, each with an hour of outage on 12 March."""
    with acting_as(SYSTEM):
        agreement = Agreement.objects.create(reference="SLA-MANY", title="Many", party=world.acme)
        version = AgreementVersion.objects.create(
            agreement=agreement, party=world.acme, number=1, state="DRAFT", starts_at=EPOCH
        )
        for number in range(count):
            service = Service.objects.create(
                slug=f"s{number}", name=f"Service {number:02d}", family=world.family,
                hours=world.hours, state="LIVE", live_at=EPOCH,
            )  # fmt: skip
            Subscription.objects.create(
                customer=world.acme, service=service, agreement=agreement, starts_at=EPOCH
            )
            Target.objects.create(
                version=version, party=world.acme, reference=f"T-{number}", name=f"Target {number:02d}",
                kind="AVAILABILITY", service=service, hours=world.hours, objective="99.95",
            )  # fmt: skip
            add_outage(world, reference=f"OUT-{number}", service=service)
        AgreementVersion.objects.filter(pk=version.pk).update(state="IN_FORCE")


def test_a_word_of_120_letters_stays_within_the_page_wherever_it_stands(
    define: Define, world: World
) -> None:
    with acting_as(SYSTEM):
        Party.objects.filter(pk=world.acme.pk).update(name=WORD)
        Service.objects.filter(pk=world.webmail.pk).update(name=WORD)
    add_each_kind(world, WORD, WORD * 2)

    pages = pages_of(made(define))

    for page in pages:
        for char in (char for char in page.chars if char["text"] != " "):
            assert char["x0"] >= 56, (page.page_number, char["text"], char["x0"])
            assert char["x1"] <= page.width - 56, (page.page_number, char["text"], char["x1"])
        foot = [word for word in page.extract_words() if word["top"] > page.height - 55]
        assert [word["text"] for word in foot].count("Page") == 1
        assert len({round(word["top"]) for word in foot}) == 1, "the foot is one line"
    name = pages[0].crop((0, 0, pages[0].width * 0.65, 200)).extract_text()
    assert name.replace("\n", "").startswith(WORD)


def test_hostile_words_are_printed_as_words_and_nothing_is_fetched(
    define: Define, world: World
) -> None:
    add_each_kind(world, HOSTILE, HOSTILE)

    row = made(define)

    text = "".join(page.extract_text() for page in pages_of(row))
    page = body_html(row.dataset)
    assert "<script>alert(1)</script><img src=http:" in text.replace("\n", "")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_forty_targets_fill_their_pages_and_a_long_scorecard_begins_below_the_numbers(
    define: Define, world: World
) -> None:
    add_targets(world, 40)

    row = made(define)
    pages = pages_of(row)

    # the table of 41 targets has them all, the summary's points stand on one page
    text = "\n".join(page.extract_text() for page in pages)
    assert all(f"Target {number:02d}" in text for number in range(40))
    points = [page for page in pages if "What you should know" in page.extract_text()]
    assert len(points) == 1
    assert "What we need from you" in points[0].extract_text()
    assert row.headline == "0 of 41 targets were met; 40 were missed; one cannot be assessed."
    assert "Scorecard" in pages[1].extract_text()


def test_of_300_outages_thirty_are_listed_and_all_are_counted(
    define: Define, world: World, paper: list[int]
) -> None:
    for number in range(300):
        start = datetime(2025, 3, 1, tzinfo=UTC) + timedelta(hours=2 * number)
        add_outage(
            world, reference=f"OUT-{number}", starts_at=start, ends_at=start + timedelta(minutes=3)
        )

    row = made(define)

    failures, table = section(row, "failures"), section(row, "failures")["blocks"][0]
    assert failures["finding"] == "300 interruptions in March 2025."
    assert (len(table["rows"]), table["note"]) == (30, "270 more are in the portal.")
    # 300 times 3 minutes
    assert section(row, "availability")["finding"] == "300 interruptions cost 900 counted minutes."
    figure = section(row, "availability")["blocks"][1]
    assert len(figure["data"]["rows"]) == 300


def test_a_customer_with_nothing_is_told_so_without_a_score_of_nothing(
    define: Define, world: World, paper: list[int]
) -> None:
    with acting_as(SYSTEM):
        bare = Party.objects.create(
            slug="bare", name="Bare", roles=["CUSTOMER"], timezone="Pacific/Apia"
        )
        bare.contacts.create(name="Reader", email="reader@bare.example")

    row = made(define, "2011-12", customer=bare, starts_date="2011-01-01")

    first = section(row, "summary")["blocks"][0]["items"][0]
    assert (first["value"], first["label"]) == ("–", "no target was agreed")
    assert row.headline == "No target was agreed for December 2011."
    # Samoa had no 30 December 2011: 30 days of 24 hours
    assert "720 hours." in str(section(row, "method"))


def test_an_hour_and_a_half_at_the_end_of_summer_on_lord_howe(
    define: Define, world: World, paper: list[int]
) -> None:
    with acting_as(SYSTEM):
        Party.objects.filter(pk=world.acme.pk).update(timezone="Australia/Lord_Howe")
        ServiceHours.objects.update(timezone="Australia/Lord_Howe")
    # on 6 April 2025 the clock goes back from 02:00 (+11) to 01:30 (+10:30), at 15:00 UTC
    start = datetime(2025, 4, 5, 14, tzinfo=UTC)
    add_outage(world, starts_at=start, ends_at=start + timedelta(minutes=90))

    row = made(define, "2025-04", datetime(2025, 5, 2, tzinfo=UTC))

    # 30 days and half an hour; 01:00 to 02:00 on the wall are 90 minutes
    assert "720.5 hours." in str(section(row, "method"))
    cells = section(row, "failures")["blocks"][0]["rows"][0]["cells"]
    assert (cells[2]["text"], cells[3]["text"]) == ("Sun 6 Apr 01:00–02:00", "90\u202fmin")
    assert section(row, "availability")["finding"] == "1 interruption cost 90 counted minutes."


@pytest.mark.parametrize(
    ("period", "frequency", "name"),
    [("2025", "YEAR", "2025"), ("2025-Q1", "QUARTER", "Quarter 1 of 2025")],
)
def test_a_quarter_and_a_year_count_the_records_of_all_their_months(
    define: Define, world: World, paper: list[int], period: str, frequency: str, name: str
) -> None:
    for month in (1, 2, 3):
        start = datetime(2025, month, 20, 9, tzinfo=UTC)
        add_outage(
            world, reference=f"OUT-{month}", starts_at=start, ends_at=start + timedelta(hours=1)
        )

    row = made(define, period, datetime(2026, 1, 2, tzinfo=UTC), frequency=frequency)

    assert section(row, "failures")["finding"] == f"3 interruptions in {name}."
    assert section(row, "availability")["finding"] == "3 interruptions cost 180 counted minutes."


def test_a_text_of_200_lines_is_short_in_the_summary_and_whole_in_its_chapter(
    define: Define, world: World, paper: list[int]
) -> None:
    text = "\n".join(f"Line {number} of a text." for number in range(200))
    add_each_kind(world, "Long story", text)

    row = made(define)

    points = section(row, "summary")["blocks"][-1]["left"][0]["items"]
    assert max(len(item["text"]) for item in points) == 280
    assert any(item["text"].endswith("…") for item in points)
    assert "Line 199 of a text." in str(section(row, "problems"))


def test_a_change_without_a_result_is_not_said_to_have_held(
    define: Define, world: World, paper: list[int]
) -> None:
    add_each_kind(world, "Work", "")
    with acting_as(SYSTEM):
        ServiceEvent.objects.filter(kind="UPDATE").update(outcome="DONE")

    finding = section(made(define), "changes")["finding"]

    assert finding == ("2 changes and updates in March 2025: 1 held, 1 without a result yet.")


def test_a_figure_keeps_its_place_behind_a_name_that_runs_from_right_to_left(
    define: Define, world: World, paper: list[int]
) -> None:
    with acting_as(SYSTEM):
        Service.objects.filter(pk=world.webmail.pk).update(name="خدمة البريد")
    add_outage(world)

    figure = section(made(define), "availability")["blocks"][1]

    assert figure["title"] == "خدمة البريد\u200e, 99.86 %"
