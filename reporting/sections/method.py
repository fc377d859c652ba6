"""Method and data quality: how each figure came about, so that everybody can check it (9.1, 9.4)."""

from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.utils.translation import gettext as _

from itsm import blocks
from itsm.registry import SectionContext
from reporting import selectors
from reporting.services.words import Words
from slas.models import Evaluation, Target

Column, Cell, Row = blocks.Column, blocks.Cell, blocks.Row


def method_section(context: SectionContext) -> blocks.Section:
    """Return the last chapter: numerators and denominators, rules, code to verify the report."""
    rows = selectors.evaluations_of(context.customer, context.period)
    return blocks.Section(
        "method",
        _("Method and data quality"),
        _("Every number can be recalculated from the data attached to this file."),
        (
            _figures(rows),
            blocks.Pair((_rules(context),), (_sources(rows, context),)),
            blocks.Verify(
                title=_("Check this report"),
                text=_(
                    "The portal shows the same data and compares this digest with the stored one. "
                    "The data are attached to this file as report-data.json."
                ),
                url="",
            ),
        ),
    )


def _figures(rows: list[Evaluation]) -> blocks.Table:
    return blocks.Table(
        columns=(
            Column(_("Target")),
            Column(_("Service"), width=30),
            Column(_("Counted in"), width=18),
            Column(_("Kept"), align="right", width=22),
            Column(_("Of"), align="right", width=22),
            Column(_("Share"), align="right", width=22, unit="%"),
            Column(_("Data"), align="right", width=16, unit="%"),
        ),
        rows=tuple(_figure(row) for row in rows),
        caption=_("From records to shares"),
        says=blocks.Says(
            _("Share = kept ÷ of, cut, never rounded up;"),
            _("verdicts compare the exact fraction, and equality is met."),
        ),
        empty=_("No target was judged in this period."),
    )


def _figure(row: Evaluation) -> blocks.Row:
    seconds = row.target.kind == Target.Kind.AVAILABILITY
    share = "–" if row.value is None else _cut(row.value * 100, "0.000001")
    return Row(
        (
            Cell(
                row.target.name,
                ref=blocks.Ref("evaluation", str(row.pk), row.target.name),
            ),
            Cell(str(row.target.service)),
            Cell(_("seconds") if seconds else _("cases")),
            Cell(_grouped(row.numerator)),
            Cell(_grouped(row.denominator)),
            Cell(share),
            Cell(_cut(row.completeness * 100, "0.001")),
        )
    )


def _cut(value: Decimal, places: str) -> str:
    return str(value.quantize(Decimal(places), rounding=ROUND_DOWN))


def _grouped(value: Decimal) -> str:
    plain = value.normalize()
    text = f"{plain:,f}" if plain == plain.to_integral() else f"{value.normalize():,}"
    return text.replace(",", "\u202f")


def _rules(context: SectionContext) -> blocks.Definitions:
    words, period = Words(context.period.zone), context.period
    hours = _grouped(Decimal((period.end - period.start) // timedelta(minutes=1)) / 60)
    items = (
        (
            _("Period"),
            _("%(start)s up to, not including, %(end)s in %(zone)s: %(hours)s hours.")
            % {
                "start": words.full(period.start),
                "end": words.full(period.end),
                "zone": period.zone,
                "hours": hours,
            },
        ),
        (
            _("Availability"),
            _(
                "Agreed service time that was not lost ÷ agreed service time. "
                "Outages are merged, so no second is lost twice."
            ),
        ),
        (
            _("Response and resolution"),
            _(
                "Cases kept within their limit ÷ cases due in the period. "
                "The clock runs in service hours and stops while a case waits for you."
            ),
        ),
        (_("No data"), _("Too little or no data is said as “not assessable”, never as 100 %.")),
    )
    return blocks.Definitions(tuple(blocks.Item(*item) for item in items), _("Rules applied"))


def _sources(rows: list[Evaluation], context: SectionContext) -> blocks.Definitions:
    engines = sorted({row.engine for row in rows})
    items: list[Any] = [
        blocks.Item(_("Services"), ", ".join(str(row) for row in context.services) or _("none")),
        blocks.Item(
            _("Hours"),
            "; ".join(
                dict.fromkeys(f"{row.name}: {row.hours}" for row in context.services if row.hours)
            )
            or _("around the clock"),
        ),
        blocks.Item(_("Judged by"), "; ".join(engines) or _("no target was judged")),
    ]
    return blocks.Definitions(tuple(items), _("Sources"))
