"""The operator's verbs: what each refuses, what it writes, and what the line makes of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.world import CrashedError, World
from worker.app import operating
from worker.app.operating import Missing, Word
from worker.domain.answers import Strange
from worker.domain.errors import OperatorError, PlaceTaken
from worker.domain.events import Event, GaveUp, SubmitStarted
from worker.domain.job import Job, State
from worker.domain.verdicts import Reason, ReasonCode, Verdict

IVANOVA = Word("Ivanova", "the paper is back")
REFUSED = TaskRun(code=148, registered=False)  # what the register says of a task that it will not have


@pytest.fixture
def world() -> World:
    """A register that has printed once, so that the FN is known."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    return world


def die(world: World, job: str) -> None:
    """One job that the register refuses, proven."""
    world.register.on_run(REFUSED, of="sell", nth=1)
    world.accept(job)
    assert world.work(job).job.verdict is Verdict.NOT_PRINTED


def doubt(world: World, job: str) -> None:
    """One job in doubt."""
    world.register.on_poll(Strange("gone fishing"), of="sell", nth=1)
    world.accept(job)
    assert world.work(job).job.verdict is Verdict.IN_DOUBT


def replay(world: World, *jobs: str, dry_run: bool = False) -> operating.Replay:
    return operating.replay(world.ledger, world.clock, jobs, IVANOVA, dry_run=dry_run)


def test_p8_a_proven_job_is_replayed_and_prints_once(world: World) -> None:
    die(world, "order-1")
    sales = world.sales
    assert replay(world, "order-1", "order-1").moved == ("order-1",)
    assert world.work("order-1").job.state is State.PRINTED
    assert world.sales == sales + 1


def test_p8_a_replay_refuses_what_is_not_proven_and_says_what_is_missing(world: World) -> None:
    doubt(world, "doubtful")
    world.accept("open")
    world.accept("wrong", {"type": "sell"})
    done = replay(world, "doubtful", "open", "order-0", "wrong", "nobody")
    assert done.moved == ()
    assert {job: lack.missing for job, lack in done.refused.items()} == {
        "doubtful": Missing.PROOF,
        "open": Missing.WAITING,
        "order-0": Missing.PRINTED,
        "wrong": Missing.TASK,
        "nobody": Missing.UNKNOWN,
    }
    reason = done.refused["doubtful"].reason
    assert reason is not None
    assert reason.code is ReasonCode.STATUS_UNKNOWN


def test_a_dry_run_lists_both_sets_and_writes_nothing(world: World) -> None:
    die(world, "order-1")
    planned = replay(world, "order-1", "order-0", dry_run=True)
    assert (planned.moved, list(planned.refused)) == (("order-1",), ["order-0"])
    assert world.job("order-1").state is State.DEAD


