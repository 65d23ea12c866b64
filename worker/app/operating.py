"""The operator's verbs: what a named person decides. Each is refused when something is missing, and says what."""

from __future__ import annotations

import re

from worker.domain.errors import OperatorError
from worker.domain.ports import Clock, Ledger

FN_NUMBER = re.compile(r"\d{16}")  # tag 1041


def accept_fn(ledger: Ledger, clock: Clock, number: str | None, by: str | None) -> str | None:
    """
    Let a line go on with another FN than the one it is bound to (promises P5, fault 18).

    Args:
        ledger: of the register.
        clock: for the record.
        number: of the FN that is in the register now, 16 digits.
        by: who answers for it.

    Returns: the FN that the line was bound to, None when it was bound to none.
    Raises: OperatorError that names what is missing.

    """
    facts = ledger.recall()
    bound, seen = facts.get("fn"), facts.get("seen_fn")
    if number is None or not FN_NUMBER.fullmatch(number):
        raise OperatorError(
            f"{ledger.register} is bound to FN {bound or 'none yet'}. A line that stopped because the FN changed goes on only "
            "with its new number: read the 16 digits off the register's last receipt and give --accept-fn NUMBER --by NAME."
        )
    if not by or not by.strip():
        raise OperatorError("say who answers for it: --by NAME")
    if seen is not None and number != seen:
        raise OperatorError(f"the register shows FN {seen}, not {number}: look at its last receipt again")
    if number == bound and seen is None:
        raise OperatorError(f"{ledger.register} is bound to FN {number} already: there is nothing to accept")
    ledger.accept_fn(number, by.strip(), clock.now())
    return bound
