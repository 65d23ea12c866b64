"""The loop on a register that may do anything: what ends printed is on the FN once, what ends dead is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.world import SALE, World
from worker.app.line import Stopped
from worker.app.operating import accept_fn
from worker.app.standstill import Cause
from worker.domain.answers import (
    Final,
    NeverSent,
    NotNow,
    Outcome,
    PostAnswer,
    Silent,
    Strange,
    Turned,
    Unanswered,
)
from worker.domain.errors import OperatorError
from worker.domain.identity import marker
from worker.domain.job import State
from worker.domain.verdicts import ReasonCode, Verdict


@pytest.fixture
def world() -> World:
    """A register that works."""
    return World()


def printed_once(world: World, job: str = "order-1") -> None:
    ended = world.job(job)
    assert (ended.state, ended.verdict) == (State.PRINTED, Verdict.PRINTED)
    assert [slip.marker for slip in world.register.slips].count(marker("kassa-1", job)) == 1
    assert ended.fiscal is not None
    assert world.register.slips[(ended.fiscal.document_number or 0) - 1].marker == marker("kassa-1", job)


def test_a_receipt_prints_with_one_submission_and_its_fiscal_data(world: World) -> None:
    world.accept("order-1")
    run = world.work("order-1")
    printed_once(world)
    assert run.job.submission == 1
    assert run.job.fiscal is not None
    assert run.job.fiscal.qr
    assert str(run.job.fiscal.total) == "1.10"


def test_a_queue_at_full_speed_pays_nothing_for_the_evidence(world: World) -> None:
    """The FN is read once; from then on each result is the evidence of the next (promises §2)."""
    for number in range(5):
        world.accept(f"order-{number}")
        world.work(f"order-{number}")
    posts = [uuid for verb, uuid in world.register.calls if verb == "post"]
    assert len(posts) == 5 + 4  # and one reading each of register, user, FN and its last document
    assert world.sales == 5


@pytest.mark.parametrize(
    ("answer", "stored", "after"),
    [
        (Unanswered("cut"), True, 0.0),
        (Unanswered("cut"), False, 0.0),
        (Unanswered("cut"), True, 0.3),
        (Unanswered("cut"), True, 2.0),
        (NeverSent("refused"), False, 0.0),
        (NotNow(401, "login"), False, 0.0),
    ],
)
def test_a_post_without_an_answer_prints_once(
    world: World, answer: NeverSent | NotNow | Unanswered, stored: bool, after: float
) -> None:
    """Faults 1 and 2: the answer is lost, the POST is lost, or it lands after our GET said 404."""
    world.accept("order-1")
    world.register.on_post(answer, stored=stored, after=after)
    assert world.work("order-1").job.submission == 1
    world.clock.pause(10)
    printed_once(world)
    assert world.sales == 1


def test_a_register_that_is_down_loses_nothing_and_spends_no_number(world: World) -> None:
    """Fault 1, an hour long."""
    world.accept("order-1")
    world.register.reachable = False
    world.at(3600, lambda: setattr(world.register, "reachable", True))
    assert world.work("order-1").job.submission == 1
    printed_once(world)


@pytest.mark.parametrize("moment", ["submit_started", "shown", "print_started", "printed"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_worker_killed_around_any_write_prints_once(world: World, moment: str, side: str) -> None:
    """Faults 3 and 4: the next worker asks before it sends."""
    world.accept("order-1")
    world.work_with_a_crash("order-1", **{side: moment})
    printed_once(world)
    assert world.sales == 1


@pytest.mark.parametrize("code", [2, 4, 44, 45, 241, 115, 9999])
@pytest.mark.parametrize("registered", [True, False])
def test_an_error_that_leaves_the_outcome_open_is_settled_by_the_fn(
    world: World, code: int, registered: bool
) -> None:
    """Fault 9 and the V column of reference §10: an error is never taken for 'not printed' on its word."""
    world.accept("order-1")
    world.register.on_run(TaskRun(code=code, registered=registered))
    job = world.work("order-1").job
    assert world.sales == (0 if job.verdict is Verdict.NOT_PRINTED else 1)
    if registered:
        assert (job.verdict, job.submission) == (Verdict.PRINTED, 1)
    elif code == 9999:
        assert job.verdict is Verdict.NOT_PRINTED
    else:
        assert (job.verdict, job.submission) == (Verdict.PRINTED, 2)


def test_a_refusal_for_what_the_task_says_is_dead_at_once_and_proven(world: World) -> None:
    world.accept("order-1")
    world.register.on_run(TaskRun(code=501))
    job = world.work("order-1").job
    assert (job.verdict, job.submission, world.sales) == (Verdict.NOT_PRINTED, 1, 0)
    assert job.reason is not None
    assert (job.reason.code, job.reason.register_code) == (ReasonCode.REGISTER_REFUSED, 501)


def test_a_register_that_prints_a_refused_receipt_all_the_same_is_caught(world: World) -> None:
    """Guard 2: the FN agrees with every `not_printed`, refusals included."""
    world.accept("order-1")
    world.register.on_run(TaskRun(code=66, registered=True))
    world.work("order-1")
    printed_once(world)


def test_a_receipt_that_the_register_prints_twice_is_printed_and_doubled(world: World) -> None:
    """Fault 5: two documents with one marker; told, never mended by itself."""
    world.accept("order-1")
    world.register.on_run(TaskRun(times=2))
    job = world.work("order-1").job
    assert (job.verdict, job.doubled) == (Verdict.PRINTED, (2,))
    world.accept("order-2")
    assert world.work("order-2").job.doubled == ()


def test_a_ready_without_data_is_read_back_from_the_fn(world: World) -> None:
    world.accept("order-1")
    world.register.on_run(TaskRun(bare=True))
    world.work("order-1")
    printed_once(world)


def test_a_blocked_register_is_waited_for_however_long(world: World) -> None:
    """Fault 10: the register settles it alone; no limit of ours applies, nothing is withdrawn."""
    world.accept("order-1")
    world.register.on_run(TaskRun(code=2, registered=True, blocked=900))
    world.work("order-1")
    printed_once(world)
    assert not [verb for verb, _ in world.register.calls if verb == "delete"]


def test_a_register_that_blocks_in_mid_print_is_told_as_such(world: World) -> None:
    """The operator reads why nothing moves, also when the receipt was seen to print before, and not a minute longer."""
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.register.run_seconds = 30
    world.register.on_run(TaskRun(code=2, registered=True, blocked=60))
    told: list[Cause | None] = []

    def look() -> None:
        told.append(world.line.standstill.cause if world.line.standstill is not None else None)

    world.at(20, look)
    world.at(80, look)
    world.work("order-1")
    assert told == [None, Cause.BLOCKED]
    assert world.line.standstill is None


def test_a_withdrawal_of_ours_is_no_trouble_at_the_register(world: World) -> None:
    """Nothing is to be mended, and nothing of it will print: the line does not say that it stands for it."""
    world.register.on_stored(of="sell")
    world.accept("order-1")
    job = world.work("order-1").job
    assert (job.verdict, world.line.standstill) == (Verdict.NOT_PRINTED, None)


def test_a_line_does_not_stand_for_what_is_not_tried_any_more(world: World) -> None:
    """The job's own reason says what to do; the register may have been mended since, and nobody has asked it."""
    for nth in range(1, world.limits.submissions_max + 1):
        world.register.on_run(TaskRun(code=44, registered=False), of="sell", nth=nth)
    world.accept("order-1")
    job = world.work("order-1").job
    assert job.reason is not None
    assert (job.reason.code, world.line.standstill) == (ReasonCode.SUBMISSIONS_SPENT, None)


