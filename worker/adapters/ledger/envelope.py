"""
What the door asks of an envelope before anything is stored (design §3), for the ledger in memory.

`fiscalq.lua` asks the same in Redis; a test holds that the two readings agree on every text.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from typing import Any

from worker.domain.errors import ContractError
from worker.domain.identity import JOB_ID, OUR_PREFIX
from worker.domain.jsontext import BYTES_MAX, DEPTH_MAX

OPTIONS_BYTES_MAX = 4 * 1024  # two names of 64 characters need a tenth of it
OPTION_CHARACTERS_MAX = 64
OPTIONS = frozenset({"producer", "sequence"})

_SPACE = b" \t\n\r"


def require_job_id(job: str) -> None:
    """Raises ContractError for an id that a producer may not use."""
    if not JOB_ID.fullmatch(job):
        raise ContractError("FISCALQ_BAD_ID", "a job id is 1 to 64 of A-Z a-z 0-9 . _ : -")
    if job.startswith(OUR_PREFIX):
        raise ContractError("FISCALQ_BAD_ID", f"ids that start with {OUR_PREFIX} are our own: choose another")


def task_text(raw: bytes) -> bytes:
    """The task without the space around it. Raises ContractError when it is too large or no JSON object."""
    _object(raw, "task-json", BYTES_MAX)
    return _bare(raw)


def options_text(raw: bytes) -> bytes:
    """The options likewise; they hold `producer` and `sequence`, nothing else."""
    for name, value in _object(raw, "options-json", OPTIONS_BYTES_MAX).items():
        if name not in OPTIONS:
            raise _bad("options-json may hold producer and sequence, nothing else")
        if not isinstance(value, str) or len(value) > OPTION_CHARACTERS_MAX or not _is_whole(value):
            raise _bad(f"options-json: {name} must be a string of at most {OPTION_CHARACTERS_MAX} characters")
    return _bare(raw)


def _bare(raw: bytes) -> bytes:
    """Without a byte order mark and without the space around it."""
    return raw.removeprefix(BOM_UTF8).strip(_SPACE)


def _object(raw: bytes, what: str, bytes_max: int) -> dict[str, Any]:
    if len(raw) > bytes_max:
        raise ContractError(
            "FISCALQ_TOO_LARGE", f"{what} has {len(raw)} bytes; at most {bytes_max} are taken"
        )
    try:
        # As float, since int refuses very long numbers, which JSON allows.
        value = json.loads(
            raw.removeprefix(BOM_UTF8).decode("utf-8"), parse_int=float, parse_constant=_no_number
        )
    except RecursionError as error:
        raise _bad(f"{what}: nested deeper than {DEPTH_MAX}") from error
    except ValueError as error:
        raise _bad(f"{what}: {error}") from error
    if not isinstance(value, dict):
        raise _bad(f"{what}: a JSON object is expected")
    if _depth(value) > DEPTH_MAX:
        raise _bad(f"{what}: nested deeper than {DEPTH_MAX}")
    return value


def _depth(value: Any) -> int:
    """Level by level, since a text of 128 KiB may be nested deeper than Python calls itself."""
    depth, level = 0, [value]
    while level := [part for part in level if isinstance(part, dict | list)]:
        depth += 1
        level = [below for part in level for below in (part.values() if isinstance(part, dict) else part)]
    return depth


def _is_whole(text: str) -> bool:
    """Whether it holds no half of a surrogate pair."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _bad(text: str) -> ContractError:
    return ContractError("FISCALQ_BAD_JSON", text)
