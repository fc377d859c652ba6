"""The Celery application: settings that lose no task (docs/operations.md)."""

import os
from importlib import import_module
from typing import Any

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")

app = Celery("plimsoll")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def _write_timetable(**_facts: Any) -> None:
    """Bring the rows of beat to the declared schedules before its first tick."""
    import_module("itsm.services.timetable").synchronise()
