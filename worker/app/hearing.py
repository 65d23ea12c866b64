"""A register whose answers are told, and how long each took: the one place through which every call to it goes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from worker.domain.answers import Answer, DeleteAnswer, Final, Pending, PollAnswer, PostAnswer
from worker.domain.ports import Register
from worker.domain.proof import Document

Told = Callable[[str, str, float], None]
"""Told of each call: `post`, `poll` or `delete`; the answer's name; seconds."""
Said = TypeVar("Said", bound=Answer)
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def named(answer: Answer) -> str:
    """The answer in one word of `domain.answers`: where a submission stands, how it ended, or what else was said."""
    match answer:
        case Pending(stage):
            return stage.value
        case Final(outcome):
            return outcome.value
        case _:
            return CAPITAL.sub("_", type(answer).__name__).lower()


class HeardRegister:
    """Implements `ports.Register` over another one, and changes nothing of what it says."""

    def __init__(self, register: Register, told: Told) -> None:
        self._register, self._told = register, told

    @property
    def door(self) -> str | None:
        """As the register says."""
        return self._register.door

    @property
    def floor_seconds(self) -> float:
        """As the register says."""
        return self._register.floor_seconds

    def knock(self) -> str | None:
        """As the register answers."""
        return self._register.knock()

    def forget(self) -> None:
        """Let the register forget its generation."""
        self._register.forget()

    def post(self, uuid: str, task: Mapping[str, Any]) -> PostAnswer:
        """POST one task."""
        return self._hear("post", lambda: self._register.post(uuid, task))

    def poll(self, uuid: str) -> PollAnswer:
        """Look at a submission once."""
        return self._hear("poll", lambda: self._register.poll(uuid))

    def delete(self, uuid: str) -> DeleteAnswer:
        """Ask for a waiting submission to be removed."""
        return self._hear("delete", lambda: self._register.delete(uuid))

    def read_document(self, result: Mapping[str, Any] | None, number: int) -> Document | None:
        """As the register reads it."""
        return self._register.read_document(result, number)

    def _hear(self, call: str, exchange: Callable[[], Said]) -> Said:
        began = time.monotonic()
        answer = exchange()
        self._told(call, named(answer), time.monotonic() - began)
        return answer
