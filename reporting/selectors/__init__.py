"""What the report, its pages and sockets read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q

from itsm.calculations.periods import Period
from itsm.models import Comment, MaintenanceWindow, Outage, Party, Service, ServiceEvent
from itsm.tenancy import actor_for
from reporting.models import DeliveryObligation, ReportDefinition, ReportFeedback, ReportIssue
from slas.models import Agreement, AgreementVersion, Evaluation, Subscription

State = DeliveryObligation.State
BOARD_DAYS_BACK, BOARD_DAYS_AHEAD = 92, 45
BOARD_CARDS = 10  # in each lane; the list has the others


def services_of(customer: Party, period: Period) -> list[Service]:
    """Return the services that the customer used at some time of the period, by name."""
    used = Subscription.objects.visible_to(customer).filter(
        Q(ends_at=None) | Q(ends_at__gt=period.start), customer=customer, starts_at__lt=period.end
    )
    rows = Service.objects.visible_to(customer).filter(pk__in=used.values("service"))
    return list(rows.select_related("hours").order_by("name"))


def agreements_of(customer: Party, period: Period) -> list[AgreementVersion]:
    """Return the versions of SLAs in force at some time of the period, by reference and number."""
    return list(
        AgreementVersion.objects.visible_to(customer)
        .during(period.start, period.end)
        .filter(party=customer, agreement__kind=Agreement.Kind.SLA)
        .select_related("agreement")
        .order_by("agreement__reference", "number")
    )


def evaluations_of(customer: Party, period: Period) -> list[Evaluation]:
    """Return the current judgments of the period, by service and target."""
    return list(
        Evaluation.objects.visible_to(customer)
        .current()
        .filter(party=customer, period=period.label, target__version__agreement__kind="SLA")
        .select_related("target__service")
        .order_by("target__service__name", "target__reference")
    )


def events_of(customer: Party, services: Sequence[Service], kinds: Iterable[str]) -> Any:
    """Return published, uncorrected events of these kinds and services, oldest first."""
    rows = ServiceEvent.objects.visible_to(customer).current().active()
    rows = rows.filter(service__in=services, kind__in=list(kinds), is_published=True)
    return rows.select_related("service").order_by("starts_at", "reference")


def outages_of(customer: Party, services: Sequence[Service], period: Period) -> list[Outage]:
    """Return published outages that touch the period, oldest first."""
    rows = Outage.objects.visible_to(customer).current().active()
    rows = rows.filter(service__in=services, is_published=True)
    rows = rows.during(period.start, period.end).select_related("service")
    return list(rows.order_by("starts_at", "reference"))


def maintenance_of(
    customer: Party, services: Sequence[Service], start: datetime, end: datetime
) -> list[MaintenanceWindow]:
    """Return published maintenance that touches [start, end), not cancelled, oldest first."""
    rows = MaintenanceWindow.objects.visible_to(customer).current().active()
    rows = rows.filter(service__in=services, is_published=True).exclude(state="CANCELLED")
    return list(rows.during(start, end).select_related("service").order_by("starts_at"))


@dataclass(frozen=True, slots=True)
class Card:
    """An obligation on the board: its lane, what the clock says and the issue that people may open."""

    obligation: DeliveryObligation
    lane: str
    countdown: timedelta
    is_late: bool
    issue: ReportIssue | None


LANES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("planned", (State.PLANNED,)),
    ("made", (State.GENERATING, State.FAILED)),
    ("review", (State.IN_REVIEW,)),
    ("published", (State.PUBLISHED,)),
    ("answered", (State.ACKNOWLEDGED, State.DISPUTED, State.WAIVED)),
)

OPEN = (State.PLANNED, State.GENERATING, State.FAILED, State.IN_REVIEW)
_LANE_OF = {state: lane for lane, states in LANES for state in states}


def is_late(obligation: DeliveryObligation, at: datetime) -> bool:
    """Tell whether a report was or is published after it was due."""
    if obligation.state == State.WAIVED:
        return False
    return (obligation.published_at or at) > obligation.due_at


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of the delivery board: its first cards, and how many obligations it has in all."""

    key: str
    states: tuple[str, ...]
    total: int
    cards: tuple[Card, ...]


