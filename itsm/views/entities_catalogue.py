"""The pages of parties, services, components, dependencies and hours, one declaration each."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import filters, forms
from itsm import models as m
from itsm.services import dependencies, hours
from itsm.views.columns import Column, link
from itsm.views.entities import Entity
from itsm.views.looks import PartyPage
from itsm.views.service_page import ServicePage

SERVICE_TONES = {"LIVE": "ok", "RETIRING": "risk", "RETIRED": "excluded"}


def save_dependency(form: Any, _user: Any, _at: datetime) -> m.DependencyGroup:
    """Write a dependency through the graph's service."""
    facts = form.cleaned_data
    wanted = dependencies.Dependency(
        parent=facts["service"] or facts["component"],
        members=[*facts["services"], *facts["components"]],
        operator=facts["operator"],
        starts_at=facts["starts_at"],
        k=facts["k"],
        ends_at=facts["ends_at"],
        note=facts["note"],
    )
    group = None
    if not form.instance._state.adding:
        group = m.DependencyGroup.objects.get(pk=form.instance.pk)
    return dependencies.save_dependency(wanted, group=group)


def save_hours(form: Any, _user: Any, _at: datetime) -> m.ServiceHours:
    """Write service hours with their first week and the holidays asked for."""
    is_new = form.instance._state.adding
    if is_new:
        week = form.week()
        hours.check_week(form.cleaned_data["timezone"], week)
    row: m.ServiceHours = form.save()
    if is_new:
        hours.add_version(row, effective_date=form.cleaned_data["effective_date"], week=week)
        if form.cleaned_data["country"]:
            hours.copy_holidays(
                row,
                country=form.cleaned_data["country"].upper(),
                subdivision=form.cleaned_data["subdivision"].upper(),
                years=form.year_range() or range(row.created_at.year, row.created_at.year + 2),
            )
    return row


def save_version(form: Any, _user: Any, _at: datetime) -> m.ServiceHoursVersion:
    """Add a version of service hours."""
    return hours.add_version(
        form.cleaned_data["hours"],
        effective_date=form.cleaned_data["effective_date"],
        week=form.week(),
    )


def _roles(row: m.Party) -> list[str]:
    return [str(m.Party.Role(role).label) for role in row.roles]


def _parent(row: Any) -> Any:
    return row.service or row.component


def _members(row: m.DependencyGroup) -> list[str]:
    return [str(member) for member in row.members.all()]


def _week(row: m.ServiceHoursVersion) -> str:
    lines = forms.WeekMixin.written(row.week)
    return "; ".join(f"{title} {lines[day]}" for day, title in forms.DAYS if lines[day]) or _(
        "always closed"
    )


def _current_week(row: m.ServiceHours) -> str:
    last = max(row.versions.all(), key=lambda one: one.number, default=None)
    return _week(last) if last else _("no week yet")


