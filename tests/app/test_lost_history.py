"""What a ledger that was wiped or rolled back does not know, the register and its FN do (guards 6 and 7)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from ops.chaos.virtual.fake_driver import Slip
from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.world import SALE, World
from worker.domain.answers import NeverSent, NotNow, PostAnswer, Strange, Turned, Unanswered
from worker.domain.identity import marker
from worker.domain.verdicts import UNFORESEEN, Verdict

CLOSING = {"type": "closeShift"}


def wiped(world: World) -> World:
    """Redis has lost everything; the CRM sends its job again, to the same register."""
    fresh = World()
    fresh.register, fresh.clock = world.register, world.clock
    fresh.start_worker()
    fresh.accept("order-1")
    return fresh


@pytest.fixture
def printed() -> World:
    """A register that has printed the job."""
    world = World()
    world.accept("order-1")
    world.work("order-1")
    return world


@pytest.mark.parametrize(
    "said", [NeverSent("refused"), NotNow(403, "inactive"), Unanswered("cut"), Turned(413, "too large")]
)
def test_whatever_comes_of_the_first_post_of_a_new_history_nothing_prints_again(
    printed: World, said: PostAnswer
) -> None:
    """Evidence that is younger than the receipt would prove that there is none: the register is asked first."""
    fresh = wiped(printed)
    fresh.register.on_post(said, of="sell")
    job = fresh.work("order-1").job
    assert (job.verdict, job.submission, fresh.sales) == (Verdict.PRINTED, 1, 1)


@pytest.mark.parametrize("later", [0, 3])
def test_a_wiped_ledger_before_a_register_that_has_forgotten_prints_nothing_twice(
    printed: World, later: int
) -> None:
    """Redis and the register's store are lost together: the FN still has the document, and the document its marker."""
    for number in range(later):
        printed.accept(f"order-2{number}")
        printed.work(f"order-2{number}")
    fresh = wiped(printed)
    fresh.register.lose_store()
    job = fresh.work("order-1").job
    assert job.fiscal is not None
    assert (job.verdict, job.fiscal.document_number) == (Verdict.PRINTED, 1)
    assert len(fresh.register.slips_of(marker("kassa-1", "order-1"))) == 1


@pytest.mark.parametrize("task", [SALE, CLOSING], ids=["by its marker", "by its sign"])
def test_a_ledger_set_back_to_before_a_replay_tells_what_the_replay_printed(task: dict[str, Any]) -> None:
    """A stale replica calls the job dead, and the CRM has seen it printed: nobody will send it again (virtual seed 912439)."""
    stale = World()
    stale.register.on_post(Turned(413, "too large"), of=task["type"])
    stale.accept("order-0", task)
    assert stale.work("order-0").job.verdict is Verdict.NOT_PRINTED
    fresh = wiped(stale)
    fresh.accept("order-0", task)
    assert fresh.work("order-0").job.verdict is Verdict.PRINTED
    stale.start_worker()
    stale.accept("order-1")
    stale.work("order-1")
    job = stale.job("order-0")
    assert job.fiscal is not None
    assert (job.verdict, job.fiscal.document_number, job.fiscal.warnings) == (
        Verdict.PRINTED,
        1,
        (UNFORESEEN,),
    )


def test_a_report_that_somebody_else_has_printed_is_not_the_dead_job_of_its_kind() -> None:
    """The register names no document for what it has refused."""
    world = World()
    world.register.on_post(Turned(413, "too large"), of=CLOSING["type"])
    world.accept("order-0", CLOSING)
    world.work("order-0")
    world.register.post(str(uuid4()), CLOSING)
    world.start_worker()
    world.clock.pause(60)
    world.accept("order-1")
    assert world.work("order-1").job.verdict is Verdict.PRINTED
    assert world.job("order-0").verdict is Verdict.NOT_PRINTED


def test_no_number_is_skipped_for_a_word_that_nobody_knows(printed: World) -> None:
    """A number that was never used would lie behind a gap, where the next lost history looks for nothing (virtual seed 51712)."""
    new = World()
    new.register.on_poll(Strange("resting"), of="unknown", nth=2)
    new.accept("order-1")
    assert new.work("order-1").job.submission == 1
    fresh = wiped(printed)
    fresh.register.on_poll(Strange("resting"), of="sell")
    job = fresh.work("order-1").job
    assert (job.verdict, job.submission, fresh.sales) == (Verdict.PRINTED, 1, 1)


