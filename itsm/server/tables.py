"""Whether the tables and walls of the private database are those of this code, told without loading Django."""

import hashlib
from pathlib import Path

import psycopg2

from itsm.server.postgres import SUPERUSER
from itsm.server.site import DATABASE, ROOT, Site

APPS = ("itsm", "slas", "budgeting", "capacity", "continuity", "security", "reporting")


def up_to_date(site: Site) -> bool:
    """Tell whether nothing has changed, in code or database, since the tables were last set up."""
    stamp = _stamp(site)
    return stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint(site)


def remember(site: Site) -> None:
    """Note that the tables are those of this code."""
    _stamp(site).write_text(fingerprint(site), encoding="ascii")


def forget(site: Site) -> None:
    """Note nothing: the next start looks again."""
    _stamp(site).unlink(missing_ok=True)


def fingerprint(site: Site) -> str:
    """Return a digest of the code (names, sizes, times), the packages, and the migrations that were applied."""
    lines = [_database(site), (ROOT / "requirements/run.txt").read_text(encoding="utf-8")]
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            facts = path.stat()
            lines.append(f"{path.relative_to(ROOT)} {facts.st_size} {facts.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _stamp(site: Site) -> Path:
    return site.folder / "tables.stamp"


def _database(site: Site) -> str:
    """Return which cluster and database this is and its applied migrations; new each time when unknown."""
    if site.postgres is None:
        return "not ours"
    try:
        with (
            psycopg2.connect(site.postgres.address(SUPERUSER, DATABASE)) as link,
            link.cursor() as cursor,
        ):
            cursor.execute(
                "SELECT (SELECT system_identifier FROM pg_control_system()),"
                " (SELECT oid FROM pg_database WHERE datname = current_database()),"
                " (SELECT count(*) FROM django_migrations), (SELECT max(id) FROM django_migrations)"
            )
            return str(cursor.fetchone())
    except psycopg2.Error:
        return "without tables"
