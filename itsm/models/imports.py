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

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.file_name
