"""Steps of a record's state as buttons on its page and as a page that asks before it acts."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from itsm.selectors import PLANNED
from itsm.services.transitions import TRANSITIONS, Transition, possible, transition
from itsm.views.base import ActionPage, Button, DetailPage
from itsm.views.columns import link


class SteppedPage(DetailPage):
    """A record's page with a button for each step that its state and the reader's roles allow."""

    def buttons(self) -> Sequence[Button]:
        """Return the steps, at most two, then Edit; the others stand below as links."""
        return [*self._steps()[:2], *super().buttons()][:3]

    def more(self) -> Sequence[Button]:
        """Add the remaining steps to the quiet links."""
        return [*self._steps()[2:], *super().more(), *self._file()]

    def _file(self) -> list[Button]:
        address = link(f"{self.routes}_calendar", self.record().pk)
        is_planned = getattr(self.record(), "kind", None) in {None, *PLANNED}
        return (
            [Button(_("Add to calendar"), address, icon="calendar")]
            if address and is_planned
            else []
        )

    def _steps(self) -> list[Button]:
        row = self.record()
        if getattr(row, "archived_at", None) or getattr(row, "superseded_at", None):
            return []
        name = f"{self.routes}_step"
        return [
            Button(
                step.title, reverse(name, args=(getattr(row, self.lookup), step.verb)), step.kind
            )
            for step in possible(row, by=self.request.user)
        ]


class StepPage(ActionPage):
    """Asks whether to take the step named in the address, and takes it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask for the right that the step of the address needs."""
        self.page_action = self.step().right if request.user.is_authenticated else ""
        return super().dispatch(request, *args, **kwargs)

    def step(self) -> Transition:
        """Return the step of the address, or answer 404."""
        for step in TRANSITIONS.get(self.model, ()):
            if step.verb == self.kwargs["verb"]:
                return step
        raise Http404(_("There is no such step."))

    def act(self, row: Any, form: Any) -> str:
        """Take the step through its service."""
        transition(row, self.kwargs["verb"], by=self.request.user, at=self.at)
        return _("%(row)s: %(step)s is done.") % {"row": row, "step": self.step().title}

    def facts(self) -> dict[str, Any]:
        """Say what will happen."""
        step, row = self.step(), self.record()
        return {
            **super().facts(),
            "title": f"{step.title}: {row}",
            "question": _("The state changes from “%(old)s” to “%(new)s”.")
            % {"old": row.get_state_display(), "new": dict(self.model.State.choices)[step.target]},
            "submit_text": step.title,
        }


def step_route(entity: Any) -> URLPattern:
    """Return the route of an entity's steps: ``<slug>/<lookup>/steps/<verb>/``."""
    kind = "uuid" if entity.lookup == "pk" else "slug"
    page = StepPage.as_view(
        model=entity.model,
        routes=entity.prefix,
        icon=entity.icon,
        lookup=entity.lookup,
        related=entity.related,
    )
    name = f"{entity.prefix.split(':')[-1]}_step"
    return path(f"{entity.slug}/<{kind}:{entity.lookup}>/steps/<slug:verb>/", page, name=name)
