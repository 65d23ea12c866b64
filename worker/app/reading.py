"""
Readings of the FN through the register's own queue (promises §2, guards 3 and 14).

A reading is a queued task like any other: it says what is true behind everything that was posted before it. One per
kind is outstanding at a time, its uuid stored first, so that a register that is off does not collect them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from worker.app.binding import Binding
from worker.app.heeding import heed, is_anothers, unless_taken
from worker.app.line import Line
from worker.domain.answers import Final, Missing, Outcome, Pending, Removed, Stage, Taken
from worker.domain.events import Evidence
from worker.domain.job import Job
from worker.domain.language.vocabulary import TAXATION_TYPES
from worker.domain.outlook import Condition
from worker.domain.proof import Document, Expected, Proof, Reading, is_other_fn, judge, judge_cash, money
from worker.domain.shifts import Shift, ShiftState
from worker.domain.sides import Counted
from worker.domain.tasks import Kind
from worker.domain.verdicts import Verdict

GAP_MAX = 200  # documents read for one proof; more would mean that the register was used for hours without us
FIRST_MAX = (
    50  # documents that a ledger without a past looks through: what the CRM sends again was printed lately
)
TOLD_FROM = 5  # documents to read: some seconds, in which somebody may wonder why nothing prints
HALF_CLOSED = frozenset(
    {32, 151, 173, 174, 175, 176, 177}
)  # a document may be half closed: reference §10, continuePrint
MOVES = {"cashIn": "income", "cashOut": "outcome"}  # by the vendor's own client: put in, and taken out
BESIDE = 3  # documents read on both sides of the one that the register named: it may have printed twice
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COUNT_TEXT = re.compile(r"[0-9]{1,10}")
RUN_SECONDS = 120.0  # a reading that the register is at is worth waiting for, even on a slow one
READ_TURN_SECONDS = 1.0  # one turn of a reading; the loop around it counts and decides


@dataclass(frozen=True)
class Turn:
    """One turn of a reading: the final answer, or None with whether the register's queue stands still."""

    final: Final | None = None
    standing: bool = False
    text: str = ""


