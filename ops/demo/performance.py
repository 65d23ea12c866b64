"""The day as it is done: a job enqueued, followed through its states to its end, its paper beside it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from ops.cli.door import FINAL, Door
from ops.demo.agreement import NotStarted
from ops.demo.day import DAY, Step
from ops.demo.paper import Paper
from ops.demo.show import Show
from ops.demo.stage import Stage
from worker.app.settings import load_settings

LOOK_SECONDS = 0.05  # one look at the stream of events; the paper is looked at between two
STEP_SECONDS = 60.0  # a receipt takes one or two


def perform(stage: Stage, show: Show) -> dict[str, int]:
    """
    Do the whole day on a stage.

    Returns: {"jobs", "printed", "dead", "documents"}; documents are those that the register itself has listed.
    Raises: NotStarted when a part of the stage gives up, or a job does not come to an end.
    """
    ends = []
    paper = Paper(stage.tape)
    with Door(load_settings({"FISCALQ_CONFIG": str(stage.config)})) as door:
        for step in DAY:
            show.step(step)
            ends.append(_play(step, door, paper, stage, show))
    return {
        "jobs": len(ends),
        "printed": ends.count("printed"),
        "dead": ends.count("dead"),
        "documents": len(stage.slips.read_text(encoding="utf-8").splitlines()) if stage.slips.exists() else 0,
    }


def _play(step: Step, door: Door, paper: Paper, stage: Stage, show: Show) -> str:
    """Enqueue one job and show it to its end. Returns its last state."""
    register = stage.facts["register"]
    marks = door.marks([register])
    options = {"producer": "demo", **({"sequence": step.sequence} if step.sequence else {})}
    began = time.monotonic()
    state = str(door.enqueue(register, step.job, step.task.encode(), json.dumps(options))["state"])
    show.state(time.monotonic() - began, state, None)
    while state not in FINAL:
        stage.must_run()
        waited = time.monotonic() - began
        if waited > STEP_SECONDS:
            raise NotStarted(
                "demo.not_done", job=step.job, seconds=f"{STEP_SECONDS:g}", log=stage.facts["worker"]["log"]
            )
        for event in door.events(marks, LOOK_SECONDS):
            if event.job == step.job and event.state != state:
                state = event.state
                show.paper(paper.new())
                show.state(time.monotonic() - began, state, event.verdict)
        show.paper(paper.new())
    answer: Mapping[str, Any] | None = door.status(register, step.job)
    if answer is not None:
        show.end(answer)
    return state