@pytest.mark.parametrize("moment", ["submit_started", "found", "printed"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_worker_killed_in_a_new_history_prints_nothing_again(
    printed: World, moment: str, side: str
) -> None:
    fresh = wiped(printed)
    job = fresh.work_with_a_crash("order-1", **{side: moment}).job
    assert (job.verdict, job.submission, fresh.sales) == (Verdict.PRINTED, 1, 1)


def test_a_printed_job_is_not_called_unsent_by_a_queue_that_stands_still(printed: World) -> None:
    """A new ledger does not know that nothing was sent."""
    fresh = wiped(printed)
    fresh.register.stand_still()
    assert fresh.work("order-1").job.verdict is not Verdict.NOT_PRINTED


def test_a_register_out_of_reach_is_asked_before_anything_else_when_it_is_back(printed: World) -> None:
    fresh = wiped(printed)
    fresh.register.reachable = False
    fresh.at(600, lambda: setattr(fresh.register, "reachable", True))
    assert fresh.work("order-1").job.verdict is Verdict.PRINTED
    assert fresh.sales == 1


def test_a_receipt_on_an_fn_that_was_taken_out_is_not_called_unprinted(printed: World) -> None:
    """The register says `ready`, and the FN that could contradict it is gone."""
    printed.register.swap_fn("9999078900009999")
    fresh = wiped(printed)
    job = fresh.work("order-1").job
    assert (job.verdict, job.submission) == (Verdict.IN_DOUBT, 1)


def test_two_documents_met_while_accounting_are_printed_and_doubled() -> None:
    """Fault 5: the register's server printed twice what no ledger has on record."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    world.register.run_seconds = 0.3
    for _ in range(2):
        ours = Slip(0, "", "sell", None, marker("kassa-1", "order-1"))
        world.register.driver.write(ours, world.clock.monotonic())
    world.start_worker()
    world.accept("order-1")
    job = world.work("order-1").job
    assert (job.verdict, job.doubled) == (Verdict.PRINTED, (3,))


def test_a_double_print_is_told_also_without_a_history() -> None:
    """Seed 124786 of the virtual shop: the register names its second document, and the first stands before it."""
    world = World()
    world.accept("order-1")
    world.register.on_run(TaskRun(times=2))
    world.work("order-1")
    fresh = wiped(world)
    job = fresh.work("order-1").job
    assert (job.verdict, job.doubled) == (Verdict.PRINTED, (2,))


def test_a_report_that_was_refused_is_not_proven_by_somebody_elses() -> None:
    """Seed 104213 of the virtual shop: a shift that is closed already, a wiped ledger, and one document on the FN."""
    world = World()
    world.accept("report-1", {"type": "closeShift"})
    world.work("report-1")
    world.accept("report-2", {"type": "closeShift"})
    told = world.work("report-2").job.fiscal
    assert told is not None
    assert (told.document_number, told.warnings) == (None, ("already_closed",))
    fresh = World()
    fresh.register, fresh.clock = world.register, world.clock
    fresh.start_worker()
    fresh.accept("report-2", {"type": "closeShift"})
    again = fresh.work("report-2").job
    assert again.verdict is Verdict.IN_DOUBT or (again.fiscal is not None and again.fiscal == told)


def test_a_report_that_the_register_names_is_printed_also_without_a_history() -> None:
    """It has no marker; `ready` with its number, and a document of its type under it, is what there is."""
    world = World()
    world.accept("report-1", {"type": "closeShift"})
    world.work("report-1")
    fresh = World()
    fresh.register, fresh.clock = world.register, world.clock
    fresh.start_worker()
    fresh.accept("report-1", {"type": "closeShift"})
    assert fresh.work("report-1").job.verdict is Verdict.PRINTED


def test_fault_17_a_register_whose_memory_is_new_is_told_after_the_reconnect() -> None:
    """Guard 17: it is asked for what it did last; what that means, the FN says."""
    world = World()
    world.accept("order-1")
    world.work("order-1")
    world.start_worker()
    world.accept("order-2")
    world.work("order-2")
    assert not [note for note in world.notes if "memory_new" in note]
    world.register.lose_store()
    world.line.identified = False
    world.line.stand_on(None)
    world.accept("order-3")
    assert world.work("order-3").job.verdict is Verdict.PRINTED
    assert [note for note in world.notes if "memory_new" in note] == [
        "order-2 register.memory_new the FN tells what was printed"
    ]
    assert world.sales == 3
