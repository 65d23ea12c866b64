"""
What is wrong with a task: problems that refuse it, warnings that do not, each with its path.

Notes are taken in the order in which the rules run and told in the order in which the places stand in the document.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

Location = tuple[str | int, ...]  # ("items", 0, "tax", "type")

NOTES_MAX = (
    100  # of each kind: a task with more is broken as a whole, and its answer must stay small enough to read
)
SHOWN_MAX = 64  # characters of a foreign name or value that a message repeats


# Every code, and whose rule it is: sections of the register's reference with its error numbers, FFD tags, laws.
CODES: Mapping[str, str] = MappingProxyType(
    {
        # the text
        "too_large": "design §3: 128 KiB",
        "too_deep": "design §3: 64 levels",
        "bad_utf8": "design §3; reference §1",
        "bad_json": "design §3; reference 2.1 (400)",
        "byte_order_mark": "reference §1: the first generation strips one",
        "bad_number": "design §3: no NaN; what a double cannot hold reaches no register unchanged",
        "bad_text": "design §3: valid UTF-8",
        "duplicate_key": "RFC 8259 §4: which of the two counts is anybody's guess",
        "and_more": "an answer stays readable",
        # the envelope and the type
        "envelope": "design §3: one task object is enqueued",
        "not_one_task": "one job is one task; reference 2.1, 7.3, §11 rule 2",
        "unknown_type": "reference 8.4 to 8.6, 9.2; §13: a register may get stuck on one for ever",
        "refused_type": "reference 8.6: not to be undone, or not a queue's to do",
        "clock": "reference §10 (36, 122): the FN takes no time before its last document",
        # fields
        "missing": "reference 8.1: required, and absent, null or {} (501); beside agents 161, 167",
        "wrong_type": "reference 8.1 (501)",
        "unknown_value": "reference 8.1 to 8.4 (501); an element with money would be skipped in silence",
        "unknown_element": "reference 8.1: skipped in silence",
        "unknown_field": "reference 8.1: ignored in silence",
        "misspelled_field": "reference 8.1: ignored in silence, and money or tax with it",
        "empty": "reference 8.1: an empty text is taken for none",
        "too_long": "lengths of the FFD's tags; 1192: reference 8.3",
        "bad_date": "reference 8.2, 8.4 (501)",
        "date_separator": "reference 8.4: any is taken; 8.2: not every script takes it as it is meant",
        "not_base64": "reference 8.3",
        "bad_inn": "reference 8.1, §10: a malformed one is refused as too long",
        "inn_length": "reference 8.1: a person's INN has 12 digits",
        "inn_control": "control digits of the tax service",
        "number_for_name": "reference 9.1: a number passes and may be ignored",
        "driver_version": "reference 8.3, 9.1: older drivers answer 501; VAT: 176-FZ, 425-FZ",
        "reserved": "design §2: the marker",
        # sums
        "negative": "reference §10 (16): returns are tasks of their own",
        "out_of_range": "reference 8.1; lengths of tags 1020, 1023, 1043, 1079; 59",
        "unrounded": "reference 8.1: sums have two decimals",
        "quantity_places": "reference 8.1: three decimals, six in newer firmware",
        "amount_differs": "reference 8.3: printed as discount or markup",
        "zero_price": "reference §10 (16)",
        "zero_sum": "reference §10 (16)",
        "zero_total": "reference 8.2",
        "empty_receipt": "reference 8.2: refused by the register",
        "wrong_total": "reference 8.2 (227)",
        "total_below_items": "reference 8.2: kopecks rounded down, not by every register",
        "total_differs": "reference 8.4: the total of a correction without positions is what is paid",
        "not_fully_paid": "reference 8.2 (66)",
        "cashless_above_total": "reference 8.2 (52)",
        "change_on_return": "reference 8.2: change belongs to a sale",
        "programmed_payment": "reference 8.2, §10 (60)",
        # VAT and tax systems
        "no_tax": "reference 8.3, tag 1199",
        "rates_clash": "reference §10 (219)",
        "old_rate": "fiscal rules 5, 6: 425-FZ; 18 per cent in corrections only",
        "tax_above_amount": "reference §10 (128 to 131)",
        "tax_differs": "reference 8.3: a sum that is said is used",
        "no_taxation_type": "reference 8.2 (143, 161), tag 1055",
        "old_taxation_type": "tax code: envd ended with 2020",
        # goods
        "unit_text": "reference 8.3, tags 1197, 2108",
        "unit_number": "reference 8.3, tag 2108",
        "code_ignored": "reference 8.3: markingCode wins over the next two",
        "codes_clash": "reference 8.3 (501), tag 1163",
        "no_marking_code": "reference 8.3, tag 1163",
        "bad_fraction": "reference 8.3, tag 1291",
        "fraction_quantity": "reference 9.3",
        "no_agents": "reference 8.3, tag 1222",
        # the receipt
        "no_contact": "fiscal rule 2; reference 8.2, tag 1008",
        "bad_contact": "fiscal rule 2; tag 1008",
        "no_place": "reference 8.2, tags 1125, 1187",
        "said_twice": "reference §10 (160)",
        "no_grounds": "reference 8.4, tags 1173, 1174, 1178, 1179",
        "old_correction": "reference 8.4: FFD 1.05 only",
        "document_too_large": "reference 8.1 (501): 32,768 bytes",
    }
)


@dataclass(frozen=True)
class Problem:
    """
    One thing that is wrong.

    Args:
        path: relative to the task (`items[0].tax.type`), empty when it is the document as a whole.
        code: a stable word, for programs.
        message: what to do, in English.

    """

    path: str
    code: str
    message: str


class Notes:
    """Collects problems and warnings; of each kind the first hundred are kept and the rest counted."""

    def __init__(self) -> None:
        self._problems: list[tuple[Location, str, str]] = []
        self._warnings: list[tuple[Location, str, str]] = []
        self._dropped = [0, 0]
        self._hints_left = NOTES_MAX  # a search for what was meant takes longer than all the rest

    @property
    def refused(self) -> bool:
        """Whether there is any problem."""
        return bool(self._problems)

    @property
    def overflow(self) -> bool:
        """Whether problems are only counted by now: such a task is broken as a whole and needs no further rules."""
        return len(self._problems) >= NOTES_MAX

    def refuse(self, at: Location, code: str, message: str) -> None:
        """Note a problem: the task must not be sent."""
        self._keep(self._problems, 0, (at, code, message))

    def warn(self, at: Location, code: str, message: str) -> None:
        """Note what the register takes and a careful client would not send."""
        self._keep(self._warnings, 1, (at, code, message))

    def hint(self, word: str, names: tuple[str, ...]) -> str:
        """`; did you mean …?`, or nothing when nothing is near or enough has been said."""
        self._hints_left -= 1
        meant = near(word, names) if self._hints_left >= 0 else None
        return f"; did you mean {meant!r}?" if meant is not None else ""

    def _keep(
        self, kept: list[tuple[Location, str, str]], kind: int, note: tuple[Location, str, str]
    ) -> None:
        if len(kept) < NOTES_MAX:
            kept.append(note)
        else:
            self._dropped[kind] += 1

    def problems(self, document: Any) -> tuple[Problem, ...]:
        """All problems, in the order of `document`."""
        return self._told(self._problems, self._dropped[0], document)

    def warnings(self, document: Any) -> tuple[Problem, ...]:
        """All warnings, in the order of `document`."""
        return self._told(self._warnings, self._dropped[1], document)

    @staticmethod
    def _told(notes: list[tuple[Location, str, str]], dropped: int, document: Any) -> tuple[Problem, ...]:
        told = [Problem(path_of(at), code, message) for at, code, message in in_order(notes, document)]
        if dropped:
            told.append(Problem("", "and_more", f"and {dropped} more of the same kind: mend these first"))
        return tuple(told)


def in_order(notes: Iterable[tuple[Location, str, str]], document: Any) -> list[tuple[Location, str, str]]:
    """Sort notes by where their place stands in the document; what is absent comes last in its object."""
    places: dict[int, dict[str, int]] = {}

    def rank(note: tuple[Location, str, str]) -> tuple[int, ...]:
        ranks: list[int] = []
        here = document
        for step in note[0]:
            if isinstance(step, int):
                ranks.append(step)
                here = here[step] if isinstance(here, list) and step < len(here) else None
            elif isinstance(here, dict):
                known = places.setdefault(id(here), {name: place for place, name in enumerate(here)})
                ranks.append(known.get(step, len(known)))
                here = here.get(step)
            else:
                ranks.append(0)
        return tuple(ranks)

    return sorted(notes, key=rank)


def path_of(at: Location) -> str:
    """`items[0].tax.type`; a name that somebody made very long is cut."""
    path = ""
    for step in at:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{shown(step)}" if path else shown(step)
    return path


def shown(text: str) -> str:
    """As much of a foreign text as a message can bear; half a surrogate pair is shown as `?`."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= SHOWN_MAX else clean[:SHOWN_MAX] + "…"


@lru_cache(maxsize=2048)
def near(word: str, names: tuple[str, ...]) -> str | None:
    """The one of `names` that somebody who wrote `word` most likely meant, None when none is near."""
    if len(word) > SHOWN_MAX:
        return None
    folded = {fold(name): name for name in names}
    found = difflib.get_close_matches(fold(word), folded, n=1, cutoff=0.72)
    return folded[found[0]] if found else None


def fold(name: str) -> str:
    """What two spellings of one name have in common: `taxation_type` and `TaxationType` are the same."""
    return name.strip().replace("_", "").replace("-", "").casefold()
