"""One seed: jobs, faults, two workers, and what the paper says against what the CRM was told."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ops.chaos.checker import ALREADY
from ops.chaos.virtual import weather
from ops.chaos.virtual.fake_driver import SHIFT_SECONDS
from ops.chaos.virtual.fake_register import Carried, FakeRegister
from ops.chaos.virtual.stage import Stage
from ops.chaos.virtual.worker import LIMITS, VirtualWorker
from worker.adapters.ledger.memory import MemoryLedger
from worker.adapters.ledger.store import MemoryStore
from worker.app.answering import answer
from worker.domain.errors import LedgerError
from worker.domain.identity import OUR_PREFIX, submission_uuid
from worker.domain.job import Job
from worker.domain.tasks import Defaults
from worker.domain.verdicts import Verdict

REGISTER = "kassa-1"
SALE = {
    "type": "sell",
    "items": [{"name": "Пакет", "price": 1.1, "quantity": 1, "tax": {"type": "none"}}],
    "payments": "cash",
}
KINDS: tuple[dict[str, Any], ...] = (
    *[SALE] * 6,
    {"type": "cashIn", "cashSum": 100},
    {"type": "reportOfdExchangeStatus"},
    {"type": "closeShift"},
)
KEPT = 0.3  # of the seeds have a register whose shift grows old, and is looked after
LOOK_SECONDS = 3.0  # between two looks of the CRM
LANDED = weather.ENDS + weather.DELAYS[-1] + 60.0  # what was on its way has arrived
PATIENCE = 30_000.0  # seconds after which a line that does not come to its end is stuck
MOVES_MAX = 300_000
# A ledger that was set back to before it gave a job up has it in the line again, and nobody but the CRM knows better; one
# that was set back to before that replay knows better once it has met the document.
AGAIN = ["not_printed", "printed"]
COUNTED_AS = {"not_printed": "dead_not_printed", "in_doubt": "dead_in_doubt"}
NUMBERS = 60  # submissions looked for on the paper


@dataclass
class Outcome:
    """What came of a seed: counts for the closing line, findings by kind, and the story of both."""

    seed: int
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[str, str]] = field(default_factory=list)
    story: list[str] = field(default_factory=list)


class VirtualShop:
    """Everything of one seed. Even seeds ask for safety under faults to the end, odd ones for an end after them too."""

    def __init__(self, seed: int) -> None:
        """Draw it; nothing has happened yet."""
        random.seed(seed)  # the loop's own jitter is drawn from the common one
        self.random = Random(seed)
        self.outcome = Outcome(seed)
        self.stage = Stage(Random(seed + 1))
        self.store = MemoryStore()
        self.register = FakeRegister(self.stage.clock)
        if self.random.choice(("v1", "v2")) == "v2":  # a task begins within its POST
            self.register.door, self.register.floor_seconds = "v2 fake", 0.0
        self.defaults = Defaults()
        self._crm = self._ledger()
        keeps_shift = self.random.random() < KEPT
        if keeps_shift:  # the shift may grow too old at any moment of the day
            self.register.driver.ages = True
            self.register.driver.opened_at = self.random.uniform(-SHIFT_SECONDS, weather.ENDS - SHIFT_SECONDS)
        self.workers = [
            VirtualWorker(
                self.stage, name, self.register, self._ledger, self.defaults, keeps_shift=keeps_shift
            )
            for name in ("one", "two")
        ]
        self.tasks: dict[str, bytes] = {}
        self.told: dict[str, list[str]] = {}
        self._final: set[str] = set()
        self._so_already: set[str] = set()  # shift reports that had nothing to do, as the CRM was told
        self._plan_jobs()
        self.weather = weather.Weather(
            self.random, self.stage.clock, self.register, self.store, self.workers, self._resend
        )
        self.weather.draw(self.random.randint(1, 6))

    def _ledger(self) -> MemoryLedger:
        return MemoryLedger(REGISTER, answer, LIMITS, self.store, self.stage.clock.monotonic)

    # the CRM

    def _plan_jobs(self) -> None:
        for number in range(self.random.randint(1, 4)):
            task = self.random.choice(KINDS)
            self._plan_job(f"order-{number}", task, self.random.choice((0.0, 0.0, 1.0, 20.0, 150.0)))
        self.stage.clock.at(LOOK_SECONDS, self._look)

    def _plan_job(self, job: str, task: dict[str, Any], at: float) -> None:
        self.tasks[job] = json.dumps(task).encode()
        self.told[job] = []
        self.stage.clock.at(at, lambda: self._enqueue(job))
        self.outcome.story.append(f"{job}: {task['type']} at {at}")

    def _enqueue(self, job: str) -> None:
        """As a CRM does: again and again until there is an answer."""
        try:
            self._crm.enqueue(job, self.tasks[job])
        except LedgerError:
            self.stage.clock.at(self.stage.clock.monotonic() + 1.0, lambda: self._enqueue(job))

    def _resend(self) -> None:
        """After a loss of data: every job that was not seen at its end."""
        for job in self.tasks:
            if job not in self._final:
                self._enqueue(job)

    def _look(self) -> None:
        """What the CRM is told must never be contradicted."""
        for job, said in self.told.items():
            try:
                status = self._crm.status(job)
            except LedgerError:
                continue
            verdict = status.get("verdict") if status else None
            if verdict and (not said or said[-1] != verdict):
                said.append(verdict)
            if verdict and verdict != Verdict.IN_DOUBT.value:
                self._final.add(job)
            if status and status["fiscal"] and ALREADY.intersection(status["fiscal"]["warnings"]):
                self._so_already.add(job)
        self.stage.clock.at(self.stage.clock.monotonic() + LOOK_SECONDS, self._look)

    # the run

    def run(self) -> Outcome:
        """Play it to its end and judge."""
        is_safety = self.outcome.seed % 2 == 0
        self.outcome.faults = self.weather.kinds
        self.outcome.story += self.weather.story
        try:
            self.stage.run(self._too_long, LANDED)
            if not is_safety:
                self._plan_job("last", SALE, self.stage.clock.monotonic() + 1.0)
                self.stage.run(lambda: self._is_at_its_end() or self._too_long(), PATIENCE)
                self.stage.run(self._too_long, self.stage.clock.monotonic() + 30.0)
            self._look()
            self._judge(is_safety=is_safety)
        finally:
            self.stage.close()
        return self.outcome

    def _too_long(self) -> bool:
        return self.stage.moves > MOVES_MAX

    def _is_at_its_end(self) -> bool:
        return "last" in self._final and all(
            job in self._final or self._is_settled_by_nobody(job) for job in self.tasks
        )

    def _job(self, job: str) -> Job | None:
        record = self.store.jobs.get(job)
        return record.job if record else None

    def _is_settled_by_nobody(self, job: str) -> bool:
        """A doubt that only a person can settle: it has no marker, or the FN from before is not known."""
        known = self._job(job)
        return known is not None and known.in_doubt and (known.marker is None or known.evidence is None)

    @property
    def _has_lost_data(self) -> bool:
        return bool({"wipe", "roll_back"} & set(self.weather.kinds))

    # the oracle

    def _find(self, kind: str, text: str) -> None:
        self.outcome.findings.append((kind, text))

    def _judge(self, *, is_safety: bool) -> None:
        jobs = {
            str(submission_uuid(REGISTER, job, number)): job
            for job in self.tasks
            for number in range(1, NUMBERS)
        }
        done: dict[str, list[Carried]] = {job: [] for job in self.tasks}
        for one in self.register.carried:
            if one.uuid in jobs and not one.type.startswith("get"):
                done[jobs[one.uuid]].append(one)
        for text in self.stage.raised:
            self._find("raised", text)
        owners: dict[int, str] = {}
        for job, mine in done.items():
            self._judge_job(job, mine, owners, is_safety=is_safety)
        self._judge_ours()
        self._judge_order(done)
        self.outcome.counts["jobs"] += len(self.tasks)
        self.outcome.counts["documents"] += len(self.register.slips)

    def _judge_ours(self) -> None:
        """The autopilot's own jobs are jobs too: each is carried out once."""
        for job in [job for job in self.store.jobs if job.startswith(OUR_PREFIX)]:
            uuids = {str(submission_uuid(REGISTER, job, number)) for number in range(1, NUMBERS)}
            mine = [
                one for one in self.register.carried if one.uuid in uuids and not one.type.startswith("get")
            ]
            if len(mine) > 1 and not any(one.repeated for one in mine) and "store" not in self.weather.kinds:
                self._find("twice", f"{job}: carried out {len(mine)} times")
            self.outcome.counts["ours"] += 1

    def _judge_job(self, job: str, mine: list[Carried], owners: dict[int, str], *, is_safety: bool) -> None:
        uuids, known = {one.uuid for one in mine}, self._job(job)
        by_register = any(one.repeated for one in mine)
        if len(uuids) > 1 or (len(mine) > 1 and not by_register and "store" not in self.weather.kinds):
            self._find("twice", f"{job}: carried out {len(mine)} times under {len(uuids)} submissions")
        elif len(mine) > 1:
            self.outcome.counts["twice_by_register"] += 1
            if known is not None and known.fiscal and known.marker and not known.doubled:
                self._find("twice_by_register_undetected", job)
        self._judge_words(job, mine)
        if known is not None and known.fiscal is not None and known.fiscal.document_number is not None:
            number = known.fiscal.document_number
            if number not in {one.document for one in mine}:
                self._find("dishonest_answers", f"{job}: names document {number}, which is not its own")
            if owners.setdefault(number, job) != job:
                self._find("dishonest_answers", f"document {number} proves {job} and {owners[number]}")
        if not is_safety and job not in self._final and not self._is_settled_by_nobody(job):
            state = known.state.value if known else "unknown"
            self._find(
                "stuck" if known else "lost", f"{job}: {state} at {self.stage.clock.monotonic():.0f} s"
            )

    def _judge_words(self, job: str, mine: list[Carried]) -> None:
        """What the CRM was told, against itself and against what was done."""
        verdicts = self.told[job]
        settled = [verdict for verdict in verdicts if verdict != Verdict.IN_DOUBT.value]
        losses = sum(kind in {"wipe", "roll_back"} for kind in self.weather.kinds)
        if len(set(settled)) > 1 and settled not in [AGAIN * number for number in range(1, losses + 1)]:
            self._find("dishonest_answers", f"{job}: told {verdicts}")
        verdict = verdicts[-1] if verdicts else "open"
        self.outcome.counts[COUNTED_AS.get(verdict, verdict)] += 1
        if verdict == Verdict.NOT_PRINTED.value and mine:
            self._find("dishonest_answers", f"{job}: told not_printed, and it was carried out")
        if verdict == Verdict.PRINTED.value and not mine and job not in self._so_already:
            self._find("dishonest_answers", f"{job}: told printed, and it never was")

    def _judge_order(self, done: dict[str, list[Carried]]) -> None:
        """Jobs that never left their place print in the order in which they were accepted; a loss of data has a new order."""
        if self._has_lost_data:
            return
        clean = [job for job in self.store.jobs if self.told.get(job) == [Verdict.PRINTED.value]]
        printed = [one.uuid for one in self.register.carried]
        places = [min(printed.index(one.uuid) for one in done[job]) for job in clean if done[job]]
        if places != sorted(places):
            self._find("out_of_order", ", ".join(clean))
