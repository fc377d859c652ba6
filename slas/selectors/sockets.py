"""What service levels tell the shell: work, coverage, dates, metrics, evidence, agenda, panels, overlays."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.calculations.periods import Period
from itsm.models import Party, Service
from itsm.permissions import allowed
from itsm.registry import (
    AgendaItem,
    CalendarItem,
    Coverage,
    Evidence,
    Metric,
    ScorecardCell,
    SectionContext,
    TimeOfService,
    WorkItem,
)
from itsm.tenancy import SYSTEM, actor_for
from slas.models import Agreement, AgreementVersion, Evaluation, Subscription, Target
from slas.querysets import EvaluationQuerySet
from slas.selectors.agreements import worst
from slas.selectors.figures import (
    margin_text,
    measured,
    percent,
    period_text,
    state_of,
    tone_of,
    words_of,
)
from slas.selectors.stale import final_judgments

NOTICE = timedelta(days=90)
LOOK_BACK = timedelta(days=120)
_OVERLAY_LIMIT = 2000
QUESTION = lazy("Are the conditions agreed?")
UNUSED, ADD_SUBSCRIPTION = lazy("No customer subscribes to it."), lazy("Add a subscription")
AGREED, SEE_TARGETS = lazy("Agreed with every customer."), lazy("See the targets")
ADD_AGREEMENT, RENEW = lazy("Add an agreement"), lazy("Renew it")


def _page(row: Any) -> str:
    name = {Agreement: "agreements", AgreementVersion: "agreement-versions"}.get(
        type(row), "evaluations"
    )
    return reverse(f"slas:{name}_detail", args=[row.pk])


def final_missed(who: Any, since: datetime) -> QuerySet[Evaluation]:
    """Return final judgments of whole months that were missed and ended after ``since``, of a year at most."""
    month = Period.containing(since, "month").previous()
    months = [month := month.next() for _number in range(13)]
    return (
        Evaluation.objects.visible_to(who)
        .current()
        .filter(met=False, state="FINAL", ends_at__gte=since)
        .filter(period__in=[month.previous().label for month in months])
        .select_related("target__service", "target__version__agreement", "party")
        .defer("trace")
        .order_by("-starts_at", "target__reference")
    )


def expiring(who: Any, at: datetime) -> QuerySet[AgreementVersion]:
    """Return versions in force that end within ninety days without a version that follows."""
    later = AgreementVersion.objects.filter(state="IN_FORCE", starts_at__gt=at)
    return (
        AgreementVersion.objects.visible_to(who)
        .in_force(at)
        .filter(ends_at__lte=at + NOTICE)
        .exclude(agreement__in=later.values("agreement"))
        .select_related("agreement", "party")
        .order_by("ends_at")
    )


def _last_day(version: AgreementVersion) -> date | None:
    return version.ends_at.date() if version.ends_at else None


def work_items(user: Any, at: datetime) -> Iterator[WorkItem]:
    """Yield missed targets without an explanation and agreements that end soon."""
    actor = actor_for(user)
    if not actor.is_staff or not allowed(actor, "change", Agreement):
        return
    for version in expiring(actor, at)[:20]:
        yield WorkItem(
            title=_("%(agreement)s ends and nothing follows") % {"agreement": version.agreement},
            url=_page(version.agreement),
            kind=_("Agreement"),
            due_at=version.ends_at,
            state="at_risk",
            detail=_("Draw up the version that follows."),
            customer=version.party_id,
            act=_("Renew"),
        )
    for row in final_missed(actor, at - LOOK_BACK)[:20]:
        yield WorkItem(
            title=_("%(target)s missed in %(period)s")
            % {"target": row.target.name, "period": period_text(row.period)},
            url=_page(row),
            kind=_("Missed target"),
            state="breached",
            detail=measured(row),
            customer=row.party_id,
            service=row.target.service_id,
            act=_("Look into"),
            since_at=row.ends_at,
        )


def coverage(services: Sequence[Service], at: datetime) -> dict[Any, Coverage]:
    """Are the conditions agreed? Yes when an SLA in force has targets for a service for each of its customers.

    Four queries for all the services; the answer of each under its key.
    """
    keys = [service.pk for service in services]
    used = Subscription.objects.filter(service__in=keys).active()
    used = used.filter(Q(ends_at=None) | Q(ends_at__gt=at))
    customers: dict[Any, dict[Any, str]] = defaultdict(dict)
    for service, party, name in used.values_list("service", "customer", "customer__name"):
        customers[service][party] = name
    promised = Target.objects.filter(
        service__in=keys,
        version__agreement__kind=Agreement.Kind.SLA,
        version__in=AgreementVersion.objects.in_force(at),
    )
    covered = set(promised.values_list("service", "party"))
    soon = {version.pk: version for version in expiring(SYSTEM, at)}
    ending: dict[Any, AgreementVersion] = {}
    for service, key in Target.objects.filter(service__in=keys, version__in=list(soon)).values_list(
        "service", "version"
    ):
        ending.setdefault(service, soon[key])
    pages = {
        name: reverse(f"slas:{name}")
        for name in ("subscriptions_create", "agreements_create", "targets_list")
    }
    found = {}
    for service in services:
        names = customers[service.pk]
        missing = sorted(name for pk, name in names.items() if (service.pk, pk) not in covered)
        found[service.pk] = _covered(
            service, bool(names), missing, ending.get(service.pk), pages=pages
        )
    return found


def _covered(
    service: Service,
    is_used: bool,
    missing: list[str],
    soon: AgreementVersion | None,
    *,
    pages: Mapping[str, str],
) -> Coverage:
    """Return the answer for one service: who uses it without a promise, which agreement ends soon."""
    answer = partial(Coverage, question=QUESTION, owner=service.owner.name if service.owner else "")
    if not is_used:
        url = f"{pages['subscriptions_create']}?service={service.pk}"
        return answer(answer="no", reason=UNUSED, url=url, action=ADD_SUBSCRIPTION)
    if missing:
        reason = _("No agreement in force promises it to %(names)s.") % {
            "names": ", ".join(missing[:3])
        }
        url = pages["agreements_create"]
        return answer(answer="no", reason=reason, url=url, action=ADD_AGREEMENT)
    if soon is not None and soon.ends_at is not None:
        facts = {"agreement": soon.agreement, "day": soon.ends_at.date()}
        reason = _("%(agreement)s ends on %(day)s.") % facts
        return answer(answer="stale", reason=reason, url=_page(soon.agreement), action=RENEW)
    url = f"{pages['targets_list']}?service={service.pk}"
    return answer(answer="yes", reason=AGREED, url=url, action=SEE_TARGETS)


def calendar_items(
    who: Any, start: datetime, end: datetime, *, service: Any = None, limit: int | None = None
) -> Iterator[CalendarItem]:
    """Yield the first and last days of agreements, ``limit`` of each; with ``service`` of those that promise it."""
    rows = AgreementVersion.objects.visible_to(who).filter(state="IN_FORCE")
    if service is not None:
        rows = rows.filter(pk__in=Target.objects.filter(service=service).values("version"))
    rows = rows.select_related("agreement", "party")
    is_staff = actor_for(who).is_staff
    ending = rows.filter(ends_at__gte=start, ends_at__lt=end).order_by("ends_at")
    for version in ending[:limit]:
        title = _("%(agreement)s ends") % {"agreement": version.agreement}
        yield _agreement_day(version, title, is_end=True, is_staff=is_staff)
    starting = rows.filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at")
    for version in starting[:limit]:
        title = _("%(agreement)s starts") % {"agreement": version.agreement}
        yield _agreement_day(version, title, is_end=False, is_staff=is_staff)


def _agreement_day(
    version: AgreementVersion, title: str, *, is_end: bool, is_staff: bool
) -> CalendarItem:
    """Return the first day of a version, or its last one, in the zone of the party."""
    at: Any = version.ends_at if is_end else version.starts_at
    last = at - timedelta(microseconds=1) if is_end else at
    return CalendarItem(
        uid=f"agreement-{'end' if is_end else 'start'}-{version.pk}",
        title=title,
        starts_at=at,
        ends_at=None,
        url=_page(version.agreement) if is_staff else reverse("slas:portal_agreements"),
        kind="agreement",
        day=last.astimezone(ZoneInfo(version.party.timezone)).date(),
        changed_at=version.updated_at,
        customer=version.party_id,
    )


def metrics(at: datetime) -> Iterator[Metric]:
    """Yield how many agreements are in force and how many judgments of the running month are missed."""
    yield Metric(
        "plimsoll_agreements_in_force",
        "Agreements with a version in force.",
        Agreement.objects.active().in_force(at).count(),
    )
    label = Period.containing(at, "month").label
    rows = Evaluation.objects.current().filter(period=label)
    yield Metric(
        "plimsoll_targets_missed",
        "Targets missed so far in this month.",
        rows.filter(met=False).count(),
    )


def evidence(clause: str) -> Iterator[Evidence]:
    """Yield agreements and judgments for 8.3.3, 8.3.4 and 9.1."""
    if clause in ("8.3.3", "8.3.4"):
        kinds = ["SLA"] if clause == "8.3.3" else ["OLA", "UNDERPINNING"]
        rows = AgreementVersion.objects.filter(state="IN_FORCE", agreement__kind__in=kinds)
        for version in rows.select_related("agreement").order_by("agreement__reference"):
            yield Evidence(clause, str(version), _page(version), version.signed_at)
    if clause in ("8.3.3", "9.1"):
        found = Evaluation.objects.current().filter(state="FINAL").select_related("target")
        for row in found.defer("trace").order_by("-starts_at")[:200]:
            yield Evidence(clause, str(row), _page(row), row.as_of)


def leaning(times: Sequence[TimeOfService], since: datetime) -> Iterator[str]:
    """Yield a sentence for each final judgment made from ``since`` on that counts these times."""
    for agreement, period in final_judgments(times, since):
        yield _(
            "%(agreement)s is judged for good for %(period)s and counts records of this import."
        ) % {"agreement": agreement, "period": period_text(period)}


def agenda_items(customer: Party, at: datetime) -> Iterator[AgendaItem]:
    """Yield missed targets and ending agreements for the next review with a customer."""
    for row in final_missed(customer, at - LOOK_BACK).filter(party=customer)[:20]:
        title = _("%(target)s missed in %(period)s: %(result)s") % {
            "target": row.target.name,
            "period": period_text(row.period),
            "result": percent(row.value, row.target.objective),
        }
        yield AgendaItem(title, _page(row), "missed_target")
    for version in expiring(customer, at).filter(party=customer):
        title = _("%(agreement)s ends on %(day)s") % {
            "agreement": version.agreement,
            "day": _last_day(version),
        }
        yield AgendaItem(title, _page(version.agreement), "agreement_end")


def _running(rows: EvaluationQuerySet, at: datetime) -> list[Evaluation]:
    """Return the judgments of this month, or of the last one where this month has none."""
    month = Period.containing(at, "month")
    labels = [month.label, month.previous().label]
    found = list(
        rows.current()
        .filter(period__in=labels)
        .select_related("target__service", "target__version__agreement", "party")
        .defer("trace")
        .order_by("party__name", "target__reference")
    )
    this = {row.target_id for row in found if row.period == labels[0]}
    return [row for row in found if row.period == labels[0] or row.target_id not in this]


def service_panel(service: Service, user: Any, at: datetime) -> Mapping[str, Any] | None:
    """Return the agreements about a service and how this month stands."""
    rows = _running(Evaluation.objects.visible_to(user).filter(target__service=service), at)
    versions = (
        AgreementVersion.objects.visible_to(user)
        .in_force(at)
        .filter(targets__service=service)
        .select_related("agreement", "party")
        .distinct()
        .order_by("agreement__reference")
    )
    return {"versions": list(versions), "levels": [_level(row) for row in rows]}


def customer_panel(customer: Party, user: Any, at: datetime) -> Mapping[str, Any] | None:
    """Return the agreements with a customer and how this month stands."""
    rows = _running(Evaluation.objects.visible_to(user).filter(party=customer), at)
    versions = (
        AgreementVersion.objects.visible_to(user)
        .in_force(at)
        .filter(party=customer)
        .select_related("agreement", "party")
        .order_by("agreement__reference")
    )
    return {"versions": list(versions), "levels": [_level(row) for row in rows]}


def _level(row: Evaluation) -> dict[str, Any]:
    return {
        "row": row,
        "tone": tone_of(row),
        "text": percent(row.value, row.target.objective),
        "margin": margin_text(row),
        "period": period_text(row.period),
    }


def level_overlay(service_ids: Sequence[Any], at: datetime) -> Mapping[Any, tuple[str, str]]:
    """Return the worst level of each service this month: id → (state, words)."""
    rows = _running(
        Evaluation.objects.filter(target__service__in=list(service_ids)[:_OVERLAY_LIMIT]), at
    )
    found: dict[Any, list[Evaluation]] = {}
    for row in rows:
        found.setdefault(row.target.service_id, []).append(row)
    return {
        service: (state := worst(state_of(row) for row in held), _overlay_words(held, state))
        for service, held in found.items()
    }


def _overlay_words(rows: list[Evaluation], state: str) -> str:
    row = next(row for row in rows if state_of(row) == state)
    return f"{row.target.name}: {words_of(row)}"


def scorecard(context: SectionContext) -> Iterator[ScorecardCell]:
    """Yield the worst state of each service in availability, response and resolution."""
    rows = period_rows(context)
    aspects = {
        Target.Kind.AVAILABILITY: _("Availability"),
        Target.Kind.RESPONSE: _("Response"),
        Target.Kind.RESOLUTION: _("Resolution"),
    }
    for kind, aspect in aspects.items():
        for service in context.services:
            mine = [r for r in rows if r.target.kind == kind and r.target.service_id == service.pk]
            if not mine:
                continue
            state = worst(state_of(row) for row in mine)
            row = next(row for row in mine if state_of(row) == state)
            yield ScorecardCell(service.name, aspect, state, words_of(row), f"evaluation:{row.pk}")


def period_rows(context: SectionContext) -> list[Evaluation]:
    """Return the judgments of a report's customer, services and period, traces included."""
    return list(
        Evaluation.objects.visible_to(context.customer)
        .current()
        .filter(
            party=context.customer,
            period=str(context.period),
            target__service__in=[service.pk for service in context.services],
            target__version__agreement__kind=Agreement.Kind.SLA,
        )
        .select_related("target__service", "target__hours", "target__version__agreement")
        .order_by("target__service__name", "target__kind", "target__priority", "target__reference")
    )
