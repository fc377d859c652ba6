"""What is added beside a record: writing a comment, keeping a file, its download, archiving either."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import forms
from itsm.models import Comment, Party, SourceRef, StoredFile
from itsm.permissions import allowed
from itsm.services.comments import add_comment
from itsm.services.files import FileMissing, open_file
from itsm.services.uploads import FileRefused, check_size, examine, keep_upload
from itsm.views.base import ArchivePage, Button, Crumb, DetailPage, FormPage, RecordPage
from itsm.views.remarks import facts_of, holder_of, is_of_customer, place_behind, place_of
from itsm.views.shell import provider_of

PLACE, FILES_PLACE = "#comments", "#files"


class BesidePage(FormPage):
    """Adds something to the record of the address: ``…/about/<kind>/<key>/``. Give ``adds`` and ``place``."""

    adds: type[Any] = Comment
    place = PLACE
    lookup = "added"  # the address names what it is about, so each one is new

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask for the right to add it."""
        self.model = self.adds
        return super().dispatch(request, *args, **kwargs)

    def subject(self) -> Any:
        """Return the record that it is about, or answer 404."""
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

    def holder(self) -> Party:
        """Return whose it is: the record's holder, or the provider itself. Raises ValueError."""
        found: Party | None = holder_of(self.subject()) or provider_of(self.request)
        if found is None:
            raise ValueError(_("Add your own organization as a party first: it keeps this."))
        return found

    def target(self, row: Any) -> str:
        """Return to the record."""
        return place_of(self.subject()) + self.place

    def crumbs(self) -> Sequence[Crumb]:
        """Return the way back to the record."""
        row = self.subject()
        return (Crumb(str(row), place_of(row)),)

    def facts(self) -> dict[str, Any]:
        """Let Cancel lead back to the record."""
        return {**super().facts(), "back_url": self.target(None)}


class CommentPage(BesidePage):
    """Writes a comment about a record."""

    form_class = forms.CommentForm
    routes = "itsm:comments"
    title = lazy("Add comment")
    submit_text = lazy("Save comment")

    def form_options(self) -> dict[str, Any]:
        """Tell the form whose record it is."""
        return {"is_of_customer": is_of_customer(self.subject())}

    def store(self, form: Any) -> Comment:
        """Write it."""
        return add_comment(
            customer=self.holder(),
            about=SourceRef.to(self.subject()),
            text=form.cleaned_data["text"],
            by=self.request.user,
            at=self.at,
            internal=form.cleaned_data.get("is_internal", True),
        )

    def said(self, row: Any) -> str:
        """Say it in words that do not repeat the comment."""
        return _("Your comment is added.")


class FilePage(BesidePage):
    """Keeps a file as evidence of a record, after the same look at its contents as in the API."""

    adds = StoredFile
    place = FILES_PLACE
    form_class = forms.FileForm
    routes = "itsm:files"
    title = lazy("Add file")
    submit_text = lazy("Keep file")

    def form_options(self) -> dict[str, Any]:
        """Answer 404 before anything is looked at when there is no such record."""
        self.subject()
        return {}

    def store(self, form: Any) -> StoredFile:
        """Look at the file and keep it; what is there already is not kept twice."""
        sent = form.cleaned_data["file"]
        try:
            check_size(sent.size)
            upload = examine(sent.name, sent.read())
        except FileRefused as refusal:
            raise ValidationError({"file": str(refusal)}) from refusal
        row, self._is_new = keep_upload(
            upload,
            customer=self.holder(),
            about=SourceRef.to(self.subject()),
            by=self.request.user,
            at=self.at,
        )
        return row

    def said(self, row: Any) -> str:
        """Say whether it is new."""
        words = _("%(name)s is kept.") if self._is_new else _("%(name)s is kept here already.")
        return words % {"name": row}


class FileDetailPage(DetailPage):
    """What is known about a file, with its download."""

    def buttons(self) -> Sequence[Button]:
        """Offer the download."""
        return [Button(_("Download"), self.address("content", self.record()), "main", "download")]


class ContentPage(RecordPage):
    """The bytes of a file, to be saved and never shown, for the provider's people."""

    page_action = "view"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        """Send the file under its name."""
        row = self.record()
        try:
            stream = open_file(row)
        except FileMissing as missing:
            raise Http404(str(missing)) from missing
        answer = FileResponse(
            stream, as_attachment=True, filename=row.name, content_type=row.content_type
        )
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = "private, no-cache"
        return answer


class BesideArchivePage(ArchivePage):
    """Archives or restores a comment or a file and returns to the record that it is about."""

    def target(self) -> str:
        """Return to the record, or to its own page when that record has none."""
        place = place_behind(self.record().source_ref)
        return f"{place}#{self.routes.partition(':')[2]}" if place else super().target()
