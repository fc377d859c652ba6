"""The pages of people, currencies, jobs, mails and files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as lazy

from itsm import filters, forms
from itsm import models as m
from itsm.services import accounts
from itsm.views.base import Button, DetailPage
from itsm.views.columns import Column
from itsm.views.entities import Entity
from itsm.views.remark_pages import BesideArchivePage, FileDetailPage
from itsm.views.remarks import place_behind


def save_user(form: Any, user: Any, _at: datetime) -> m.User:
    """Write a user with roles."""
    customer = form.cleaned_data["customer"]
    roles = [
        accounts.Role(name, customer if name.startswith("CUSTOMER_") else None)
        for name in form.cleaned_data["roles"]
    ]
    return accounts.save_user(
        form.instance, roles=roles, password=form.cleaned_data["password"], by=user
    )


class UserPage(DetailPage):
    """A person or program that signs in; the second step can be taken away while there is one."""

    def queryset(self) -> Any:
        """Add the second step."""
        return super().queryset().prefetch_related("authenticator_set")

    def buttons(self) -> Sequence[Button]:
        """Add the way for somebody who lost the authenticator."""
        found = list(super().buttons())
        if self.may("change") and _second_step(self.record()) is not None:
            address = self.address("second-step", self.record())
            found.insert(0, Button(lazy("Take the second step away"), address, "danger"))
        return found


def _second_step(row: m.User) -> datetime | None:
    """Return since when a user signs in with a second step; None when the password is enough."""
    rows = [one for one in row.authenticator_set.all() if one.type == Authenticator.Type.TOTP]  # type: ignore[attr-defined]
    return rows[0].created_at if rows else None


def _roles(row: m.User) -> list[str]:
    return [str(membership) for membership in row.memberships.all()]


CURRENCIES = Entity(
    model=m.Currency,
    slug="currencies",
    icon="finance",
    form=forms.CurrencyForm,
    filterset=filters.CurrencyFilterSet,
    ordering=("code", "pk"),
    empty_text=lazy("Currencies of prices, costs and credits, by their three letters."),
    columns=(Column("code"), Column("name"), Column("minor_units", kind="number")),
)
USERS = Entity(
    model=m.User,
    slug="users",
    icon="people",
    form=forms.UserForm,
    filterset=filters.UserFilterSet,
    save=save_user,
    prefetch=("memberships",),
    pages={"detail": UserPage},
    ordering=("name", "pk"),
    lead=lazy("People and programs that sign in, and what they may do."),
    columns=(
        Column("name"),
        Column("email"),
        Column("roles", lazy("Roles"), value=_roles),
        Column("is_active"),
        Column("last_login"),
    ),
    detail=(
        Column("email"),
        Column("roles", lazy("Roles"), value=_roles),
        Column("is_active"),
        Column("language"),
        Column("timezone"),
        Column("last_login"),
        Column("second_step", lazy("Second step at sign-in, since"), value=_second_step),
        Column("second_step_reset_at"),
    ),
)
JOB_TONES = {
    "DONE": "ok",
    "FAILED": "risk",
    "DEAD": "breach",
    "PENDING": "unknown",
    "STOPPED": "excluded",
}
JOBS = Entity(
    model=m.Job,
    slug="jobs",
    icon="activity",
    filterset=filters.JobFilterSet,
    ordering=("-created_at", "pk"),
    lead=lazy("Background work: what waits, what runs, what was given up."),
    empty_text=lazy("Reports, imports and forecasts run as jobs. They appear here with their progress."),
    state=Column("state", states=JOB_TONES),
    columns=(
        Column("title"), Column("kind"), Column("queue"), Column("due_at"), Column("attempts", kind="number"),
        Column("progress", kind="number", unit="%"), Column("state", kind="state", states=JOB_TONES),
    ),
    detail=(
        Column("kind"), Column("queue"), Column("due_at"), Column("started_at"), Column("finished_at"), Column("attempts"),
        Column("message"), Column("requested_by"), Column("arguments", kind="long"), Column("result", kind="long"),
    ),
)  # fmt: skip
MAILS = Entity(
    model=m.Mail,
    slug="mails",
    icon="chat",
    filterset=filters.MailFilterSet,
    related=("customer",),
    ordering=("-created_at", "pk"),
    lead=lazy("Mails that went out or wait, with their constant message id."),
    empty_text=lazy("Mails appear here when a report is published or somebody is notified."),
    state=Column("state", states={"SENT": "ok", "DEAD": "breach"}),
    columns=(
        Column("subject"),
        Column("recipient"),
        Column("customer.name", lazy("Holder")),
        Column("sent_at"),
        Column("attempts", kind="number"),
        Column("state", kind="state", states={"SENT": "ok", "DEAD": "breach"}),
    ),
    detail=(
        Column("recipient"),
        Column("message_id", kind="code"),
        Column("due_at"),
        Column("sent_at"),
        Column("error"),
        Column("body_text", kind="long"),
    ),
)
FILES = Entity(
    model=m.StoredFile,
    slug="files",
    icon="document",
    filterset=filters.FileFilterSet,
    related=("customer",),
    ordering=("-created_at", "pk"),
    lead=lazy("Files kept by content: report PDFs, logos and evidence."),
    empty_text=lazy("Files appear here when a report is issued or evidence is added."),
    columns=(
        Column("name"),
        Column("customer.name", lazy("Holder")),
        Column("content_type"),
        Column("size", kind="number", unit="bytes"),
        Column("created_at"),
    ),
    detail=(
        Column("customer"),
        Column("content_type"),
        Column("size"),
        Column("sha256", kind="code"),
        Column("ref_label", lazy("Evidence for"), url=lambda row: place_behind(row.source_ref)),
        Column("uploaded_by"),
        Column("created_at"),
    ),
    pages={
        "detail": FileDetailPage,
        "archive": BesideArchivePage,
        "restore": BesideArchivePage,
    },
)
SETTINGS = (CURRENCIES, USERS, JOBS, MAILS, FILES)