def owed_on_board(who: Any, at: datetime) -> Any:
    """Return the obligations of the board: three months back, six weeks ahead, and all that is late."""
    near = Q(
        due_at__gte=at - timedelta(days=BOARD_DAYS_BACK),
        due_at__lt=at + timedelta(days=BOARD_DAYS_AHEAD),
        period_ends_at__gte=at - timedelta(days=BOARD_DAYS_BACK + 31),
    )
    return DeliveryObligation.objects.visible_to(who).filter(near | _overdue(at))


def _overdue(at: datetime) -> Q:
    return Q(due_at__lt=at, state__in=["PLANNED", "GENERATING", "IN_REVIEW", "FAILED"])


def board(
    who: Any, at: datetime, *, owed: Any = None, shown: int = BOARD_CARDS
) -> tuple[list[Lane], int]:
    """Return the lanes with their first ``shown`` cards, and how many reports are late (five queries).

    ``owed``: the obligations in question, else those of the board.
    Open lanes begin with what is due longest, the others with what was due last.
    """
    rows = owed_on_board(who, at) if owed is None else owed
    totals = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    late = rows.filter(_overdue(at)).count()
    firsts = [
        rows.filter(state=state)
        .order_by("due_at" if state in OPEN else "-due_at", "pk")
        .values("pk")[:shown]
        for state in _LANE_OF
    ]
    current = Prefetch("issues", ReportIssue.objects.visible_to(who).current().defer("dataset"))
    kept = (
        DeliveryObligation.objects.visible_to(who)
        .filter(pk__in=[row["pk"] for row in firsts[0].union(*firsts[1:], all=True)])
        .select_related("customer", "definition")
        .prefetch_related(current)
        .order_by("due_at", "customer__name")
    )
    cards = [_card(row, at) for row in kept]
    lanes = [
        Lane(
            key,
            states,
            sum(totals.get(state, 0) for state in states),
            tuple(_first_cards([card for card in cards if card.lane == key], states, shown)),
        )
        for key, states in LANES
    ]
    return lanes, late


def _first_cards(cards: list[Card], states: Sequence[str], shown: int) -> list[Card]:
    """Return the cards that are due longest in an open lane, those that were due last in another."""
    return cards[:shown] if set(states) <= set(OPEN) else cards[::-1][:shown]


def _card(row: DeliveryObligation, at: datetime) -> Card:
    return Card(
        obligation=row,
        lane=_LANE_OF[row.state],
        countdown=row.due_at - at,
        is_late=is_late(row, at),
        issue=next(iter(row.issues.all()), None),
    )


def library(who: Any) -> Any:
    """Return the current issues that the reader may see, newest period first, without their datasets."""
    rows = ReportIssue.objects.visible_to(who).current().defer("dataset")
    rows = rows.select_related("customer", "obligation__definition", "pdf")
    return rows.order_by("-obligation__period_starts_at", "customer__name")


def read_by(who: Any, issues: Iterable[ReportIssue]) -> set[Any]:
    """Return the keys of the issues that this person has opened or answered."""
    user = actor_for(who).user_id
    rows = ReportFeedback.objects.visible_to(who).filter(issue__in=list(issues), author_id=user)
    return set(rows.values_list("issue_id", flat=True))


def next_due(who: Any, at: datetime) -> DeliveryObligation | None:
    """Return the next report that is not published yet."""
    rows = DeliveryObligation.objects.visible_to(who).open().filter(due_at__gt=at)
    return rows.select_related("definition").order_by("due_at").first()


def overdue(at: datetime) -> Any:
    """Return what is due and not published, oldest first."""
    rows = DeliveryObligation.objects.open().filter(due_at__lt=at)
    return rows.select_related("definition__customer", "customer").order_by("due_at")


def definitions_with_counts(who: Any) -> Any:
    """Return report definitions with the number of their recipients."""
    rows = ReportDefinition.objects.visible_to(who).select_related("customer")
    return rows.annotate(recipient_count=Count("recipients"))


def unanswered(who: Any) -> Any:
    """Return the customers' questions that have no reply yet, oldest first; disputes show on their obligation."""
    replied = Comment.objects.filter(ref_uuid=OuterRef("pk"), side=Comment.Side.STAFF)
    rows = ReportFeedback.objects.visible_to(who).filter(kind=ReportFeedback.Kind.QUESTION)
    rows = rows.filter(~Exists(replied)).select_related("issue", "customer")
    return rows.defer("issue__dataset").order_by("given_at")