class Reader:
    """Puts readings to one register. Whatever it read before `afresh` was called is not used after it."""

    def __init__(self, line: Line) -> None:
        """Nothing is outstanding that this process knows of."""
        self._line = line
        self._fresh: dict[str, Mapping[str, Any]] = {}
        self._last = 0  # document of the FN, when it was last looked at

    def afresh(self) -> None:
        """Something was posted since: a reading that is still outstanding may be older, and is only waited for."""
        self._fresh.clear()

    def turn(self, kind: str, task: Mapping[str, Any]) -> Turn:
        """Post the reading if none of its kind is outstanding, and look at it for one turn."""
        slot = f"reading.{kind}"
        uuid = self._line.ledger.recall().get(slot)
        if uuid is None or not UUID_TEXT.fullmatch(uuid):
            uuid = str(uuid4())
            self._line.ledger.remember(**{slot: uuid})
            self._fresh[uuid] = task
            self._line.guard()
            posted = self._line.register.post(uuid, task)
            if not isinstance(posted, Taken):
                return Turn(text=getattr(posted, "text", type(posted).__name__))
        answer = self._wait(uuid)
        if isinstance(answer, Pending):
            if answer.stage is Stage.RUNNING or self._is_overdue(uuid):
                self._line.ledger.remember(
                    **{slot: None}
                )  # it hangs, or its status was lost: another one next time
            return Turn(standing=answer.stage is not Stage.RUNNING, text="the register's queue stands still")
        self._line.asked_at.pop(uuid, None)
        if isinstance(answer, Final | Missing):
            self._line.ledger.remember(**{slot: None})
            if self._fresh.get(uuid) != task:
                return self.turn(kind, task)  # an old one is out of the way: now a fresh one
            return Turn(answer) if isinstance(answer, Final) else Turn(text="the register forgot the reading")
        return Turn(text=getattr(answer, "text", ""))

    def _is_overdue(self, uuid: str) -> bool:
        """Whether others may have passed it in the register's queue (fault 6): taken out, before the job behind it gives up."""
        asked, now = self._line.asked_at, self._line.clock.monotonic()
        if now - asked.setdefault(uuid, now) < self._line.limits.wait_max_seconds / 4:
            return False
        del asked[uuid]
        return isinstance(self._line.register.delete(uuid), Removed)

    def _wait(self, uuid: str) -> object:
        """Poll for one turn, or until there is something else to say than that it is under way."""
        line, began = self._line, self._line.clock.monotonic()
        while True:
            waited = line.clock.monotonic() - began
            line.pause(line.poll_pause("reading", waited))
            answer = line.register.poll(uuid)
            if not isinstance(answer, Pending):
                line.pace.note("reading", line.clock.monotonic() - began)
                return answer
            patience = RUN_SECONDS if answer.stage is Stage.RUNNING else READ_TURN_SECONDS
            if waited >= patience:
                return answer

    def _read(self, kind: str, task: Mapping[str, Any]) -> Turn:
        """A turn, of which an error that passes by itself is no answer."""
        turn = self.turn(kind, task)
        if turn.final is not None and _waits_for_a_link(turn.final):
            return replace(turn, final=None, text=_text(turn.final))
        return turn

    def survey(self, *, drawer: bool = False) -> tuple[Evidence | None, Turn]:
        """The FN's serial and last document, and the drawer's sum if asked; or None and why not."""
        info = self._read("fn_info", {"type": "getFnInfo"})
        if info.final is None:
            return None, info
        status = self._read("fn_status", {"type": "getFnStatus"})
        if status.final is None:
            return None, status
        evidence = Evidence(fn_number=fn_number(info.final), document=last_document(status.final))
        self._last = evidence.document or 0
        if not drawer:
            return evidence, status
        cash = self._read("drawer", {"type": "getCashDrawerStatus"})
        if cash.final is None:
            return None, cash
        return evidence.model_copy(update={"drawer": drawer_sum(cash.final)}), cash

    def identify(self, evidence: Evidence) -> tuple[Binding | None, Turn]:
        """What tells this register from another one; None and why not when it cannot be asked now."""
        device = self._read("device", {"type": "getDeviceInfo"})
        if device.final is None:
            return None, device
        user = self._read("registration", {"type": "getRegistrationInfo"})
        if user.final is None:
            return None, user
        self._line.ledger.remember(
            ffd=_word(device.final, "deviceInfo", "ffdVersion"), taxation_types=_taxation_types(user.final)
        )
        serial = _word(device.final, "deviceInfo", "serial")
        return Binding(evidence.fn_number, serial, _word(user.final, "organization", "vatin")), user

    def shift(self) -> tuple[Shift | None, Turn]:
        """The shift, and the register's clock by which its age is told; None and why not when it cannot be asked now."""
        status = self._read("shift", {"type": "getShiftStatus"})
        if status.final is None:
            return None, status
        device = self._read("device_status", {"type": "getDeviceStatus"})
        if device.final is None:
            return None, device
        state = _word(status.final, "shiftStatus", "state")
        if state not in set(ShiftState):
            return None, replace(status, final=None, text=f"the register calls its shift {state}")
        number = _word(status.final, "shiftStatus", "number") or ""
        shift = Shift(
            ShiftState(state),
            int(number) if COUNT_TEXT.fullmatch(number) else 0,
            _moment(_word(device.final, "deviceStatus", "currentDateTime")),
            _moment(_word(status.final, "shiftStatus", "expiredTime")),
        )
        return shift, device

    def condition(self, *, drawer: bool = False) -> Condition | None:
        """What the register says of itself, its drawer if asked; None when it cannot be asked now."""
        fn = self._read("fn_info", {"type": "getFnInfo"}).final
        exchange = self._read("exchange", {"type": "ofdExchangeStatus"}).final if fn is not None else None
        device = (
            self._read("device_status", {"type": "getDeviceStatus"}).final if exchange is not None else None
        )
        if fn is None or exchange is None or device is None:
            return None
        cash = self._read("drawer", {"type": "getCashDrawerStatus"}).final if drawer else None
        unsent = _word(exchange, "status", "notSentCount") or ""
        return Condition(
            now=_moment(_word(device, "deviceStatus", "currentDateTime")),
            unsent=int(unsent) if COUNT_TEXT.fullmatch(unsent) else 0,
            unsent_since=_moment(_word(exchange, "status", "notSentFirstDocDateTime")),
            valid_until=_moment(_word(fn, "fnInfo", "validityDate")),
            flags=_flags(fn, "fnInfo", "warnings"),
            paper=_said(device, "deviceStatus", "paperPresent"),
            cover_open=_said(device, "deviceStatus", "coverOpened"),
            drawer=drawer_sum(cash) if cash is not None else None,
        )

    def totals(self) -> tuple[int | None, Mapping[str, Counted] | None]:
        """The shift's number, and what the register counted in it by kind; None for what it does not say now."""
        final = self._read("totals", {"type": "getShiftTotals"}).final
        if final is None or final.outcome is not Outcome.READY:
            return None, None
        receipts = _part(final, "shiftTotals", "receipts")
        if not isinstance(receipts, Mapping):
            return None, None
        moves = {kind: _part(final, "shiftTotals", name) for kind, name in MOVES.items()}
        said = {kind: _counted(each) for kind, each in (*receipts.items(), *moves.items())}
        number = _word(final, "shiftTotals", "shiftNumber") or ""
        totals = {kind: each for kind, each in said.items() if each is not None}
        return (int(number) if COUNT_TEXT.fullmatch(number) else None), totals

    def counters(self, closing: int) -> tuple[int | None, int | None]:
        """Tags 1118 and 1111 of a closing report: how many receipts the shift had, and documents in all."""
        final = self._read("fn_document", {"type": "getFnDocument", "fiscalDocumentNumber": closing}).final
        if final is None or _count(_part(final, "documentTLV", "1040")) != closing:
            return None, None
        return _count(_part(final, "documentTLV", "1118")), _count(_part(final, "documentTLV", "1111"))

    def document(self, number: int) -> Document | None:
        """A document of the FN; None when it cannot be read now."""
        read = self._fn_document(number)
        return None if read is None else read[0]

    def account(self, evidence: Evidence) -> bool:
        """
        Read the documents since the last one that is accounted for, and take their markers to heart (guard 7).

        A ledger that was rolled back does not know what it has printed; the FN does. A ledger that has never accounted is new,
        or was wiped: it begins a little behind the FN's last document. False when one cannot be asked for now.
        """
        last = evidence.document
        if last is None:
            return True
        kept = self._line.ledger.recall().get("accounted")
        known = int(kept) if kept and COUNT_TEXT.fullmatch(kept) else 0  # rather read too many than too few
        most = GAP_MAX if kept else FIRST_MAX
        first = max(known, last - most) + 1
        if last - first >= TOLD_FROM:
            nobodys = Job("", self._line.ledger.register)
            self._line.watch(
                nobodys, f"fn.accounting documents {first} to {last} are read before anything is sent"
            )
        for number in range(first, last + 1):
            if self._met(number) is None:
                return False
            self._line.ledger.remember(accounted=str(number))
        if known >= last:
            self._line.ledger.remember(accounted=str(last))
        return True

    def look_for(self, job: Job, fn: Evidence) -> bool:
        """Read once more what stands behind the job's last submission, and what was met of it; False when that cannot be read now."""
        met = self._line.met.number(job)
        behind = _numbers(job, fn) if job.on_word and job.submission else ()
        return all(
            self._met(number) is not None for number in (*behind, *((met,) if met is not None else ()))
        )

    def _met(self, number: int) -> tuple[Document | None] | None:
        """A document with its markers taken to heart; None when it, or what that asks for, cannot be read now."""
        read = self._fn_document(number)
        if read is None or read[0] is None:
            return read
        return read if heed(self._line, read[0], self._markers) else None

    def _markers(self, number: int) -> frozenset[str] | None:
        """What a document carries, nothing when there is none; None when it cannot be read now."""
        read = self._fn_document(number) if number <= self._last else (None,)
        return None if read is None else read[0].markers if read[0] is not None else frozenset()

    def _fn_document(self, number: int) -> tuple[Document | None] | None:
        """A document of the FN, which may have none such; None when it cannot be read now."""
        final = self._read("fn_document", {"type": "getFnDocument", "fiscalDocumentNumber": number}).final
        return None if final is None else (self._line.register.read_document(final.result, number),)

    def prove(self, job: Job) -> Proof | None:
        """Read what the job would have left and judge; None when the register does not answer now."""
        if job.found is not None and job.found.code in HALF_CLOSED:
            self._read("continue_print", {"type": "continuePrint"})
        before, _ = self.survey(drawer=job.kind is Kind.CASH)
        if before is None or (before.document is None and job.is_fiscal):
            return None
        if job.kind is Kind.CASH:
            moved = job.total if job.type == "cashIn" or job.total is None else -job.total
            return judge_cash(moved, job.evidence, before.drawer)
        return self._judge(job, before)

    def _judge(self, job: Job, before: Evidence) -> Proof | None:
        """Read the documents that could be the job's, between two looks at the FN's serial."""
        last = before.document or 0
        gap: list[Document | None] = []
        for number in _numbers(job, before):
            met = self._met(number)
            if met is None:
                return None
            gap.extend(met)
        again = self._read("fn_info", {"type": "getFnInfo"})
        if again.final is None or fn_number(again.final) != before.fn_number:
            return None
        if job.marker is None and gap:
            taken = self._line.recorded(job, before.fn_number)
            gap = [unless_taken(document, job, taken) for document in gap]
            for place, document in enumerate(gap):
                if document is None or (document.type, document.total) != (job.type, job.total):
                    continue
                anothers = is_anothers(self._line, job, document)
                if anothers is None:
                    return None
                gap[place] = Document(document.number, None) if anothers else document
        told = job.found is not None and job.found.outcome is Outcome.READY
        expected = Expected(job.type, job.total, job.marker, told=told)
        named = job.found.document if job.found is not None else None
        proof = judge(expected, job.evidence, Reading(before.fn_number, last, gap, named))
        # Neither what leaves a doubt nor an FN that nobody has accepted is ground for the next submission.
        if proof.verdict is not Verdict.IN_DOUBT and not is_other_fn(job.evidence, before.fn_number):
            self._line.stand_on(before)
        return proof