def test_a_false_ready_is_caught(world: World) -> None:
    """Reference 6.2: `ready` with the data of another receipt; ours is not on the FN, so it is submitted anew."""
    world.register.print_foreign()
    world.accept("order-1")
    params = {
        "fiscalDocumentNumber": 1,
        "fiscalDocumentSign": "1",
        "fnNumber": world.register.driver.fn_number,
        "total": 1,
    }
    world.register.on_run(TaskRun(code=2, registered=False))
    world.register.on_poll(Final(Outcome.READY, result={"fiscalParams": params}), of="sell")
    job = world.work("order-1").job
    assert job.submission == 2
    printed_once(world)


def test_what_waits_too_long_while_the_register_works_is_withdrawn_and_proven(world: World) -> None:
    """Fault 6a: DELETE, fence, FN unchanged."""
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.register.stand_still()
    world.at(61, world.register.go_on)  # the DELETE comes first, at sixty seconds and a look
    job = world.work("order-1").job
    assert (job.verdict, world.sales) == (Verdict.NOT_PRINTED, 1)
    assert job.reason is not None
    assert job.reason.code is ReasonCode.WAIT_EXCEEDED
    world.clock.pause(1000)
    assert world.sales == 1


def test_a_withdrawal_that_the_register_cannot_confirm_is_a_doubt_that_settles_by_itself(
    world: World,
) -> None:
    """Fault 6b: the fence waits too; when the register works again the doubt is proven, then the line goes on."""
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.accept("order-2")
    world.register.stand_still()
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT
    world.at(5000, world.register.go_on)
    world.work("order-2")
    assert world.job("order-1").verdict is Verdict.NOT_PRINTED
    printed_once(world, "order-2")
    assert world.sales == 2


