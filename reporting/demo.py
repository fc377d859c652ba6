"""Which reports the demo's customers get: definitions, recipients, what is owed and what is made at once."""

from datetime import date, timedelta

from itsm.demo.plan import Demo
from itsm.demo.promises import OFFICE
from itsm.models import Contact, Job
from reporting.models import DeliveryObligation, Recipient, ReportDefinition
from reporting.services.plan import materialise
from reporting.services.scheduling import TASK, job_key, order
from slas.models import Agreement

AT_ONCE = 3  # months whose reports the worker makes as soon as it runs
SOON, LATER = timedelta(days=1), timedelta(days=30)
State = DeliveryObligation.State


def load(demo: Demo) -> None:
    """Create definitions with recipients and all obligations; queue the newest, leave the others for demand."""
    for customer in demo.customers:
        _definition(demo, customer.slug, "monthly", "Monthly service report", "MONTH")
    _definition(demo, "iberia", "quarterly", "Quarterly review", "QUARTER")
    materialise(at=demo.plan.at)
    _deliver(demo)


def _definition(demo: Demo, customer: str, slug: str, name: str, frequency: str) -> None:
    party = demo.parties[customer]
    row = ReportDefinition.objects.create(
        customer=party, slug=slug, name=name, frequency=frequency, state="ACTIVE", is_demo=True,
        purpose="Shows which promises were kept, what happened and what is planned.",
        audience=f"Management and service owners of {party.name}",
        data_sources="Records, tickets and agreements in Plimsoll",
        agreement=Agreement.objects.get(party=party, kind=Agreement.Kind.SLA),
        hours=demo.hours[OFFICE[customer]], starts_date=_first_day(demo, frequency),
        classification="Confidential",
    )  # fmt: skip
    wanted = [Contact.Role.REPORT_RECIPIENT, Contact.Role.APPROVER]
    contacts = Contact.objects.filter(party=party, role__in=wanted).order_by("role")
    Recipient.objects.bulk_create(
        Recipient(customer=party, definition=row, contact=contact, channel=channel)
        for contact, channel in zip(contacts, ("MAIL", "MAIL"), strict=True)
    )


def _first_day(demo: Demo, frequency: str) -> date:
    """Return the first day of the first month, or of the first quarter with all its records."""
    first = demo.plan.start.date()
    if frequency == "MONTH":
        return first
    month = first.month + (1 - first.month) % 3
    return date(first.year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _deliver(demo: Demo) -> None:
    """Give past obligations a new due date; queue the last three months, mark the others as asked for later."""
    past = DeliveryObligation.objects.filter(is_demo=True, period_ends_at__lte=demo.plan.at)
    newest = past.filter(period_ends_at__gt=demo.plan.month(AT_ONCE - 1) + timedelta(days=2))
    older = past.exclude(pk__in=newest.values("pk"))
    for obligation in newest.select_related("definition", "customer").order_by("-period_ends_at"):
        order(obligation, at=demo.plan.at)
    Job.objects.bulk_create(
        Job(
            kind="report", title=f"{row.definition.name}, {row.customer}, {row.period}"[:200],
            key=job_key(row, restates=False, at=demo.plan.at), task=TASK, queue="reports",
            arguments={"obligation": str(row.pk)}, state=Job.State.DONE, due_at=demo.plan.at,
            message="Demo: made as soon as somebody asks for it.",
        )
        for row in older.select_related("definition", "customer")
    )  # fmt: skip
    older.update(due_at=demo.plan.at + LATER)
    newest.update(due_at=demo.plan.at + SOON)
