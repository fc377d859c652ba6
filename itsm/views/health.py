"""Is it alive, is it ready: answers for the supervisor and the load balancer, without any data."""

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse


def alive(_request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process serves."""
    return HttpResponse("ok", content_type="text/plain")


def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when database, migrations and Redis are there, else 503 with the name of what is not."""
    state = {"database": _database(), "migrations": _migrations(), "redis": _redis()}
    return JsonResponse(
        state, status=200 if all(value == "ok" for value in state.values()) else 503
    )


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
