"""
The HTTP API of the register's web server, without I/O: requests are built here, and replies are read.

Both generations say the same things under different paths; how their errors look tells them apart (reference §2, §3,
§15). The answers are those of `worker.domain.answers`, and what is no answer of the protocol is never taken for one:
a page of another product, JSON cut in two, a wrong shape prove nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from worker.adapters.atol.codes import lookup
from worker.adapters.atol.replies import Reply, clipped, envelope, read_object, whole_number, words
from worker.domain.answers import (
    DeleteAnswer,
    Fault,
    Final,
    Known,
    Missing,
    NotNow,
    Outcome,
    Pending,
    PollAnswer,
    PostAnswer,
    Removed,
    Silent,
    Stage,
    Strange,
    Taken,
    TooLate,
    Turned,
    Unanswered,
)
from worker.domain.tasks import dumps

PENDING = MappingProxyType({"wait": Stage.WAITING, "inProgress": Stage.RUNNING, "blocked": Stage.BLOCKED})
FINAL = MappingProxyType(
    {
        "ready": Outcome.READY,
        "error": Outcome.ERROR,
        "interrupted": Outcome.INTERRUPTED,
        "canceled": Outcome.CANCELED,
    }
)

# What to do, where the number alone leaves an operator guessing.
HINTS: Mapping[int, str] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: "set the username and password of the register's web server",
        HTTPStatus.FORBIDDEN: "activate the register in its web server",
        HTTPStatus.NOT_FOUND: "check url, api and device_id: nothing takes tasks there",
        HTTPStatus.REQUEST_TIMEOUT: "the register is busy with something that cannot be interrupted",
    }
)


@dataclass(frozen=True)
class Request:
    """An HTTP request: its name among the worker's steps, path with its query, and a JSON body or none."""

    label: str
    method: str
    path: str
    body: bytes | None = None


@dataclass(frozen=True)
class Generation:
    """
    One generation of the API.

    Args:
        name: `v1` or `v2`, as the settings say it.
        prefix: of the paths.
        probe: the path that answers without any register behind it.
        signs: keys of the probe's answer; one whole set of them is believed.
        says_errors_in_json: v2 always does, v1 never.
        has_devices: whether one server may drive several registers, told apart by `deviceID`.
        floor_seconds: how long its server sleeps between its looks for work.

    """

    name: str
    prefix: str
    probe: str
    signs: tuple[frozenset[str], ...]
    says_errors_in_json: bool
    has_devices: bool
    floor_seconds: float

    def probing(self) -> Request:
        """Ask who is there."""
        return Request("register.knock", "GET", self.prefix + self.probe)

    def posting(self, uuid: str, task: Mapping[str, Any], device: str | None) -> Request:
        """
        Hand in one task; always as an array, since v2 takes nothing else (reference 3.2).

        Raises: TypeError when the task holds what has no exact JSON text, a float most of all.
        """
        body = dumps({"uuid": uuid, "request": [task]}).encode()
        path = f"{self.prefix}/requests{self._query(device)}"
        return Request(f"register.post.{task.get('type')}", "POST", path, body)

    def polling(self, uuid: str, device: str | None) -> Request:
        """Look at a submission."""
        return Request("register.poll", "GET", self._path(uuid, device))

    def deleting(self, uuid: str, device: str | None) -> Request:
        """Ask for a waiting submission to be removed."""
        return Request("register.delete", "DELETE", self._path(uuid, device))

    def _path(self, uuid: str, device: str | None) -> str:
        return f"{self.prefix}/requests/{quote(uuid, safe='')}{self._query(device)}"

    def _query(self, device: str | None) -> str:
        """On every call: a look with another device id answers 404 for a task that exists (reference 3.3)."""
        return "?" + urlencode({"deviceID": device}) if device and self.has_devices else ""

    def is_proven_by(self, reply: Reply) -> bool:
        """Whether the probe's reply can only come from a server of this generation."""
        said = read_object(reply.body) if reply.status == HTTPStatus.OK else None
        return said is not None and any(keys <= said.keys() for keys in self.signs)

    def read_post(self, reply: Reply) -> PostAnswer:
        """
        What a POST came to (promises §2).

        Only 201 is "stored": another 2xx comes from pages that answer everything, and from toys; a poll decides there.
        """
        match reply.status:
            case HTTPStatus.CREATED:
                return Taken()
            case HTTPStatus.CONFLICT:
                return Known(words(reply))
            case (
                HTTPStatus.UNAUTHORIZED
                | HTTPStatus.FORBIDDEN
                | HTTPStatus.NOT_FOUND
                | HTTPStatus.REQUEST_TIMEOUT
            ):
                return NotNow(reply.status, _with_hint(reply))
            case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                return Turned(reply.status, words(reply))  # whoever says this has not let the task through
            case HTTPStatus.BAD_REQUEST | 420 if self._says(
                reply
            ):  # 420: v2's check of the format (reference 3.1)
                return Turned(reply.status, words(reply))
            case _:
                return Unanswered(_no_answer(reply))

    def read_poll(self, reply: Reply) -> PollAnswer:
        """What a look at a submission brought. A 404 counts only when this generation could have said it so."""
        if reply.status == HTTPStatus.NOT_FOUND and self._says(reply):
            return Missing()
        if reply.status != HTTPStatus.OK:
            return Silent(_no_answer(reply))
        results = (read_object(reply.body) or {}).get("results")
        if not isinstance(results, list):
            return Silent(_no_answer(reply))
        if len(results) != 1 or not isinstance(results[0], dict):
            return Silent(
                f"{len(results)} results for a submission of one task: the register mixes up its tasks"
            )
        return _read_item(results[0])

    def read_delete(self, reply: Reply) -> DeleteAnswer:
        """What a DELETE came to; v1 refuses with an empty body, v2 with JSON."""
        match reply.status:
            case HTTPStatus.OK | HTTPStatus.NO_CONTENT if _is_bare(reply):
                return Removed()
            case HTTPStatus.NOT_FOUND if self._says(reply):
                return Missing()
            case HTTPStatus.METHOD_NOT_ALLOWED | HTTPStatus.CONFLICT if self._says(reply):
                return TooLate(words(reply))
            case _:
                return Silent(_no_answer(reply))

    def _says(self, reply: Reply) -> bool:
        """Whether an error is said in the manner of this generation; the other one may stand at its address now."""
        return (envelope(reply) is not None) == self.says_errors_in_json


