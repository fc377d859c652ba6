"""The pages that every record has: detail, form, act, archive and history (its list: ``itsm.views.lists``).

A page reads through ``Model.objects.visible_to(request.user)``, asks ``itsm.permissions.allowed`` and
calls at most one service. Everything works without scripts; htmx gets the fragment of the same template.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import models
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.generic import View

from itsm.permissions import allowed
from itsm.tenancy import actor_for
from itsm.views.changes import changes_of
from itsm.views.columns import Column, link
from itsm.views.focus import carried
from itsm.views.remarks import files_of, remarks_on

VERSION = "row_version"


@dataclass(frozen=True, slots=True)
class Button:
    """A button in the head of a page; ``kind`` is main, plain or danger. Links only: acts have pages."""

    title: Any
    url: str
    kind: str = "plain"
    icon: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the path above the title."""

    title: Any
    url: str = ""


class Page(LoginRequiredMixin, View):
    """A page for people who have signed in. Give ``template_name`` and ``facts()``."""

    template_name: ClassVar[str] = ""
    fragment_name: str = ""
    title: Any = ""
    lead: Any = ""
    page_action: str = ""
    page_model: type[models.Model] | None = None
    staff_only = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse people who may not open this page; give the instant of the request to the rest."""
        self.at: datetime = timezone.now()
        user = request.user
        if user.is_authenticated and self.staff_only and not actor_for(user).is_staff:
            raise PermissionDenied(
                _("This page is for the provider's staff. Yours are in the portal.")
            )
        if request.user.is_authenticated and self.page_action:
            self.require(self.page_action)
        return carried(request, super().dispatch(request, *args, **kwargs))

    def require(self, action: str) -> None:
        """Raise PermissionDenied unless the reader has this right on the page's model."""
        if not self.may(action):
            raise PermissionDenied(_("Your roles do not allow this. Ask an administrator."))

    def may(self, action: str) -> bool:
        """Tell whether the reader has this right on the page's model."""
        return self.page_model is not None and allowed(self.request.user, action, self.page_model)

    def facts(self) -> dict[str, Any]:
        """Return the template context; pages add to it."""
        return {"title": self.title, "lead": self.lead, "crumbs": self.crumbs(), "buttons": ()}

    def crumbs(self) -> Sequence[Crumb]:
        """Return the steps above this page."""
        return ()

    def show(self, status: int = 200, **more: Any) -> HttpResponse:
        """Return the page, or its fragment for htmx."""
        partial = bool(getattr(self.request, "htmx", False)) and self.fragment_name
        name = self.fragment_name if partial else self.template_name
        answer = render(self.request, name, {**self.facts(), **more}, status=status)
        patch_vary_headers(answer, ["HX-Request"])
        return answer

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the page."""
        return self.show()


class RecordPage(Page):
    """A page about rows of one model. ``routes`` is the prefix of its routes: "itsm:service"."""

    model: Any = None
    routes: str = ""
    icon: str = ""
    lookup: str = "pk"
    related: Sequence[str] = ()
    prefetch: Sequence[str] = ()
    staff_only = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask for the right on this page's own model; customers have the portal instead."""
        self.page_model = self.model
        return super().dispatch(request, *args, **kwargs)

    def queryset(self) -> Any:
        """Return the rows that this reader may see."""
        rows = self.model.objects.visible_to(self.request.user)
        rows = rows.select_related(*self.related) if self.related else rows
        return rows.prefetch_related(*self.prefetch)

    def record(self) -> Any:
        """Return the row of the address, or answer 404."""
        if not hasattr(self, "_record"):
            rows = self.queryset()
            if self.request.method == "POST":
                rows = rows.select_for_update(of=("self",))
            try:
                self._record = rows.get(**{self.lookup: self.kwargs[self.lookup]})
            except (self.model.DoesNotExist, ValidationError, ValueError):
                raise Http404(self.model._meta.verbose_name) from None
        return self._record

    def address(self, page: str, row: Any = None) -> str:
        """Return the address of a sister page ("list", "edit", …), or the empty text."""
        args = () if row is None else (getattr(row, self.lookup),)
        return link(f"{self.routes}_{page}", *args)

    @property
    def plural(self) -> str:
        """The name of the list, with a capital."""
        name = str(self.model._meta.verbose_name_plural)
        return name[:1].upper() + name[1:]

    @property
    def singular(self) -> str:
        """The name of one record."""
        return str(self.model._meta.verbose_name)

    def crumbs(self) -> Sequence[Crumb]:
        """Return the way back to the list, and to the record below it."""
        steps = [Crumb(self.plural, self.address("list"))]
        if self.lookup in self.kwargs and not isinstance(self, DetailPage):
            steps.append(Crumb(str(self.record()), self.address("detail", self.record())))
        return steps


