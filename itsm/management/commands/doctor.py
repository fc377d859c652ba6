"""Look at everything the site leans on and say what to do about what is not well."""

import ctypes.util
import importlib
import json
import shutil
import smtplib
import subprocess
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from django.conf import settings
from django.core.management import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from itsm.management.commands.setup_database import unknown_migrations
from itsm.rendering import missing_faces
from itsm.server.programs import QUEUES as QUEUE_NAMES
from itsm.views.health import schedule

QUEUES = tuple(QUEUE_NAMES.split(","))
CLOCK_SECONDS = 5
FREE_BYTES = 1_000_000_000
PANGO = "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
FONTS = "sudo apt-get install fonts-dejavu-core fonts-noto-core fonts-noto-cjk"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``remedy`` is what to do when it is not well."""

    name: str
    well: bool
    detail: str
    remedy: str = ""


class Command(BaseCommand):
    """Print one line per part; exit code 1 when a part is not well."""

    help = "Checks database, Redis, worker, beat, mail, PDF library, fonts, clock and storage."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        findings = list(examine())
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in findings]))
        else:
            for one in findings:
                self._print(one)
        if not all(one.well for one in findings):
            raise SystemExit(1)

    def _print(self, one: Finding) -> None:
        self.stdout.write(f"{'well    ' if one.well else 'NOT WELL'}  {one.name:<10} {one.detail}")
        if not one.well:
            self.stdout.write(f"{'':<21}→ {one.remedy}")


def examine() -> Iterator[Finding]:
    """Yield the findings, one per part; a part that breaks is a finding, never an exception."""
    parts: tuple[Callable[[], Finding], ...] = (
        database, tables, broker, worker, beat, mail, pdf_library, fonts, clock, storage,
    )  # fmt: skip
    for part in parts:
        yield part()


def database() -> Finding:
    """Is PostgreSQL there, and are we the role that cannot read past the walls?"""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, current_setting('server_version')")
            role, version = cursor.fetchone()
            cursor.execute(
                "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [role]
            )
            above = cursor.fetchone()[0]
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        return Finding("database", False, reason, "Start PostgreSQL, or correct DATABASE_URL.")
    return Finding(
        "database", not above, f"PostgreSQL {version} as {role}",
        "This role sees past the walls: use the role plimsoll in DATABASE_URL.",
    )  # fmt: skip


def tables() -> Finding:
    """Are the tables those of this version?"""
    remedy = "Type: ./run manage setup_database"
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        return Finding("tables", False, str(error).strip().splitlines()[0], remedy)
    if unknown := unknown_migrations(executor.loader):
        return Finding(
            "tables", False, f"written by a newer version (it has {unknown[-1]})",
            "Install that version, or restore a backup made with this one.",
        )  # fmt: skip
    return Finding("tables", not waiting, f"{waiting} migrations wait", remedy)


def broker() -> Finding:
    """Does Redis or Valkey answer?"""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3) as client:
            version = client.info("server")["redis_version"]
    except (redis.RedisError, OSError) as error:
        return Finding("Redis", False, str(error), "Start Redis, or correct REDIS_URL.")
    return Finding("Redis", True, f"version {version}")


def worker() -> Finding:
    """Does a Celery worker answer, and is each queue read by one?"""
    remedy = f"Type ./run, or start it alone: celery -A itsm worker -Q {','.join(QUEUES)}"
    try:
        app = importlib.import_module("itsm.celery").app
        answers = app.control.inspect(timeout=2).active_queues() or {}
    except Exception as error:
        return Finding("worker", False, str(error), remedy)
    read = {queue["name"] for queues in answers.values() for queue in queues}
    left = [name for name in QUEUES if name not in read]
    detail = f"{len(answers)} answer"
    if answers and left:
        detail += f"; nobody reads {', '.join(left)}"
    return Finding("worker", bool(answers) and not left, detail, remedy)


def beat() -> Finding:
    """Was the schedule heard of within two minutes?"""
    told = schedule()
    return Finding("beat", told == "ok", told, "Type ./run, or start it alone: celery -A itsm beat")


def mail() -> Finding:
    """Can mail leave? Nothing is sent."""
    parts = urlsplit(settings.EMAIL_URL)
    if parts.scheme not in {"smtp", "smtps"}:
        detail = f"kept here ({parts.scheme}:), nobody receives it"
        return Finding("mail", True, detail)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    try:
        with kind(unquote(parts.hostname or ""), parts.port or 0, timeout=5) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Finding("mail", False, f"{parts.hostname}: {error}", "Correct EMAIL_URL.")
    return Finding("mail", True, f"{parts.hostname} answers")


def pdf_library() -> Finding:
    """Are the libraries there that reports need to become PDF?"""
    wanted = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
    missing = [name for name in wanted if ctypes.util.find_library(name) is None]
    detail = f"missing: {', '.join(missing)}" if missing else "Pango found"
    return Finding("PDF", not missing, detail, f"Type: {PANGO}")


def fonts() -> Finding:
    """Are the faces of the report there, and a font for other scripts?"""
    program = shutil.which("fc-list")
    if program is None:
        return Finding("fonts", False, "fontconfig is missing", f"Type: {FONTS} fontconfig")
    if missing := missing_faces():
        return Finding(
            "fonts", False, f"missing: {', '.join(missing)}", "Type: npm ci --ignore-scripts"
        )
    listed = subprocess.run([program, ":", "family"], capture_output=True, text=True, check=False)
    families = {line for line in listed.stdout.splitlines() if line.strip()}
    return Finding("fonts", bool(families), f"{len(families)} families", f"Type: {FONTS}")


def clock() -> Finding:
    """Do this machine and the database agree on the time?"""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            theirs = cursor.fetchone()[0]
    except DatabaseError:
        return Finding("clock", False, "the database does not tell", "See database.")
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    return Finding(
        "clock", apart < CLOCK_SECONDS, f"{apart:.1f} s from the database's", "Switch NTP on."
    )


def storage() -> Finding:
    """Can files be kept, and is there room?"""
    folder = Path(settings.FILES_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.write_bytes(b"probe")
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("storage", False, str(error), f"Make {folder} writable for this user.")
    return Finding(
        "storage", free > FREE_BYTES, f"{free / 1e9:.0f} GB free", "Make room: 1 GB is the least."
    )
