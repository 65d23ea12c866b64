"""A POST that was never answered may land at any time: what is told meanwhile must stay true."""

from __future__ import annotations

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.world import World
from worker.app.intake import read_entry
from worker.domain.answers import NeverSent, NotNow, Silent, Turned, Unanswered
from worker.domain.job import State
from worker.domain.tasks import Defaults
from worker.domain.verdicts import ReasonCode, Verdict

SHIFT = {"type": "closeShift"}


@pytest.fixture
def world() -> World:
    """A register that has printed once, so that the FN is known."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    return world


def shifts(world: World) -> int:
    return sum(slip.type == "closeShift" for slip in world.register.slips)


@pytest.mark.parametrize("second", [NotNow(403, "inactive"), NeverSent("refused")])
def test_a_stray_that_lands_between_two_posts_is_no_ground_for_a_third(world: World, second: NotNow) -> None:
    """A report carries no marker: only the evidence from before the first POST can tell that it is on the FN."""
    world.accept("report", SHIFT)
    world.register.on_post(Unanswered("cut"), stored=True, after=1.0)
    world.register.on_post(second, nth=2)
    assert world.work("report").job.submission == 1
    world.clock.pause(100)
    assert shifts(world) == 1


def test_a_worker_killed_after_the_404_was_proven_does_not_take_the_stray_for_evidence(world: World) -> None:
    world.accept("report", SHIFT)
    world.register.on_post(Unanswered("cut"), stored=True, after=1.0)
    world.work_with_a_crash("report", after="disproved")
    world.clock.pause(100)
    assert shifts(world) == 1


def test_a_refusal_of_the_second_post_says_nothing_of_the_first(world: World) -> None:
    world.accept("order-1")
    world.register.on_post(Unanswered("cut"), stored=True, after=5.0)
    world.register.on_post(Turned(413, "too large"), nth=2)
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT


def test_a_post_that_was_never_sent_does_not_clear_the_one_before(world: World) -> None:
    world.accept("order-1")
    world.register.on_post(Unanswered("cut"), stored=True, after=3.0)
    world.register.on_post(NeverSent("refused"), nth=2)
    world.at(2.0, world.register.stand_still)
    told = world.work("order-1").job.verdict
    world.register.go_on()
    world.clock.pause(100)
    assert (told, world.sales) != (Verdict.NOT_PRINTED, 2)


def test_a_doubt_from_an_unreadable_proof_meets_the_tombstone_before_it_is_settled(world: World) -> None:
    world.accept("order-1")
    world.accept("order-2")
    world.register.on_post(Unanswered("cut"), of="sell", stored=True, after=5000)
    world.register.on_poll(Silent("cut"), of="getFnInfo")
    world.at(0.6, lambda: setattr(world.register, "silent", True))
    assert world.work("order-1").job.reason.code is ReasonCode.PROOF_UNREADABLE  # type: ignore[union-attr]
    world.at(100, lambda: setattr(world.register, "silent", False))
    world.work("order-2")
    assert world.job("order-1").verdict is Verdict.NOT_PRINTED
    world.clock.pause(10_000)
    assert world.sales == 2


def test_a_marker_stays_what_it_was_when_the_job_was_accepted(world: World) -> None:
    """The settings may change while jobs wait; the proof looks for what the receipt carries."""
    world.accept("order-1")
    world.line.defaults = Defaults(marker="off")
    world.register.on_run(TaskRun(code=2, registered=True))
    assert world.work("order-1").job.verdict is Verdict.PRINTED
    assert world.register.slips[-1].marker == world.job("order-1").marker


def test_a_post_that_is_always_lost_is_tried_less_and_less_and_ends_in_doubt(world: World) -> None:
    """A server that answers 500 to one task: no hot loop, and no history without end."""
    world.accept("order-1")
    for number in range(1, 200):
        world.register.on_post(Unanswered("500"), of="sell", nth=number)
    job = world.work("order-1").job
    assert job.verdict is Verdict.IN_DOUBT
    assert job.place < 200


def test_half_a_character_in_a_refused_task_is_told_and_holds_up_nobody() -> None:
    """What no answer could be written with must not stop the intake."""
    world = World()
    for task in ('{"type":"\\ud800"}', '{"type":"sell","\\ud800":1}'):
        world.ledger.push(b'{"id":"odd-%d","task":%b}' % (len(task), task.encode()))
        entry = world.ledger.peek(0)
        assert entry is not None
        world.ledger.admit(read_entry(entry, "kassa-1", world.defaults, world.clock.now()))
        assert world.job(f"odd-{len(task)}").state is State.DEAD
