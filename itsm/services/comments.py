"""Remarks on records."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from itsm.announcements import announce
from itsm.models import Comment, Party, SourceRef
from itsm.tenancy import actor_for


def add_comment(
    *, customer: Party, about: SourceRef, text: str, by: Any, at: datetime, anchor: str = "", internal: bool = False
) -> Comment:  # fmt: skip
    """Write a remark; a customer's one is never internal. Raises ValueError when it is empty."""
    if not text.strip():
        raise ValueError(_("The remark is empty. Write what you want to say."))
    staff = actor_for(by).is_staff
    row = Comment.objects.create(
        customer=customer, ref_app=about.app, ref_kind=about.kind, ref_uuid=about.uuid, ref_label=about.label,
        text=text.strip(), anchor=anchor, side=Comment.Side.STAFF if staff else Comment.Side.CUSTOMER,
        author_name=str(by)[:160], is_internal=internal and staff,
    )  # fmt: skip
    announce("comment.added", at=at, uuid=row.pk)
    return row