class DetailPage(RecordPage):
    """A record: its fields in groups, panels below, acts at the right of the title.

    ``fields`` are Columns; ``panels()`` returns dicts with title, template and context.
    ``acts`` are tuples (title, route suffix, right, kind) for pages of ActionPage. A page with a conversation
    of its own sets ``takes_remarks`` to False.
    """

    template_name = "generic/detail.html"
    page_action = "view"
    fields: Sequence[Column] = ()
    state: Column | None = None
    acts: Sequence[tuple[Any, str, str, str]] = ()
    takes_remarks = True

    def panels(self) -> Sequence[dict[str, Any]]:
        """Return parts below the fields: ``{"title", "template", "facts"}``."""
        return ()

    def buttons(self) -> Sequence[Button]:
        """Return the acts that this reader may do on this record."""
        row, found = self.record(), []
        for title, suffix, action, kind in self.acts:
            address = self.address(suffix, row)
            if address and self.may(action):
                found.append(Button(title, address, kind))
        edit = self.address("edit", row)
        if edit and self.may("change") and not getattr(row, "archived_at", None):
            kind = "plain" if any(button.kind == "main" for button in found) else "main"
            found.append(Button(_("Edit"), edit, kind, "edit", "e"))
        return found

    def more(self) -> Sequence[Button]:
        """Return the quiet links under the fields: history, archive or restore."""
        row = self.record()
        links = [Button(_("History"), self.address("history", row), icon="clock")]
        if hasattr(row, "archived_at") and self.may("archive"):
            page, title = (
                ("restore", _("Restore")) if row.archived_at else ("archive", _("Archive"))
            )
            links.append(Button(title, self.address(page, row), icon="archive"))
        return [button for button in links if button.url]

    def facts(self) -> dict[str, Any]:
        """Add the record with its fields, acts and panels."""
        row = self.record()
        pairs = [(column.head(self.model), column, column.text(row)) for column in self.fields]
        return {
            **super().facts(),
            "title": self.title or str(row),
            "record": row,
            "state_text": self.state.text(row) if self.state else "",
            "state_tone": self.state.tone(row) if self.state else "",
            "fields": [
                {"title": head, "text": text, "tone": column.tone(row), "kind": column.kind,
                 "url": column.url(row) if column.url and column.raw(row) is not None else ""}
                for head, column, text in pairs
            ],
            "buttons": self.buttons(),
            "more": self.more(),
            "panels": self.panels(),
            "remarks": remarks_on(row, self.request) if self.takes_remarks else None,
            "files": files_of(row, self.request) if self.takes_remarks else None,
            "archived_at": getattr(row, "archived_at", None),
        }  # fmt: skip