def test_a_delete_that_meets_the_start_of_printing_finds_the_document(world: World) -> None:
    """Fault 7: 200, and printed all the same."""
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.register.stand_still()
    world.register.on_delete()
    world.at(61, world.register.go_on)
    world.work("order-1")
    printed_once(world)


@pytest.mark.parametrize("lands", [True, False])
def test_a_register_that_falls_silent_costs_one_doubt_and_settles_it(world: World, lands: bool) -> None:
    """Fault 8, and a POST that was never answered: in doubt, no second submission, settled when it answers."""
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.accept("order-2")
    world.register.on_post(Unanswered("cut"), of="sell", stored=lands)
    world.at(0.1, lambda: setattr(world.register, "silent", True))
    job = world.work("order-1").job
    assert job.verdict is Verdict.IN_DOUBT
    world.at(600, lambda: setattr(world.register, "silent", False))
    world.work("order-2")
    printed_once(world, "order-2")
    if lands:
        printed_once(world, "order-1")
    else:
        assert world.job("order-1").verdict is Verdict.NOT_PRINTED
    assert world.sales == (3 if lands else 2)


def test_a_store_that_was_lost_is_proven_by_the_fn_before_anything_is_sent(world: World) -> None:
    """Fault 17: 404 after accepted; unprinted, so the same uuid again."""
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.register.run_seconds = 5
    world.at(1, world.register.lose_store)
    assert world.work("order-1").job.submission == 1
    printed_once(world)


def test_a_wiped_ledger_asks_the_register_and_records_what_it_finds() -> None:
    """Fault 13: the same job, the same uuid, 409; the evidence read now proves nothing and is void."""
    world = World()
    world.accept("order-1")
    world.work("order-1")
    fresh = World()
    fresh.register = world.register
    fresh.clock = world.clock
    fresh.start_worker()
    fresh.accept("order-1")
    fresh.work("order-1")
    printed_once(fresh)
    assert fresh.sales == 1


def test_another_fn_proves_nothing(world: World) -> None:
    """Fault 18: what was in flight when the FN was changed stays in doubt."""
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.register.run_seconds = 1
    world.register.on_run(TaskRun(code=2, registered=False))
    world.at(0.5, lambda: world.register.swap_fn("9999078900009999"))
    job = world.work("order-1").job
    assert job.verdict is Verdict.IN_DOUBT


