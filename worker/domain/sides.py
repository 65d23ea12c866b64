"""What each side says of one shift, and a figure or a document as all of them have it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from worker.domain.money import ZERO

RECEIPTS = ("sell", "sellReturn", "buy", "buyReturn")
CORRECTIONS = tuple(f"{kind}Correction" for kind in RECEIPTS)
MOVES = ("cashIn", "cashOut")
KINDS = (*RECEIPTS, *CORRECTIONS, *MOVES)
WAYS = (
    *("cash", "electronically", "prepaid", "credit", "other"),
    *(f"userPaymentType-{number}" for number in range(1, 6)),
)
WAY_OF = {str(number): way for number, way in enumerate(WAYS)}  # a payment's number in a task (reference 8.2)


@dataclass(frozen=True)
class Recorded:
    """
    One printed document, or one move of cash, as the ledger has it.

    Args:
        job: whose it is.
        kind: the task type.
        number: of the document in the FN; None for cash, and where a person's word took the place of a proof.
        total: roubles; None for a report.
        ways: roubles by way of payment, cash without change; None when the task cannot be read any more.
        change: roubles that were given back.
        before: cash moved after the last closing and before this shift was opened.

    """

    job: str
    kind: str
    number: int | None = None
    total: Decimal | None = None
    ways: Mapping[str, Decimal] | None = field(default_factory=dict)
    change: Decimal = ZERO
    before: bool = False


@dataclass(frozen=True)
class LedgerSide:
    """
    All that the ledger has on record for one shift of one FN.

    Args:
        recorded: its documents and moves of cash, in no order.
        opening: number of the report that opened it; None when the ledger has none.
        closing: number of the report that closed it; None while it is open.
        closing_job: whose that report is.
        since_known: whether it is known when it began, so that moves of cash can be told from those of the day before.
        later: number of the first known document of a later shift; None while there is none.

    """

    recorded: Sequence[Recorded]
    opening: int | None = None
    closing: int | None = None
    closing_job: str | None = None
    since_known: bool = False
    later: int | None = None


class Counted(BaseModel):
    """Number and sum of documents of one kind, and the sum by way of payment where that is known."""

    model_config = ConfigDict(frozen=True)

    count: int = 0
    sum: Decimal = ZERO
    ways: Mapping[str, Decimal] | None = None


class Stranger(BaseModel):
    """
    A document that the ledger does not know.

    Args:
        document: its number.
        kind: a task type, where it was read back or the OFD operator tells it; likewise `total`.
        at_ofd: whether the operator has it; None without an export, and for what is no receipt.

    """

    model_config = ConfigDict(frozen=True)

    document: int
    kind: str | None = None
    total: Decimal | None = None
    at_ofd: bool | None = None


class RegisterSide(BaseModel):
    """
    What the register said: its totals before it closed the shift, the FN's counters in the closing report.

    Args:
        totals: by kind (`getShiftTotals`, reference 8.7), moves of cash as `cashIn` and `cashOut`; None when not read.
        receipts: tag 1118 of the closing report: receipts and corrections of the shift.
        documents: tag 1111 of it: all documents of the shift, both reports included.
        strangers: documents that were read back because the ledger does not know them.

    """

    model_config = ConfigDict(frozen=True)

    totals: Mapping[str, Counted] | None = None
    receipts: int | None = None
    documents: int | None = None
    strangers: tuple[Stranger, ...] = ()


@dataclass(frozen=True)
class OfdDocument:
    """A row of an OFD export; None for what it does not say. `row` is its line in the file, from 1."""

    number: int
    total: Decimal
    kind: str | None = None
    ways: Mapping[str, Decimal] = field(default_factory=dict)
    fn_number: str | None = None
    row: int = 0


class Row(BaseModel):
    """
    One figure on every side that has it.

    Args:
        kind: a task type, or `receipts` for all of them.
        what: `count`, `sum`, or a way of payment.
        ledger: what the ledger says.
        register_side: what the register says; None where it is not compared.
        ofd: what the OFD operator's export says, likewise.

    """

    model_config = ConfigDict(frozen=True)

    kind: str
    what: str
    ledger: Decimal
    register_side: Decimal | None = None
    ofd: Decimal | None = None

    @property
    def register_difference(self) -> Decimal | None:
        """The register's figure less the ledger's; None where it is not compared."""
        return None if self.register_side is None else self.register_side - self.ledger

    @property
    def ofd_difference(self) -> Decimal | None:
        """The OFD operator's figure less the ledger's, likewise."""
        return None if self.ofd is None else self.ofd - self.ledger

    @property
    def difference(self) -> Decimal | None:
        """The register's difference, or else the operator's; 0 where all that is known agrees, None where nothing is."""
        known = [other for other in (self.register_difference, self.ofd_difference) if other is not None]
        return next((other for other in known if other), ZERO if known else None)

    @property
    def is_empty(self) -> bool:
        """Nothing on any side."""
        return not any((self.ledger, self.register_side, self.ofd))


class Unlike(BaseModel):
    """One document that the ledger and the OFD operator know differently: totals in roubles, kinds as task types."""

    model_config = ConfigDict(frozen=True)

    document: int
    ledger: Decimal
    ofd: Decimal
    ledger_kind: str
    ofd_kind: str | None = None
