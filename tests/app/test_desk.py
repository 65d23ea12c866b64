"""The jobs that an operator asks for: copies and tasks of the shift, one for each wish however often it is said."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.world import World
from worker.app.desk import Asked, Desk, ShiftVerb
from worker.app.intake import read_entry
from worker.app.operating import Word
from worker.domain.answers import Strange
from worker.domain.errors import OperatorError
from worker.domain.job import State

IVANOVA, PETROV = Word("Ivanova"), Word("Petrov", "the buyer asks for one more")


@pytest.fixture
def world() -> World:
    """A register that has printed once."""
    world = World()
    world.accept("order-1")
    world.work("order-1")
    return world


def desk(world: World) -> Desk:
    return Desk(world.ledger, world.clock, ZoneInfo("Europe/Moscow"), world.ledger.enqueue)


def work(world: World, asked: Asked) -> None:
    """Take in what was asked for, and take it to its end, as the worker does."""
    entry = world.ledger.peek(0)
    assert entry is not None
    world.ledger.admit(read_entry(entry, "kassa-1", world.defaults, world.clock.now()))
    world.work(asked.job)


def test_a_copy_is_asked_for_once_however_often_the_button_is_pressed(world: World) -> None:
    """Two operators at once, and a double click, print one paper; both are told of the same job."""
    first = desk(world).copy("order-1", IVANOVA)
    second = desk(world).copy("order-1", PETROV)
    assert (first.job, first.duplicate) == ("order-1.copy.1", False)
    assert (second.job, second.duplicate) == (first.job, True)
    work(world, first)
    assert desk(world).copy("order-1", PETROV) == Asked(first.job, "printed", duplicate=True)
    assert [act["act"] for act in world.ledger.acts(9)] == ["copy"]


def test_a_copy_is_no_document(world: World) -> None:
    """Fiscal rule 18: it is read from the FN by the number of the document, and sells nothing again."""
    asked = desk(world).copy("order-1", IVANOVA)
    work(world, asked)
    job, copied = world.job(asked.job), world.job("order-1").fiscal
    assert copied is not None
    assert json.loads(world.ledger.task(asked.job)) == {
        "type": "printFnDocument",
        "fiscalDocumentNumber": copied.document_number,
    }
    assert (job.state, job.is_fiscal, job.fiscal) == (State.PRINTED, False, None)
    assert world.sales == 1


def test_another_copy_is_asked_for_by_a_word_of_its_own_and_never_beside_one_under_way(world: World) -> None:
    """`again` pressed twice while the last is not at its end is that one."""
    first = desk(world).copy("order-1", IVANOVA)
    assert desk(world).copy("order-1", IVANOVA, after=None).job == first.job
    work(world, first)
    again = [desk(world).copy("order-1", word, after=None).job for word in (IVANOVA, PETROV)]
    assert again == ["order-1.copy.2", "order-1.copy.2"]


def test_a_page_that_is_old_asks_for_no_copy_that_nobody_has_seen(world: World) -> None:
    """The page says how many it saw: sent twice it is one copy, and a number out of nowhere skips none."""
    seen = desk(world).copies("order-1")
    first = desk(world).copy("order-1", IVANOVA, after=seen)
    work(world, first)
    assert desk(world).copy("order-1", IVANOVA, after=seen) == Asked(first.job, "printed", duplicate=True)
    assert desk(world).copies("order-1") == 1
    assert desk(world).copy("order-1", IVANOVA, after=99).job == "order-1.copy.2"


def test_what_has_no_document_has_no_copy(world: World) -> None:
    """Each refusal names what is missing; none of them leaves a job or an act."""
    world.accept("open")
    world.accept("wrong", {"type": "sell"})
    world.accept("report", {"type": "reportX"})
    world.work("report")
    world.register.on_poll(Strange("gone fishing"), of="sell", nth=1)
    world.accept("doubtful")
    world.work("doubtful")
    world.ledger.enqueue("inbox", b'{"type": "reportX"}')
    for job, code in (
        ("open", "copy_too_early"),
        ("wrong", "copy_of_a_dead"),
        ("report", "copy_of_no_document"),
        ("doubtful", "copy_of_a_doubt"),
        ("inbox", "not_taken_in"),
        ("nobody", "unknown_job"),
    ):
        with pytest.raises(OperatorError) as refused:
            desk(world).copy(job, IVANOVA)
        assert refused.value.code == code
        assert world.ledger.outlines([f"{job}.copy.1"]) == [None]
    assert world.ledger.acts(9) == []


def test_a_document_of_another_fn_is_not_asked_of_this_one(world: World) -> None:
    """Its number may be somebody else's document there."""
    world.ledger.remember(fn="9999078900009999")
    with pytest.raises(OperatorError, match="copy_from_another_fn"):
        desk(world).copy("order-1", IVANOVA)


def test_nothing_is_asked_for_without_a_name(world: World) -> None:
    with pytest.raises(OperatorError, match="who"):
        desk(world).copy("order-1", Word())
    with pytest.raises(OperatorError, match="who"):
        desk(world).shift(ShiftVerb.X, Word())


def test_a_task_of_the_shift_is_one_however_often_the_button_is_pressed(world: World) -> None:
    """The next one begins once the last is at its end: then it is another wish."""
    close = [desk(world).shift(ShiftVerb.CLOSE, word) for word in (IVANOVA, PETROV)]
    assert close[0].job == close[1].job
    assert [asked.duplicate for asked in close] == [False, True]
    work(world, close[0])
    assert world.register.slips[-1].type == "closeShift"
    seen = desk(world).shift_tasks(ShiftVerb.CLOSE)
    assert desk(world).shift(ShiftVerb.CLOSE, PETROV, after=seen - 1).duplicate  # a page from before
    assert desk(world).shift(ShiftVerb.CLOSE, PETROV, after=seen).job.endswith(".2")
    assert [act["what"] for act in world.ledger.acts(9)] == [
        close[0].job.replace(".1", ".2"),
        close[0].job,
    ]


def test_a_shift_that_was_refused_may_be_asked_for_again(world: World) -> None:
    """A dead one is at its end, too."""
    world.register.on_run(TaskRun(code=148, registered=False), of="openShift", nth=1)
    first = desk(world).shift(ShiftVerb.OPEN, IVANOVA)
    work(world, first)
    assert world.job(first.job).state is State.DEAD
    assert not desk(world).shift(ShiftVerb.OPEN, IVANOVA).duplicate
