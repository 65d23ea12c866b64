"""
The printing loop: decide ▸ write ahead ▸ act ▸ append.

First run, recovery after a crash and the settling of a doubt are the same loop; all that it decides stands in `worker/domain/lifecycle.py`.
"""

from __future__ import annotations

from random import uniform
from typing import assert_never
from uuid import uuid4

from worker.app.line import Line, StillInDoubt
from worker.app.reading import Reader
from worker.app.standstill import AT_THE_REGISTER, Cause
from worker.app.surveying import newest_known, survey
from worker.domain.actions import (
    Ask,
    Elapsed,
    Entomb,
    Fence,
    LookBack,
    Probe,
    Prove,
    Record,
    Submit,
    Survey,
    Withdraw,
)
from worker.domain.answers import (
    Answer,
    Final,
    Known,
    Missing,
    NotNow,
    Pending,
    Removed,
    Silent,
    Stage,
    Taken,
)
from worker.domain.events import (
    Disproved,
    Entombed,
    Event,
    EvidenceVoided,
    FencePassed,
    Found,
    GaveUp,
    Printed,
    PrintStarted,
    Probed,
    SubmitStarted,
    Waited,
    WithdrawRefused,
)
from worker.domain.job import Job, State
from worker.domain.lifecycle import decide, is_counted, learn, widening
from worker.domain.proof import Proof, grown, repeated
from worker.domain.shifts import SHIFT_CODES
from worker.domain.tasks import Kind, Task, check
from worker.domain.verdicts import Reason, ReasonCode, Verdict

STRANGER_AFTER = 3  # setbacks in a row after which it is asked anew who answers at the register's address
PROOF_SETBACKS_MAX = 3  # a proof has little time: it is tried again within seconds
JITTER = 0.5  # a pause is drawn between half of its length and the whole


def print_job(job: Job, line: Line) -> Run:
    """
    Take a job to its end, printed or dead, or to where it gives way to a task of the shift; the run holds it.

    Raises: Stopped when the worker is to stop, Fenced when another worker holds the register; in both cases the
    ledger says where the job stands, and the next run goes on from there.
    """
    run = Run(job, line)
    while not run.job.is_final and line.task_before(run.job) is None:
        run.step()
    return run


