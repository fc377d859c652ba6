"""The stamp on every judgment: which rules and which time zone data made it."""

import zoneinfo
from functools import cache
from pathlib import Path

import tzdata

RULES = "plimsoll-slas 1"


@cache
def zone_data() -> str:
    """Return the release of the IANA time zone data in use, such as 2025b."""
    for folder in zoneinfo.TZPATH:
        release = Path(folder) / "tzdata.zi"
        if release.is_file():
            with release.open(encoding="utf-8") as lines:
                return lines.readline().removeprefix("# version").strip()
        if Path(folder, "Europe").is_dir():
            return "system"
    return str(tzdata.IANA_VERSION)


def engine() -> str:
    """Return the name of the rules and the release of the zone data."""
    return f"{RULES}, tzdata {zone_data()}"
