"""Imports: what came in, how columns were read, what was refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.history import audited
from itsm.models.base import ArchivableRecord, Record
from itsm.querysets import ProviderQuerySet


@audited()
class ImportMapping(ArchivableRecord):
    """Which column of a source's file means which field; remembered for the next file."""

    wall = "provider"

    source = models.CharField(_("source"), max_length=60)
    kind = models.CharField(_("kind of record"), max_length=60)
    columns = models.JSONField(_("columns"), default=dict)
    options = models.JSONField(_("options"), default=dict)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("import mapping")
        verbose_name_plural = _("import mappings")
        constraints = [
            models.UniqueConstraint(fields=["source", "kind"], name="itsm_importmapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.kind}"


class ImportRun(Record):
    """One file read: preview, counts, errors and, when applied, what it changed."""

    wall = "provider"

    class State(models.TextChoices):
        READING = "READING", _("Being read")
        MAPPED = "MAPPED", _("Columns chosen")
        PREVIEWED = "PREVIEWED", _("Previewed")
        APPLIED = "APPLIED", _("Applied")
        REFUSED = "REFUSED", _("Refused")
        UNDONE = "UNDONE", _("Undone")

    kind = models.CharField(_("kind of record"), max_length=60)
    source = models.CharField(_("source"), max_length=60)
    file_name = models.CharField(_("file"), max_length=200)
    file_key = models.CharField(max_length=200, blank=True, default="", editable=False)
    columns = models.JSONField(_("columns"), default=dict)
    options = models.JSONField(_("options"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.MAPPED)
    report = models.JSONField(_("report"), default=dict)
    job = models.ForeignKey(
        "itsm.Job", models.SET_NULL, null=True, blank=True, verbose_name=_("work in the background")
    )
    started_by = models.CharField(_("by"), max_length=160, blank=True, default="")
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.CharField(_("undone by"), max_length=160, blank=True, default="")

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.file_name


class ImportedRecord(Record):
    """One record that an import created or changed, with its former values: what undoing needs.

    ``former`` is the whole row before the import, None for a record that the import created. ``stamp`` is
    the record's ``updated_at`` after the import: another one there means that somebody changed it since.
    A sample is named by its series and ``instant``, the events appended to a ticket by their order.
    """

    wall = "provider"

    updated_at = None  # type: ignore[assignment]  # Django's way to drop an inherited field
    run = models.ForeignKey(
        "itsm.ImportRun", models.CASCADE, verbose_name=_("import"), related_name="written",
        db_index=False,
    )  # fmt: skip
    model = models.CharField(_("model"), max_length=60)
    record = models.UUIDField(_("record"))
    instant = models.DateTimeField(_("instant"), null=True)
    former = models.JSONField(_("former values"), null=True)
    first_event = models.PositiveIntegerField(_("first event"), null=True)
    last_event = models.PositiveIntegerField(_("last event"), null=True)
    stamp = models.DateTimeField(_("changed"), null=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("imported record")
        verbose_name_plural = _("imported records")
        indexes = [models.Index(fields=["run", "model", "record"], name="itsm_importedrecord_run")]

    def __str__(self) -> str:
        return f"{self.model} {self.record}"
