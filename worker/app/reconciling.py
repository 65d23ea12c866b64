"""
At every closing: the ledger beside the FN's counters and the register's totals; a line of zeros, or an alarm.

The register's totals are read right before it closes the shift, the FN's counters out of the closing report; the
comparison follows. None of it may keep a receipt from printing: what cannot be read is said to be missing, and what a
crash interrupts is done again while nothing prints.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from worker.app import logs
from worker.app.line import Line, Stopped
from worker.app.reading import Reader
from worker.app.shiftbook import last_closed, shift_on_record
from worker.domain.errors import Fenced, LedgerError, OperatorError
from worker.domain.job import Job, State
from worker.domain.ports import Ledger
from worker.domain.reconciliation import Reconciliation, compare
from worker.domain.shifts import CLOSE
from worker.domain.sides import OfdDocument, RegisterSide, Stranger
from worker.domain.tasks import Defaults

NAMED_MAX = 10  # documents that are read back to be named; of more, a person looks at the paper anyway
TOLD_MAX = 50  # numbers in one line of the log; `fiscalq reconcile` shows them all
NAMED_SECONDS = 10.0  # and no longer than this: the next receipt may be waiting


class Noted(BaseModel):
    """What was read before a closing was sent: kept in the line's `closing` until the closing is printed."""

    model_config = ConfigDict(frozen=True)

    job: str
    shift: int | None = None
    register_side: RegisterSide = RegisterSide()


class Kept(BaseModel):
    """What the ledger keeps of a closed shift: what the register said, and what came of the comparison then."""

    model_config = ConfigDict(frozen=True)

    at: str
    job: str
    register_side: RegisterSide
    reconciliation: Reconciliation


@dataclass(frozen=True)
class Told:
    """The line's `reconciled`, for the doctor: the last shift that was compared."""

    fn_number: str
    shift: int
    zero: bool
    doubts: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: str | None) -> Told | None:
        """Read it; None for what is none of ours."""
        try:
            said = json.loads(kept or "null")
            return cls(str(said["fn"]), int(said["shift"]), said["zero"] is True, tuple(said["doubts"]))
        except (ValueError, TypeError, KeyError):
            return None


def note_totals(line: Line, reader: Reader, job: Job) -> None:
    """Ask the register once what it has counted in the shift that this job is about to close, and keep the answer."""
    line.totals_of = (job.id, job.place)
    with _beside_printing(line, job):
        shift, totals = reader.totals()
        noted = Noted(job=job.id, shift=shift, register_side=RegisterSide(totals=totals))
        line.ledger.remember(closing=noted.model_dump_json())


def reconcile_closed(line: Line, job: Job) -> None:
    """Compare the shift that this job has closed, if it has closed one."""
    if job.type == CLOSE and job.state is State.PRINTED:
        with _beside_printing(line, job):
            _reconcile(line, job)


def reconcile_left(line: Line) -> None:
    """While nothing prints: what a crash left, and a shift whose doubts were settled since it was compared."""
    with _beside_printing(line, Job("", line.ledger.register), is_last=True):
        facts = line.ledger.recall()
        noted = _noted(facts.get("closing"))
        job = line.ledger.load(noted.job) if noted is not None else None
        if job is not None and job.state is State.PRINTED:
            _reconcile(line, job)
        elif "closing" in facts and (job is None or (job.state is State.DEAD and not job.in_doubt)):
            line.ledger.remember(closing=None)
        told = Told.of(facts.get("reconciled"))
        if told is not None and not told.zero and set(told.doubts) - set(line.ledger.doubts()):
            _compare_again(line, told)


def _reconcile(line: Line, job: Job) -> None:
    noted = _noted(line.ledger.recall().get("closing"))
    noted = noted if noted is not None and noted.job == job.id else None
    fiscal = job.fiscal
    shift = (fiscal.shift_number if fiscal else None) or (noted.shift if noted else None)
    if fiscal is None or fiscal.document_number is None or fiscal.fn_number is None or shift is None:
        line.ledger.remember(
            closing=None
        )  # it was closed already: this job has left no report to compare with
        return
    kept = _kept(line.ledger.shift(name_of(fiscal.fn_number, shift)))
    if kept is not None and kept.job == job.id and noted is None:
        return  # it was compared, and what the register said then has no second source
    reader = Reader(line)
    receipts, documents = reader.counters(fiscal.document_number)
    side = noted.register_side if noted is not None else RegisterSide()
    side = side.model_copy(update={"receipts": receipts, "documents": documents})
    found = _compare(line.ledger, line.defaults, fiscal.fn_number, shift, side)
    if found.strangers:
        side = side.model_copy(
            update={"strangers": _named(line, reader, (one.document for one in found.strangers))}
        )
        found = _compare(line.ledger, line.defaults, fiscal.fn_number, shift, side)
    _keep(line, job.id, side, found)


def _compare_again(line: Line, told: Told) -> None:
    _tell(
        line, told.fn_number, told.shift, zero=False, doubts=()
    )  # once: `fiscalq reconcile` does it any time
    kept = _kept(line.ledger.shift(name_of(told.fn_number, told.shift)))
    if kept is None:
        return
    side = kept.register_side
    _keep(line, kept.job, side, _compare(line.ledger, line.defaults, told.fn_number, told.shift, side))


