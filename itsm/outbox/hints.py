"""Hints to workers: a broker message may be lost or doubled, because the work itself is a row."""

import logging
from typing import Any

from django.db import transaction

from itsm.celery import app

RUN_JOB = "itsm.tasks.run_job"
_log = logging.getLogger(__name__)


def hint(task: str, *, queue: str = "default", **arguments: Any) -> bool:
    """Send a message for ``task``; tell whether the broker took it. Raises nothing of the broker's."""
    try:
        app.send_task(task, kwargs=arguments, queue=queue, retry=False)
    except Exception as error:
        _log.warning("The broker did not take %s: %s. It is sent again later.", task, error)
        return False
    return True


def hint_job_after_commit(job: Any) -> None:
    """Tell a worker about a job once the transaction that wrote it is committed."""
    key, queue = str(job.pk), job.queue
    transaction.on_commit(lambda: hint(RUN_JOB, queue=queue, job=key))
