"""What is wrong with Redis, the workers and the lines: all that stands in Redis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ops.cli.door import NOBODY, Door, LineFacts
from ops.cli.language import Texts, refused, stands_still
from ops.cli.screen import local
from ops.doctor.finding import Finding
from ops.runbook.symptoms import SEEN_AT_ONCE, Symptom
from worker.app import inspecting
from worker.app.standstill import Cause
from worker.app.wiring import make_ledger, server_problems
from worker.domain.errors import FiscalqError
from worker.domain.outlook import Sign
from worker.domain.verdicts import ReasonCode

if TYPE_CHECKING:
    from worker.app.settings import Settings

DOUBTS_SHOWN = 5  # the rest are counted


def live(door: Door, register: str, texts: Texts) -> Finding:
    """Whether some worker holds the register: the health check. A standby is well when another one does."""
    try:
        door.status(register, NOBODY)  # the functions answer, and know the register
        holder = door.holder(register)
    except FiscalqError as error:
        return Finding("live", False, refused(error, texts))
    if holder is None:
        return Finding("live", False, texts("doctor.not_held", register=register), Symptom.NO_WORKER)
    return Finding("live", True, texts("doctor.live", register=register, holder=holder))


def look(settings: Settings, door: Door, registers: list[str], texts: Texts) -> Iterator[Finding]:
    """Look at the server, the function library, and at each register's worker and line."""
    try:
        problems = server_problems(settings)
        yield Finding("redis", True, texts("doctor.redis", url=door.where))
        for problem in problems:
            yield Finding("durable", False, refused(problem, texts), Symptom.REDIS_UNSAFE)
        if not problems:
            yield Finding("durable", True, texts("doctor.durable"))
        yield _library(door, texts)
        for name in registers:
            entered = door.is_entered(name)
            said = texts("doctor.entered" if entered else "doctor.not_entered", register=name)
            yield Finding(f"{name}.entered", entered, said, None if entered else Symptom.REGISTER_NOT_ENTERED)
            yield from _line(settings, name, door, texts)
            yield from _doubled(settings, name, texts)
    except FiscalqError as error:
        yield Finding("redis", False, refused(error, texts), Symptom.REDIS_UNREACHABLE)


def _library(door: Door, texts: Texts) -> Finding:
    if not door.has_library():
        return Finding("library", False, texts("doctor.no_library"), Symptom.LIBRARY_MISSING)
    there, ours = door.library_versions() or (0, 0)
    if there == ours:
        return Finding("library", True, texts("doctor.library"))
    word = "doctor.library_old" if there < ours else "doctor.library_new"
    return Finding("library", False, texts(word, there=there, ours=ours), Symptom.LIBRARY_MISSING)


def _line(settings: Settings, register: str, door: Door, texts: Texts) -> Iterator[Finding]:
    """Who serves it, what keeps it from going on, which jobs nobody is sure of, and what could not be read."""
    holder = door.holder(register)
    if holder is None:
        yield Finding(
            f"{register}.held", False, texts("doctor.not_held", register=register), Symptom.NO_WORKER
        )
    else:
        yield Finding(f"{register}.held", True, texts("doctor.held", register=register, holder=holder))
    line = door.line(register)
    if line.standstill is not None:
        why = texts(
            "doctor.standstill", register=register, since=local(line.standstill.since), open=line.open
        )
        said = f"{why} {stands_still(line.standstill, register, texts)}"
        yield Finding(f"{register}.line", False, said, line.standstill.cause)
    elif holder is not None and _is_deaf(line, settings.limits.deaf_seconds):
        deaf = texts(
            "doctor.deaf_worker", register=register, open=line.open, seconds=round(line.idle_seconds or 0)
        )
        yield Finding(f"{register}.line", False, deaf, Symptom.DEAF_WORKER)
    else:
        yield Finding(f"{register}.line", True, texts("doctor.line", register=register, open=line.open))
    if line.doubts:
        some = ", ".join(line.doubts[:DOUBTS_SHOWN]) + (", …" if len(line.doubts) > DOUBTS_SHOWN else "")
        doubts = texts("doctor.doubts", register=register, count=len(line.doubts), jobs=some)
        yield Finding(f"{register}.doubts", False, doubts, Cause.DOUBT)
    if line.stopped:
        behind = texts("doctor.stopped", register=register, count=line.stopped)
        yield Finding(f"{register}.stopped", False, behind, ReasonCode.SEQUENCE_STOPPED)
    if line.shift is not None and "seen" not in line.shift:  # what was seen once is no autopilot's
        yield Finding(f"{register}.autopilot", True, _shift(register, line.shift, texts))
    if (last := line.reconciled) is not None:
        word = "doctor.reconciled" if last.zero else "doctor.reconciliation_differs"
        compared = texts(word, register=register, shift=last.shift, fn=last.fn_number)
        page = None if last.zero else Symptom.RECONCILIATION_DIFFERS
        yield Finding(f"{register}.reconciled", last.zero, compared, page)
    for notice in line.outlook:
        sign = Sign(notice["sign"])
        told = texts(f"outlook.{sign.value}", register=register, number=notice["number"])
        yield Finding(f"{register}.{sign.value}", not notice["urgent"], told, SEEN_AT_ONCE.get(sign, sign))
    if line.quarantined:
        kept = texts("doctor.quarantine", register=register, count=line.quarantined)
        yield Finding(f"{register}.quarantine", False, kept, Symptom.UNREADABLE_ENTRIES)


def _doubled(settings: Settings, register: str, texts: Texts) -> Iterator[Finding]:
    """What the register printed once more than it was asked to."""
    if doubled := inspecting.doubled(make_ledger(settings, register)):
        again = texts("doctor.doubled", register=register, count=len(doubled), job=doubled[0])
        yield Finding(f"{register}.doubled", False, again, Symptom.PRINTED_TWICE)


def _is_deaf(line: LineFacts, deaf_seconds: float) -> bool:
    """A job stands first in line, nobody has begun it, and nothing at all has happened for longer than is allowed."""
    return line.head == "queued" and line.idle_seconds is not None and line.idle_seconds > deaf_seconds


def _shift(register: str, shift: Mapping[str, Any], texts: Texts) -> str:
    """What the autopilot has seen, and what it will do next."""
    number = shift["number"] or ""  # a register may tell none
    if shift["state"] == "closed":
        told = texts("doctor.shift_closed", register=register, number=number)
    else:
        closes_by = str(shift["closes_by"] or "–").replace("T", " ")[: len("2031-03-01 09:00")]
        told = texts("doctor.shift_open", register=register, number=number, closes_by=closes_by)
    return " ".join(told.split())
