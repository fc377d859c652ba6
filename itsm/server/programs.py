"""The three programs of a site: gunicorn, the Celery worker and Celery beat, as commands."""

import sys
from pathlib import Path

from itsm.server.children import Child
from itsm.server.site import Site

QUEUES = "default,ingest,forecasts,reports"
WEB = (
    "gunicorn",
    "itsm.wsgi:application",
    "--worker-class",
    "gthread",
    "--workers",
    "2",
    "--threads",
    "4",
    "--timeout",
    "120",
    "--graceful-timeout",
    "5",
    "--keep-alive",
    "5",
    "--no-control-socket",
    "--logger-class",
    "itsm.server.access.AccessLog",
    "--preload",
)
WORKER = (
    "celery",
    "--app",
    "itsm",
    "worker",
    "--pool",
    "prefork",
    "--concurrency",
    "2",
    "--queues",
    QUEUES,
    "--without-gossip",
    "--without-mingle",
    "--loglevel",
    "INFO",
)
BEAT = (
    "celery",
    "--app",
    "itsm",
    "beat",
    "--loglevel",
    "INFO",
    "--pidfile",
    "",
    "--scheduler",
    "django_celery_beat.schedulers:DatabaseScheduler",
)


def web(site: Site, host: str, port: int) -> Child:
    """Return gunicorn serving the site at ``host``:``port``."""
    access = ("--access-logfile", str(site.log("access")))
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return _child(site, "web", (*WEB, "--bind", place, *access))


def worker(site: Site) -> Child:
    """Return the Celery worker of all queues."""
    return _child(site, "worker", WORKER)


def beat(site: Site) -> Child:
    """Return the scheduler, whose timetable is in the database."""
    return _child(site, "beat", BEAT)


def _child(site: Site, name: str, words: tuple[str, ...]) -> Child:
    program = Path(sys.executable).with_name(words[0])
    return Child(name, [str(program), *words[1:]], site.log(name), site.environment())
