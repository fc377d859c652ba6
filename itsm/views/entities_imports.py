"""The pages of what is remembered of a source of imports."""

from django.utils.translation import gettext_lazy as lazy

from itsm import filters
from itsm import models as m
from itsm.imports.forms import ORDER_NAMES, RememberedForm
from itsm.imports.remembering import in_words
from itsm.views.columns import Column
from itsm.views.entities import Entity
from itsm.views.import_page import kind_title


def _kind(row: m.ImportMapping) -> str:
    return kind_title(row.kind)


def _order(row: m.ImportMapping) -> str:
    return str(ORDER_NAMES.get(row.options.get("date_order", ""), ""))


def _zone(row: m.ImportMapping) -> str:
    return str(row.options.get("zone", ""))


_COLUMNS = (
    Column("source", lazy("Comes from")),
    Column("kind", lazy("Holds"), value=_kind),
    Column("columns", lazy("Columns"), value=in_words),
    Column("date_order", lazy("Dates are written"), value=_order),
    Column("updated_at", lazy("Changed"), kind="date"),
)
IMPORT_MAPPINGS = Entity(
    model=m.ImportMapping,
    slug="import-mappings",
    icon="upload",
    form=RememberedForm,
    filterset=filters.ImportMappingFilterSet,
    ordering=("source", "kind", "pk"),
    lead=lazy("Which column of a source’s files means what: it stands there already at its next file."),
    empty_text=lazy("When a file is imported, its columns are remembered here for the next file of that source."),
    columns=_COLUMNS,
    detail=(*_COLUMNS[:4], Column("zone", lazy("Time zone of the times"), value=_zone)),
)  # fmt: skip