def test_a_register_whose_queue_stands_still_costs_one_job_and_nothing_is_sent(world: World) -> None:
    """Decision 3."""
    world.accept("order-1")
    world.accept("order-2")
    world.register.stand_still()
    job = world.work("order-1").job
    assert (job.verdict, job.submission) == (Verdict.NOT_PRINTED, 0)
    world.at(36_000, world.register.go_on)
    world.work("order-2")
    printed_once(world, "order-2")


def test_a_status_word_that_is_not_known_is_a_doubt(world: World) -> None:
    world.accept("order-1")
    world.register.on_poll(Strange("resting"), of="sell")
    job = world.work("order-1").job
    assert job.verdict is Verdict.IN_DOUBT
    assert job.reason is not None
    assert (job.reason.code, job.reason.text) == (ReasonCode.STATUS_UNKNOWN, "resting")


def test_a_post_that_is_refused_for_what_it_says_is_dead(world: World) -> None:
    world.accept("order-1")
    world.register.on_post(Turned(413, "too large"))
    assert world.work("order-1").job.verdict is Verdict.NOT_PRINTED
    assert world.sales == 0


def test_garbage_between_is_not_an_answer(world: World) -> None:
    """Fault 23: HTML, cut JSON, 500: asked again."""
    world.accept("order-1")
    for number in range(1, 6):
        world.register.on_poll(Silent("HTML"), of="sell", nth=number)
    world.work("order-1")
    printed_once(world)


@pytest.mark.parametrize(
    ("task", "code", "verdict"),
    [
        ({"type": "reportX"}, 2, Verdict.IN_DOUBT),
        ({"type": "nonFiscal", "items": [{"type": "text", "text": "x"}]}, 44, Verdict.IN_DOUBT),
        ({"type": "cashOut", "cashSum": 100}, 0, Verdict.NOT_PRINTED),
        ({"type": "getShiftStatus"}, 2, Verdict.PRINTED),
    ],
)
def test_a_job_that_leaves_no_document_is_not_proven_by_the_fn(
    world: World, task: dict[str, object], code: int, verdict: Verdict
) -> None:
    world.accept("job", task)
    if code:
        world.register.on_run(TaskRun(code=code), of=str(task["type"]))
    assert world.work("job").job.verdict is verdict


def test_a_stop_hands_over_at_once_and_the_next_worker_goes_on(world: World) -> None:
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.register.run_seconds = 30
    world.at(5, lambda: setattr(world.clock, "stopped", True))
    with pytest.raises(Stopped):
        world.work("order-1")
    assert world.job("order-1").state is State.PRINTING
    world.clock.stopped = False
    world.start_worker()
    world.work("order-1")
    printed_once(world)


def test_seconds_waited_are_counted_in_the_ledger(world: World) -> None:
    """A crash every twenty seconds must not make a submission wait for ever."""
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1", SALE)
    world.register.stand_still()
    for _ in range(4):
        world.at(20, lambda: setattr(world.clock, "stopped", True))
        try:
            world.work("order-1")
        except Stopped:
            world.clock.stopped = False
            world.start_worker()
    assert world.job("order-1").withdrawing or world.job("order-1").state is State.DEAD


@pytest.mark.parametrize("moved", [True, False])
def test_cash_is_proven_by_the_drawer_and_never_moved_again_by_itself(world: World, moved: bool) -> None:
    """Guard 11."""
    world.accept("cash", {"type": "cashIn", "cashSum": 100})
    world.register.on_run(TaskRun(code=2, registered=moved), of="cashIn")
    job = world.work("cash").job
    assert job.verdict is (Verdict.PRINTED if moved else Verdict.NOT_PRINTED)
    assert job.submission == 1
    assert world.register.driver.drawer == (100 if moved else 0)


def test_a_late_post_meets_the_tombstone_and_prints_nothing(world: World) -> None:
    """Guard 1: given up in doubt, then settled; the POST that was on its way finds its place taken."""
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.accept("order-2")
    world.register.on_post(Unanswered("cut"), of="sell", stored=True, after=5000)
    world.at(0.1, lambda: setattr(world.register, "silent", True))
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT
    world.at(600, lambda: setattr(world.register, "silent", False))
    world.work("order-2")
    assert world.job("order-1").verdict is Verdict.NOT_PRINTED
    world.clock.pause(10_000)
    world.accept("order-3")
    world.work("order-3")
    assert world.sales == 3