def _numbers(job: Job, fn: Evidence) -> Sequence[int]:
    """The documents to read: all behind the evidence; without any, those around the one that the register named, or the latest."""
    last = fn.document or 0
    known = None if is_other_fn(job.evidence, fn.fn_number) else job.evidence
    if known is not None and known.document is not None:
        return range(known.document + 1, min(last, known.document + GAP_MAX) + 1)
    if job.found is not None and job.found.document is not None and job.found.document <= last:
        named = job.found.document
        return range(max(1, named - BESIDE), min(last, named + BESIDE) + 1)
    return range(max(1, last - GAP_MAX + 1), last + 1)


def fn_number(final: Final) -> str | None:
    """The FN's serial in the answer to `getFnInfo` (reference 8.6)."""
    return _word(final, "fnInfo", "serial")


def _part(final: Final, part: str, name: str) -> Any:
    """What an object inside a result says under a name; None where there is no such object."""
    inner = (final.result or {}).get(part)
    return inner.get(name) if isinstance(inner, Mapping) else None


def _word(final: Final, part: str, name: str) -> str | None:
    """A name or number that a reading gives as text, which the register may pad with blanks."""
    value = _part(final, part, name)
    return str(value).strip() or None if value is not None else None


def _said(final: Final, part: str, name: str) -> bool | None:
    value = _part(final, part, name)
    return value if isinstance(value, bool) else None


