"""One row of every kind for each customer and for the provider: what the standing checks read and attack.

``fill(world)`` returns the rows by model: ``rows.of(Action, "acme")``. Texts of a customer's rows carry
its canary; texts of the provider's rows carry none.
"""

import copy
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone

from itsm import models as m
from itsm.api.examples import EXAMPLES
from itsm.calculations.digest import sha256
from itsm.calculations.periods import Period
from itsm.imports.runs import Upload, start_run
from itsm.services import files
from itsm.services.accounts import create_token
from itsm.services.calendar_feeds import hash_of
from reporting import models as r
from slas import models as s
from slas.services.evaluation import evaluate_period
from tests.world import CANARY, EPOCH, World

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parent / "data" / "report_sample.json"
LOGO = EXAMPLES["parties_set_logo"]["content_base64"]
FEED_TOKEN = "feed-of-the-provider"  # its subscription shows closed days: nobody's secret
CSV = b"name,slug\nFabrikam,fabrikam\n"


@dataclass
class Rows:
    """The rows by model and side: "acme", "bolt" or "provider"; drafts of customers' agreements apart."""

    world: World
    by_model: dict[type, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))

    def of(self, model: type, side: str) -> Any:
        """Return the row of this side; a provider's row when the model belongs to no customer."""
        sides = self.by_model[model]
        return sides.get(side) or sides["provider"]

    def knows(self, model: type, side: str) -> bool:
        """Whether this side has a row of its own."""
        return side in self.by_model.get(model, {})

    def put(self, side: str, row: Any) -> Any:
        """Keep a row and return it."""
        self.by_model[type(row)][side] = row
        return row


@cache
def _dataset() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return found


def dataset(words: str) -> dict[str, Any]:
    """Return the dataset of a report whose titles carry ``words``."""
    made = copy.deepcopy(_dataset())
    made["meta"] |= {"customer": words, "number": "RPT-1"}
    for section in made["sections"]:
        section["title"] = f"{section['title']} {words}"
    return made


def fill(world: World) -> Rows:
    """Write one row of every kind for both customers and for the provider; run as the system."""
    rows = Rows(world)
    _provider(world, rows)
    for slug, party, service in (
        ("acme", world.acme, world.webmail),
        ("bolt", world.bolt, world.crm),
    ):
        words = CANARY[slug]
        m.Service.objects.filter(pk=service.pk).update(description=words, intended_outcomes=words)
        rows.put(slug, party)
        rows.put(slug, m.Contact.objects.get(party=party))
        rows.put(slug, m.Service.objects.get(pk=service.pk))
        rows.put(slug, m.ServiceOffering.objects.create(
            service=service, slug=f"{slug}-gold", name=f"Gold {words}", hours=world.hours,
        ))  # fmt: skip
        _told(rows, slug, party, service)
        _records(rows, slug, party, service)
        _feed(rows, slug, party, 901 if slug == "acme" else 902)
        _levels(rows, slug, party, service)
        _reports(rows, slug, party)
    return rows


