"""
Random receipts with their sums computed apart from the worker, in fractions: `python -m tests.domain.million --count N`.

Prints the seed and how many were checked; the first one that differs ends the run with its JSON text.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from worker.domain.tasks import Defaults, check

SELDOM = 0.1
NOTHING = Defaults()
RATES = {
    "none": 0,
    "vat0": 0,
    "vat10": 10,
    "vat110": 10,
    "vat20": 20,
    "vat22": 22,
    "vat122": 22,
    "vat5": 5,
    "vat107": 7,
}
TYPES = ("sell", "sellReturn", "buy", "buyReturn")
CASHLESS = ("electronically", "prepaid", "credit", "other", "1", "2", "3", "4")
REPORT_EVERY = 100_000


@dataclass(frozen=True)
class Sums:
    """
    What a receipt must come to, in roubles.

    Args:
        amounts: of each position.
        total: what the FN registers.
        problems: codes with which it is refused; the sums above are not asked for then.
        differing: how many positions say a VAT that is not that of their rate.

    """

    amounts: tuple[Fraction, ...]
    total: Fraction
    problems: frozenset[str]
    differing: int


def kopecks(value: Fraction) -> Fraction:
    """Rounded half up to the kopeck."""
    return Fraction(floor(value * 100 + Fraction(1, 2)), 100)


def decimal(units: int, places: int) -> tuple[str, Fraction]:
    """So many units of the last place as JSON text and as a fraction; the text is made of digits alone."""
    digits = str(units).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return text, Fraction(units, 10**places)


def roubles(value: Fraction) -> str:
    """A whole number of kopecks as JSON text."""
    return decimal(int(value * 100), 2)[0]


def draw(chance: random.Random) -> tuple[str, Sums]:
    """A receipt as JSON text, and what it must come to."""
    drawn = [_position(chance) for _ in range(chance.randint(1, 6))]
    amounts = tuple(amount for _, amount, _, _ in drawn)
    goods = sum(amounts, Fraction(0))
    total, said = goods, ""
    if chance.random() < 2 * SELDOM:
        total = Fraction(floor(goods)) if chance.random() < SELDOM else goods
        said = f',"total":{roubles(total)}'
    payments, problems = _payments(chance, total)
    problems |= frozenset({"amount_differs"} if any(refused for _, _, _, refused in drawn) else ())
    items = ",".join(text for text, _, _, _ in drawn)
    kind = chance.choice(TYPES)
    text = f'{{"type":"{kind}","taxationType":"osn","items":[{items}],"payments":{payments}{said}}}'
    return text, Sums(amounts, total, problems, sum(differs for _, _, differs, _ in drawn))


def _position(chance: random.Random) -> tuple[str, Fraction, bool, bool]:
    """One position: text, amount, whether it says a VAT that is not its rate's, and whether the register refuses it."""
    places = 4 if chance.random() < SELDOM else 2
    kopeck = 10 ** (places - 2)
    price_text, price = decimal(chance.randint(kopeck, 10 ** chance.randint(2, 8)), places)
    quantity_text, quantity = decimal(chance.randint(1, 10 ** chance.randint(1, 5)), chance.choice((0, 1, 3)))
    amount = kopecks(price * quantity)
    said = ""
    if chance.random() < 4 * SELDOM:
        discount = Fraction(0)
        if chance.random() < 4 * SELDOM:
            discount = Fraction(chance.randint(0, int(amount * 100)), 100)
            said = f',"infoDiscountAmount":{roubles(discount)}'
        amount -= discount
        said += f',"amount":{roubles(amount)}'
    rate, percent = chance.choice(tuple(RATES.items()))
    tax, differs = "", False
    if chance.random() < 2 * SELDOM:
        right = kopecks(amount * percent / (100 + percent))
        told = right + Fraction(chance.randint(-2, 2), 100)
        told = min(max(told, Fraction(0)), amount)
        tax, differs = f',"sum":{roubles(told)}', abs(told - right) > Fraction(1, 100)
    text = (
        f'{{"name":"x","price":{price_text},"quantity":{quantity_text}{said},"tax":{{"type":"{rate}"{tax}}}}}'
    )
    # A price finer than a kopeck is sent rounded; where nothing is left of it, the register sees a markup without a price.
    return text, amount, differs, amount > 2 * kopecks(kopecks(price) * quantity)


def _payments(chance: random.Random, total: Fraction) -> tuple[str, frozenset[str]]:
    """How it is paid, and with which codes it is refused."""
    if chance.random() < 3 * SELDOM:
        return f'"{chance.choice(("cash", *CASHLESS))}"', frozenset()
    rest, parts = total, []
    for _ in range(chance.randint(0, 3)):
        part = Fraction(chance.randint(0, int(rest * 100)), 100)
        parts.append((chance.choice(CASHLESS), part))
        rest -= part
    problems = set()
    outcome = chance.random()
    if outcome < SELDOM and rest:
        rest -= Fraction(1, 100)
        problems.add("not_fully_paid")
    elif outcome < 2 * SELDOM:
        parts.append(("other", rest + Fraction(1, 100)))
        rest = Fraction(0)
        problems.add("cashless_above_total")
    elif outcome < 3 * SELDOM:
        rest += Fraction(chance.randint(1, 10**6), 100)  # change
    parts.append((chance.choice(("cash", "0")), rest))
    chance.shuffle(parts)
    text = ",".join(f'{{"type":"{kind}","sum":{roubles(part)}}}' for kind, part in parts)
    return f"[{text}]", frozenset(problems)


def verify(text: str, sums: Sums) -> None:
    """Raises: AssertionError when the worker comes to anything else."""
    answer = check(text.encode(), NOTHING)
    assert {problem.code for problem in answer.problems} == sums.problems, (text, answer.problems)
    differing = sum(warning.code == "tax_differs" for warning in answer.warnings)
    assert differing == sums.differing, (text, answer.warnings)
    if answer.task is None:
        return
    assert answer.task.total is not None, text
    assert Fraction(answer.task.total) == sums.total, (text, answer.task.total)
    sent = json.loads(answer.task.to_json(), parse_float=Fraction, parse_int=Fraction)
    assert tuple(item["amount"] for item in sent["items"]) == sums.amounts, text
    paid = sum(payment["sum"] for payment in sent["payments"])
    assert paid >= sums.total, text


def main() -> None:
    """Check as many as are wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    begun, refused = time.monotonic(), 0
    for number in range(1, asked.count + 1):
        text, sums = draw(chance)
        verify(text, sums)
        refused += bool(sums.problems)
        if number % REPORT_EVERY == 0:
            sys.stderr.write(f"{number} checked\n")
    seconds = time.monotonic() - begun
    sys.stdout.write(
        f"seed {seed}: {asked.count} receipts checked, {refused} of them to be refused, {seconds:.0f} s\n"
    )


if __name__ == "__main__":
    main()
