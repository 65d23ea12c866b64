"""One document proves at most one job, and is one document however often it is read (promises §2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.test_words import IVANOVA, OURS, doubtful, replay, resolve
from tests.app.world import REGISTER, SALE, World
from worker.app import operating
from worker.app.reading import Reader
from worker.app.surveying import look_at_register, survey
from worker.domain.answers import Turned
from worker.domain.errors import Unreadable
from worker.domain.identity import marker, submission_uuid
from worker.domain.job import Job, State
from worker.domain.proof import Document
from worker.domain.verdicts import Verdict

CRMS = {"type": "additionalAttribute", "value": "crm-77", "print": False}
UNMARKED = {**SALE, "items": [*SALE["items"], CRMS]}
CLOSING = {"type": "closeShift"}
NEW_FN = "9999078900009999"
CLOSED_ALL_THE_SAME = TaskRun(code=2, registered=True)


def test_a_number_of_the_fn_before_takes_no_document_of_the_new_one() -> None:
    """Each FN counts from 1: else a receipt without our marker is called unprinted, and printed again."""
    world = World()
    for number in range(3):
        world.accept(f"old-{number}")
        world.work(f"old-{number}")
    world.register.swap_fn(NEW_FN)
    operating.accept_fn(world.ledger, world.clock, NEW_FN, "Ivanova")
    world.start_worker()
    world.accept("order-1", UNMARKED)
    world.register.on_run(CLOSED_ALL_THE_SAME, of="sell")
    assert (world.work("order-1").job.verdict, world.sales) == (Verdict.PRINTED, 1)


@pytest.mark.parametrize(
    ("task", "verdict"), [(SALE, Verdict.PRINTED), (UNMARKED, Verdict.IN_DOUBT)], ids=["refuted", "either"]
)
def test_a_wrong_word_about_one_job_prints_no_other_one_twice(task: dict[str, Any], verdict: Verdict) -> None:
    """A person names a number that comes next; where the other's marker does not refute it, it could be of both."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    world.register.stand_still()
    world.accept("named", task)
    assert world.work("named").job.verdict is Verdict.IN_DOUBT
    operating.resolve(world.ledger, world.clock, "named", Verdict.PRINTED, IVANOVA, document=2)
    world.register.lose_store()
    world.register.go_on()
    world.accept("order-1", UNMARKED)
    world.register.on_run(CLOSED_ALL_THE_SAME, of="sell")
    assert world.work("order-1").job.verdict is verdict
    assert len(world.register.slips_of("crm-77")) == 1


def test_a_report_of_a_job_that_redis_has_in_the_line_again_is_not_the_withdrawn_ones() -> None:
    """Redis went back: it knows neither that the one was passed nor that the other one printed (virtual seed 1242921)."""
    world = World()
    for job in ("withdrawn", "printed"):
        world.accept(job, CLOSING)
    world.register.on_stored(of=CLOSING["type"])

    def print_the_other() -> None:
        world.register.post(str(submission_uuid(REGISTER, "printed", 1)), CLOSING)

    world.at(world.limits.wait_max_seconds / 2, print_the_other)
    assert world.work("withdrawn").job.verdict is Verdict.NOT_PRINTED
    found = world.work("printed").job.fiscal
    assert found is not None
    assert found.document_number == 1


def test_what_was_met_outlasts_all_that_is_read_until_the_jobs_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis went back by 150 receipts, the register forgot them, and the CRM's own attribute stands on each beside ours."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    read = world.register.read_document

    def with_two(result: Any, number: int) -> Document | None:
        document = read(result, number)
        return document and replace(document, markers=document.markers | {f"crm {number}"})

    monkeypatch.setattr(world.register, "read_document", with_two)
    jobs = [f"order-1{number}" for number in range(150)]
    for job in jobs:
        world.register.print_foreign(marker=marker(REGISTER, job))
        world.accept(job)
    world.start_worker()
    for job in jobs:
        world.work(job)
    assert [job for job in jobs if len(world.register.slips_of(marker(REGISTER, job))) != 1] == []


def test_a_document_that_is_read_twice_is_no_second_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver leaves out a field that it could not read (reference 8.7)."""
    world = doubtful(registered=True)
    assert survey(world.line, Reader(world.line), world.job("order-1")) is None
    read = world.register.read_document

    def with_less(result: Any, number: int) -> Document | None:
        document = read(result, number)
        fiscal = document.fiscal.model_copy(update={"shift_number": None}) if document else None
        return replace(document, fiscal=fiscal) if document and fiscal else None

    monkeypatch.setattr(world.register, "read_document", with_less)
    resolve(world, Verdict.NOT_PRINTED)
    replay(world)
    job = world.work("order-1").job
    assert (job.state, job.doubled, len(world.register.slips_of(OURS))) == (State.PRINTED, (), 1)


def stale(task: dict[str, Any]) -> World:
    """Redis has gone back to before the replay that printed this job."""
    world = World()
    world.register.on_post(Turned(413, "too large"), of="sell")
    world.accept("order-0", task)
    assert world.work("order-0").job.verdict is Verdict.NOT_PRINTED
    fresh = World()
    fresh.register, fresh.clock = world.register, world.clock
    fresh.start_worker()
    fresh.accept("order-0", task)
    assert fresh.work("order-0").job.verdict is Verdict.PRINTED
    world.start_worker()
    return world


def test_a_receipt_with_the_crms_attribute_is_found_by_its_sign_too() -> None:
    """It carries an attribute, but none of ours: most receipts without a marker are such."""
    world = stale(UNMARKED)
    look_at_register(world.line)
    assert world.job("order-0").verdict is Verdict.PRINTED


def test_a_first_look_that_was_broken_off_is_taken_again() -> None:
    """The register is the bound one, but one document could not be read at once."""
    world = stale(SALE)
    world.register.on_run(TaskRun(code=2), of="getFnDocument")
    look_at_register(world.line)
    assert world.job("order-0").verdict is Verdict.NOT_PRINTED
    world.clock.pause(world.limits.backoff_max_seconds)
    look_at_register(world.line)
    assert world.job("order-0").verdict is Verdict.PRINTED


def test_a_dead_job_that_cannot_be_read_stops_nobody_elses_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its history is of another version; a report stands on the FN that could be anybody's."""
    world = World()
    world.register.on_post(Turned(413, "too large"), of="sell")
    world.accept("order-0")
    world.work("order-0")
    world.register.print_foreign()
    load = world.ledger.load

    def unreadable(job: str) -> Job | None:
        if job == "order-0":
            raise Unreadable(job)
        return load(job)

    monkeypatch.setattr(world.ledger, "load", unreadable)
    world.start_worker()
    world.accept("order-1")
    assert world.work("order-1").job.state is State.PRINTED
