"""The register that a line is bound to, so that nothing goes to another one (promises P5, fault 18)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from worker.app.met import MET
from worker.domain.ports import Ledger

NAMES = {"fn": "FN", "serial": "serial number", "inn": "tax id"}


@dataclass(frozen=True)
class Binding:
    """
    What tells one register from another; None for what is not known, which speaks against nothing.

    Args:
        fn: the FN's number, tag 1041.
        serial: the register's own, tag 1013.
        inn: the user's tax id, tag 1018.

    """

    fn: str | None = None
    serial: str | None = None
    inn: str | None = None

    def changes(self, seen: Binding) -> str:
        """In words, what of this is known to be another in `seen`; empty when nothing is."""
        pairs = [(field.name, getattr(self, field.name), getattr(seen, field.name)) for field in fields(self)]
        changed = [
            f"{NAMES[name]} changed from {was} to {now}"
            for name, was, now in pairs
            if was and now and was != now
        ]
        return ", ".join(changed)


def bound(ledger: Ledger) -> Binding:
    """What the line is bound to, as the ledger remembers it."""
    facts = ledger.recall()
    return Binding(facts.get("fn"), facts.get("serial"), facts.get("inn"))


def bind(ledger: Ledger, settled: Binding, seen: Binding) -> str | None:
    """
    Bind the line to the register that was seen, or say why it must not go on with it.

    The first register binds the line; another one needs a named person's word, and never goes past the settings.

    Args:
        ledger: of the line.
        settled: what the settings say, for the parts that they name.
        seen: what the register has just said of itself.

    Returns: None when the line may go on, else what has changed and the one way on.

    """
    if wrong := settled.changes(seen):
        return (
            f"{wrong} (the first is from the settings): nothing is sent. Put the right register at the "
            f"address, or correct registers.{ledger.register} in the settings."
        )
    facts = ledger.recall()
    if (changed := bound(ledger).changes(seen)) and (seen.fn is None or facts.get("accept_fn") != seen.fn):
        if facts.get("seen_fn") != seen.fn:
            ledger.remember(seen_fn=seen.fn)
        return (
            f"{changed}: nothing is sent. If that is right, "
            f"run `fiscalq release {ledger.register} --accept-fn {seen.fn} --by NAME`."
        )
    news = {name: value for name, value in asdict(seen).items() if value and facts.get(name) != value}
    if news or facts.keys() & {"accept_fn", "seen_fn"}:
        counted = [name for name in facts if name == "accounted" or name.startswith(MET)]
        of_the_fn = dict.fromkeys(counted if "fn" in news else ())  # each FN counts its documents from 1
        ledger.remember(**news, **of_the_fn, accept_fn=None, seen_fn=None)
    return None
