"""Is it alive, is it ready: answers for the supervisor and the load balancer, without any data."""

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from itsm.services.jobs import HEARTBEAT_KEY, HEARTBEAT_SECONDS


def alive(_request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process serves."""
    return HttpResponse("ok", content_type="text/plain")


def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when database, migrations and Redis are there, else 503 with the name of what is not.

    Whether beat and a worker were heard of lately is told, but pages are served without them.
    """
    state = {"database": _database(), "migrations": _migrations(), "redis": _redis()}
    is_ready = all(value == "ok" for value in state.values())
    return JsonResponse({**state, "schedule": schedule()}, status=200 if is_ready else 503)


def schedule() -> str:
    """Return "ok" when beat sent and a worker answered within the last two minutes."""
    try:
        heard = cache.get(HEARTBEAT_KEY)
    except Exception:
        return "not known"
    return "ok" if heard else f"not heard of for {HEARTBEAT_SECONDS} s"


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return "not reachable"
    return "ok"


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception:
        return "not readable"
    return "not applied" if plan else "ok"


def _redis() -> str:
    try:
        cache.get("readyz")
    except Exception:
        return "not reachable"
    return "ok"
