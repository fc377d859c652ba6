"""Puts a report together as data: cover, summary, then the sections that each process declares."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm import blocks
from itsm.calculations.periods import Period
from itsm.models import Party, Service, StoredFile
from itsm.registry import ReportSection, SectionContext, processes
from itsm.tenancy import SYSTEM, acting_as
from reporting import selectors
from reporting.models import DeliveryObligation
from reporting.services.cover import cover_of
from reporting.services.plan import period_of
from reporting.services.quiet import gather_quiet
from reporting.services.summary import headline_of, summary_section
from reporting.services.words import Words, period_name

LOOKS = ("customer_logo", "provider_logo", "accent")  # a new look is no correction
_LOGOS = {"image/png": ".png", "image/jpeg": ".jpg"}


@dataclass(frozen=True, slots=True)
class Edition:
    """Which version of a report is put together, when, and what it replaces because of what."""

    obligation: DeliveryObligation
    version: int
    at: datetime
    replaces: str = ""
    reason: str = ""

    @property
    def number(self) -> str:
        """The number of the report, the same in all its versions: SR-2016-03-ACME."""
        definition = self.obligation.definition
        name = "" if definition.slug == "monthly" else f"-{definition.slug.upper()}"
        return f"SR-{self.obligation.period}-{self.obligation.customer.slug.upper()}{name}"


def build(edition: Edition) -> dict[str, Any]:
    """Return the dataset of the report: a JSON value, the only source of page, PDF and API.

    Read on behalf of the customer, so nothing that the customer may not see can enter it. The same
    records and the same edition give the same value.
    """
    obligation = edition.obligation
    period, customer = period_of(obligation), obligation.customer
    around = _around(edition, period)
    with translation.override(obligation.definition.language or customer.language):
        with acting_as(customer):
            services = selectors.services_of(customer, period)
            context = SectionContext(customer, services, period, edition.at)
            facts = _facts(edition, context, around)
            report = blocks.Report(
                meta=_meta(edition, period, around, facts),
                headline=headline_of(context),
                sections=(summary_section(context), *_sections(edition, context)),
                cover=cover_of(context),
            )
        return blocks.to_dict(report)


@dataclass(frozen=True, slots=True)
class Around:
    """What the customer's own rows do not tell: the provider's name and who gets the report."""

    provider: str
    recipients: tuple[str, ...]
    logos: tuple[str, str] = ("", "")


def provider_of() -> Party | None:
    """Return the organization that delivers the services; ask as the system."""
    parties = Party.objects.providers().active().select_related("logo")
    return parties.order_by("created_at").first()


def _around(edition: Edition, _period: Period) -> Around:
    with acting_as(SYSTEM):
        provider = provider_of()
        people = edition.obligation.definition.recipients.select_related("contact")
        names = sorted({row.contact.name for row in people})
        logos = logos_of(edition.obligation.customer, provider)
    name = provider.name if provider else _("Service provider")
    return Around(name, tuple(names), (logos[0][0], logos[1][0]))


def logos_of(
    customer: Party, provider: Party | None
) -> tuple[tuple[str, StoredFile | None], tuple[str, StoredFile | None]]:
    """Return name and file of the customer's logo and of the provider's; the name tells the content."""
    rows = [party.logo if party else None for party in (customer, provider)]
    first, second = (
        (f"logo-{row.sha256[:16]}{_LOGOS[row.content_type]}", row)
        if row is not None and row.content_type in _LOGOS
        else ("", None)
        for row in rows
    )
    return first, second


def _meta(
    edition: Edition, period: Period, around: Around, facts: tuple[blocks.Item, ...]
) -> blocks.Meta:
    customer, definition = edition.obligation.customer, edition.obligation.definition
    words = _("Confidential: %(customer)s and %(provider)s")
    names = {"customer": customer.name, "provider": around.provider}
    return blocks.Meta(
        customer=customer.name,
        provider=around.provider,
        period=period_name(period),
        zone=period.zone,
        language=translation.get_language() or "en",
        classification=definition.classification or words % names,
        number=edition.number,
        version=_("version %(number)s") % {"number": edition.version},
        issued_at=edition.at.isoformat(),
        facts=facts,
        supersedes=_replaces(edition),
        customer_logo=around.logos[0],
        provider_logo=around.logos[1],
        accent=customer.accent,
        verify_url=f"{settings.SITE_URL}/verify/{edition.number}/{edition.version}/",
    )


def _replaces(edition: Edition) -> str:
    if not edition.replaces:
        return ""
    return _("This version replaces %(old)s. %(reason)s") % {
        "old": edition.replaces,
        "reason": edition.reason,
    }


def _facts(edition: Edition, context: SectionContext, around: Around) -> tuple[blocks.Item, ...]:
    words, period = Words(context.period.zone), context.period
    agreements = [
        _("%(reference)s, version %(number)s")
        % {"reference": version.agreement.reference, "number": version.number}
        for version in selectors.agreements_of(context.customer, period)
    ]
    version = _("version %(number)s") % {"number": edition.version}
    pairs = (
        (_("Report"), f"{edition.number}, {version}"),
        (_("Period"), f"{words.full(period.start)} – {words.full(period.end)}, {period.zone}"),
        (_("Services"), _names(context.services)),
        (_("Agreement"), "; ".join(agreements) or _("none in force")),
        (_("Prepared by"), around.provider),
        (_("Issued"), _issued(edition, words)),
        (_("Sent to"), ", ".join(around.recipients) or _("portal only")),
    )
    return tuple(blocks.Item(title, text) for title, text in pairs)


def _names(services: Iterable[Service]) -> str:
    names = [service.name for service in services]
    if len(names) <= 4:
        return ", ".join(names) or _("none")
    return _("%(names)s and %(count)s more") % {
        "names": ", ".join(names[:3]),
        "count": len(names) - 3,
    }


def _issued(edition: Edition, words: Words) -> str:
    due = edition.obligation.due_at
    said = _("%(day)s; due %(due)s") % {"day": words.day(edition.at), "due": words.day(due)}
    if edition.version > 1:
        return said
    late = (words.local(edition.at).date() - words.local(due).date()).days
    if edition.at <= due:
        return f"{said}; " + _("on time")
    if late < 1:
        return f"{said}; " + _("late")
    days = ngettext("%(count)s day late", "%(count)s days late", late) % {"count": late}
    return f"{said}; {days}"


def declared_sections() -> list[ReportSection]:
    """Return all sections that customers may get, in the order of the report."""
    found = [part for process in processes() for part in process.report_sections]
    return sorted(
        (part for part in found if part.audience == "customer"), key=lambda part: part.position
    )


def _sections(edition: Edition, context: SectionContext) -> list[blocks.Section]:
    chosen = set(edition.obligation.definition.sections)
    built: list[blocks.Section] = []
    for declared in declared_sections():
        if chosen and declared.key not in chosen:
            continue
        made = declared.build(context)
        parts = made if isinstance(made, list | tuple) else [made]
        built.extend(part for part in parts if part is not None)
    return gather_quiet(built)


def without_edition(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Return the dataset without what changes from version to version: what two versions compare."""
    meta = {
        name: value
        for name, value in dataset["meta"].items()
        if name not in ("version", "issued_at", "facts", "supersedes", "verify_url", *LOOKS)
    }
    return {**dataset, "meta": meta}