def _provider(world: World, rows: Rows) -> None:
    for row in (
        world.provider,
        world.hours,
        world.family,
        world.shared,
        world.staff["REPORT_EDITOR"],
    ):
        rows.put("provider", row)
    put = lambda row: rows.put("provider", row)  # noqa: E731 one line each
    m.Service.objects.update(owner=world.administrator)
    put(m.Currency.objects.get(code="EUR"))
    put(m.Contact.objects.create(party=world.provider, name="Desk", email="desk@northwind.example"))
    put(m.ServiceHoursVersion.objects.get(hours=world.hours))
    put(m.HoursException.objects.create(hours=world.hours, date="2026-12-25", name="Christmas"))
    component = put(m.Component.objects.create(slug="db", name="Database", supplier=world.supplier))
    group = put(m.DependencyGroup.objects.create(service=world.shared, starts_at=EPOCH))
    put(m.DependencyMember.objects.create(group=group, component=component))
    put(m.ServiceOffering.objects.create(service=world.shared, slug="network-basic", name="Basic"))
    put(m.Series.objects.create(slug="cpu", name="CPU", unit="%", service=world.shared))
    put(m.Membership.objects.filter(role="AUDITOR").get())
    put(m.Job.objects.create(
        kind="x", title="Job", key="k", task="itsm.tasks.nothing", state="DEAD", due_at=NOW,
    ))  # fmt: skip
    put(m.OutboxMessage.objects.create(event="x.y", due_at=NOW, state="DONE"))
    hook = put(m.WebhookEndpoint.objects.create(
        name="Desk", url="https://desk.example/in", secret="whsec_c2VjcmV0",
    ))  # fmt: skip
    put(m.WebhookDelivery.objects.create(
        endpoint=hook, message=hook.pk, event="x.y", body="{}", due_at=NOW, state="DONE",
    ))  # fmt: skip
    put(m.SavedView.objects.create(
        name="Live", slug="view-of-live-ones", list_name="services", filters={"state": ["LIVE"]},
        shared_with="EVERYBODY", owner=world.administrator,
    ))  # fmt: skip
    put(m.FeedEntry.objects.create(number=900, event="x.y", happened_at=NOW))
    m.NumberSequence.objects.create(prefix="FEED", last=902)
    put(create_token(world.administrator, name="Own", scope="read")[0])
    put(m.CalendarFeed.objects.create(
        user=world.administrator, name="Own", token_hash=hash_of(FEED_TOKEN), kinds=["holiday"],
    ))  # fmt: skip
    put(m.ImportMapping.objects.create(
        source="helpdesk", kind="tickets", columns={"title": "Subject"}, options={"date_order": "day_first"},
    ))  # fmt: skip
    upload = Upload("parties.csv", iter([CSV]), "parties", "test", None, None, "UTC")
    put(start_run(upload, by="test", at=NOW))


def _told(rows: Rows, slug: str, party: Any, service: Any) -> None:
    words = CANARY[slug]
    text = {"customer_text": words, "internal_note": "INTERNAL", "title": words}
    facts = {"service": service, "customer": party, **text, "is_published": True}
    soon = timezone.now() + timedelta(days=3)
    common = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=1), "state": "APPROVED"}
    rows.put(slug, m.ServiceEvent.objects.create(
        reference=f"EVT-{slug}", kind="KNOWN_PROBLEM", possible_effect=words, remedy=words,
        **facts, **common,
    ))  # fmt: skip
    rows.put(
        slug, m.Outage.objects.create(reference=f"OUT-{slug}", root_cause=words, **facts, **common)
    )
    rows.put(slug, m.MaintenanceWindow.objects.create(
        reference=f"MNT-{slug}", state="ANNOUNCED", starts_at=soon, expected_effect=words,
        ends_at=soon + timedelta(hours=1), **facts,
    ))  # fmt: skip


