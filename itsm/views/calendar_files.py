"""Dates as iCalendar files: the feed of a subscription, and one maintenance window or change to take along."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from itsm.calendars.files import CONTENT_TYPE, FileFacts, calendar_file
from itsm.calendars.gathering import Selection, items_for
from itsm.models import CalendarFeed, MaintenanceWindow, ServiceEvent
from itsm.selectors import PLANNED, calendar_item
from itsm.services import calendar_feeds
from itsm.tenancy import acting_as, actor_for
from itsm.views.base import Page

PAST, AHEAD = timedelta(days=90), timedelta(days=400)


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a calendar program: no sign-in, no cookie; the token says who reads and what.

    A token that is wrong, ended or of somebody without the role is an address that does not exist.
    """
    at = timezone.now()
    found = calendar_feeds.find_feed(token)
    if found is None:
        raise Http404
    if wait := calendar_feeds.seconds_to_wait(found, at):
        answer = HttpResponse(_("Too many requests."), "text/plain; charset=utf-8", 429)
        answer["Retry-After"] = str(wait)
        answer._has_been_logged = True  # type: ignore[attr-defined]  # the address is a secret
        return answer
    calendar_feeds.note_use(found, at)
    return conditional(request, feed_file(found, at), "plimsoll.ics")


def feed_file(found: CalendarFeed, at: datetime) -> bytes:
    """Return the file of a subscription: from 90 days back to 400 ahead, as its user may see it."""
    reader = calendar_feeds.reader_of(found)
    today = at.replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = Selection(
        start=today - PAST,
        end=today + AHEAD,
        customer=found.customer if actor_for(reader).is_staff else None,
        service=found.service,
        kinds=frozenset(found.kinds),
        with_called_off=True,
    )
    is_portal = not actor_for(reader).is_staff
    zone = found.customer.timezone if is_portal and found.customer else found.user.timezone
    with translation.override(found.user.language), acting_as(reader):
        items = items_for(reader, wanted)
        return calendar_file(items, FileFacts(f"Plimsoll: {found.name}", zone, settings.SITE_URL))


def conditional(request: HttpRequest, content: bytes, name: str) -> HttpResponse:
    """Return the file with its ETag, or 304 to somebody who has it."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    answer = HttpResponse(content, CONTENT_TYPE)
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex"
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    fitting = get_conditional_response(request, etag=etag, response=answer)
    return answer if fitting is None else fitting  # type: ignore[return-value]


class DateFile(Page):
    """One maintenance window or planned event as a file, for staff and for the customers who may read it."""

    model: Any = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Return the file; a record that the reader may not see is one that does not exist."""
        rows = self.model.objects.visible_to(request.user).current().active()
        if self.model is ServiceEvent:
            rows = rows.filter(kind__in=PLANNED)
        row = rows.select_related("service").filter(pk=kwargs["pk"]).first()
        if row is None:
            raise Http404(self.model._meta.verbose_name)
        zone = str(request.user.timezone)  # type: ignore[union-attr]
        item = calendar_item(row, request.user)
        facts = FileFacts(item.title, zone, settings.SITE_URL)
        answer = conditional(
            request, calendar_file([item], facts), f"{row.reference.replace('/', '-')}.ics"
        )
        if "Content-Disposition" in answer:
            answer["Content-Disposition"] = answer["Content-Disposition"].replace(
                "inline", "attachment"
            )
        return answer


FILE_MODELS = {"maintenance-windows": MaintenanceWindow, "service-events": ServiceEvent}