class FormPage(RecordPage):
    """Adds a record, or changes the one of the address. Keeps what was typed when something is wrong.

    ``save`` may be a service ``(form, user, at) -> record``; without it ``form.save()`` is called. A record
    that somebody else changed meanwhile is not overwritten: the page says so and keeps the input.
    """

    template_name = "generic/form.html"
    form_class: Any = None
    save: Callable[..., Any] | None = None
    submit_text: Any = ""

    @property
    def is_new(self) -> bool:
        """Whether this page adds a record."""
        return self.lookup not in self.kwargs

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask for the right to add or to change."""
        self.page_action = "add" if self.lookup not in kwargs else "change"
        return super().dispatch(request, *args, **kwargs)

    def form_options(self) -> dict[str, Any]:
        """Return keyword arguments of the form; a form that wants the reader takes ``user``."""
        options: dict[str, Any] = {"instance": None if self.is_new else self.record()}
        if getattr(self.form_class, "wants_user", False):
            options["user"] = self.request.user
        if self.is_new:
            options["initial"] = {name: value for name, value in self.request.GET.items()}
        return options

    def make_form(self, data: Any = None, files: Any = None) -> BaseForm:
        """Return the form; choices of other records are cut to what the reader may see."""
        form: BaseForm = self.form_class(data, files, **self.form_options())
        scope_choices(form, self.request.user)
        return form

    def version(self) -> str:
        """Return the mark of the state that is being edited: when it was last changed."""
        stamp = None if self.is_new else getattr(self.record(), "updated_at", None)
        return stamp.isoformat() if stamp else ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        return self.show(form=self.make_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save and go to the record, or show the form again with what is wrong."""
        current = self.version()
        form = self.make_form(request.POST, request.FILES or None)
        if not form.is_valid():
            return self.show(422, form=form)
        if request.POST.get(VERSION, "") != current and not self.is_new:
            form.add_error(None, self.conflict())
            return self.show(409, form=form)
        try:
            row = self.store(form)
        except (ValueError, ValidationError) as refusal:
            add_refusal(form, refusal)
            return self.show(422, form=form)
        return self.finish(row)

    def finish(self, row: Any) -> HttpResponse:
        """Say that it is saved and go on; a page that shows something once answers with it instead."""
        messages.info(self.request, self.said(row))
        return HttpResponseRedirect(self.target(row))

    def conflict(self) -> str:
        """Return the sentence for a record that somebody else changed meanwhile."""
        return _(
            "Somebody changed this %(thing)s while you were writing. Nothing is lost: your input stands "
            "below. Compare it with the record, then save again to replace the other change."
        ) % {"thing": self.singular}

    def store(self, form: Any) -> Any:
        """Write the record: one service call or ``form.save()``."""
        if self.save is not None:
            return self.save(form, self.request.user, self.at)
        return form.save()

    def said(self, row: Any) -> str:
        """Return what the page says after saving."""
        words = _("%(name)s is added.") if self.is_new else _("%(name)s is saved.")
        return words % {"name": row}

    def target(self, row: Any) -> str:
        """Return where to go after saving."""
        return self.address("detail", row) or self.address("list")

    def facts(self) -> dict[str, Any]:
        """Add the words around the form."""
        row = None if self.is_new else self.record()
        words = _("Add %(thing)s") if self.is_new else _("Edit %(name)s")
        title = words % {"thing": self.singular, "name": row}
        return {
            **super().facts(),
            "title": self.title or title,
            "version": self.version(),
            "submit_text": self.submit_text or (title if self.is_new else _("Save changes")),
            "back_url": self.address("list") if row is None else self.address("detail", row),
        }


class ActionPage(RecordPage):
    """Asks, then acts: GET shows what will happen, POST calls ``act(record, form)``.

    ``act`` returns the words to say afterwards. ``form_class`` is optional (a reason, a date).
    A ValueError or ValidationError of the service is shown on the page.
    """

    template_name = "generic/confirm.html"
    page_action = "change"
    form_class: Any = None
    question: Any = ""
    explanation: Any = ""
    submit_text: Any = ""
    danger = False

    def act(self, row: Any, form: Any) -> Any:
        """Do it: call one service and return a sentence."""
        raise NotImplementedError

    def make_form(self, data: Any = None) -> Any:
        """Return the form, if this act asks for something."""
        if self.form_class is None:
            return None
        form = self.form_class(data)
        scope_choices(form, self.request.user)
        return form

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask."""
        return self.show(form=self.make_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Act, or say why not."""
        form = self.make_form(request.POST)
        if form is not None and not form.is_valid():
            return self.show(422, form=form)
        try:
            words = self.act(self.record(), form)
        except (ValueError, ValidationError) as refusal:
            return self.show(422, form=form, problem="; ".join(refusal_words(refusal)))
        return self.finish(words)

    def finish(self, words: Any) -> HttpResponse:
        """Say what was done and go on; a page that shows something once answers with it instead."""
        if words:
            messages.info(self.request, words, extra_tags=self.undo_url())
        return HttpResponseRedirect(self.target())

    def undo_url(self) -> str:
        """Return where a POST takes the act back, or the empty text when nothing does."""
        return ""

    def target(self) -> str:
        """Return where to go afterwards."""
        return self.address("detail", self.record()) or self.address("list")

    def facts(self) -> dict[str, Any]:
        """Add the question, what will happen and the button's words."""
        names = {"name": self.record(), "thing": self.singular}
        return {
            **super().facts(),
            "title": str(self.question) % names,
            "explanation": str(self.explanation) % names,
            "submit_text": str(self.submit_text) % names,
            "danger": self.danger,
            "back_url": self.address("detail", self.record()),
        }


