"""What every record carries: key, times of writing, archive mark and where it came from."""

from dataclasses import dataclass
from uuid import UUID

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from itsm.fields import key_field


class Record(models.Model):
    """A row with a UUIDv7 key and the times at which it was written."""

    id = key_field()
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, editable=False)

    class Meta:
        abstract = True


class ArchivableRecord(Record):
    """A record that people take out of use without deleting it."""

    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class SourcedRecord(ArchivableRecord):
    """A record that another system may bring in: unique by source and its number there."""

    source = models.CharField(_("source"), max_length=60, blank=True, default="")
    external_id = models.CharField(
        _("number in the source"), max_length=200, blank=True, default=""
    )

    class Meta:
        abstract = True


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A link to a record of any app, without a generic foreign key: app, kind, key and words."""

    app: str
    kind: str
    uuid: UUID
    label: str

    @classmethod
    def to(cls, row: models.Model) -> "SourceRef":
        """Return the reference to a model instance."""
        return cls(row._meta.app_label, row._meta.model_name or "", row.pk, str(row)[:200])


class ReferringRecord(ArchivableRecord):
    """A record that came about because of another one, named by a SourceRef."""

    ref_app = models.CharField(max_length=40, blank=True, default="", editable=False)
    ref_kind = models.CharField(max_length=60, blank=True, default="", editable=False)
    ref_uuid = models.UUIDField(null=True, blank=True, editable=False)
    ref_label = models.CharField(max_length=200, blank=True, default="", editable=False)

    class Meta:
        abstract = True

    @property
    def source_ref(self) -> SourceRef | None:
        """The record that this one is about, or None."""
        if self.ref_uuid is None:
            return None
        return SourceRef(self.ref_app, self.ref_kind, self.ref_uuid, self.ref_label)
