"""Roubles to the kopeck: exact products and sums, rounded half up and in one place only."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

KOPECK = Decimal("0.01")
ZERO = Decimal("0.00")
MONEY_MAX = Decimal("2814749767106.55")  # 2^48 - 1 kopecks: what the six bytes of a sum hold (FFD, tag 1020)

# Two numbers of 64 digits (jsontext.DIGITS_MAX) multiply without loss, whatever the caller's context is.
_EXACT = Context(prec=256, rounding=ROUND_HALF_UP)


def kopecks(value: int | Decimal) -> Decimal:
    """`value` roubles, rounded half up to the kopeck (reference 8.1, design §3)."""
    return _EXACT.quantize(Decimal(value), KOPECK)


def line(price: int | Decimal, quantity: int | Decimal) -> Decimal:
    """What a position costs before any discount: price × quantity, rounded half up to the kopeck."""
    return kopecks(_EXACT.multiply(Decimal(price), Decimal(quantity)))


def total(sums: Iterable[Decimal]) -> Decimal:
    """The sum of kopeck amounts, exact."""
    result = ZERO
    for each in sums:
        result = _EXACT.add(result, each)
    return result


def share(amount: Decimal, numerator: int, denominator: int) -> Decimal:
    """A part of an amount, rounded half up to the kopeck: the VAT in a price, say."""
    return kopecks(_EXACT.divide(_EXACT.multiply(amount, Decimal(numerator)), Decimal(denominator)))
