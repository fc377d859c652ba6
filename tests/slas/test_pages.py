"""The pages of service levels: what they show, and what a draft can become through them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from itsm.calculations.periods import Period
from itsm.models import User
from itsm.registry import SectionContext
from itsm.tenancy import SYSTEM, acting_as
from slas.models import Agreement, AgreementVersion, Evaluation, Target
from slas.sections import attainment_section, availability_section
from slas.selectors import sockets
from slas.selectors.stale import periods_touched
from slas.services.evaluation import evaluate_period
from tests.factories import slas as make
from tests.world import World

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 2, tzinfo=UTC)
SEPTEMBER = Period.parse("2026-09", "Europe/Madrid")


def signed_in(user: User | None) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def judged(world: World) -> Evaluation:
    """September 2026 of Acme's Webmail: 120 of 43,080 minutes lost (T30), 43.08 allowed."""
    with acting_as(SYSTEM):
        make.make_outage(world.webmail, "2026-09-10 10:00", "2026-09-10 11:00")
        make.make_outage(world.webmail, "2026-09-10 10:30", "2026-09-10 11:30")
        make.make_outage(world.webmail, "2026-09-20 01:30", "2026-09-20 03:30")
        make.make_window(world.webmail, "2026-09-20 02:00", "2026-09-20 04:00")
        return evaluate_period(agreement=world.agreements["acme"], period=SEPTEMBER, at=AT)[0]


