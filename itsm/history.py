"""Who changed what: every audited model leaves one history row per change, written by database triggers."""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
import pgtrigger.migrations

Model = TypeVar("Model", bound=type)


def audited(*, exclude: list[str] | None = None) -> Callable[[Model], Model]:
    """Return a class decorator that keeps ``<Model>History`` rows: label insert, update or delete."""

    def decorate(model: Model) -> Model:
        options: dict[str, Any] = {"model_name": f"{model.__name__}History"}
        if exclude:
            options["exclude"] = exclude
        tracked: Model = pghistory.track(
            pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), **options
        )(model)
        return tracked

    return decorate


class AddTrigger(pgtrigger.migrations.AddTrigger):
    """Adds a trigger without building all models anew: nothing that a migration asks of a model is changed by it."""

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Note the trigger in the state of its model."""
        options = state.models[app_label, self.model_name].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]
