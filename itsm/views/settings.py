"""Settings and activity: the doors to people, currencies, hours, jobs, mails and files."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from itsm.permissions import allowed
from itsm.registry import processes
from itsm.views.base import Page
from itsm.views.entities import Entity
from itsm.views.entities_catalogue import (
    CONTACTS,
    FAMILIES,
    HOURS,
    HOURS_EXCEPTIONS,
    HOURS_VERSIONS,
    PARTIES,
)
from itsm.views.entities_imports import IMPORT_MAPPINGS
from itsm.views.entities_records import COMMENTS, SERIES
from itsm.views.entities_settings import CURRENCIES, FILES, JOBS, MAILS, USERS
from itsm.views.saved_views import SAVED_VIEWS
from itsm.views.webhooks import DELIVERIES, WEBHOOKS


class DoorsPage(Page):
    """A page of links to lists, each with a sentence."""

    staff_only = True
    template_name = "itsm/doors.html"
    entities: tuple[Entity, ...] = ()
    extra: tuple[tuple[Any, str, Any], ...] = ()

    def facts(self) -> dict[str, Any]:
        """Add the lists that the reader may open."""
        doors = [
            {
                "title": entity.title or entity.model._meta.verbose_name_plural,
                "route": f"{entity.prefix}_list",
                "text": entity.lead or entity.empty_text,
                "icon": entity.icon,
            }
            for entity in self.entities
            if allowed(self.request.user, "view", entity.model)
        ]
        doors += [
            {"title": title, "route": route, "text": text, "icon": "link"}
            for title, route, text in self.extra
        ]
        return {**super().facts(), "doors": doors}


class SettingsPage(DoorsPage):
    """What administrators and managers set up once."""

    title = _("Settings")
    lead = _("People, parties, service hours and currencies.")
    entities = (
        USERS,
        PARTIES,
        CONTACTS,
        FAMILIES,
        HOURS,
        HOURS_VERSIONS,
        HOURS_EXCEPTIONS,
        CURRENCIES,
        SAVED_VIEWS,
        IMPORT_MAPPINGS,
    )


class ActivityPage(DoorsPage):
    """What the site does and what came in."""

    title = _("Activity")
    lead = _("The calendar, background work, imports, mails, webhooks, files and remarks.")
    entities = (JOBS, MAILS, WEBHOOKS, DELIVERIES, FILES, SERIES, COMMENTS)
    extra = (
        (
            _("Calendar"),
            "itsm:calendar",
            _("Maintenance, changes, reports, agreements and closed days of a month."),
        ),
        (
            _("Imports"),
            "itsm:import_list",
            _("Files that came in: preview, counts and refused rows."),
        ),
        (_("API description"), "schema", _("Every operation of the REST API, OpenAPI 3.1.")),
    )


class HelpPage(Page):
    """What is where, and the words of the trade."""

    template_name = "itsm/help.html"
    title = _("Help")
    lead = _("What each door is for, and how the six processes work together.")

    def facts(self) -> dict[str, Any]:
        """Add the processes with their clauses and questions."""
        return {**super().facts(), "processes": processes()}
