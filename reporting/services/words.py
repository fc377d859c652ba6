"""How a report writes dates, spans and counts, in the customer's language and zone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.calculations.periods import Period

NARROW = "\u202f"


@dataclass(frozen=True, slots=True)
class Words:
    """Writes instants as the wall clock of ``zone`` reads them."""

    zone: str

    def local(self, at: datetime) -> datetime:
        """Return the instant on the wall clock of the zone."""
        return at.astimezone(ZoneInfo(self.zone))

    def day(self, at: datetime) -> str:
        """Return "14 Oct 2026"."""
        return date_format(self.local(at), "j M Y")

    def short_day(self, at: datetime) -> str:
        """Return "14 Oct"."""
        return date_format(self.local(at), "j M")

    def moment(self, at: datetime | None) -> str:
        """Return "Wed 14 Oct 12:20", or a dash for nothing."""
        return date_format(self.local(at), "D j M H:i") if at else "–"

    def full(self, at: datetime) -> str:
        """Return "14 Oct 2026 12:20"."""
        return date_format(self.local(at), "j M Y H:i")

    def span(self, start: datetime, end: datetime | None) -> str:
        """Return "Wed 14 Oct 12:20–12:50", with the second day when it is another one."""
        if end is None:
            return _("since %(start)s") % {"start": self.moment(start)}
        if self.local(start).date() == self.local(end).date():
            return f"{self.moment(start)}–{date_format(self.local(end), 'H:i')}"
        return f"{self.moment(start)} – {self.moment(end)}"


def period_name(period: Period) -> str:
    """Return "March 2016", "Quarter 1 of 2016" or "2016"."""
    if period.kind == "month":
        return str(date_format(period.first_date, "F Y"))
    if period.kind == "quarter":
        return _("Quarter %(number)s of %(year)s") % {
            "number": period.label[-1],
            "year": period.label[:4],
        }
    return period.label


def minutes(span: timedelta) -> int:
    """Return whole minutes, rounded down."""
    return int(span.total_seconds() // 60)


def number(value: int) -> str:
    """Return a whole number with narrow spaces between thousands."""
    return f"{value:,}".replace(",", NARROW)


def duration(span: timedelta) -> str:
    """Return "76 min", "5 h 12 min" or "3 days 4 h", rounded down to minutes."""
    whole = minutes(span)
    if whole < 120:
        return f"{whole}{NARROW}min"
    hours, rest = divmod(whole, 60)
    if hours < 48:
        return f"{hours}{NARROW}h" + (f" {rest}{NARROW}min" if rest else "")
    days, hours = divmod(hours, 24)
    words = ngettext("%(count)s day", "%(count)s days", days) % {"count": number(days)}
    return words + (f" {hours}{NARROW}h" if hours else "")


def sentence(*parts: str) -> str:
    """Join parts by "; ", capital first, one full stop."""
    return capfirst("; ".join(part for part in parts if part)).rstrip(".") + "."
