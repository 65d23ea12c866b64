"""
What is wrong with a task: problems that refuse it, warnings that do not, each with its path.

Notes are taken in the order in which the rules run and told in the order in which the places stand in the document. The
codes stand in rulebook.py.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Location = tuple[str | int, ...]  # ("items", 0, "tax", "type")

NOTES_MAX = (
    100  # of each kind: a task with more is broken as a whole, and its answer must stay small enough to read
)
SHOWN_MAX = 64  # characters of a foreign name or value that a message repeats


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