class Run:
    """One run of one job: the last answer, the clock's count, and the hands of the loop."""

    def __init__(self, job: Job, line: Line) -> None:
        """Begin where the ledger left the job."""
        self.job = job
        self.polls = 0
        self._line = line
        self._reader = Reader(line)
        self._seen: Answer | None = None
        self._task: Task | None = None
        self._setbacks = 0
        self._posted = False  # by this run: of one from before a crash it is not known how long it took
        self._posts = 1 if job.state is State.SUBMITTING else 0  # one from before a crash may be on its way
        self._clock = self._submitted = line.clock.monotonic()
        self._counts = dict.fromkeys(("waiting", "withdrawing", "printing", "proving", "surveying"), 0.0)
        self._standing = self._unknown = False

    def step(self) -> None:
        """One action, and what came of it."""
        self._count()
        elapsed = Elapsed(
            waiting=self.waited_seconds,
            withdrawing=self._counts["withdrawing"],
            printing=self._counts["printing"],
            proving=self._counts["proving"],
            surveying=self._counts["surveying"],
            setbacks=self._setbacks,
            unknown=self._unknown,
            posts=self._posts,
        )
        action = decide(self.job, self._seen, self._line.footing(self.job), elapsed, self._line.limits)
        match action:
            case Submit():
                self._submit(action)
            case Ask(after):
                self._rest(after)
                self._ask()
            case Survey(after):
                self._rest(after)
                self._survey()
            case LookBack(submission, after):
                self._rest(after)
                self._look_back(submission)
            case Withdraw(after):
                self._rest(after)
                self._hear(self._line.register.delete(self.job.uuid))
            case Fence(after):
                self._rest(after)
                self._look_at_fence()
            case Probe():
                self._append(Probed(at=self._line.clock.now(), fence=str(uuid4())))
            case Entomb(after):
                self._rest(after)
                self._entomb()
            case Prove(after):
                self._rest(after)
                self._prove()
            case Record(event, facts):
                self._append(event.model_validate({"at": self._line.clock.now(), **facts}))
            case _:
                assert_never(action)

    @property
    def waited_seconds(self) -> float:
        """Seconds that the register held the job before it began to print, those of earlier runs included."""
        return self.job.waited + self._counts["waiting"]

    @property
    def stands_still(self) -> bool:
        """Whether something of ours waits in the register's queue, so that nothing else would print either."""
        fenced = self.job.fence is not None and not self.job.fence_passed
        return fenced or self._seen == Pending(Stage.WAITING)

    @property
    def is_heard(self) -> bool:
        """Whether the register said anything the last time it was asked."""
        return not isinstance(self._seen, Silent)

    def _count(self) -> None:
        """Add the seconds since the last step to whatever they count for; a crash may forget a few, no more."""
        now = self._line.clock.monotonic()
        seconds, self._clock = now - self._clock, now
        if is_counted(self.job):
            self._counts["waiting"] += seconds
        if self.job.withdrawing or self.job.fence:
            self._counts["withdrawing"] += seconds
        if self.job.state is State.PRINTING or self._seen == Pending(Stage.RUNNING):
            self._counts["printing"] += seconds
        if self.job.found is not None:
            self._counts["proving"] += seconds
        self._counts["surveying"] = self._counts["surveying"] + seconds if self._standing else 0.0
        due = self._line.limits.count_every_seconds * widening(self.job)
        if self._counts["waiting"] >= due and is_counted(self.job):
            self._append(Waited(at=self._line.clock.now(), seconds=round(self._counts["waiting"], 3)))

    def _rest(self, after: float | None) -> None:
        """The pause before an action: jittered after a setback, else by the register's pace."""
        if after is None:
            after = self._line.poll_pause(self.job.type or "", self._line.clock.monotonic() - self._submitted)
            self._line.pause(after)
        elif after > 0:
            self._line.pause(after * uniform(JITTER, 1))  # noqa: S311 - no secret hangs on it

    def _submit(self, action: Submit) -> None:
        self._rest(action.after)
        task = self._load_task()
        if task is None:
            return
        now, door = self._line.clock.now(), self._line.register.door or ""
        self._append(SubmitStarted(at=now, submission=action.submission, evidence=action.evidence, door=door))
        self._reader.afresh()
        self._line.guard()
        self._submitted = self._line.clock.monotonic()
        self._posts += 1
        self._posted = True
        body = task.to_register(self.job.marker, self.job.attribute or self._line.defaults.marker)
        answer: Answer = self._line.register.post(self.job.uuid, body)
        if isinstance(answer, Known):  # 409: the uuid is there, or the device is not; a look tells which
            voided = learn(self.job, answer, self._line.clock.now(), "")
            if isinstance(voided, EvidenceVoided):
                self._void(voided)
            polled = self._line.register.poll(self.job.uuid)
            answer = NotNow(409, answer.text) if isinstance(polled, Missing) else polled
        self._hear(answer)

    def _look_back(self, submission: int) -> None:
        """Before the first POST of a number: what the register knows already belongs to a history that was lost."""
        known = newest_known(self._line.register, self.job, submission - 1)
        if isinstance(known, Silent):
            self._lose_sight()
            self._hold(Cause.REGISTER_UNREACHABLE, known.text)
        elif known < submission:
            self._setbacks, self._unknown = 0, True
        else:
            door = self._line.register.door or ""
            self._append(SubmitStarted(at=self._line.clock.now(), submission=known, evidence=None, door=door))
            self._ask()

    def _void(self, voided: EvidenceVoided) -> None:
        """The history is missing: the newest submission decides. Nothing else may be concluded before it is known."""
        setbacks = 0
        while isinstance(newest := newest_known(self._line.register, self.job, self.job.submission), Silent):
            setbacks += 1
            self._line.pause(self._line.limits.backoff(setbacks))
        self._append(voided.model_copy(update={"submission": newest}))

    def _lose_sight(self) -> None:
        """Whoever could not be reached may have changed meanwhile."""
        self._line.stand_on(None)
        self._line.identified = False

    def _load_task(self) -> Task | None:
        """The task as it was accepted; one that no longer passes our own rules is given up, not tried for ever."""
        if self._task is None:
            checked = check(self._line.ledger.task(self.job.id), self._line.defaults)
            if checked.task is None:
                verdict = Verdict.IN_DOUBT if self.job.loose else Verdict.NOT_PRINTED
                reason = Reason(code=ReasonCode.TASK_REFUSED, problems=checked.problems)
                self._append(GaveUp(at=self._line.clock.now(), verdict=verdict, reason=reason))
            self._task = checked.task
        return self._task

    def _ask(self) -> None:
        self.polls += 1
        self._hear(self._line.register.poll(self.job.uuid))

    def _hear(self, answer: Answer) -> None:
        """Record what an answer proves; what proves nothing is a setback, unless it says that all goes its way."""
        self._seen = answer
        door = self._line.register.door or ""
        event = learn(self.job, answer, self._line.clock.now(), str(uuid4()), posts=self._posts, door=door)
        if event is None:
            if isinstance(answer, Pending | Final):
                self._setbacks = 0
            else:
                self._setbacks += 1
                self._line.watch(self.job, f"register.unclear {answer}")
            if isinstance(answer, Silent):
                self._line.stand_still(Cause.REGISTER_UNREACHABLE, answer.text)
            elif answer == Pending(Stage.BLOCKED):  # it may block after it was seen to print
                self._line.stand_still(Cause.BLOCKED)
            else:
                self._line.go_on({Cause.REGISTER_UNREACHABLE, Cause.REGISTER_DECLINES, Cause.BLOCKED})
            if self._setbacks >= STRANGER_AFTER:  # it may have changed its generation
                self._line.register.forget()
            return
        hindered = isinstance(answer, NotNow) or event.name == "not_sent"
        self._setbacks = self._setbacks + 1 if hindered else 0
        if hindered:
            self._lose_sight()
            cause = Cause.REGISTER_DECLINES if isinstance(answer, NotNow) else Cause.REGISTER_UNREACHABLE
            self._line.stand_still(cause, getattr(answer, "text", ""))
        else:
            self._line.go_on({Cause.REGISTER_UNREACHABLE, Cause.REGISTER_DECLINES})
        self._append(event)
        if isinstance(event, Printed) and self._posted:
            self._line.pace.note(self.job.type or "", self._line.clock.monotonic() - self._submitted)

    def _survey(self) -> None:
        obstacle = survey(self._line, self._reader, self.job)
        self._unknown = False
        self._standing = obstacle is not None and obstacle.standing
        if obstacle is None:
            self._setbacks = 0
        else:
            self._hold(obstacle.cause, obstacle.text)

    def _hold(self, cause: Cause, text: str = "") -> None:
        """Nothing is sent for a cause that the operator can see."""
        self._setbacks += 1
        self._line.stand_still(cause, text)
        self._line.watch(self.job, f"line.{cause.value} {text}")

    def _look_at_fence(self) -> None:
        """The reading behind the DELETE: posted once under its stored uuid, then looked at until it is final."""
        fence = self.job.fence or ""
        answer = self._line.register.poll(fence)
        overdue = self._counts["withdrawing"] >= self._line.limits.wait_max_seconds
        if isinstance(answer, Missing):
            self._line.guard()
            self._line.register.post(fence, {"type": "getFnStatus"})
        elif isinstance(answer, Final):
            self._append(FencePassed(at=self._line.clock.now()))
        elif answer == Pending(Stage.WAITING) and overdue and self.job.state is not State.WAITING:
            self._counts["withdrawing"] = 0.0  # others may have passed it in the register's queue
            if isinstance(self._line.register.delete(fence), Removed):
                self._append(Probed(at=self._line.clock.now(), fence=str(uuid4())))
        self._setbacks = self._setbacks + 1 if isinstance(answer, Silent) else 0

    def _entomb(self) -> None:
        """A reading under the submission's own uuid. 409: the submission has landed after all, and is asked for."""
        if self._line.register.door != self.job.door:  # another server's tombstone would prove nothing
            self._seen, self._setbacks = Silent("the register answers at another door"), self._setbacks + 1
            return
        self._line.guard()
        answer = self._line.register.post(self.job.uuid, {"type": "getFnStatus"})
        self._seen = answer
        if isinstance(answer, Taken):
            self._append(Entombed(at=self._line.clock.now()))
        self._setbacks = 0 if isinstance(answer, Taken | Known) else self._setbacks + 1

    def _prove(self) -> None:
        proof = self._reader.prove(self.job)
        if proof is None:
            self._setbacks = min(self._setbacks + 1, PROOF_SETBACKS_MAX)
            self._seen = Silent("the proof could not be read")
            self._line.watch(self.job, "proof.unreadable")
            return
        self._setbacks, self._seen = 0, None
        event = self._event_of(proof)
        if event is None:
            raise StillInDoubt
        self._append(event)

    def _event_of(self, proof: Proof) -> Event | None:
        now, document = self._line.clock.now(), proof.document
        match proof.verdict:
            case Verdict.PRINTED:
                fiscal = document.fiscal if document is not None else None
                return Printed(at=now, fiscal=fiscal, **repeated(proof.doubled))
            case Verdict.NOT_PRINTED:
                last = self._line.evidence.document if self._line.evidence else None
                return Disproved(at=now, document=last)
            case _ if self.job.in_doubt:
                return None
            case _:
                reason = Reason(code=proof.reason or ReasonCode.PROOF_AMBIGUOUS)
                return GaveUp(at=now, verdict=Verdict.IN_DOUBT, reason=reason)

    def _append(self, event: Event) -> None:
        self.job = self._line.append(self.job, event)
        match event:
            case Found():
                self._counts["proving"] = 0.0
            case Waited() | WithdrawRefused() | SubmitStarted():
                self._counts["waiting"] = 0.0
                if not isinstance(event, Waited):
                    self._counts["withdrawing"] = self._counts["proving"] = 0.0
                if isinstance(event, SubmitStarted):
                    self._seen, self._posts, self._unknown = None, 0, False
                    if self._line.evidence is not None:  # the drawer's sum serves one submission
                        self._line.stand_on(self._line.evidence.model_copy(update={"drawer": None}))
                elif isinstance(event, Waited):
                    self._line.stand_still(Cause.QUEUE_STANDS)
            case Printed(fiscal=fiscal):
                self._line.go_on()
                if fiscal is not None and fiscal.document_number is not None:
                    self._line.stand_on(grown(self._line.evidence, fiscal, event.doubled))
                    if self._line.evidence is not None:
                        self._line.ledger.remember(accounted=str(self._line.evidence.document))
            case PrintStarted(stage=Stage.BLOCKED):
                self._line.stand_still(Cause.BLOCKED)
            case PrintStarted():
                self._counts["printing"] = 0.0
                self._line.go_on(AT_THE_REGISTER)
            case FencePassed():
                self._line.go_on(AT_THE_REGISTER)
            case Disproved() if self.job.cause is not None and self.job.cause.code in SHIFT_CODES:
                if self._line.pilot is not None:
                    self._line.pilot.note_refusal(self.job.cause.code)
                self._line.lose_shift()
            case Disproved() if (cause := self.job.cause) is not None and cause.is_for_now:
                self._line.stand_still(Cause.REFUSED_FOR_NOW, f"{cause.code} {cause.text}".strip())
            case Probed():
                self._reader.afresh()
            case GaveUp(reason=Reason(code=ReasonCode.REGISTER_NOT_WORKING)):
                self._line.off = True
                self._line.ledger.remember(off="1")
            case GaveUp(verdict=Verdict.IN_DOUBT):
                self._line.stand_on(None)
            case GaveUp():
                self._line.go_on({Cause.REFUSED_FOR_NOW})  # it is not tried any more: its reason says why
            case _:
                pass
        if self.job.is_final and self.job.kind is Kind.SHIFT:
            if self._line.pilot is not None:
                self._line.pilot.note_end(self.job)
            self._line.lose_shift()
