"""Numbers of records: one sequence per prefix and year, taken under a lock."""

from datetime import datetime

from django.db import connection


def next_number(prefix: str, *, at: datetime) -> str:
    """Return the next number such as ``OUT-2026-0007``; concurrent callers wait, none gets it twice."""
    key = f"{prefix}-{at.year}"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO itsm_numbersequence (prefix, last) VALUES (%s, 1)"
            " ON CONFLICT (prefix) DO UPDATE SET last = itsm_numbersequence.last + 1 RETURNING last",
            [key],
        )
        return f"{key}-{cursor.fetchone()[0]:04d}"


def take_numbers(prefix: str, count: int, *, at: datetime) -> list[str]:
    """Return ``count`` following numbers in one statement, for bulk writes."""
    if count < 1:
        return []
    key = f"{prefix}-{at.year}"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO itsm_numbersequence (prefix, last) VALUES (%s, %s)"
            " ON CONFLICT (prefix) DO UPDATE SET last = itsm_numbersequence.last + excluded.last RETURNING last",
            [key, count],
        )
        last = cursor.fetchone()[0]
    return [f"{key}-{number:04d}" for number in range(last - count + 1, last + 1)]