PARTIES = Entity(
    model=m.Party,
    slug="parties",
    lookup="slug",
    pages={"detail": PartyPage},
    icon="people",
    form=forms.PartyForm,
    filterset=filters.PartyFilterSet,
    ordering=("name", "pk"),
    lead=lazy("Provider, customers, suppliers and internal groups."),
    empty_text=lazy("A party is an organisation that takes part: your own, a customer or a supplier. Start with your first customer."),
    columns=(Column("name"), Column("roles", value=_roles), Column("timezone"), Column("language")),
    detail=(
        Column("legal_name"), Column("roles", value=_roles), Column("timezone"), Column("language"), Column("currency"),
        Column("parent"), Column("accent", kind="code"),
    ),
)  # fmt: skip
CONTACTS = Entity(
    model=m.Contact,
    slug="contacts",
    icon="people",
    form=forms.ContactForm,
    filterset=filters.ContactFilterSet,
    related=("party",),
    ordering=("name", "pk"),
    lead=lazy("Who decides, who reads the reports, who is called."),
    empty_text=lazy(
        "Contacts get the reports and the calls. Add the report recipient of each customer."
    ),
    columns=(
        Column("name"),
        Column("party.name", lazy("Party")),
        Column("role"),
        Column("email"),
        Column("phone", sort=None),
    ),
)
FAMILIES = Entity(
    model=m.ServiceFamily,
    slug="service-families",
    lookup="slug",
    icon="services",
    form=forms.FamilyForm,
    filterset=filters.FamilyFilterSet,
    ordering=("name", "pk"),
    empty_text=lazy("Families group the services of the catalogue, such as Workplace or Network."),
    columns=(Column("name"), Column("slug"), Column("description", sort=None)),
)
SERVICES = Entity(
    model=m.Service,
    slug="services",
    lookup="slug",
    icon="services",
    form=forms.ServiceForm,
    filterset=filters.ServiceFilterSet,
    related=("family", "owner", "hours"),
    ordering=("name", "pk"),
    title=lazy("Service catalogue"),
    lead=lazy("What is delivered, to whom it matters and what state it is in."),
    empty_text=lazy("A service is what your customers buy or use, such as Webmail. Everything else hangs on it."),
    state=Column("state", states=SERVICE_TONES),
    columns=(
        Column("name"), Column("family.name", lazy("Family")), Column("owner.name", lazy("Owner")),
        Column("criticality"), Column("hours.name", lazy("Hours")), Column("state", kind="state", states=SERVICE_TONES),
    ),
    detail=(
        Column("owner"), Column("family"), Column("criticality"), Column("hours", url=lambda row: link("itsm:service-hours_detail", row.hours.slug)),
        Column("live_at"), Column("description", kind="long"), Column("intended_outcomes", kind="long"),
    ),
    pages={"detail": ServicePage},
)  # fmt: skip
OFFERINGS = Entity(
    model=m.ServiceOffering,
    slug="service-offerings",
    lookup="slug",
    icon="services",
    form=forms.OfferingForm,
    filterset=filters.OfferingFilterSet,
    related=("service", "hours"),
    ordering=("name", "pk"),
    empty_text=lazy(
        "An offering is a service as it can be ordered: features, hours, price. A service needs one to go live."
    ),
    columns=(
        Column("name"),
        Column("service.name", lazy("Service")),
        Column("hours.name", lazy("Support hours")),
        Column("price_note", sort=None),
    ),
    detail=(
        Column("service"),
        Column("hours"),
        Column("price_note"),
        Column("features", kind="long"),
    ),
)
COMPONENTS = Entity(
    model=m.Component,
    slug="components",
    lookup="slug",
    icon="services",
    form=forms.ComponentForm,
    filterset=filters.ComponentFilterSet,
    related=("supplier", "owner"),
    ordering=("name", "pk"),
    empty_text=lazy(
        "Components are what services stand on: servers, storage, networks, teams, suppliers' services."
    ),
    columns=(
        Column("name"),
        Column("kind"),
        Column("supplier.name", lazy("Supplier")),
        Column("owner.name", lazy("Owner")),
    ),
    detail=(
        Column("kind"),
        Column("supplier"),
        Column("owner"),
        Column("source"),
        Column("external_id"),
        Column("description", kind="long"),
    ),
)
DEPENDENCIES = Entity(
    model=m.DependencyGroup,
    slug="dependencies",
    icon="link",
    form=forms.DependencyForm,
    filterset=filters.DependencyFilterSet,
    related=("service", "component"),
    prefetch=("members__service", "members__component"),
    save=save_dependency,
    empty_text=lazy("A dependency says what a service or component stands on, and how many of the parts it needs."),
    columns=(
        Column("parent", lazy("What depends"), value=_parent), Column("operator", lazy("Needs")), Column("k", kind="number"),
        Column("members", lazy("Stands on"), value=_members), Column("starts_at"), Column("ends_at"),
    ),
)  # fmt: skip
HOURS = Entity(
    model=m.ServiceHours,
    slug="service-hours",
    lookup="slug",
    icon="clock",
    form=forms.ServiceHoursForm,
    filterset=filters.HoursFilterSet,
    save=save_hours,
    prefetch=("versions",),
    ordering=("name", "pk"),
    lead=lazy("When services are promised: a week in a time zone, holidays and exceptions."),
    empty_text=lazy(
        "Service hours say when a promise counts, such as Monday to Friday 9 to 17 in Madrid."
    ),
    columns=(Column("name"), Column("timezone"), Column("week", lazy("Week"), value=_current_week)),
    detail=(Column("timezone"), Column("week", lazy("Week"), value=_current_week, kind="long")),
)
HOURS_VERSIONS = Entity(
    model=m.ServiceHoursVersion,
    slug="service-hours-versions",
    icon="clock",
    form=forms.HoursVersionForm,
    filterset=filters.HoursVersionFilterSet,
    save=save_version,
    related=("hours",),
    empty_text=lazy(
        "A version is the week of service hours from a day on; the weeks before it stay."
    ),
    columns=(
        Column("hours.name", lazy("Service hours")),
        Column("number", kind="number"),
        Column("effective_date"),
        Column("week", value=_week),
    ),
)
HOURS_EXCEPTIONS = Entity(
    model=m.HoursException,
    slug="service-hours-exceptions",
    icon="calendar",
    form=forms.HoursExceptionForm,
    filterset=filters.HoursExceptionFilterSet,
    related=("hours",),
    ordering=("date", "pk"),
    empty_text=lazy(
        "Exceptions are holidays and days with other hours. Holidays of a country are copied in with their source."
    ),
    columns=(
        Column("date"),
        Column("hours.name", lazy("Service hours")),
        Column("kind"),
        Column("name"),
        Column("source"),
    ),
)
CATALOGUE = (
    PARTIES, CONTACTS, FAMILIES, SERVICES, OFFERINGS, COMPONENTS, DEPENDENCIES, HOURS, HOURS_VERSIONS, HOURS_EXCEPTIONS,
)  # fmt: skip