def test_fault_19_who_comes_second_is_told_that_it_is_under_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked at the same dead job; the place in its history is given once."""
    die(world, "order-1")
    before = world.job("order-1")
    replay(world, "order-1")
    monkeypatch.setattr(world.ledger, "load", lambda _: before)
    petrov = operating.replay(world.ledger, world.clock, ["order-1"], Word("Petrov", "me too"), dry_run=False)
    assert petrov.refused["order-1"].missing is Missing.OPEN


@pytest.mark.parametrize("word", [Word(), Word("Ivanova"), Word("  ", "why"), Word("Ivanova", " ")])
def test_nothing_is_decided_without_a_name_and_a_reason(world: World, word: Word) -> None:
    die(world, "order-1")
    with pytest.raises(OperatorError, match=r"^(who|why)$"):
        operating.replay(world.ledger, world.clock, ["order-1"], word, dry_run=False)
    assert world.job("order-1").state is State.DEAD


def resolve(world: World, job: str, verdict: Verdict, document: int | None = None) -> State:
    return operating.resolve(world.ledger, world.clock, job, verdict, IVANOVA, document=document).state


def test_a_persons_word_settles_a_doubt_to_printed_with_the_document_on_the_paper(world: World) -> None:
    doubt(world, "order-1")
    with pytest.raises(OperatorError, match=r"^document:"):
        resolve(world, "order-1", Verdict.PRINTED)
    taken = world.job("order-0").fiscal
    assert taken is not None
    with pytest.raises(OperatorError, match="document_before"):
        resolve(world, "order-1", Verdict.PRINTED, taken.document_number)
    assert resolve(world, "order-1", Verdict.PRINTED, 4711) is State.PRINTED
    settled = world.job("order-1").fiscal
    assert settled is not None
    assert settled.document_number == 4711
    assert resolve(world, "order-1", Verdict.PRINTED, 4711) is State.PRINTED
    with pytest.raises(OperatorError, match="not_in_doubt"):
        resolve(world, "order-1", Verdict.NOT_PRINTED)


def test_a_persons_word_that_it_did_not_print_allows_a_replay_that_asks_the_register_first(
    world: World,
) -> None:
    """The word may be wrong: the same uuid is asked for, so a receipt that printed after all is found and not repeated."""
    doubt(world, "order-1")
    sales = world.sales
    resolve(world, "order-1", Verdict.NOT_PRINTED)
    reason = world.job("order-1").reason
    assert reason is not None
    assert (reason.code, reason.text) == (ReasonCode.RESOLVED, "Ivanova")
    assert replay(world, "order-1").moved == ("order-1",)
    assert world.work("order-1").job.state is State.PRINTED
    assert world.sales == max(sales, 2)


def test_a_replay_behind_a_persons_word_is_not_ended_by_the_withdrawal_from_before(world: World) -> None:
    """The submission that lies canceled is proven unprinted once more, and the next number is sent at once."""
    world.register.stand_still()
    world.accept("order-1")
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT  # its fence did not pass
    resolve(world, "order-1", Verdict.NOT_PRINTED)
    world.register.go_on()
    sales = world.sales
    assert replay(world, "order-1").moved == ("order-1",)
    done = world.work("order-1").job
    assert (done.state, done.submission, world.sales) == (State.PRINTED, 2, sales + 1)


def test_what_is_proven_is_nobodys_to_change(world: World) -> None:
    die(world, "order-1")
    with pytest.raises(OperatorError, match="not_in_doubt"):
        resolve(world, "order-1", Verdict.PRINTED, 4711)


def test_a_doubt_that_moves_on_meanwhile_is_looked_at_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubt(world, "order-1")

    def taken(*_: object) -> None:
        raise PlaceTaken("somebody was quicker")

    monkeypatch.setattr(world.ledger, "act", taken)
    with pytest.raises(OperatorError, match="moved_on"):
        resolve(world, "order-1", Verdict.NOT_PRINTED)


def test_a_held_line_says_who_holds_it_until_it_is_released(world: World) -> None:
    operating.hold(world.ledger, world.clock, IVANOVA)
    assert world.ledger.recall()["held"] == "Ivanova: the paper is back"
    assert operating.release(world.ledger, world.clock, Word("Petrov"))
    assert "held" not in world.ledger.recall()
    assert not operating.release(world.ledger, world.clock, Word("Petrov"))


def test_only_a_dead_job_can_be_done_without(world: World) -> None:
    with pytest.raises(OperatorError, match="not_dead"):
        operating.forgo(world.ledger, world.clock, "order-0", IVANOVA)


def withdraw(world: World, job: str) -> State:
    word = Word("Ivanova", "the buyer has left")
    return operating.withdraw(world.ledger, world.clock, job, word, world.register).state


def test_what_waits_in_the_line_is_taken_back_and_says_by_whom_and_why(world: World) -> None:
    """It is dead and proven not printed, once however often it is said; the line goes on behind it."""
    world.accept("order-1")
    world.accept("order-2")
    sales = world.sales
    assert {withdraw(world, "order-1") for _ in range(2)} == {State.DEAD}
    answer = world.ledger.status("order-1")
    assert answer is not None
    assert (answer["verdict"], answer["reason"]["code"]) == ("not_printed", "withdrawn")
    assert "Ivanova: the buyer has left" in answer["reason"]["message_ru"]
    world.serve()
    assert world.sales == sales + 1
    assert world.job("order-2").state is State.PRINTED
    assert [act["act"] for act in world.ledger.acts(9)] == ["withdraw"]


def test_what_the_register_may_have_is_not_taken_back(world: World) -> None:
    """From the first POST on it may print at any moment: neither sent, nor waiting, nor printed."""
    for event, code in (
        ("submit_started", "at_the_register"),
        ("shown", "at_the_register"),
        ("printed", "at_its_end"),
    ):
        job = f"order-{event}"
        world.accept(job)
        world.ledger.crash_after = event
        with pytest.raises(CrashedError):
            world.work(job)
        before = world.job(job)
        with pytest.raises(OperatorError, match=code):
            withdraw(world, job)
        assert world.job(job) == before
        world.start_worker()
        world.serve()


def test_what_was_printed_before_a_wipe_is_not_taken_back(world: World) -> None:
    """Guard 6: Redis has forgotten the job, the CRM has sent it again, and the register knows that it printed."""
    wiped = World()
    wiped.register, wiped.clock = world.register, world.clock
    wiped.start_worker()
    wiped.accept("order-0")
    with pytest.raises(OperatorError, match="at_the_register"):
        withdraw(wiped, "order-0")
    world.register.reachable = False
    with pytest.raises(OperatorError, match="register_silent"):
        withdraw(wiped, "order-0")
    assert wiped.job("order-0").state is State.QUEUED


def test_a_document_from_before_the_job_is_not_its_own(world: World) -> None:
    """The FN had it before the job was sent."""
    doubt(world, "order-1")
    evidence = world.job("order-1").evidence
    assert evidence is not None
    assert evidence.document is not None
    with pytest.raises(OperatorError, match="document_before"):
        operating.resolve(
            world.ledger, world.clock, "order-1", Verdict.PRINTED, IVANOVA, document=evidence.document
        )


def test_a_doubt_is_not_taken_back(world: World) -> None:
    """That would say what nobody knows."""
    doubt(world, "doubtful")
    with pytest.raises(OperatorError, match="at_its_end"):
        withdraw(world, "doubtful")


def test_a_job_that_the_register_refused_for_now_is_proven_unprinted_and_may_be_taken_back(
    world: World,
) -> None:
    """No paper: it is in the line again, and the register's own documents say that it has not printed."""
    world.register.on_run(TaskRun(code=44, registered=False), of="sell", nth=1)
    world.accept("order-1")
    world.ledger.crash_after = "disproved"
    with pytest.raises(CrashedError):
        world.work("order-1")
    assert (world.job("order-1").state, world.job("order-1").submission) == (State.QUEUED, 1)
    assert withdraw(world, "order-1") is State.DEAD