def _flags(final: Final, part: str, name: str) -> frozenset[str]:
    """The names that are raised in an object of flags; `false` values occur too (reference 8.7)."""
    flags = _part(final, part, name)
    raised = flags.items() if isinstance(flags, Mapping) else ()
    return frozenset(flag for flag, is_raised in raised if is_raised is True)


def _taxation_types(final: Final) -> str | None:
    """The tax systems of the registration, by the words of a task; None when one of them is called otherwise."""
    told = _part(final, "organization", "taxationTypes")
    known = isinstance(told, list | tuple) and bool(told) and all(one in TAXATION_TYPES for one in told)
    return " ".join(sorted(set(told))) if known else None


def _count(value: Any) -> int | None:
    """A whole number, as number or as text."""
    text = str(value)
    return int(text) if COUNT_TEXT.fullmatch(text) else None


def _counted(said: Any) -> Counted | None:
    """One kind in the register's totals; None for what cannot be told."""
    if not isinstance(said, Mapping):
        return None
    count, total = _count(said.get("count")), money(said.get("sum"))
    if count is None or total is None:
        return None
    paid = said.get("payments")
    ways = {way: money(amount) for way, amount in paid.items()} if isinstance(paid, Mapping) else None
    known = None if ways is None else {way: amount for way, amount in ways.items() if amount is not None}
    return Counted(count=count, sum=total, ways=known)


def _moment(text: str | None) -> datetime | None:
    """A time of the register, which may come without an offset: what is compared is of one clock."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=None)


def last_document(final: Final) -> int | None:
    """The number of the last fiscal document in the answer to `getFnStatus` (reference 8.6)."""
    number = _part(final, "fnStatus", "fiscalDocumentNumber")
    if isinstance(number, bool) or not isinstance(number, int | Decimal) or number != int(number):
        return None
    return int(number)


def drawer_sum(final: Final) -> Decimal | None:
    """Roubles in the drawer, in the answer to `getCashDrawerStatus` (reference 8.5)."""
    counters = (final.result or {}).get("counters")
    return money(counters.get("cashSum")) if isinstance(counters, Mapping) else None


def _waits_for_a_link(final: Final) -> bool:
    """The register could not be asked for a cause that passes: ask again, rather than do without the answer."""
    return final.outcome is not Outcome.READY and final.fault is not None and final.fault.passes


def _text(final: Final | None) -> str:
    return "" if final is None else f"{final.code} {final.text}".strip()
