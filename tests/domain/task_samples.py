"""Tasks that tests start from: a good receipt, and ways to say one thing in it differently."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import settings

from worker.domain.tasks import Checked, Defaults, check

unhurried = settings(deadline=None)  # one slow example on a busy machine is no failure

NOTHING = Defaults()
KASSA = Defaults(
    operator={"name": "Кассир Тестовый", "vatin": "123456789047"}, taxation_type="osn", default_tax="vat10"
)
LEAVE_OUT: Any = object()  # the value of a field that is not said at all


def said(**fields: Any) -> dict[str, Any]:
    """An object without the fields that are to be left out; `from_` is `from`."""
    return {name.rstrip("_"): value for name, value in fields.items() if value is not LEAVE_OUT}


def item(**changes: Any) -> dict[str, Any]:
    """A position of 150.00 that nobody can object to, but for `changes`."""
    good = {
        "type": "position",
        "name": "Чай",
        "price": 150,
        "quantity": 1,
        "amount": 150,
        "tax": {"type": "vat10"},
    }
    return said(**{**good, **changes})


def receipt(*items: Any, **changes: Any) -> dict[str, Any]:
    """A sale of those items (one good position unless any is given), paid in cash, but for `changes`."""
    goods = list(items) or [item()]
    good = {"type": "sell", "taxationType": "osn", "items": goods, "payments": "cash"}
    return said(**{**good, **changes})


def correction(*items: Any, **changes: Any) -> dict[str, Any]:
    """A correction of a sale that nobody can object to, but for `changes`."""
    grounds = {"type": "sellCorrection", "correctionType": "self", "correctionBaseDate": "2026.02.14"}
    return receipt(*items, **{**grounds, **changes})


def raw(task: Any) -> bytes:
    """The bytes that a CRM would send."""
    return json.dumps(task, ensure_ascii=False).encode("utf-8", "surrogatepass")


def checked(task: Any, defaults: Defaults = NOTHING) -> Checked:
    """The verdict about a task object."""
    return check(raw(task), defaults)


def found(notes: Any) -> list[tuple[str, str]]:
    """Path and code of each problem or warning."""
    return [(note.path, note.code) for note in notes]