V1 = Generation(
    name="v1",
    prefix="",
    probe="/stat/requests",
    signs=(frozenset({"ready_count", "not_ready_count", "is_blocked"}),),
    says_errors_in_json=False,
    has_devices=False,
    floor_seconds=0.1,  # reference 5.2
)
V2 = Generation(
    name="v2",
    prefix="/api/v2",
    probe="/serverInfo",
    signs=(frozenset({"serverVersion"}), frozenset({"driverVersion"})),
    says_errors_in_json=True,
    has_devices=True,
    floor_seconds=0.1,  # reference 5.3: as v1
)
GENERATIONS = MappingProxyType({"v1": V1, "v2": V2})


def _read_item(item: Mapping[str, Any]) -> PollAnswer:
    """One result; both generations have been seen with both forms of the error (reference §15)."""
    word = item.get("status")
    if not isinstance(word, str):
        return Silent("a result without a status: something else than a register answers at its address")
    if word in PENDING:
        return Pending(PENDING[word])
    outcome = FINAL.get(word)
    if outcome is None:
        return Strange(clipped(word))
    nested = item.get("error")
    if isinstance(nested, dict):
        code, text = nested.get("code"), nested.get("description")
    else:
        code, text = item.get("errorCode"), item.get("errorDescription")
    number = 0 if code is None else whole_number(code)
    if number is None:
        return Silent(f"an error code that is no number: {clipped(str(code))}")
    said = clipped(text) if isinstance(text, str) else ""
    return _final(outcome, number, said, item.get("result"))


def _final(outcome: Outcome, number: int, text: str, result: Any) -> Final:
    kept = (
        result if result is None or isinstance(result, dict) else {"value": result}
    )  # validateMarks gives a list
    match outcome:
        case Outcome.READY:
            return Final(outcome, number, text, result=kept)
        case Outcome.ERROR:
            code = lookup(number)
            return Final(outcome, number, text or code.text, code.fault, code.doubtful, kept)
        case _:  # never started, whatever number stands beside the word: it may succeed later
            return Final(outcome, number, text, Fault.TRANSIENT, result=kept)


def _is_bare(reply: Reply) -> bool:
    """No body, or a JSON object that speaks of no error: a page that says 200 to everything removes nothing."""
    return not reply.body.strip() or (read_object(reply.body) is not None and envelope(reply) is None)


def _with_hint(reply: Reply) -> str:
    return ": ".join(part for part in (words(reply), HINTS.get(reply.status)) if part)


def _no_answer(reply: Reply) -> str:
    if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"HTTP {reply.status} {_with_hint(reply)}"
    said = words(reply)
    return (
        f"HTTP {reply.status}{f' ({said})' if said else ''} is no answer of a register: "
        "look at what answers at its address, and into that server's log"
    )
