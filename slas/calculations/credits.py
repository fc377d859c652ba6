"""What a missed availability costs the provider: the service credit of one period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from itsm.calculations.money import round_half_up

Number: TypeAlias = Fraction | Decimal | int | str


@dataclass(frozen=True, slots=True)
class CreditBand:
    """A range of availability and the part of the fee that falls due in it.

    The band holds ``at_least`` <= availability < ``below``. A scheme is written wholly in percent
    (99.9 and 10) or wholly as shares (0.999 and 0.1).
    """

    at_least: Fraction
    below: Fraction
    credit: Fraction


BandLike: TypeAlias = CreditBand | Sequence[Number | None]


def credit(
    ratio: Fraction | Decimal | None,
    *,
    bands: Iterable[BandLike],
    fee: Decimal,
    cap: Number | None = None,
) -> Decimal:
    """Return the credit for an exact, unrounded ``ratio`` of 0 to 1, in the currency of ``fee``.

    ``bands``: `CreditBand`, (below, credit) or (at_least, below, credit), in any order; with pairs
    the lowest threshold above the availability counts. They are in percent when any threshold is
    above 1, otherwise shares; ``cap``, the most that is credited, is in the same unit. No data
    (``ratio`` None) and an availability in no band give 0. Rounded to cents once, half up. Raises
    ValueError for overlapping bands, a credit or cap outside 0 to 100 %, a ratio outside 0 to 1,
    a negative fee and binary floats.
    """
    scheme, unit = _scheme(bands)
    most = Fraction(1) if cap is None else _share("cap", _exact(cap) / unit)
    if fee < 0:
        raise ValueError(f"A fee of {fee} is negative.")
    if ratio is None:
        return round_half_up(Decimal(0))
    kept = _share("ratio", _exact(ratio))
    due = (band.credit for band in scheme if band.at_least <= kept < band.below)
    return round_half_up(min(next(due, Fraction()), most) * _exact(fee))


def _scheme(bands: Iterable[BandLike]) -> tuple[list[CreditBand], int]:
    """Return the bands as shares, best availability first, and the unit they were written in."""
    written = sorted((_triple(band) for band in bands), key=lambda band: band[1], reverse=True)
    unit = 100 if any(below > 1 for _low, below, _credit in written) else 1
    scheme: list[CreditBand] = []
    for place, (low, below, part) in enumerate(written):
        under = written[place + 1][1] if place + 1 < len(written) else Fraction()
        if low is None:
            low = under
        if low < under or low >= below:
            raise ValueError(
                f"The band from {low} to {below} is empty or overlaps the next. "
                "Let each band begin where the one under it ends."
            )
        scheme.append(CreditBand(low / unit, below / unit, _share("credit", part / unit)))
    return scheme, unit


def _triple(band: BandLike) -> tuple[Fraction | None, Fraction, Fraction]:
    if isinstance(band, CreditBand):
        return band.at_least, band.below, band.credit
    if len(band) == 2:
        band = (None, *band)
    if len(band) != 3 or band[1] is None or band[2] is None:
        raise ValueError(f"{band!r} is not a band. Write (below, credit) or (from, below, credit).")
    low = None if band[0] is None else _exact(band[0])
    return low, _exact(band[1]), _exact(band[2])


def _share(name: str, share: Fraction) -> Fraction:
    if not 0 <= share <= 1:
        raise ValueError(f"The {name} is {float(share):.2%}, outside 0 to 100 %.")
    return share


def _exact(number: Number) -> Fraction:
    if isinstance(number, float):
        raise ValueError(f"{number!r} is a binary float. Give a Decimal or a Fraction.")
    return Fraction(number)
