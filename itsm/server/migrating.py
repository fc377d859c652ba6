"""Migrations in half the time: constraints, indexes and triggers do not change a model's fields.

Django renders a model and all it touches anew for each of them (some hundred times for a new
database). Here the option is set on the class that is there; the tables come out the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger


def _set_option(state: ProjectState, key: tuple[str, str], option: str, added: Any) -> None:
    options = state.models[key].options
    options[option] = [*options.get(option, []), added]
    if "apps" in state.__dict__:
        setattr(state.apps.get_model(*key)._meta, option, list(options[option]))


def _append_option(state: ProjectState, app: str, model: str, option: str, added: Any) -> None:
    _set_option(state, (app, model), option, added)


def _add_trigger(operation: AddTrigger, app: str, state: ProjectState) -> None:
    _set_option(state, (app, operation.model_name), "triggers", operation.trigger)


@contextmanager
def options_in_place() -> Iterator[None]:
    """Let migrations that only add a constraint, an index or a trigger leave the other models be."""
    with (
        patch.object(ProjectState, "_append_option", _append_option),
        patch.object(AddTrigger, "state_forwards", _add_trigger),
    ):
        yield
