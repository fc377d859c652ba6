"""Money as exact decimals: rounded once, half up, and shared out without losing a cent."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

Exact = Decimal | Fraction | int


def round_half_up(amount: Exact, minor_units: int = 2) -> Decimal:
    """Return ``amount`` with ``minor_units`` decimals; halves go away from zero.

    Raises ValueError when ``amount`` is not a finite number or ``minor_units`` is negative.
    """
    if minor_units < 0:
        raise ValueError(f"{minor_units} decimals are too few.")
    if isinstance(amount, Decimal) and not amount.is_finite():
        raise ValueError(f"{amount} is not an amount.")
    smallest = abs(Fraction(amount)) * 10**minor_units
    rounded = int(smallest + Fraction(1, 2))
    return _decimal(-rounded if amount < 0 else rounded, minor_units)


def split(amount: Decimal, weights: Sequence[Exact], minor_units: int = 2) -> tuple[Decimal, ...]:
    """Return shares of ``amount`` in proportion to ``weights`` that add up to it exactly.

    Every share is rounded down and the remaining smallest units go to the largest remainders, the
    earlier weight first among equals (Hamilton's method). Raises ValueError when a weight is
    negative, all are zero, or ``amount`` has more than ``minor_units`` decimals.
    """
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact)
    if any(weight < 0 for weight in exact) or not whole:
        raise ValueError("Weights are zero or more, and at least one is more.")
    units = Fraction(amount) * 10**minor_units
    if units.denominator != 1:
        raise ValueError(f"{amount} has more than {minor_units} decimals. Round it first.")
    sign = -1 if units < 0 else 1
    quotas = [abs(units) * weight / whole for weight in exact]
    shares = [int(quota) for quota in quotas]
    left = int(abs(units)) - sum(shares)
    by_remainder = sorted(range(len(quotas)), key=lambda at: shares[at] - quotas[at])
    for at in by_remainder[:left]:
        shares[at] += 1
    return tuple(_decimal(sign * share, minor_units) for share in shares)


def _decimal(units: int, minor_units: int) -> Decimal:
    digits = tuple(int(digit) for digit in str(abs(units)))
    return Decimal((1 if units < 0 else 0, digits, -minor_units))