class ArchivePage(ActionPage):
    """Takes a record out of use (``restores = False``) or brings it back. Nothing is deleted."""

    page_action = "archive"
    restores = False

    def act(self, row: Any, form: Any) -> str:
        """Set or clear the archive mark."""
        row.archived_at = None if self.restores else self.at
        row.save(update_fields=["archived_at", "updated_at"])
        words = _("%(name)s is in use again.") if self.restores else _("%(name)s is archived.")
        return words % {"name": row}

    def undo_url(self) -> str:
        """Return the address of the opposite act."""
        return self.address("archive" if self.restores else "restore", self.record())

    def facts(self) -> dict[str, Any]:
        """Say what archiving or restoring means."""
        if self.restores:
            self.question = _("Restore %(name)s?")
            self.explanation = _("It appears in lists and choices again, as it was.")
            self.submit_text = _("Restore %(thing)s")
        else:
            self.question = _("Archive %(name)s?")
            self.explanation = _(
                "It leaves lists and choices. Nothing is deleted: records that refer to it stay as they "
                "are, its history stays readable, and you can restore it at any time."
            )
            self.submit_text = _("Archive %(thing)s")
        return super().facts()


class HistoryPage(RecordPage):
    """Who changed what and when, newest first: old and new value of every field."""

    template_name = "generic/history.html"
    page_action = "view"

    def facts(self) -> dict[str, Any]:
        """Add the changes of this record."""
        row = self.record()
        return {
            **super().facts(),
            "title": _("History of %(name)s") % {"name": row},
            "changes": changes_of(row),
            "record": row,
        }


def scope_choices(form: BaseForm, user: Any) -> None:
    """Cut every choice of other records to rows in use that ``user`` may see."""
    fields: Mapping[str, Any] = form.fields  # of any kind: those that choose a record matter
    for name, bound in fields.items():
        rows = getattr(bound, "queryset", None)
        if rows is None or not hasattr(rows, "visible_to"):
            continue
        rows = rows.visible_to(user)
        if named := getattr(rows.model, "words_from", ()):  # the links that str() reads
            rows = rows.select_related(*named)
        if hasattr(rows.model, "archived_at"):
            chosen = getattr(getattr(form, "instance", None), f"{name}_id", None)
            rows = rows.filter(models.Q(archived_at=None) | models.Q(pk=chosen))
        bound.queryset = rows


def refusal_words(refusal: Exception) -> list[str]:
    """Return the sentences of a service's refusal."""
    if isinstance(refusal, ValidationError):
        return [str(words) for words in refusal.messages]
    return [str(refusal)]


def add_refusal(form: Any, refusal: Exception) -> None:
    """Put the sentences of a refusal beside their fields, or above the form."""
    if isinstance(refusal, ValidationError) and hasattr(refusal, "error_dict"):
        for name, errors in refusal.error_dict.items():
            form.add_error(
                name if name in form.fields and name != NON_FIELD_ERRORS else None, errors
            )
        return
    for words in refusal_words(refusal):
        form.add_error(None, words)