def _keep(line: Line, job: str, side: RegisterSide, found: Reconciliation) -> None:
    """Write it down, then say it: a crash between the two says it twice, never not at all."""
    kept = Kept(at=line.clock.now(), job=job, register_side=side, reconciliation=found)
    line.ledger.keep_shift(name_of(found.fn_number, found.shift), kept.model_dump_json())
    _say(line.ledger.register, job, found)
    _tell(line, found.fn_number, found.shift, zero=found.is_zero, doubts=found.doubts)


def _tell(line: Line, fn_number: str, shift: int, *, zero: bool, doubts: tuple[str, ...]) -> None:
    """For the doctor; and what was noted before the closing is done with."""
    told = {"fn": fn_number, "shift": shift, "zero": zero, "doubts": doubts}
    line.ledger.remember(closing=None, reconciled=json.dumps(told))


def _say(register: str, job: str, found: Reconciliation) -> None:
    speak = logs.logger().bind(register=register, job=job)
    facts: dict[str, Any] = {
        "fn": found.fn_number,
        "shift": found.shift,
        "notes": [note.value for note in found.notes] or None,
    }
    if found.is_zero:
        receipts = next((row.ledger for row in found.rows if row.kind == "receipts"), 0)
        speak.info("reconciled", **facts, receipts=int(receipts), difference="0.00")
        return
    speak.error(
        "reconciliation.differs",
        **facts,
        rows=[
            {
                "kind": row.kind,
                "what": row.what,
                "ledger": str(row.ledger),
                "register": str(row.register_side),
                "difference": str(row.difference),
            }
            for row in found.differing
        ],
        strangers=[one.document for one in found.strangers[:TOLD_MAX]],
        strangers_count=len(found.strangers),
        unplaced=list(found.unplaced),
        doubts=list(found.doubts),
    )


def _named(line: Line, reader: Reader, numbers: Iterable[int]) -> tuple[Stranger, ...]:
    """Read back what the ledger does not know, as far as there is time."""
    began = line.clock.monotonic()
    strangers: list[Stranger] = []
    for number in numbers:
        if len(strangers) == NAMED_MAX or line.clock.monotonic() - began > NAMED_SECONDS:
            break
        document = reader.document(number)
        if document is not None:
            strangers.append(Stranger(document=number, kind=document.type, total=document.total))
    return tuple(strangers)


def _compare(
    ledger: Ledger, defaults: Defaults, fn_number: str, shift: int, side: RegisterSide
) -> Reconciliation:
    on_record = shift_on_record(ledger, fn_number, shift, defaults)
    return compare(fn_number, shift, on_record, side, doubts=tuple(ledger.doubts()))


def reconciliation(
    ledger: Ledger,
    defaults: Defaults,
    fn_number: str | None,
    shift: int | None,
    ofd: Iterable[OfdDocument] | None,
) -> Reconciliation:
    """
    Compare a shift now, with what was kept of the register's side; nothing is asked of the register.

    Args:
        ledger: of the register.
        defaults: the register's.
        fn_number: of the FN; None for the bound one.
        shift: its number; None for the one that was closed last.
        ofd: the documents of an OFD operator's export.

    Raises: OperatorError when there is no such shift.

    """
    facts = ledger.recall()
    told = Told.of(facts.get("reconciled"))
    last = (told.fn_number, told.shift) if told is not None else last_closed(ledger)
    fn_number = fn_number or (last[0] if last is not None and shift is None else facts.get("fn"))
    if shift is None and last is not None and last[0] == fn_number:
        shift = last[1]
    if fn_number is None or shift is None:
        raise OperatorError("no_shift_closed", register=ledger.register)
    export = None if ofd is None else tuple(ofd)
    if export and all(one.fn_number not in {None, fn_number} for one in export):
        others = sorted({one.fn_number or "" for one in export})
        raise OperatorError("export_other_fn", fn=fn_number, others=", ".join(others))
    on_record = shift_on_record(ledger, fn_number, shift, defaults)
    kept = _kept(ledger.shift(name_of(fn_number, shift)))
    if not on_record.recorded and on_record.closing is None and on_record.opening is None and kept is None:
        raise OperatorError("no_such_shift", register=ledger.register, shift=shift, fn=fn_number)
    side = kept.register_side if kept is not None else None
    return compare(fn_number, shift, on_record, side, ofd=export, doubts=tuple(ledger.doubts()))


def name_of(fn_number: str, shift: int) -> str:
    """Under which the ledger keeps a shift."""
    return f"{fn_number}.{shift}"


def _noted(kept: str | None) -> Noted | None:
    """What we wrote; None for what is none of ours, or of a version that wrote it otherwise."""
    with suppress(ValidationError):
        return Noted.model_validate_json(kept or "")
    return None


def _kept(kept: str | None) -> Kept | None:
    with suppress(ValidationError):
        return Kept.model_validate_json(kept or "")
    return None


@contextmanager
def _beside_printing(line: Line, job: Job, *, is_last: bool = False) -> Iterator[None]:
    """Whatever goes wrong here is told, and the line goes on; what `is_last` stumbles over is not tried for ever."""
    try:
        yield
    except (Fenced, Stopped):
        raise
    except Exception as error:  # noqa: BLE001 - no mistake of this book-keeping may cost a receipt
        line.watch(job, f"reconciliation.hindered {type(error).__name__}: {error}")
        if is_last and not isinstance(error, LedgerError):
            with suppress(LedgerError):
                line.ledger.remember(closing=None)
