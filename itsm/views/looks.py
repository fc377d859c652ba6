"""A party's logo and accent: the form with its preview, the page of the party, and the picture itself."""

from collections.abc import Sequence
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from itsm import forms
from itsm.calculations.colors import INKS, contrast
from itsm.models import Party, StoredFile
from itsm.registry import processes
from itsm.services import files, looks
from itsm.views.base import VERSION, DetailPage, FormPage, RecordPage

USUAL = "#0b5c82"  # Plimsoll's own accent


def logo_address(party: Party) -> str:
    """Return where the party's logo is; the empty text without one. Another logo has another address."""
    if not party.logo_id:
        return ""
    return f"{reverse('itsm:parties_logo', args=[party.slug])}?v={str(party.logo_id)[-12:]}"


def preview_of(party: Party, *, accent: str, logo: str) -> dict[str, Any]:
    """Return what the drawings of cover and portal show: ``logo`` is an address or empty."""
    light, dark = (
        {"shade": shade, "ink": _ink(shade.shown, shade.theme)}
        for shade in looks.shades_of(accent or USUAL)
    )
    return {
        "party": party,
        "logo": logo,
        "light": light,
        "dark": dark,
        "shades": (light, dark),
        "is_usual": not accent,
    }


def _ink(color: str, theme: str) -> str:
    return max((INKS[theme], "ffffff", "000000"), key=lambda ink: contrast(ink, color))


class PartyPage(DetailPage):
    """A party with its look and with what each process tells about a customer."""

    related = ("currency", "parent", "logo")

    def panels(self) -> Sequence[dict[str, Any]]:
        """Show how its portal and reports look; for customers what the processes have."""
        row, found = self.record(), []
        declared = [p for one in processes() for p in one.panels if p.subject == "customer"]
        if Party.Role.CUSTOMER in row.roles:
            for panel in sorted(declared, key=lambda one: one.position):
                facts = panel.build(row, self.request.user, self.at)
                if facts is not None:
                    found.append({"title": panel.title, "template": panel.template, "facts": facts})
        if {Party.Role.CUSTOMER, Party.Role.PROVIDER} & set(row.roles):
            found.append({
                "title": _("Logo and accent"),
                "template": "itsm/_look_preview.html",
                "facts": preview_of(row, accent=row.accent, logo=logo_address(row)),
                "url": self.address("look", row) if self.may("change") else "",
                "link": _("Change"),
            })  # fmt: skip
        return found


class LookPage(FormPage):
    """Logo and accent with a preview; "Show" keeps the picture and writes nothing else."""

    template_name = "itsm/look.html"
    form_class = forms.LookForm
    title = lazy("Logo and accent")
    lead = lazy(
        "They stand in the portal at once and on reports made from now on. Issued reports stay as they are."
    )
    submit_text = lazy("Save")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep the picture, then show it or save it."""
        form = self.make_form(request.POST, request.FILES or None)
        logo = self._picture(form) if form.is_valid() else None
        if form.errors:
            return self.show(422, form=form)
        if "show" in request.POST:
            shown = preview_of(
                self.record(),
                accent=form.cleaned_data["accent"],
                logo=self._kept_address(logo) if logo else "",
            )
            return self.show(form=form, preview=shown, is_draft=True)
        if request.POST.get(VERSION, "") != self._version_before:
            form.add_error(None, self.conflict())
            return self.show(409, form=form)
        return self.finish(
            looks.set_look(self.record(), logo=logo, accent=form.cleaned_data["accent"])
        )

    def make_form(self, data: Any = None, files: Any = None) -> Any:
        """Note the version first: validation writes the typed color on the record."""
        self._version_before = self.version()
        return super().make_form(data, files)

    def _picture(self, form: Any) -> StoredFile | None:
        """Return the logo that is wanted: the new one, the kept one, none, or that which is there."""
        party, facts = self.record(), form.cleaned_data
        upload = facts.get("logo")
        if upload is not None:
            try:
                looks.check_size(upload.size)
                kept = looks.keep_logo(party, name=upload.name, content=upload.read(), at=self.at)
            except looks.LogoRefused as refusal:
                form.add_error("logo", str(refusal))
                return None
            form.data = form.data.copy()
            form.data["kept_logo"] = kept.sha256
            return kept
        if facts.get("remove_logo"):
            return None
        return looks.kept_logo(party, facts["kept_logo"]) or party.logo

    def _kept_address(self, logo: StoredFile) -> str:
        return f"{self.address('logo', self.record())}?kept={logo.sha256}"

    def said(self, row: Any) -> str:
        """Say where it is seen."""
        return _("%(name)s looks so from now on, in the portal and on the next report.") % {
            "name": row
        }

    def facts(self) -> dict[str, Any]:
        """Add the preview of what is saved, unless the page shows a draft."""
        found = super().facts()
        saved = Party.objects.visible_to(self.request.user).get(pk=self.record().pk)
        return {
            **found,
            "title": _("Logo and accent of %(name)s") % {"name": saved},
            "preview": preview_of(saved, accent=saved.accent, logo=logo_address(saved)),
            "history_url": self.address("history", saved),
        }


class LogoPage(RecordPage):
    """The logo as a picture, for whoever may see its party; ``?kept=`` shows staff one that is not saved yet."""

    model = Party
    lookup = "slug"
    related = ("logo",)
    staff_only = False
    page_action = "view"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        """Send the stored PNG."""
        row = self.record()
        kept = request.GET.get("kept", "")
        logo = looks.kept_logo(row, kept) if kept and self.may("change") else row.logo
        if logo is None:
            raise Http404(_("There is no logo."))
        try:
            stream = files.open_file(logo)
        except files.FileMissing as missing:
            raise Http404(str(missing)) from missing
        answer = FileResponse(stream, content_type=logo.content_type)
        answer.headers["Cache-Control"] = "private, max-age=86400"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer
