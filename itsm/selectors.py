"""Reads that several apps need from the kernel's records."""

from datetime import date
from typing import Any

from itsm.calculations.service_hours import ServiceHours as Hours
from itsm.calculations.service_hours import VersionedHours
from itsm.calculations.wall_time import midnight
from itsm.models import HoursException, ServiceHours, ServiceHoursVersion


class NoHoursVersion(ValueError):
    """The service hours have no week yet, so nothing can be counted on them."""


def open_hours(hours: ServiceHours) -> VersionedHours:
    """Return the service hours with all versions and exceptions, ready to count (two queries).

    Each version counts from midnight of its first day in the zone of the hours. Raises NoHoursVersion
    when there is no week.
    """
    documents = hours_documents(hours)
    return VersionedHours(
        (midnight(first, hours.timezone), Hours.from_dict(document))
        for first, document in documents
    )


def hours_documents(hours: ServiceHours) -> list[tuple[date, dict[str, Any]]]:
    """Return (first day, written form) of every version, exceptions included, in order."""
    versions = ServiceHoursVersion.objects.filter(hours=hours).order_by("effective_date")
    exceptions = list(HoursException.objects.filter(hours=hours).active().order_by("date"))
    closed = [str(row.date) for row in exceptions if row.kind == HoursException.Kind.CLOSED]
    opened = {
        str(row.date): row.windows for row in exceptions if row.kind == HoursException.Kind.OPEN
    }
    found = [
        (
            version.effective_date,
            {
                "timezone": hours.timezone,
                "week": version.week,
                "annual_holidays": version.annual_holidays,
                "closed": closed,
                "open": opened,
            },
        )
        for version in versions
    ]
    if not found:
        raise NoHoursVersion(
            f"The service hours “{hours.name}” have no week. Add a version that says when they are open."
        )
    return found
