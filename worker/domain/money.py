"""Roubles and quantities, exact, whatever the caller's decimal context is."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

KOPECK = Decimal("0.01")
ZERO = Decimal("0.00")
MONEY_MAX = Decimal("2814749767106.55")  # 2^48 - 1 kopecks: what the six bytes of a sum hold (FFD, tag 1020)

# Numbers are read with at most 64 digits (jsontext.DIGITS_MAX), so nothing is lost here but by a rounding that is named.
EXACT = Context(prec=256, rounding=ROUND_HALF_UP)


def kopecks(value: int | Decimal) -> Decimal:
    """`value` roubles, rounded half up to the kopeck (reference 8.1, design §3)."""
    return EXACT.quantize(Decimal(value), KOPECK)


def line(price: int | Decimal, quantity: int | Decimal) -> Decimal:
    """What a position costs before any discount: price × quantity, rounded half up to the kopeck."""
    return kopecks(EXACT.multiply(Decimal(price), Decimal(quantity)))


def total_of(sums: Iterable[Decimal]) -> Decimal:
    """The sum of kopeck amounts."""
    total = ZERO
    for each in sums:
        total = EXACT.add(total, each)
    return total


def share(amount: Decimal, numerator: int, denominator: int) -> Decimal:
    """A part of an amount, rounded half up to the kopeck: the VAT in a price, say."""
    return kopecks(EXACT.divide(EXACT.multiply(amount, Decimal(numerator)), Decimal(denominator)))


def rounded(value: Decimal, places: int) -> Decimal:
    """`value` rounded half up to so many decimals."""
    return EXACT.quantize(value, Decimal(1).scaleb(-places))


def trimmed(value: Decimal) -> Decimal:
    """The same number without needless zeros: 1.500 is 1.5, and 100 is 100."""
    return Decimal(format(EXACT.normalize(value), "f"))


def places(value: Decimal) -> int:
    """How many decimals it has, needless zeros not counted."""
    return max(0, -int(trimmed(value).as_tuple().exponent))
