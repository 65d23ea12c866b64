"""What a person's word allows, and what the FN says beside it."""

from __future__ import annotations

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from ops.chaos.virtual.fake_scripts import Scripts
from tests.app.world import World
from worker.app import operating
from worker.app.operating import Word
from worker.domain.identity import marker
from worker.domain.job import State
from worker.domain.verdicts import Verdict

IVANOVA = Word("Ivanova", "no paper")
OURS = marker("kassa-1", "order-1")


def doubtful(*, registered: bool) -> World:
    """A receipt whose FN could not be read, and which the register has forgotten: in doubt."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.register.on_run(TaskRun(code=2, registered=registered), of="sell")
    for nth in range(1, 400):
        world.register.on_run(TaskRun(code=2), of="getFnInfo", nth=nth)
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT
    world.register.lose_store()
    world.register._scripts = Scripts()
    return world


@pytest.fixture
def world() -> World:
    """It has printed, as document 2."""
    return doubtful(registered=True)


def resolve(world: World, verdict: Verdict, document: int | None = None) -> None:
    operating.resolve(world.ledger, world.clock, "order-1", verdict, IVANOVA, document=document)


def replay(world: World) -> None:
    done = operating.replay(world.ledger, world.clock, ["order-1"], IVANOVA, dry_run=False)
    assert done.moved == ("order-1",)


def test_a_receipt_that_did_not_print_is_printed_on_a_persons_word() -> None:
    """The look before it is no obstacle to whoever was right."""
    world = doubtful(registered=False)
    resolve(world, Verdict.NOT_PRINTED)
    replay(world)
    assert world.work("order-1").job.state is State.PRINTED
    assert len(world.register.slips_of(OURS)) == 1


def test_a_second_print_behind_a_persons_right_word_is_told(world: World) -> None:
    """Fault 5: both documents carry the marker."""
    resolve(world, Verdict.PRINTED, 2)
    world.register.print_foreign(marker=OURS)
    world.accept("order-2")
    world.work("order-2")
    assert world.job("order-1").doubled == (3,)


def test_what_cannot_be_read_now_is_no_ground_for_either(world: World) -> None:
    """The document that the person named is asked for until the register gives it."""
    resolve(world, Verdict.PRINTED, 2)
    world.register.print_foreign(marker=OURS)
    for nth in range(1, 4):
        world.register.on_run(TaskRun(code=2), of="getFnDocument", nth=nth)
    world.accept("order-2")
    world.work("order-2")
    assert world.job("order-1").doubled == (3,)


def test_a_number_is_not_taken_by_a_document_of_the_fn_before() -> None:
    """Each FN counts its documents from 1; within one, a document proves one job."""
    world = World()
    for number in range(3):
        world.accept(f"old-{number}")
        world.work(f"old-{number}")
    world.register.swap_fn("9999078900009999")
    operating.accept_fn(world.ledger, world.clock, "9999078900009999", "Ivanova")
    for number in range(1, 400):
        world.register.on_run(TaskRun(code=2), of="getFnDocument", nth=number)
    world.start_worker()
    world.accept("order-1")
    world.register.on_run(TaskRun(code=2, registered=True), of="sell")
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT
    resolve(world, Verdict.PRINTED, 1)
    assert world.job("order-1").state is State.PRINTED
