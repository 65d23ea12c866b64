"""The operator's eyes: what each list and the search bring, and that each job has exactly one next step."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.world import World
from worker.app import inspecting
from worker.app.inspecting import NextStep
from worker.domain.answers import Strange
from worker.domain.events import Accepted, Printed
from worker.domain.job import State
from worker.domain.ports import Group
from worker.domain.verdicts import ReasonCode, Verdict

REFUSED = TaskRun(code=148, registered=False)


@pytest.fixture
def world() -> World:
    """Jobs of every kind: sold is printed, doubtful in doubt, refused and wrong are dead, next is open."""
    world = World()
    world.accept("sold")
    world.work("sold")
    world.register.on_run(REFUSED, of="sell", nth=1)
    world.accept("refused")
    world.work("refused")
    world.register.on_poll(Strange("gone fishing"), of="sell", nth=1)
    world.accept("doubtful")
    world.work("doubtful")
    world.accept("wrong", {"type": "sell"})
    world.accept("next")
    return world


def test_dead_letters_are_led_by_the_dangerous_ones(world: World) -> None:
    """Who reads only the first line must have read the doubt, which costs money when it is printed by hand."""
    jobs = [row.job for row in inspecting.dead(world.ledger, 10)]
    assert jobs[0] == "doubtful"
    assert set(jobs[1:]) == {"refused", "wrong"}


def test_pages_of_dead_letters_join_without_gap_or_repetition(world: World) -> None:
    whole = [row.job for row in inspecting.dead(world.ledger, 10)]
    pages = [row.job for after in range(4) for row in inspecting.dead(world.ledger, 1, after)]
    assert pages == whole


def test_p7_each_job_has_its_one_next_step(world: World) -> None:
    steps = {row.job: row.next_step for group in Group for row in inspecting.listed(world.ledger, group, 10)}
    assert steps == {
        "sold": NextStep.NOTHING,
        "refused": NextStep.REPLAY,
        "doubtful": NextStep.RESOLVE,
        "wrong": NextStep.MEND,
        "next": NextStep.WAIT,
    }


@pytest.mark.parametrize("code", ReasonCode)
@pytest.mark.parametrize("verdict", [Verdict.IN_DOUBT, Verdict.NOT_PRINTED])
def test_p8_no_dead_job_in_doubt_is_ever_offered_for_replay(code: ReasonCode, verdict: Verdict) -> None:
    answer = {"state": "dead", "verdict": verdict.value, "reason": {"code": code.value}, "fiscal": None}
    offered = inspecting.next_step(answer) is NextStep.REPLAY
    assert offered == (
        verdict is Verdict.NOT_PRINTED and code not in {ReasonCode.TASK_REFUSED, ReasonCode.WITHDRAWN}
    )


def test_a_receipt_that_the_register_printed_twice_is_not_at_its_end() -> None:
    answer = {
        "state": "printed",
        "verdict": "printed",
        "reason": None,
        "fiscal": {"warnings": ["doubled:17"]},
    }
    assert inspecting.next_step(answer) is NextStep.CORRECT


def test_a_story_is_the_history_as_it_was_written(world: World) -> None:
    story = inspecting.show(world.ledger, "sold")
    assert story is not None
    assert isinstance(story.history[0], Accepted)
    assert isinstance(story.history[-1], Printed)
    assert (story.row.state, story.answer["state"]) == (State.PRINTED.value, State.PRINTED.value)
    assert inspecting.show(world.ledger, "nobody") is None


def test_a_job_is_found_by_a_part_of_its_id_by_its_sum_and_by_its_document(world: World) -> None:
    sold = inspecting.show(world.ledger, "sold")
    assert sold is not None
    assert sold.row.total is not None
    for words in ("sold", "SOL", str(sold.row.document), sold.row.sign):
        assert "sold" in [row.job for row in inspecting.find(world.ledger, words).rows], words
    written = f" {Decimal(sold.row.total):.2f} ".replace(".", ",")
    found = {row.job for row in inspecting.find(world.ledger, written).rows}
    assert found == {"sold", "refused", "doubtful", "next"}  # the same sum, printed or not
    assert inspecting.find(world.ledger, "nowhere").rows == []


def test_the_exact_id_stands_first(world: World) -> None:
    world.accept("next-2")
    world.accept("nex")
    assert [row.job for row in inspecting.find(world.ledger, "next").rows] == ["next", "next-2"]


@pytest.mark.parametrize("words", ["", "  ", ",", ".", "1.2.3", "९", "NaN", "1e5", "\x00", "a\nb"])
def test_words_that_mean_nothing_find_nothing(world: World, words: str) -> None:
    """NaN and Infinity are numbers of Decimal, and no sums of anybody."""
    assert [row.job for row in inspecting.find(world.ledger, words).rows] == []


def test_a_search_that_stops_early_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspecting, "SEARCHED_MAX", 1)
    monkeypatch.setattr(inspecting, "PAGE", 1)
    found = inspecting.find(world.ledger, "nowhere")
    assert (found.looked, found.whole) == (3, False)
