"""What a hand, a service engineer or the weather can turn of the register, through `/_sim/state`."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from ops.simulator import vocabulary
from ops.simulator.jsontext import Fields
from ops.simulator.kkt.condition import DELAYS, Condition
from ops.simulator.kkt.receipt import money

CLOCK_OFF_MAX_SECONDS = 20 * 365 * 24 * 3600  # farther than that nobody sets a clock by mistake


class WrongTurn(ValueError):
    """What was asked for is nothing that the register has."""


def turn(condition: Condition, wishes: object) -> None:
    """
    Change the condition.

    Args:
        condition: changed in place.
        wishes: an object with any of the switches of README.md.

    Raises: WrongTurn naming what it does not know; then nothing was changed.
    """
    if not isinstance(wishes, dict):
        raise WrongTurn("an object of switches is wanted")
    known = {**_SWITCHES, **_OTHERS}
    unknown = sorted(set(wishes) - set(known))
    if unknown:
        raise WrongTurn(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    for key, value in wishes.items():
        wanted, fits = known[key]
        if not fits(value):
            raise WrongTurn(f"{key} is {wanted}")
    for key, value in wishes.items():
        if key in _SWITCHES:
            setattr(condition, key, value)
    _turn_others(condition, wishes)


def _turn_others(condition: Condition, wishes: Fields) -> None:
    match wishes.get("link"):
        case "up":
            condition.link_back_at = 0.0
        case "down":
            condition.cut(None)
        case {"down_seconds": seconds}:
            condition.cut(seconds)
        case _:
            pass
    if "shift_hours" in wishes and condition.shift_opened_at is not None:
        condition.shift_opened_at = condition.now - wishes["shift_hours"] * 3600
    if "drawer" in wishes:
        condition.drawer = money(Decimal(str(wishes["drawer"])))
    condition.delays |= wishes.get("delays", {})
    if "unsent" in wishes and condition.unsent:
        condition.unsent_first = max(1, condition.last_fd - condition.unsent + 1)
        condition.unsent_first_at = condition.unsent_first_at or condition.now


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _span(value: Any) -> bool:
    return _number(value) and value >= 0


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _clock(value: Any) -> bool:
    return _number(value) and abs(value) <= CLOCK_OFF_MAX_SECONDS


def _systems(value: Any) -> bool:
    return _texts(value) and bool(value) and set(value) <= vocabulary.TAXATION.keys()


def _roubles(value: Any) -> bool:
    if not _number(value) and not _text(value):
        return False
    try:
        money(Decimal(str(value)))
    except InvalidOperation:
        return False
    return True


def _link(value: Any) -> bool:
    if isinstance(value, dict):
        return value.keys() == {"down_seconds"} and _span(value["down_seconds"])
    return value in ("up", "down")


def _delays(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() <= DELAYS.keys() and all(map(_span, value.values()))


Switch = tuple[str, Callable[[Any], bool]]
FLAG: Switch = ("true or false", _flag)
TEXT: Switch = ("a text", _text)
TEXTS: Switch = ("an array of texts", _texts)
WHOLE: Switch = ("a whole number", _whole)

_SWITCHES: dict[str, Switch] = {
    **dict.fromkeys(
        ("paper", "cover_open", "drawer_open", "power", "active", "cash_control", "taxation_type_required",
         "v2_object_request"),
        FLAG,
    ),
    **dict.fromkeys(("inn", "organisation", "address", "registration_number"), TEXT),
    **dict.fromkeys(("disabled_rates", "user_payments", "bad_marks"), TEXTS),
    **dict.fromkeys(("link_code", "driver_year", "unsent"), WHOLE),
    "taxation_types": (f"an array out of {', '.join(vocabulary.TAXATION)}", _systems),
    "clock_offset_seconds": ("a number of seconds, twenty years at most", _clock),
    "pace": ("a number from 0 on", _span),
    "ffd": ('"1.05", "1.1" or "1.2"', lambda value: value in ("1.05", "1.1", "1.2")),
    "sign_format": ('"hex", "decimal" or "base64"', lambda value: value in ("hex", "decimal", "base64")),
}  # fmt: skip
_OTHERS: dict[str, Switch] = {
    "link": ('"up", "down" or {"down_seconds": number}', _link),
    "shift_hours": ("a number of hours", _number),
    "drawer": ("a sum in roubles", _roubles),
    "delays": (f"an object of seconds by stage: {', '.join(DELAYS)}", _delays),
}
