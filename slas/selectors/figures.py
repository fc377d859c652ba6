"""A judgment in figures and words: exact for programs, rounded down for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from typing import Any
from unicodedata import bidirectional

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.calculations.periods import Period
from itsm.charts.strips import LABELLED_DAYS
from slas.models import Agreement, Evaluation, Target

RISK_SHARE = Fraction(4, 5)  # of the allowance; beyond it a kept promise is at risk
TONES = {"met": "ok", "at_risk": "risk", "missed": "breach"}
_EXACT = Context(prec=64)  # twice the digits that a judgment is stored with


def as_document(agreement: Agreement, period: Period, rows: Sequence[Evaluation]) -> dict[str, Any]:
    """Return the evaluations of a period as the JSON value that the command and the API give."""
    return {
        "agreement": agreement.reference,
        "period": str(period),
        "engine": rows[0].engine if rows else "",
        "evaluations": [
            {
                "target": row.target.reference,
                "numerator": plain(row.numerator),
                "denominator": plain(row.denominator),
                "value": None if row.value is None else f"{row.value:f}",
                "met": row.met,
                "completeness": f"{row.completeness:f}",
                "inputs_sha256": row.inputs_sha256,
            }
            for row in rows
        ],
    }


def plain(number: Decimal) -> str:
    """Return a decimal without needless zeros and never with an exponent: "46", "2584800.5"."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(row: Evaluation) -> Fraction | None:
    """Return the exact ratio of a stored evaluation, None when not assessable."""
    if row.value is None or not row.denominator:
        return None
    return Fraction(row.numerator) / Fraction(row.denominator)


@dataclass(frozen=True)
class Margin:
    """What may still be lost before the promise is broken, in the unit of the target.

    ``allowed``, ``used``, ``left``: minutes (availability) or cases; ``left`` is negative when broken.
    """

    allowed: Fraction
    used: Fraction
    left: Fraction
    unit: str

    @property
    def used_share(self) -> Fraction | None:
        """Used of allowed; None when nothing is allowed and nothing was lost."""
        if self.allowed:
            return self.used / self.allowed
        return None if not self.used else Fraction(2)


def margin(row: Evaluation) -> Margin | None:
    """Return the margin of an evaluation, None when not assessable."""
    if row.value is None:
        return None
    per, unit = (60, "minutes") if row.target.kind == Target.Kind.AVAILABILITY else (1, "cases")
    whole = Fraction(row.denominator) / per
    used = (Fraction(row.denominator) - Fraction(row.numerator)) / per
    allowed = whole * (1 - Fraction(row.target.objective) / 100)
    return Margin(allowed, used, allowed - used, unit)


def state_of(row: Evaluation | None) -> str:
    """Return met, at_risk, missed or not_assessable; at risk with over 80 % of the allowance used."""
    if row is None or row.met is None:
        return "not_assessable"
    if not row.met:
        return "missed"
    return "at_risk" if _is_at_risk(row) else "met"


def _is_at_risk(row: Evaluation) -> bool:
    """Tell whether more than RISK_SHARE of the allowance is used: exact, but without fractions for every cell."""
    allowed = _EXACT.multiply(row.denominator, 100 - row.target.objective)
    used = _EXACT.multiply(row.denominator - row.numerator, Decimal(100))
    return _EXACT.multiply(used, Decimal(RISK_SHARE.denominator)) > _EXACT.multiply(
        allowed, Decimal(RISK_SHARE.numerator)
    )


def tone_of(row: Evaluation | None) -> str:
    """Return ok, risk, breach or unknown: the shape of a state."""
    return TONES.get(state_of(row), "unknown")


def places(objective: Decimal) -> int:
    """Return how many decimals a result is shown with: those of the objective and one more, at least 2."""
    return max(-int(objective.normalize().as_tuple().exponent), 1) + 1


def percent(value: Decimal | None, objective: Decimal) -> str:
    """Return a ratio in per cent, rounded down: "99.89 %"; an en dash when not assessable."""
    if value is None:
        return "–"
    step = Decimal(1).scaleb(-places(objective))
    shown = (value * 100).quantize(step, ROUND_DOWN)
    if shown == 100:
        shown = Decimal(100)
    return f"{number_format(shown, use_l10n=True)} %"


def objective_text(objective: Decimal) -> str:
    """Return an objective in per cent without needless zeros: "99.9 %"."""
    return f"{number_format(Decimal(plain(objective)), use_l10n=True)} %"