def _records(rows: Rows, slug: str, party: Any, service: Any) -> None:
    words = CANARY[slug]
    rows.put(slug, m.Action.objects.create(
        customer=party, title=words, description=words, owner_name="Ana", due_date="2026-04-01",
    ))  # fmt: skip
    rows.put(slug, m.Decision.objects.create(
        customer=party, question=words, options=["Yes", "No"], explanation=words,
        due_at=timezone.now() + timedelta(days=9),
    ))  # fmt: skip
    rows.put(slug, m.Comment.objects.create(
        customer=party, text=words, side="CUSTOMER", author_name="Reader",
        ref_app="itsm", ref_kind="service", ref_uuid=service.pk, ref_label=words,
    ))  # fmt: skip
    ticket = rows.put(slug, m.Ticket.objects.create(
        customer=party, service=service, source="test", external_id=words, title=words, opened_at=NOW,
    ))  # fmt: skip
    rows.put(slug, m.TicketEvent.objects.create(
        customer=party, ticket=ticket, sequence=1, kind="START", effective_at=NOW, reason=words,
    ))  # fmt: skip
    rows.put(slug, files.store(
        customer=party, name=f"{words}.pdf", content_type="application/pdf",
        content=f"%PDF-1.7 {words}".encode(), at=NOW,
    ))  # fmt: skip
    m.Party.objects.filter(pk=party.pk).update(logo=rows.of(m.StoredFile, slug))
    rows.put(slug, m.Mail.objects.create(
        customer=party, key=f"k-{slug}", recipient=f"reader@{slug}.example", subject=words,
        body_text=words, message_id=f"<{slug}@northwind.example>", state="SENT", due_at=NOW,
    ))  # fmt: skip
    person = rows.world.people[slug]["CUSTOMER_VIEWER"]
    m.User.objects.filter(pk=person.pk).update(name=f"{words} Reader")
    rows.put(slug, create_token(person, name=words, scope="read")[0])
    rows.put(slug, m.CalendarFeed.objects.create(
        user=person, name=words, token_hash=hash_of(words), customer=party,
    ))  # fmt: skip


def _feed(rows: Rows, slug: str, party: Any, number: int) -> None:
    rows.put(slug, m.FeedEntry.objects.create(
        number=number, event="decision.asked", happened_at=NOW, customer=party,
        payload={"answer": CANARY[slug]},
    ))  # fmt: skip


def _levels(rows: Rows, slug: str, party: Any, service: Any) -> None:
    words, world = CANARY[slug], rows.world
    agreement = rows.put(slug, world.agreements[slug])
    rows.put(slug, world.targets[slug])
    s.AgreementVersion.objects.filter(agreement=agreement).update(ends_at=NOW + timedelta(days=900))
    rows.put(slug, s.AgreementVersion.objects.get(agreement=agreement))
    rows.put(slug, s.Subscription.objects.get(customer=party, service=service))
    period = Period.parse("2026-02", party.timezone)
    [judged] = evaluate_period(agreement=agreement, period=period, at=NOW, reason=words)
    s.Evaluation.objects.filter(pk=judged.pk, state="PROVISIONAL").update(reason=words)
    rows.put(slug, s.Evaluation.objects.get(pk=judged.pk))


def _reports(rows: Rows, slug: str, party: Any) -> None:
    words = CANARY[slug]
    definition = rows.put(slug, r.ReportDefinition.objects.create(
        customer=party, slug="monthly", name=f"Monthly {words}", purpose=words, audience=words,
        data_sources=words, starts_date="2026-01-01", state="DRAFT",
    ))  # fmt: skip
    rows.put(slug, r.Recipient.objects.create(
        customer=party, definition=definition, contact=rows.of(m.Contact, slug),
    ))  # fmt: skip
    obligation = rows.put(slug, r.DeliveryObligation.objects.create(
        customer=party, definition=definition, period="2026-02", due_at=NOW, state="PUBLISHED",
        period_starts_at=datetime(2026, 2, 1, tzinfo=UTC), published_at=NOW,
        period_ends_at=datetime(2026, 3, 1, tzinfo=UTC), error=words,
    ))  # fmt: skip
    made = dataset(words)
    pdf = rows.of(m.StoredFile, slug)
    issue = rows.put(slug, r.ReportIssue.objects.create(
        customer=party, obligation=obligation, version=1, number=f"RPT-{slug.upper()}",
        headline=words, dataset=made, dataset_sha256=sha256(made), pdf=pdf, pdf_sha256=pdf.sha256,
        generated_at=NOW, published_at=NOW,
    ))  # fmt: skip
    rows.put(slug, r.ReportFeedback.objects.create(
        customer=party, issue=issue, kind="REMARKS", text=words, author_name=words, given_at=NOW,
    ))  # fmt: skip
