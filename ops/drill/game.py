"""The drill as it is played: stories and steps in an order that a seed draws, an answer to each, and the score."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from ops.cli.language import Language
from ops.drill.rounds import ROUNDS, Round


@dataclass(frozen=True)
class Question:
    """A round with its steps in the order in which they are offered."""

    played: Round
    steps: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """What was answered, and what became of the job when the fault was over."""

    played: Round
    answered: str
    answer: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        """Whether it was the safe step."""
        return self.answered == self.played.right

    def dump(self) -> Mapping[str, Any]:
        """For a program to read."""
        return {
            "round": self.played.name,
            "page": self.played.page.value,
            "answered": self.answered,
            "right": self.played.right,
            "ok": self.ok,
            "state": self.answer.get("state"),
            "verdict": self.answer.get("verdict"),
        }


def questions(seed: int, count: int) -> Iterator[Question]:
    """Give so many rounds; the same seed gives the same ones, with the same steps in the same places."""
    chance = Random(seed)  # noqa: S311 - an order, no secret
    for played in chance.sample(ROUNDS, count):
        yield Question(played, chance.sample(played.steps, len(played.steps)))


def text(language: Language, section: str, word: str, **facts: object) -> str:
    """Give a text of the drill's own catalogue."""
    return str(_read(language)[section][word]).format(**facts)


@cache
def _read(language: Language) -> Mapping[str, Mapping[str, str]]:
    path = files("ops.drill").joinpath("texts", f"{language}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def from_file(
    answers: Mapping[str, Any], refuse: Callable[[Question], Exception]
) -> Callable[[Question], str]:
    """Answer by what somebody has written beforehand: round to step. `refuse` makes what is raised where none fits."""

    def answer(question: Question) -> str:
        said = answers.get(question.played.name)
        if said not in question.steps:
            raise refuse(question)
        return str(said)

    return answer
