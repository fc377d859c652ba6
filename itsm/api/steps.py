"""The steps of a record's life as POST actions: ``/outages/{id}/approve``, from the table of transitions."""

from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from itsm.services import transitions

View = TypeVar("View", bound=type)


def with_steps(viewset: View) -> View:
    """Give the viewset one POST action for each step of its model; decorate the class with it."""
    kind: Any = viewset
    rights = dict(kind.rights)
    for step in transitions.TRANSITIONS[kind.model]:
        name = step.verb.replace("-", "_")
        setattr(kind, name, _step(step, name))
        rights[name] = step.right
    kind.rights = rights
    return viewset


def _step(step: transitions.Transition, name: str) -> Any:
    def take(self: Any, request: Request, **_lookup: str) -> Response:
        row = self.get_object()
        self.check_version(row)
        done = transitions.transition(row, step.verb, by=request.user, at=self.at)
        return self.answer(done)

    take.__name__ = name
    take.__doc__ = f"{step.title}: from {', '.join(step.sources)} to {step.target}."
    described = extend_schema(request=None)(take)
    return action(detail=True, methods=["post"], url_path=step.verb, url_name=step.verb)(described)