def page(user: User | None, name: str, *args: object, **query: str) -> str:
    answer = signed_in(user).get(reverse(f"slas:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_of_a_judgment_shows_how_the_number_is_made(
    world: World, judged: Evaluation
) -> None:
    text = page(world.administrator, "evaluations_detail", judged.pk)

    assert "43,200 − 120 − 120" in text
    assert "43,200 − 120" in text
    assert "42,960" in text
    assert "43,080" in text
    assert "99.72 %" in text
    assert "76.92 min too many" in text or "76.9 min too many" in text
    assert judged.inputs_sha256 in text
    assert "plimsoll-slas 1, tzdata " in text


def test_the_matrix_shows_a_page_of_promises_and_counts_all(
    world: World, judged: Evaluation
) -> None:
    with acting_as(SYSTEM):
        version = judged.target.version
        AgreementVersion.objects.filter(pk=version.pk).update(state="DRAFT")
        for number in range(30):
            make.make_target(version, world.webmail, world.hours, reference=f"MORE-{number:02}")
        make.in_force(version)

    first = page(world.administrator, "compliance", until="2026-09")
    second = page(world.administrator, "compliance", until="2026-09", page="2")

    assert "1 of 1 judged promises was broken." in first
    assert "1 of 1 judged promises was broken." in second
    assert "1–25 of 32" in first
    assert ("More-23" in first, "More-24" in first, "More-24" in second) == (True, False, True)


def test_the_matrix_leads_from_each_cell_to_its_judgment(world: World, judged: Evaluation) -> None:
    text = page(world.administrator, "compliance", until="2026-09")

    assert reverse("slas:evaluations_detail", args=[judged.pk]) in text
    assert "cc-breach" in text
    assert "99.72" in text
    assert "1 of 1 judged promises was broken." in text


def test_the_page_of_an_agreement_shows_promises_with_their_level(
    world: World, judged: Evaluation
) -> None:
    text = page(world.administrator, "agreements_detail", world.agreements["acme"].pk)

    assert "Webmail is available for 99.9 % of the agreed time." in text
    assert "99.72 % in September 2026" in text
    assert "120 of 43 minutes" in text or "120 of 43.0 minutes" in text
    assert "Northwind Hosting" in text


def test_a_superseded_judgment_points_to_the_one_that_holds(
    world: World, judged: Evaluation
) -> None:
    with acting_as(SYSTEM):
        make.make_outage(world.webmail, "2026-09-25 10:00", "2026-09-25 10:30")
        newer = evaluate_period(
            agreement=world.agreements["acme"], period=SEPTEMBER, at=AT, reason="Found late."
        )[0]

    old = page(world.administrator, "evaluations_detail", judged.pk)
    new = page(world.administrator, "evaluations_detail", newer.pk)

    assert reverse("slas:evaluations_detail", args=[newer.pk]) in old
    assert "Found late." in old
    assert reverse("slas:evaluations_detail", args=[judged.pk]) in new


def test_the_customer_reads_its_own_agreements_and_nobody_elses(
    world: World, judged: Evaluation
) -> None:
    acme = page(world.people["acme"]["CUSTOMER_VIEWER"], "portal_agreements")
    bolt = page(world.people["bolt"]["CUSTOMER_VIEWER"], "portal_agreements")

    assert "Webmail is available for 99.9 % of the agreed time." in acme
    assert "99.72 % in September 2026" in acme
    assert "BOLT-CANARY" not in acme
    assert "ACME-CANARY" not in bolt
    assert "99.72" not in bolt


def test_an_agreement_is_made_by_hand_from_draft_to_force(world: World) -> None:
    client = signed_in(world.staff["SERVICE_LEVEL_MANAGER"])
    answer = client.post(
        reverse("slas:agreements_create"),
        {
            "title": "Managed Network for Acme",
            "reference": "SLA-NET",
            "kind": "SLA",
            "party": str(world.acme.pk),
            "starts_date": "2026-01-01",
        },
    )
    with acting_as(SYSTEM):
        agreement = Agreement.objects.get(reference="SLA-NET")
        draft = AgreementVersion.objects.get(agreement=agreement)
    assert answer.url == reverse("slas:agreements_detail", args=[agreement.pk])
    assert draft.starts_at == make.madrid("2026-01-01 00:00")

    client.post(
        reverse("slas:targets_create"),
        {
            "version": str(draft.pk),
            "name": "Solution of priority 1",
            "reference": "P1",
            "kind": "RESOLUTION",
            "service": str(world.shared.pk),
            "hours": str(world.hours.pk),
            "objective": "95",
            "limit_number": "4",
            "limit_unit": "hours",
            "priority": "1",
            "day_rule": "keep_time",
            "min_sample": "1",
        },
    )
    client.post(
        reverse("slas:agreement-versions_in-force", args=[draft.pk]), {"signed_by": "Lucía Ortega"}
    )

    with acting_as(SYSTEM):
        draft.refresh_from_db()
        target = Target.objects.get(version=draft)
    assert (draft.state, draft.signed_by) == ("IN_FORCE", "Lucía Ortega")
    assert (target.limit_seconds, target.priority) == (14_400, 1)


def test_a_reader_without_the_right_cannot_put_a_version_in_force(world: World) -> None:
    with acting_as(SYSTEM):
        agreement = Agreement.objects.create(reference="SLA-T", title="T", party=world.acme)
        version = make.make_version(agreement, AT)
        make.make_target(version, world.webmail, world.hours)
    address = reverse("slas:agreement-versions_in-force", args=[version.pk])

    answer = signed_in(world.staff["AUDITOR"]).post(address, {"signed_by": "me"})

    assert answer.status_code == 403
    with acting_as(SYSTEM):
        version.refresh_from_db()
    assert version.state == "DRAFT"


def test_the_form_of_a_target_keeps_its_input_and_says_what_is_missing(world: World) -> None:
    answer = signed_in(world.administrator).post(
        reverse("slas:targets_create"), {"name": "Fast", "kind": "RESOLUTION", "objective": "95"}
    )

    assert answer.status_code == 422
    assert "Enter the limit, such as 4 hours." in answer.content.decode()
    assert 'value="Fast"' in answer.content.decode()


def test_the_report_tells_attainment_and_availability_from_stored_judgments(
    world: World, judged: Evaluation
) -> None:
    context = SectionContext(world.acme, [world.webmail], SEPTEMBER, AT)
    with acting_as(world.acme):
        attainment = attainment_section(context)
        availability = availability_section(context)
        cells = list(sockets.scorecard(context))

    row = attainment.blocks[0].rows[1].cells
    assert attainment.finding.startswith("0 of 1 target was met; missed: ")
    assert (row[1].text, row[2].text, row[3].text) == ("99.9", "99.72", "−76.92")
    assert (row[4].text, row[6].status) == ("278 %", "missed")
    assert availability is not None
    assert availability.finding == "2 interruptions cost 120 counted minutes."
    assert [(cell.service, cell.state) for cell in cells] == [("Webmail", "missed")]


def test_coverage_asks_whether_every_subscription_is_agreed(world: World, system: None) -> None:
    answers = sockets.coverage([world.webmail, world.shared], AT)
    agreed, missing = answers[world.webmail.pk], answers[world.shared.pk]

    assert agreed.answer == "yes"
    assert (missing.answer, missing.reason) == (
        "no",
        "No agreement in force promises it to Acme S.A., Bolt Inc..",
    )


def test_an_agreement_that_ends_soon_makes_the_answer_stale(world: World, system: None) -> None:
    version = world.agreements["acme"].versions.get()
    AgreementVersion.objects.filter(pk=version.pk).update(ends_at="2026-11-01T00:00:00Z")

    soon, early = (
        sockets.coverage([world.webmail], at)[world.webmail.pk]
        for at in (AT, AT - timedelta(days=61))
    )

    assert (soon.answer, early.answer) == ("stale", "yes")
    assert soon.reason == f"{world.agreements['acme']} ends on 2026-11-01."
    assert soon.url == reverse("slas:agreements_detail", args=[world.agreements["acme"].pk])


def test_missed_targets_and_ending_agreements_are_work(world: World, judged: Evaluation) -> None:
    manager = world.staff["SERVICE_LEVEL_MANAGER"]
    with acting_as(SYSTEM):
        world.agreements["bolt"].versions.update(ends_at=make.madrid("2026-11-15 00:00"))
        items = list(sockets.work_items(manager, AT))
        none = list(sockets.work_items(world.staff["AUDITOR"], AT))

    assert [(str(item.kind), item.state, item.act) for item in items] == [
        ("Agreement", "at_risk", "Renew"),
        ("Missed target", "breached", "Look into"),
    ]
    assert items[1].since_at == judged.ends_at
    assert none == []


def test_a_record_makes_the_judged_periods_that_it_touches_stale(
    world: World, judged: Evaluation
) -> None:
    with acting_as(SYSTEM):
        late = make.make_outage(world.webmail, "2026-09-28 10:00", "2026-10-03 10:00")
        other = make.make_outage(
            world.webmail, "2026-09-28 10:00", "2026-10-03 10:00", customer=world.bolt
        )

        assert periods_touched(late) == [(world.agreements["acme"].pk, "2026-09")]
        assert periods_touched(other) == []
