"""One's own calendar subscriptions: made here, their address shown once, ended at any time."""

from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm.calendars.gathering import KINDS, kind_words
from itsm.models import CalendarFeed, Party, Service
from itsm.services import calendar_feeds
from itsm.tenancy import SYSTEM, acting_as, actor_for
from itsm.views.accounts import OwnPage
from itsm.views.subscribe_form import SubscribeForm


class CalendarsPage(OwnPage):
    """Subscriptions of the reader, and the form for another one.

    ``?customer=``, ``service=`` and ``kind=`` narrow the new one, as in the calendar itself.
    """

    template_name = "itsm/calendars.html"
    title = lazy("Calendar subscriptions")
    lead = lazy(
        "Your calendar program asks an address for news about once an hour. Whoever has the address reads what"
        " you may read: give it to nobody."
    )

    def facts(self) -> dict[str, Any]:
        """Add the subscriptions and what a new one would show."""
        with acting_as(SYSTEM):
            rows = CalendarFeed.objects.filter(user=self.request.user).order_by("-created_at")
            feeds = [(row, shown_by(row)) for row in rows.select_related("customer", "service")]
        return {**super().facts(), **self.portal_facts(), "feeds": feeds}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the list and the form."""
        return self.show(form=self._form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make a subscription and show its address, or end one."""
        if key := request.POST.get("end"):
            return self._end(key)
        form = self._form(request.POST)
        if not form.is_valid():
            return self.show(422, form=form)
        try:
            with acting_as(SYSTEM):
                wish = calendar_feeds.FeedWish(**form.wish())
                feed, token = calendar_feeds.create_feed(request.user, wish)  # type: ignore[arg-type]
        except calendar_feeds.FeedRefused as refusal:
            form.add_error(None, str(refusal))
            return self.show(422, form=form)
        answer = self.show(form=self._form(), feed=feed, shown=shown_by(feed), **addresses(token))
        answer["Cache-Control"] = "no-store"
        return answer

    def _form(self, data: Any = None) -> SubscribeForm:
        user, query = self.request.user, self.request.GET
        customers = Party.objects.visible_to(user).customers().active().order_by("name")
        services = Service.objects.visible_to(user).live().order_by("name")
        given = {
            "name": _("My calendar"),
            "customer": _named(customers, query.get("customer")),
            "service": _named(services, query.get("service")),
            "kinds": [kind for kind in query.getlist("kind") if kind in KINDS],
        }
        is_staff = actor_for(user).is_staff
        if not is_staff and given["customer"] is None:
            given["customer"] = customers.first()
        form = SubscribeForm(data, initial=given, kinds=list(KINDS.items()))
        form.choose_from(customers, services, must_be_a_customers=not is_staff)
        return form

    def _end(self, key: str) -> HttpResponse:
        with acting_as(SYSTEM):
            gone = calendar_feeds.end_feed(self.request.user, UUID(key)) if _is_key(key) else 0  # type: ignore[arg-type]
        words = _("The subscription is ended: its address is gone.")
        messages.info(self.request, words if gone else _("That subscription is gone already."))
        return HttpResponseRedirect(reverse("itsm:calendars"))


def _named(rows: Any, slug: str | None) -> Any:
    return rows.filter(slug=slug).first() if slug else None


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def shown_by(feed: CalendarFeed) -> str:
    """Return in words what a subscription shows."""
    parts = [str(part) for part in (feed.customer, feed.service) if part]
    parts += [str(kind_words(kind)) for kind in feed.kinds]
    return " · ".join(parts) or _("Everything that you may see")


def addresses(token: str) -> dict[str, Any]:
    """Return the address of a new subscription, the links that add it, and its picture for a phone."""
    own = reverse("itsm:calendar_feed", args=[token])
    address = f"{settings.SITE_URL}{own}"
    webcal = f"webcal://{urlsplit(address).netloc}{own}"
    code = segno.make(webcal, micro=False)
    picture = code.svg_inline(border=2, svgclass="feedqr", lineclass=None, omitsize=True)
    return {
        "address": address,
        "webcal": webcal,
        "google": f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}",
        "outlook": f"https://outlook.office.com/calendar/0/addfromweb?url={quote(address, safe='')}&name=Plimsoll",
        "picture": mark_safe(picture),  # noqa: S308 our own SVG of our own address
    }


SUBSCRIPTION_ROUTES = [path("account/calendars/", CalendarsPage.as_view(), name="calendars")]
