"""What stands beside a record: which records take comments and files, where they are and what is shown of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from itsm import forms
from itsm.models import Comment, Party, Record, SourceRef, StoredFile
from itsm.permissions import allowed
from itsm.registry import ListFacts, lists
from itsm.views.columns import link

NEWEST = 20
# Settings, the system's own work, and what is itself a remark.
WITHOUT = frozenset(
    {
        "Comment", "StoredFile", "Currency", "User", "Job", "Mail", "WebhookEndpoint", "WebhookDelivery",
        "SavedView",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One comment, and where its reader may archive it (empty: may not)."""

    comment: Comment
    archive_url: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One file, where it is downloaded, and where its reader may archive it (empty: may not)."""

    file: StoredFile
    content_url: str
    archive_url: str


@dataclass(frozen=True, slots=True)
class Attached:
    """The newest 20 files of a record, the newest last; the rest as in Remarks."""

    kept: Sequence[Kept]
    all_url: str
    write_url: str
    form: forms.FileForm | None


@dataclass(frozen=True, slots=True)
class Remarks:
    """The newest 20 comments on a record, the newest last; ``all_url`` when there are more.

    ``form`` is None when the reader may not write.
    """

    said: Sequence[Said]
    all_url: str
    write_url: str
    form: forms.CommentForm | None


def carries(model: type[Any] | None) -> bool:
    """Whether records of this model take comments and files."""
    return model is not None and issubclass(model, Record) and model.__name__ not in WITHOUT


def facts_of(label: str) -> ListFacts | None:
    """Return the list of the kind "itsm.outage", or None when its records take none."""
    known = (one for one in lists().values() if one.model._meta.label_lower == label)
    return next((one for one in known if carries(one.model)), None)


def holder_of(row: Any) -> Party | None:
    """Return the party that a record belongs to, or None when it is shared or the provider's."""
    found = row if isinstance(row, Party) else None
    return found or getattr(row, "customer", None) or getattr(row, "party", None)


def is_of_customer(row: Any) -> bool:
    """Whether a record belongs to a customer rather than to all or to the provider (no query)."""
    if isinstance(row, Party):
        return Party.Role.CUSTOMER in row.roles
    return bool(getattr(row, "customer_id", None) or getattr(row, "party_id", None))


def place_of(row: Any) -> str:
    """Return the address of a record's page, or the empty text."""
    facts = facts_of(row._meta.label_lower)
    return _page(facts, getattr(row, facts.lookup)) if facts else ""


def place_behind(ref: SourceRef | None) -> str:
    """Return the address of the page that a reference leads to, or the empty text (at most one query)."""
    facts = facts_of(f"{ref.app}.{ref.kind}") if ref else None
    if ref is None or facts is None:
        return ""
    if facts.lookup == "pk":
        return _page(facts, ref.uuid)
    row = facts.model.objects.filter(pk=ref.uuid).first()
    return _page(facts, getattr(row, facts.lookup)) if row else ""


def _page(facts: ListFacts, key: Any) -> str:
    return link(f"{facts.url_name.removesuffix('_list')}_detail", key)


def _newest(model: type[Any], row: Any, user: Any) -> list[Any]:
    """Return what stands beside a record, the newest first: one more than is shown tells that there are more."""
    rows = model.objects.visible_to(user).active().filter(ref_uuid=row.pk)
    return list(rows.order_by("-created_at", "-pk")[: NEWEST + 1])


def remarks_on(row: Any, request: HttpRequest) -> Remarks | None:
    """Return what the page of a record shows (one query), or None when it takes no comments."""
    if not carries(type(row)):
        return None
    user: Any = request.user
    found = _newest(Comment, row, user)
    archives = allowed(user, "archive", Comment)
    list_url = f"{reverse('itsm:comments_list')}?about={row.pk}"
    write_url = reverse("itsm:comments_write", args=[row._meta.label_lower, row.pk])
    return Remarks(
        said=[Said(one, _archive_url(one, user) if archives else "") for one in found[NEWEST - 1 :: -1]],
        all_url=list_url if len(found) > NEWEST else "",
        write_url=write_url,
        form=forms.CommentForm(is_of_customer=is_of_customer(row)) if allowed(user, "add", Comment) else None,
    )  # fmt: skip


def files_of(row: Any, request: HttpRequest) -> Attached | None:
    """Return the files that the page of a record shows (one query), or None when it takes none."""
    if not carries(type(row)):
        return None
    user: Any = request.user
    found = _newest(StoredFile, row, user)
    archives = allowed(user, "archive", StoredFile)
    return Attached(
        kept=[_kept(one, archives=archives) for one in found[NEWEST - 1 :: -1]],
        all_url=f"{reverse('itsm:files_list')}?about={row.pk}" if len(found) > NEWEST else "",
        write_url=reverse("itsm:files_write", args=[row._meta.label_lower, row.pk]),
        form=forms.FileForm() if allowed(user, "add", StoredFile) else None,
    )


def _kept(one: StoredFile, *, archives: bool) -> Kept:
    may_archive = archives and one.uploaded_by
    return Kept(
        one,
        reverse("itsm:files_content", args=[one.pk]),
        reverse("itsm:files_archive", args=[one.pk]) if may_archive else "",
    )


def _archive_url(comment: Comment, user: Any) -> str:
    is_own = comment.side == Comment.Side.STAFF and comment.author_name == str(user)[:160]
    return reverse("itsm:comments_archive", args=[comment.pk]) if is_own else ""
