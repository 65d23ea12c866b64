"""Documents that nobody posted: another program, or the cashier, prints on the same register (reference §6.2 a)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ops.simulator.jsontext import Fields
from ops.simulator.kkt import documents
from ops.simulator.kkt.receipt import Receipt
from ops.simulator.kkt.register import Register


def print_foreign(register: Register, task: Fields | None = None) -> Fields:
    """
    Print a receipt past the server.

    Args:
        register: the register.
        task: its task; by default a sale of one thing for 1.00 in cash.

    Returns: the fiscalParams.
    Raises: DriverError when the receipt cannot be.
    """
    task = task or _sale()
    if register.condition.shift_opened_at is None:
        register.close_document(_slip("openShift"), documents.shift_opening(task), _nothing)
    receipt = Receipt(task["type"], task, register.condition.rules)
    receipt.open()
    for item in task["items"]:
        receipt.add(item)
    receipt.sum_up()
    receipt.tax()
    receipt.pay()
    slip = _slip(task["type"], f"{receipt.total:.2f}", receipt.marker)
    return register.close_document(slip, documents.sale(receipt), _nothing)


def _slip(kind: str, total: str | None = None, marker: str | None = None) -> Fields:
    return {"type": kind, "total": total, "uuid": None, "marker": marker}


def _sale() -> dict[str, Any]:
    thing = {
        "type": "position",
        "name": "Чужой товар",
        "price": Decimal(1),
        "quantity": 1,
        "amount": Decimal(1),
    }
    payment = {"type": "cash", "sum": Decimal(1)}
    return {"type": "sell", "operator": {"name": "Чужой кассир"}, "items": [thing], "payments": [payment]}


def _nothing() -> None:
    """Paper does not run out here."""
