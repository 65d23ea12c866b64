"""
A receipt while it is open in the register: positions, total, taxes, payments, to the kopeck (reference §8.2, §8.3).

The driver feeds it in the order of §8.2; what it refuses leaves nothing behind, because nothing is closed yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from ops.simulator import errors, vocabulary
from ops.simulator.errors import DriverError
from ops.simulator.jsontext import Fields

KOPECK = Decimal("0.01")
NOTHING = Decimal("0.00")
MARKUP_MAX = (
    2  # a position's amount may differ from price × quantity as discount or markup, up to twice the product
)


def money(value: Decimal | int) -> Decimal:
    """Round to the kopeck, half up, as every sum is before it is added (8.1)."""
    return Decimal(value).quantize(KOPECK, ROUND_HALF_UP)


@dataclass(frozen=True)
class Rules:
    """
    What the register was programmed to accept.

    Args:
        taxation_types: the systems of its registration.
        taxation_type_required: whether a receipt must name one when there are several.
        disabled_rates: VAT rates that are switched off (144).
        user_payments: extra payment types that exist, "5"–"9".
    """

    taxation_types: Collection[str]
    taxation_type_required: bool
    disabled_rates: Collection[str]
    user_payments: Collection[str]


@dataclass(frozen=True)
class Position:
    """One sold thing: `fields` as sent, `amount` to the kopeck, `tax` the VAT contained in it."""

    fields: Fields
    amount: Decimal
    rate: str
    tax: Decimal


@dataclass
class Receipt:
    """
    A receipt or correction from opening to closing.

    Args:
        type: the task's type.
        task: the task as it was sent.
        rules: what the register accepts.
    """

    type: str
    task: Fields
    rules: Rules
    positions: list[Position] = field(default_factory=list)
    total: Decimal = NOTHING
    taxes: dict[str, Decimal] = field(default_factory=dict)
    payments: dict[str, Decimal] = field(default_factory=dict)
    change: Decimal = NOTHING
    additional: str | None = None
    user: tuple[str, str] | None = None

    def open(self) -> None:
        """Set the receipt's own properties. Raises: DriverError 143, 161."""
        system = self.task.get("taxationType")
        if system and system not in self.rules.taxation_types:
            raise DriverError(errors.INVALID_TAXATION_TYPE)
        if not system and self.rules.taxation_type_required and len(self.rules.taxation_types) > 1:
            raise DriverError(errors.NO_REQUIRED_PROPERTY)
        self._supplier_named(self.task)

    def add(self, item: Fields) -> None:
        """Take one element; those that only print are none of its business. Raises: DriverError."""
        match item.get("type"):
            case "position":
                self.positions.append(self._position(item))
            case "userAttribute":
                self.user = (item["name"], item["value"])
            case "additionalAttribute":
                self.additional = item["value"]
            case _:
                pass

    def sum_up(self) -> None:
        """Fix the total, the sum of the positions or the given one. Raises: DriverError 110, 219, 227."""
        rates = {position.rate for position in self.positions}
        if rates & {"vat18", "vat118"} and rates & {"vat20", "vat120"}:
            raise DriverError(errors.VAT18_VAT20_IN_RECEIPT)
        if not self.positions:
            raise DriverError(errors.INVALID_POSITIONS_COUNT)
        summed = sum((position.amount for position in self.positions), NOTHING)
        given = self.task.get("total")
        self.total = summed if given is None else money(given)
        if not 0 <= summed - self.total < 1:  # only kopecks may be rounded off, and only downwards (8.2)
            raise DriverError(errors.INVALID_TOTAL)

    def sum_up_old(self) -> None:
        """Fix the total of a correction of FFD 1.05: what was paid (8.4)."""
        self.total = sum((money(payment["sum"]) for payment in self.task["payments"]), NOTHING)

    def tax(self) -> None:
        """Set the VAT by rate: computed, or as `taxes` says, where sums of zero are skipped."""
        given = [tax for tax in self.task.get("taxes") or [] if money(tax["sum"])]
        sums: dict[str, Decimal] = defaultdict(lambda: NOTHING)
        for tax in given:
            sums[vocabulary.rate_name(tax["type"])] += money(tax["sum"])
        for position in self.positions if not given else []:
            sums[position.rate] += position.amount if position.rate in {"none", "vat0"} else position.tax
        self.taxes = dict(sums)

    def pay(self) -> None:
        """Take the payments, non-cash first; cash above the total gives change. Raises: DriverError 52, 60, 66."""
        payments = [(payment["type"], money(payment["sum"])) for payment in self.task["payments"]]
        if sum((paid for _, paid in payments), NOTHING) < self.total:
            raise DriverError(errors.NOT_FULLY_PAID)
        sums: dict[str, Decimal] = defaultdict(lambda: NOTHING)
        for kind, paid in payments:
            name = vocabulary.PAYMENT_NAMES.get(kind, kind)
            if name in vocabulary.USER_PAYMENTS and name not in self.rules.user_payments:
                raise DriverError(errors.INVALID_PAYMENT_TYPE)
            if paid:
                sums[name] += paid
        cash = sums.pop("cash", NOTHING)
        rest = self.total - sum(sums.values(), NOTHING)
        if rest < 0:
            raise DriverError(errors.NONCASH_TOO_MUCH)
        self.change = cash - rest
        if rest:
            sums["cash"] = rest
        self.payments = dict(sums)

    @property
    def cash(self) -> Decimal:
        """What goes into the drawer, or comes out of it: the cash without the change."""
        return self.payments.get("cash", NOTHING)

    @property
    def marker(self) -> str | None:
        """The private mark of whoever sold: tag 1192, else the value of tag 1084."""
        return self.additional or (self.user[1] if self.user else None)

    def _position(self, item: Fields) -> Position:
        price, quantity = Decimal(item["price"]), Decimal(item["quantity"])
        amount = money(item["amount"])
        if quantity <= 0:
            raise DriverError(errors.INVALID_QUANTITY)
        if price < 0 or not 0 <= amount <= money(price * quantity) * MARKUP_MAX:
            raise DriverError(errors.INVALID_SUM)
        tax = item.get("tax") or {}
        rate = vocabulary.rate_name(tax.get("type") or "none")
        if rate in self.rules.disabled_rates:
            raise DriverError(errors.INVALID_TAX_TYPE)
        self._supplier_named(item)
        given = tax.get("sum")
        if not isinstance(given, int | Decimal):  # an empty object counts as nothing said
            given = vocabulary.RATES[rate].of(amount)
        return Position(item, amount, rate, money(given))

    @staticmethod
    def _supplier_named(holder: Fields) -> None:
        # The FN asks for the supplier's INN beside any agent (8.3, `supplierInfo`).
        if holder.get("agentInfo") and not (holder.get("supplierInfo") or {}).get("vatin"):
            raise DriverError(errors.NO_REQUIRED_PROPERTY)
