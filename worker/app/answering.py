"""
What the CRM reads: the answer of `fiscalq_status`, rendered once per change of the job (design §3).

Money is a string with two decimals, times are ISO 8601 UTC, and no buyer's data is in it.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from worker.domain.job import Job
from worker.domain.verdicts import DOUBLED, Fiscal, Reason, ReasonCode

LANGUAGES = ("en", "ru")


def answer(job: Job) -> str:
    """The status answer as JSON text."""
    return json.dumps(
        {
            "job": job.id,
            "register": job.register,
            "type": job.type,
            "state": job.state.value,
            "verdict": job.verdict.value if job.verdict else None,
            "reason": _reason(job.reason, job.register) if job.reason else None,
            "submissions": job.submission,
            "accepted_at": job.accepted_at or None,
            "updated_at": job.updated_at or None,
            "fiscal": _fiscal(job.fiscal, job) if job.fiscal else None,
            "result": job.result if job.fiscal is None else None,
        },
        ensure_ascii=False,
        default=str,
    )


def _reason(reason: Reason, register: str) -> dict[str, Any]:
    said: dict[str, Any] = {"code": reason.code.value}
    said |= {f"message_{language}": message(reason, language, register) for language in LANGUAGES}
    said["register_code"] = reason.register_code
    problems = [
        {"path": problem.path, "code": problem.code, "message": problem.message}
        for problem in reason.problems
    ]
    return {**said, "problems": problems}


def stopped_reason(register: str) -> str:
    """JSON text of the reason of a job that stands behind a dead one of its sequence, which is @JOB@ in it."""
    stopped = Reason(code=ReasonCode.SEQUENCE_STOPPED, text="@JOB@")
    return json.dumps(_reason(stopped, register), ensure_ascii=False)


def message(reason: Reason, language: str, register: str = "") -> str:
    """The reason in Russian or English: what is known, and one safe next step; `register` is for one behind a dead job."""
    code = "" if reason.register_code is None else str(reason.register_code)
    text = str(_texts(language)[reason.code.value]).format(code=code, text=reason.text, register=register)
    return text.replace("( ", "(").replace(" )", ")").replace(" ()", "")


def _fiscal(fiscal: Fiscal, job: Job) -> dict[str, Any]:
    total = None if fiscal.total is None else f"{fiscal.total:.2f}"
    said = fiscal.model_dump() | {"total": total, "warnings": list(fiscal.warnings)}
    if job.doubled:
        said["warnings"] = [*said["warnings"], *(f"{DOUBLED}{number}" for number in job.doubled)]
    said["advice"] = [_advice(warning) for warning in said["warnings"] if _known(warning)]
    return said


def _known(warning: str) -> bool:
    return warning.partition(":")[0] in _texts(LANGUAGES[0])["warnings"]


def _advice(warning: str) -> dict[str, str]:
    """What a warning means, and what to do: for whoever stands at the register."""
    name, _, text = warning.partition(":")
    said = {f"message_{language}": _texts(language)["warnings"][name] for language in LANGUAGES}
    return {"code": name, **{key: message.format(text=text) for key, message in said.items()}}


@cache
def _texts(language: str) -> dict[str, Any]:
    source = files("worker.app").joinpath("texts", f"{language}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))