def test_a_withdrawn_job_is_replayed_by_name_alone(world: World) -> None:
    """Many at once are replayed after an outage; a buyer who has left is no outage."""
    world.accept("order-1")
    withdraw(world, "order-1")
    die(world, "order-2")
    assert operating.replayable(world.ledger) == ["order-2"]
    assert operating.replayable(world.ledger, "withdrawn") == ["order-1"]
    assert replay(world, "order-1").moved == ("order-1",)
    assert world.work("order-1").job.state is State.PRINTED


def test_the_autopilots_own_jobs_are_not_taken_back() -> None:
    """It would only replay them: a line without a shift prints nothing."""
    world = World()
    world.keep_shift()
    world.register.driver.shift_state = "closed"
    world.accept("order-1")
    world.ledger.crash_before = "submit_started"
    with pytest.raises(CrashedError):
        world.serve()
    ours = world.ledger.head()
    assert ours is not None
    with pytest.raises(OperatorError, match="ours"):
        withdraw(world, ours)


def test_a_worker_that_is_about_to_send_a_job_that_was_taken_back_sends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen the same place; the worker writes there before it sends, so it learns that it lost."""
    world.accept("order-1")
    append = world.ledger.append

    def later(job: Job, event: Event) -> Job:
        if event.name == "submit_started":
            withdraw(world, job.id)
        return append(job, event)

    monkeypatch.setattr(world.ledger, "append", later)
    posted = len(world.register.slips)
    with pytest.raises(PlaceTaken):
        world.work("order-1")
    assert len(world.register.slips) == posted
    assert world.job("order-1").verdict is Verdict.NOT_PRINTED


def test_an_operator_who_is_a_moment_late_is_told_that_the_register_has_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job was loaded while it waited, and was sent meanwhile."""
    world.accept("order-1")
    before = world.job("order-1")
    world.work("order-1")
    monkeypatch.setattr(world.ledger, "load", lambda _: before)
    with pytest.raises(OperatorError, match="at_the_register"):
        withdraw(world, "order-1")
    world.register.lose_store()
    with pytest.raises(OperatorError, match="moved_on"):
        withdraw(world, "order-1")


def test_of_two_people_who_name_one_document_for_two_jobs_at_once_the_second_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both looked before either wrote: the ledger's own step tells them apart, and the refusal names the other job."""
    doubt(world, "order-1")
    world.accept("order-2")
    evidence, at = world.job("order-1").evidence, world.clock.now()
    for event in (
        SubmitStarted(at=at, submission=1, evidence=evidence, door="v2 http://127.0.0.1:9"),
        GaveUp(at=at, verdict=Verdict.IN_DOUBT, reason=Reason(code=ReasonCode.PROOF_UNREADABLE)),
    ):
        world.ledger.append(world.job("order-2"), event)
    look, others = world.ledger.recent, ["order-1"]

    def recent(limit: int) -> Sequence[str]:
        seen = look(limit)
        while others:
            resolve(world, others.pop(), Verdict.PRINTED, 4711)
        return seen

    monkeypatch.setattr(world.ledger, "recent", recent)
    with pytest.raises(OperatorError, match=r"document_taken: document 4711, other order-1"):
        resolve(world, "order-2", Verdict.PRINTED, 4711)
    assert world.job("order-2").in_doubt


def test_of_two_people_who_name_one_document_for_the_same_job_the_second_is_told_that_it_moved_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its document is its own, and no other job's."""
    doubt(world, "order-1")
    before = world.job("order-1")
    resolve(world, "order-1", Verdict.PRINTED, 4711)
    monkeypatch.setattr(operating, "known", lambda *_: before)
    with pytest.raises(OperatorError, match="moved_on"):
        operating.resolve(
            world.ledger, world.clock, "order-1", Verdict.PRINTED, Word("Petrov", "me too"), document=4711
        )


def test_a_number_beyond_what_the_fn_has_shown_is_told(world: World) -> None:
    """It may be right, since nobody has read the FN since; it may be a slip of the pen."""
    doubt(world, "order-1")
    last = int(world.ledger.recall()["accounted"])
    resolve(world, "order-1", Verdict.PRINTED, last + 40)
    assert operating.unseen(world.ledger, world.job("order-1")) == last
    world.ledger.remember(accounted=str(last + 40))
    assert operating.unseen(world.ledger, world.job("order-1")) is None