def duration_text(seconds: int | Decimal | Fraction) -> str:
    """Return a duration of service time: "4 h", "1 h 30 min", "45 s"."""
    whole = timedelta(seconds=int(seconds))
    minutes, rest = divmod(whole.days * 86_400 + whole.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest if not hours else 0, "s"))
    return " ".join(f"{number:,} {unit}" for number, unit in parts if number) or "0 min"


def period_text(label: str) -> str:
    """Return a period in words: "March 2026", "quarter 1 of 2026", "2026"."""
    period = Period.parse(label)
    if period.kind == "month":
        return str(date_format(period.first_date, "F Y"))
    if period.kind == "quarter":
        return _("quarter %(number)s of %(year)s") % {"number": label[-1], "year": label[:4]}
    return label


def limit_text(target: Target) -> str:
    """Return the limit of a target in words: "4 h", "3 working days"; empty for availability."""
    if target.limit_working_days is not None:
        count = target.limit_working_days
        words = ngettext("%(count)d working day", "%(count)d working days", count)
        return words % {"count": count}
    return duration_text(target.limit_seconds) if target.limit_seconds else ""


def promise_text(target: Target) -> str:
    """Return the promise in one sentence, as a customer reads it."""
    facts = {
        "service": target.service.name,
        "objective": objective_text(target.objective),
        "limit": limit_text(target),
        "priority": target.priority,
    }
    if target.kind == Target.Kind.AVAILABILITY:
        return _("%(service)s is available for %(objective)s of the agreed time.") % facts
    if target.kind == Target.Kind.RESPONSE:
        words = (
            _(
                "Tickets of priority %(priority)s are answered within %(limit)s in %(objective)s of cases."
            )
            if target.priority
            else _("Tickets are answered within %(limit)s in %(objective)s of cases.")
        )
    else:
        words = (
            _(
                "Tickets of priority %(priority)s are solved within %(limit)s in %(objective)s of cases."
            )
            if target.priority
            else _("Tickets are solved within %(limit)s in %(objective)s of cases.")
        )
    return words % facts


def number(value: Fraction, decimals: int = 1) -> str:
    """Return an amount rounded down, without needless zeros: "43.2", "1,120"."""
    step = Decimal(1).scaleb(-decimals)
    shown = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(step, ROUND_DOWN)
    text = plain(shown)
    return str(number_format(Decimal(text), use_l10n=True, force_grouping=True))


def margin_text(row: Evaluation | None) -> str:
    """Return what is left or overspent: "12 min left", "3 cases too many"."""
    room = margin(row) if row is not None else None
    if room is None:
        return ""
    left = room.left
    if room.unit == "minutes":
        words = _("%(amount)s min left") if left >= 0 else _("%(amount)s min too many")
        return words % {"amount": number(abs(left))}
    count = Fraction(left.__floor__()) if left >= 0 else Fraction((-left).__ceil__())
    words = (
        ngettext("%(amount)s more may miss", "%(amount)s more may miss", int(count))
        if left >= 0
        else ngettext("%(amount)s case too many", "%(amount)s cases too many", int(count))
    )
    return words % {"amount": number(count)}


def words_of(row: Evaluation) -> str:
    """Return a judgment in words: "93.87 % of 49 cases against 95 %: missed"."""
    if row.value is None:
        return _("not assessable")
    verdict = _("kept") if row.met else _("missed")
    return _("%(figures)s: %(verdict)s") % {"figures": measured(row), "verdict": verdict}


def measured(row: Evaluation) -> str:
    """Return what was measured and promised: "93.87 % of 49 cases against 95 %"."""
    facts = {
        "value": percent(row.value, row.target.objective),
        "objective": objective_text(row.target.objective),
        "cases": plain(row.denominator),
    }
    if row.target.kind == Target.Kind.AVAILABILITY:
        return _("%(value)s against %(objective)s") % facts
    return _("%(value)s of %(cases)s cases against %(objective)s") % facts


def closed(name: str) -> str:
    """Return a name that a figure may follow: behind Arabic or Hebrew a mark keeps the figure in its order."""
    return f"{name}\u200e" if any(bidirectional(char) in ("R", "AL") for char in name) else name


def month_names(first: date, after: date) -> tuple[str, ...]:
    """Return the short names of the months from ``first`` up to ``after``; none for up to 45 days."""
    if (after - first).days <= LABELLED_DAYS:
        return ()
    count = (after.year - first.year) * 12 + after.month - first.month
    count += 1 if after.day > 1 else 0
    days = (
        date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
        for n in range(count)
    )
    return tuple(date_format(day, "M") for day in days)
