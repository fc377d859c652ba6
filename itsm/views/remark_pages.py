"""The pages of comments: writing one about a record, and archiving one's own."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import forms
from itsm.models import Comment, SourceRef
from itsm.permissions import allowed
from itsm.services.comments import add_comment
from itsm.views.base import ArchivePage, Crumb, FormPage
from itsm.views.remarks import facts_of, holder_of, is_of_customer, place_behind, place_of
from itsm.views.shell import provider_of

PLACE = "#comments"


class CommentPage(FormPage):
    """Writes a comment about the record of the address: ``comments/about/<kind>/<key>/``."""

    form_class = forms.CommentForm
    routes = "itsm:comments"
    lookup = "comment"  # the address names what it is about, so each comment is new
    title = lazy("Add comment")
    submit_text = lazy("Save comment")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask for the right to add comments."""
        self.model = Comment
        return super().dispatch(request, *args, **kwargs)

    def subject(self) -> Any:
        """Return the record that the comment is about, or answer 404."""
        if not hasattr(self, "_subject"):
            facts, user = facts_of(self.kwargs["about"]), self.request.user
            if facts is None or not allowed(user, "view", facts.model):
                raise Http404(_("record"))
            self._subject = (
                facts.model.objects.visible_to(user).filter(pk=self.kwargs["pk"]).first()
            )
            if self._subject is None:
                raise Http404(facts.model._meta.verbose_name)
        return self._subject

    def form_options(self) -> dict[str, Any]:
        """Tell the form whose record it is."""
        return {"is_of_customer": is_of_customer(self.subject())}

    def store(self, form: Any) -> Comment:
        """Write it, for the holder of the record or for the provider itself."""
        row = self.subject()
        holder = holder_of(row) or provider_of(self.request)
        if holder is None:
            raise ValueError(
                _("Add your own organization as a party first: it keeps this comment.")
            )
        return add_comment(
            customer=holder,
            about=SourceRef.to(row),
            text=form.cleaned_data["text"],
            by=self.request.user,
            at=self.at,
            internal=form.cleaned_data.get("is_internal", True),
        )

    def said(self, row: Any) -> str:
        """Say it in words that do not repeat the comment."""
        return _("Your comment is added.")

    def target(self, row: Any) -> str:
        """Return to the record."""
        return place_of(self.subject()) + PLACE

    def crumbs(self) -> Sequence[Crumb]:
        """Return the way back to the record."""
        row = self.subject()
        return (Crumb(str(row), place_of(row)),)

    def facts(self) -> dict[str, Any]:
        """Let Cancel lead back to the record."""
        return {
            **super().facts(),
            "back_url": place_of(self.subject()) + PLACE,
        }


class CommentArchivePage(ArchivePage):
    """Archives or restores a comment and returns to the record that it is about."""

    def target(self) -> str:
        """Return to the record, or to the comment when the record has no page."""
        place = place_behind(self.record().source_ref)
        return place + PLACE if place else super().target()
