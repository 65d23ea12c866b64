"""Makes a round's fault on the demonstration's stage, waits until it shows, and ends it."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from ops.cli.door import FINAL, Door
from ops.cli.language import Texts, stands_still
from ops.demo.agreement import NotStarted
from ops.demo.stage import Stage
from ops.doctor.register import look
from ops.drill.rounds import Round
from ops.runbook.symptoms import Symptom
from worker.app import operating
from worker.app.settings import load_settings
from worker.app.standstill import Cause
from worker.app.wiring import decide

LOOK_SECONDS = 0.1  # the door is asked for events so long between two looks
SHOW_SECONDS = 60.0  # every fault here shows within seconds; a slow machine takes longer
PATIENCE_SECONDS = 90.0  # until the line goes on after a fault is over
WORD = operating.Word("drill", "the round is over")


class Stand:
    """One stage for all rounds, with the shift open."""

    def __init__(self, stage: Stage) -> None:
        """Connect to a stage that is ready, and open the shift."""
        self._stage = stage
        self.register = str(stage.facts["register"])
        self._settings = load_settings({"FISCALQ_CONFIG": str(stage.config)})
        self._door = Door(self._settings)
        self._url = str(stage.facts["simulator"]["url"])
        self._straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._enqueue("drill-shift", {"type": "openShift"})
        self._until(lambda: self._is_final("drill-shift"), "drill-shift", SHOW_SECONDS)

    def close(self) -> None:
        """Let go of Redis; the stage is its owner's to end."""
        self._door.__exit__()

    def make(self, played: Round) -> str:
        """
        Make the fault, enqueue, and wait until it shows.

        Returns: what the worker says of it: the code of the page.
        Raises: NotStarted when it does not show.
        """
        if played.fault is not None:
            self._tell("/_sim/faults", played.fault)
        if played.turn:
            self._tell("/_sim/state", played.turn)
        job = self.job(played)
        sequence = f"drill-{played.name}"
        if played.follower:
            self._enqueue(self._first(played), played.task, sequence)
            self._until(lambda: self._is_final(self._first(played)), job, SHOW_SECONDS)
        self._enqueue(job, played.task, sequence)
        if played.swap_fn:
            declines = Cause.REGISTER_DECLINES
            self._until(lambda: declines in self._seen(), job, SHOW_SECONDS)
            self._tell("/_sim/fn", {})
            self._tell("/_sim/state", {"active": True})
        self._until(lambda: self.shows(played), job, SHOW_SECONDS)
        return played.page.value

    def shows(self, played: Round) -> bool:
        """Whether the round's page is what is to be seen now: at the line and its register, or at the job."""
        if isinstance(played.page, Cause) or played.page is Symptom.PAPER_OUT:
            return played.page in self._seen()
        answer = self._door.status(self.register, self.job(played)) or {}
        if played.page is Symptom.PAPER_MISSING:
            return bool(answer.get("state") == "printed")
        return bool((answer.get("reason") or {}).get("code") == played.page)

    def says(self, played: Round, texts: Texts) -> list[str]:
        """What the operator's tools say of it now: the doctor of line and register, the status of the job."""
        said = [finding.text for finding in look(self._settings, self.register, texts) if not finding.ok]
        standstill = self._door.line(self.register).standstill
        if standstill is not None:
            said.append(stands_still(standstill, self.register, texts))
        answer = self._door.status(self.register, self.job(played)) or {}
        reason = answer.get("reason") or {}
        fiscal = answer.get("fiscal") or {}
        state = texts.of("states", answer.get("state"))
        about = [
            reason.get(f"message_{texts.language}"),
            fiscal and f"{texts('facts.document_number')} {fiscal['document_number']}",
        ]
        return [*said, " · ".join([f"{self.job(played)}: {state}", *filter(None, about)])]

    def _seen(self) -> set[str]:
        """The pages that `fiscalq doctor` would name."""
        standstill = self._door.line(self.register).standstill
        found = look(self._settings, self.register, Texts("en"))
        pages = {finding.page.value for finding in found if finding.page is not None}
        return pages if standstill is None else {*pages, standstill.cause.value}

    def end(self, played: Round) -> Mapping[str, Any]:
        """
        End the fault, as the safe step does, and wait until the line goes on.

        Returns: the CRM's answer about the job.
        """
        self._tell("/_sim/faults", None, "DELETE")
        if played.turn_back:
            self._tell("/_sim/state", played.turn_back)
        if played.swap_fn:
            fn = str(self._tell("/_sim/state", None, "GET")["fn_serial"])
            decide(self._settings, self.register, operating.accept_fn, fn, WORD.by)
        job = self.job(played)
        dead = self._first(played) if played.follower else job
        answer = self._door.status(self.register, dead) or {}
        if played.right in {"replay", "replay_first"} and answer.get("verdict") == "not_printed":
            decide(self._settings, self.register, operating.replay, [dead], WORD, dry_run=False)
        self._until(lambda: self._is_settled(job), job, PATIENCE_SECONDS)
        return self._door.status(self.register, job) or {}

    def job(self, played: Round) -> str:
        """The job that a round is about."""
        return f"drill-{played.name}"

    def _first(self, played: Round) -> str:
        return f"drill-{played.name}-first"

    def _is_final(self, job: str) -> bool:
        return (self._door.status(self.register, job) or {}).get("state") in FINAL

    def _is_settled(self, job: str) -> bool:
        answer = self._door.status(self.register, job) or {}
        return answer.get("state") in FINAL and answer.get("verdict") != "in_doubt"

    def _enqueue(self, job: str, task: Mapping[str, Any], sequence: str | None = None) -> None:
        options = {"producer": "drill", **({"sequence": sequence} if sequence else {})}
        self._door.enqueue(
            self.register, job, json.dumps(task, ensure_ascii=False).encode(), json.dumps(options)
        )

    def _tell(self, path: str, body: Mapping[str, Any] | None, verb: str = "POST") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the stage's own simulator
            self._url + path, data, {"Content-Type": "application/json"}, method=verb
        )
        with self._straight.open(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def _until(self, seen: Callable[[], bool], job: str, seconds: float) -> None:
        marks = self._door.marks([self.register])
        deadline = time.monotonic() + seconds
        while not seen():
            self._stage.must_run()
            if time.monotonic() > deadline:
                log = str(self._stage.facts["worker"]["log"])
                raise NotStarted("demo.not_done", job=job, seconds=f"{seconds:g}", log=log)
            for _ in self._door.events(marks, LOOK_SECONDS):
                pass
