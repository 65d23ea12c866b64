"""The producer's door as our own tools use it: the two functions of the contract (design §3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import redis

from worker.adapters.ledger.keys import Keys
from worker.adapters.ledger.server import redis_errors
from worker.domain.errors import ContractError

CODES = frozenset(
    f"FISCALQ_{code}"
    for code in ("BAD_ID", "TOO_LARGE", "BAD_JSON", "UNKNOWN_REGISTER", "CONFLICT", "QUEUE_FULL")
)
"""Every refusal of the contract."""


def enqueue(
    client: redis.Redis, register: str, job: str, task: bytes, options: str | None = None
) -> Mapping[str, Any]:
    """
    Hand a job over; when this returns, Redis has it on disk.

    Args:
        client: made by `connect`.
        register: the register's name.
        job: the job's id, derived from the business fact.
        task: one ATOL JSON task, UTF-8. Same content means same bytes.
        options: JSON text with `producer` and `sequence`.

    Returns: `job`, `register`, `state`, `duplicate`.
    Raises: ContractError when it is refused (nothing is stored), LedgerError (perhaps stored: enqueue the same again).

    """
    given: list[str | bytes] = [job, task] if options is None else [job, task, options]
    answer: Mapping[str, Any] = json.loads(_call(client.fcall, "fiscalq_enqueue", register, *given))
    return answer


def status(client: redis.Redis, register: str, job: str) -> Mapping[str, Any] | None:
    """The status answer of design §3; None for an unknown id. Raises ContractError, LedgerError."""
    said = _call(client.fcall_ro, "fiscalq_status", register, job)
    return None if said is None else json.loads(said)


def _call(command: Any, function: str, register: str, *arguments: str | bytes) -> Any:
    with redis_errors():
        try:
            return cast("bytes | None", command(function, 1, Keys(register).registry, *arguments))
        except redis.ResponseError as error:
            code, _, text = str(error).partition(" ")
            if code in CODES:
                raise ContractError(code, text, register=register, job=arguments[0]) from error
            raise