def test_another_fn_stops_the_line_until_a_named_person_accepts_it(world: World) -> None:
    """Fault 18 and promise P5: nothing is sent to a register whose FN differs from the bound one."""
    world.accept("order-0")
    world.work("order-0")
    world.register.swap_fn("9999078900009999")
    world.start_worker()
    world.accept("order-1")
    world.at(3600, lambda: setattr(world.clock, "stopped", True))
    with pytest.raises(Stopped):
        world.work("order-1")
    world.clock.stopped = False
    assert world.job("order-1").state is State.QUEUED
    assert any("FN changed from 9999078900001234 to 9999078900009999" in note for note in world.notes)
    for number, by in ((None, "Ivanova"), ("9999", "Ivanova"), ("9999078900009999", " ")):
        with pytest.raises(OperatorError):
            accept_fn(world.ledger, world.clock, number, by)
    accept_fn(world.ledger, world.clock, "9999078900009999", "Ivanova")
    world.start_worker()
    world.work("order-1")
    printed_once(world)
    assert world.ledger.store.acts[0]["by"] == "Ivanova"
    assert world.ledger.recall()["fn"] == "9999078900009999"


def test_a_ledger_that_was_rolled_back_meets_its_own_document_on_the_fn() -> None:
    """Guard 7: both memories have lost the job, the ledger by a roll-back and the register its store."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    past = world.ledger.recall()["accounted"]
    world.accept("order-1")
    world.work("order-1")
    rolled_back = World()
    rolled_back.register, rolled_back.clock = world.register, world.clock
    rolled_back.register.lose_store()
    rolled_back.start_worker()
    rolled_back.ledger.remember(fn=world.register.driver.fn_number, accounted=past)
    rolled_back.accept("order-1")
    rolled_back.work("order-1")
    printed_once(rolled_back)
    assert rolled_back.sales == 2


def test_a_wiped_ledger_believes_the_newest_submission_that_the_register_knows() -> None:
    """Promises §2: a 409 without a record; the first submission ended in an error, the third has printed."""
    world = World()
    world.accept("order-1")
    for number in (1, 2):
        world.register.on_run(TaskRun(code=44), nth=number)
    assert world.work("order-1").job.submission == 3
    fresh = World()
    fresh.register, fresh.clock = world.register, world.clock
    fresh.start_worker()
    fresh.accept("order-1")
    assert fresh.work("order-1").job.submission == 3
    printed_once(fresh)
    assert fresh.sales == 1


def test_a_document_that_may_be_half_closed_is_continued_before_the_proof(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard 13: code 177 leaves it to `continuePrint` whether the document is closed."""
    world.accept("order-1")
    posted: list[str] = []
    post = world.register.post

    def note(uuid: str, task: Mapping[str, Any]) -> PostAnswer:
        posted.append(task["type"])
        return post(uuid, task)

    monkeypatch.setattr(world.register, "post", note)
    world.register.on_run(TaskRun(code=177, registered=True))
    world.work("order-1")
    printed_once(world)
    after = posted[posted.index("sell") + 1 :]
    assert after[0] == "continuePrint"
    assert "getFnStatus" in after


def test_a_second_print_after_the_record_is_told_with_the_job() -> None:
    """Fault 5, guard 7: the register's server repeats a task whose job is on record already."""
    world = World()
    world.accept("order-1")
    first = world.work("order-1").job
    world.register.print_foreign(marker=marker("kassa-1", "order-1"))
    world.accept("order-2")
    world.work("order-2")
    told = world.job("order-1")
    assert (told.state, told.doubled, told.fiscal) == (State.PRINTED, (2,), first.fiscal)
    assert any("job.doubled" in note for note in world.notes)
    world.accept("order-3")
    world.work("order-3")
    assert world.job("order-1").doubled == (2,)
