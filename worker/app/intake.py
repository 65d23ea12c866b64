"""
From the inbox to the ledger: read an entry as bytes, check its task, and say what shall become of it.

The entry stays in the inbox until the ledger takes it in one step; nothing is held outside. What has no readable id
goes to quarantine with its bytes; what breaks a rule of the task becomes dead under its id with every problem named.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # the standard library's own string reader
from typing import Any

from worker.domain.events import Accepted, Event, GaveUp
from worker.domain.identity import JOB_ID, OUR_PREFIX, marker
from worker.domain.lifecycle import fold
from worker.domain.ports import Candidate
from worker.domain.tasks import NOTHING_KNOWN, Checked, Defaults, Known, Problem, check
from worker.domain.verdicts import Reason, ReasonCode, Verdict

TYPE_NAME = re.compile(r"[A-Za-z]{1,64}")  # what may be shown of a type that is not known
OPTION_NAMES, OPTION_CHARACTERS_MAX = {"producer", "sequence"}, 64  # as the door has it (design §3)

_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)  # only the extent matters here
_SPACE = re.compile(r"[ \t\n\r]*")


class _UnreadableError(ValueError):
    """The entry is no inbox entry."""


def read_entry(
    entry: bytes, register: str, defaults: Defaults, at: str, known: Known = NOTHING_KNOWN
) -> Candidate:
    """
    Judge an inbox entry `{"id":…,"task":{…},"options":{…}}`.

    Args:
        entry: the bytes as they lie in the inbox, from either door.
        register: whose inbox it is.
        defaults: what the register fills in.
        at: wall clock, ISO 8601 UTC.
        known: the shop's day and the register's format, as far as they are known.

    Returns: the candidate for `Ledger.admit`; never raises for what the entry holds.

    """
    try:
        fields = dict(_fields(entry.decode("utf-8")))
        job = _job_id(fields.get("id"))
        task = fields["task"].encode()
        options, sequence = _options(fields.get("options", "{}"))
    except (_UnreadableError, ValueError, KeyError, RecursionError) as error:
        return Candidate(entry, why=_why(error))
    history = list(_history(job, register, _checked(task, defaults, known), defaults, at))
    digest = hashlib.sha1(task, usedforsecurity=False).hexdigest()
    return Candidate(entry, fold(job, register, history), history, task, digest, options, sequence)


def own_candidate(job: str, task: bytes, register: str, defaults: Defaults, at: str) -> Candidate:
    """A job of ours, which comes through no inbox: its id begins with `fiscalq.`. `at` is ISO 8601 UTC."""
    history = list(_history(job, register, _checked(task, defaults, NOTHING_KNOWN), defaults, at))
    digest = hashlib.sha1(task, usedforsecurity=False).hexdigest()
    return Candidate(b"", fold(job, register, history), history, task, digest)


def _writable(problem: Problem) -> Problem:
    """A name in the task may hold half of a character, which no answer could be written with."""
    path, message = (
        text.encode("utf-8", "backslashreplace").decode() for text in (problem.path, problem.message)
    )
    return Problem(path, problem.code, message)


def _checked(task: bytes, defaults: Defaults, known: Known) -> Checked:
    """Whatever a task does to our own rules, its job has been answered for and ends under its id."""
    try:
        return check(task, defaults, known)
    except Exception as error:  # noqa: BLE001
        message = f"fiscalq could not judge this task ({type(error).__name__}): report it with the task"
        return Checked(None, (Problem("", "not_judged", message),), ())


def _history(job: str, register: str, checked: Checked, defaults: Defaults, at: str) -> Iterator[Event]:
    """Accepted; and given up at once when the task breaks a rule."""
    task = checked.task
    if task is None:
        named = checked.type if checked.type is not None and TYPE_NAME.fullmatch(checked.type) else None
        yield Accepted(at=at, type=named, kind=None)
        reason = Reason(code=ReasonCode.TASK_REFUSED, problems=tuple(map(_writable, checked.problems)))
        yield GaveUp(at=at, verdict=Verdict.NOT_PRINTED, reason=reason)
        return
    carried = marker(register, job) if task.carries_marker(defaults.marker) else None
    attribute = defaults.marker if carried else None
    yield Accepted(
        at=at, type=task.type, kind=task.kind, total=task.total, marker=carried, attribute=attribute
    )


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """
    The members of the outer object with the exact text of each value.

    The task's hash is taken over its bytes, so the slice must be what the CRM wrote and not what a JSON library would
    write again.
    """
    position = _skip(text, 0)
    if text[position : position + 1] != "{":
        raise _UnreadableError("the entry is not a JSON object")
    position = _skip(text, position + 1)
    if text[position : position + 1] == "}":
        return
    while True:
        if text[position : position + 1] != '"':
            raise _UnreadableError(f"a name is expected at character {position}")
        name, position = scanstring(text, position + 1)
        position = _skip(text, position)
        if text[position : position + 1] != ":":
            raise _UnreadableError(f"':' is expected at character {position}")
        start = _skip(text, position + 1)
        _, end = _DECODER.raw_decode(text, start)
        yield name, text[start:end]
        position = _skip(text, end)
        mark, position = text[position : position + 1], _skip(text, position + 1)
        if mark == "}":
            if position != len(text):
                raise _UnreadableError(f"something follows the entry at character {position}")
            return
        if mark != ",":
            raise _UnreadableError(f"',' or '}}' is expected at character {position - 1}")


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _job_id(text: str | None) -> str:
    value: Any = json.loads(text) if text is not None else None
    if not isinstance(value, str) or not JOB_ID.fullmatch(value):
        raise _UnreadableError("id must be a string of 1 to 64 of A-Z a-z 0-9 . _ : -")
    if value.startswith(OUR_PREFIX):
        raise _UnreadableError(f"ids that start with {OUR_PREFIX} are fiscalq's own")
    return value


def _options(text: str) -> tuple[str, str]:
    """As text, and the sequence that they name."""
    value = json.loads(text)
    if not isinstance(value, dict) or not value.keys() <= OPTION_NAMES:
        raise _UnreadableError("options may hold producer and sequence, nothing else")
    if not all(isinstance(text, str) and len(text) <= OPTION_CHARACTERS_MAX for text in value.values()):
        raise _UnreadableError(f"options: a string of at most {OPTION_CHARACTERS_MAX} characters each")
    for (
        name,
        said,
    ) in value.items():  # no answer and no page could be written with it; the door refuses it, too
        if any("\ud800" <= character <= "\udfff" for character in said):
            raise _UnreadableError(f"options.{name} holds half of a character")
    return text, value.get("sequence", "")


def _why(error: Exception) -> str:
    return (
        f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__
    )
