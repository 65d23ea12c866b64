"""What an operator decides reaches the worker, and is kept, on both ledgers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.adapters.ledger.bench import AT, TASK, Bench, RedisBench, accept, dead, printed, worker
from worker.domain.errors import ContractError, IllegalEvent, LedgerError, PlaceTaken
from worker.domain.events import Disproved, Printed, Replayed
from worker.domain.job import State
from worker.domain.ports import Act
from worker.domain.verdicts import Fiscal, Verdict

BY = Act("replay", "Ivanova", "paper is back", AT)
AGAIN = Replayed(at=AT, by="Ivanova", why="paper is back")
EDITED = AGAIN.model_copy(update={"edited": ("clientInfo.emailOrPhone",)})
OTHER = b'{"type":"sell","items":[],"total":0.10,"clientInfo":{"emailOrPhone":"a@b.ru"}}'


def test_an_accepted_fn_is_told_to_the_worker_without_a_lease(bench: Bench) -> None:
    """Fault 18: the operator has no lease, and needs none."""
    working = worker(bench)
    working.remember(fn="9999078900001234")
    act = Act("accept_fn", "Ivanova", "replaced", AT)
    bench.ledger().decree(act, "9999078900009999", accept_fn="9999078900009999")
    assert working.recall() == {"fn": "9999078900001234", "accept_fn": "9999078900009999"}
    bench.ledger().decree(act, "9999078900009999", accept_fn=None)
    assert working.recall() == {"fn": "9999078900001234"}


def test_a_replayed_job_takes_a_new_place_at_the_end_without_a_lease(bench: Bench) -> None:
    working = worker(bench)
    for job in ("a", "b"):
        accept(bench, working, job)
    given_up = dead(working, "a", Verdict.NOT_PRINTED)
    moved = bench.ledger().act(given_up, AGAIN, BY)
    assert moved.state is State.QUEUED
    assert (working.load("a"), working.open_jobs(9), working.dead()) == (moved, ["b", "a"], [])


def test_of_two_replays_of_one_job_the_second_finds_its_place_taken(bench: Bench) -> None:
    """Fault 19: each moves once; the same call once more, after an answer that was lost, changes nothing."""
    working = worker(bench)
    accept(bench, working, "a")
    given_up = dead(working, "a", Verdict.NOT_PRINTED)
    first, second = bench.ledger(), bench.ledger()
    first.act(given_up, AGAIN, BY)
    first.act(given_up, AGAIN, BY)
    with pytest.raises(PlaceTaken):
        second.act(given_up, AGAIN.model_copy(update={"by": "Petrov"}), BY)
    printed(working, "a")
    assert working.open_jobs(9) == []


def test_an_edited_replay_sends_the_new_task_and_keeps_the_one_of_the_crm(bench: Bench) -> None:
    """Design §3, fault 16: the CRM that repeats its bytes is told the same job; the edited ones are none of its."""
    working = worker(bench)
    accept(bench, working, "a")
    given_up = dead(working, "a", Verdict.NOT_PRINTED)
    bench.ledger().act(given_up, EDITED, BY, OTHER)
    assert (working.task("a"), working.tasks(["a", "b"])) == (OTHER, [OTHER, None])
    assert working.tasks(["a", "b"], edited=False) == [TASK, None]
    assert working.history("a")[-1] == EDITED
    assert (bench.enqueue("a", TASK)["duplicate"], bench.quarantine()) == (True, [])
    with pytest.raises(ContractError, match="FISCALQ_CONFLICT"):
        bench.enqueue("a", OTHER)
    again = dead(working, "a", Verdict.NOT_PRINTED)
    bench.ledger().act(again, AGAIN, BY)
    assert working.task("a") == OTHER  # a plain replay leaves it as it was edited


@pytest.mark.parametrize("first", [None, OTHER], ids=["plain", "edited"])
def test_an_edit_that_comes_second_changes_neither_history_nor_task(
    bench: Bench, first: bytes | None
) -> None:
    """Bytes and entry are one step: whoever loses the place writes nothing at all, and no act is kept."""
    working = worker(bench)
    accept(bench, working, "a")
    given_up = dead(working, "a", Verdict.NOT_PRINTED)
    bench.ledger().act(given_up, AGAIN if first is None else EDITED, BY, first)
    with pytest.raises(PlaceTaken):
        bench.ledger().act(given_up, EDITED.model_copy(update={"by": "Petrov"}), BY, b"{}")
    assert (working.task("a"), len(working.acts(9))) == (first or TASK, 1)
    assert working.open_jobs(9) == ["a"]


def test_two_edits_of_one_person_at_the_same_moment_are_not_one(bench: Bench) -> None:
    """The entry names paths and no values: who came second is told so, who repeats a call that was cut off is not."""
    working = worker(bench)
    accept(bench, working, "a")
    given_up = dead(working, "a", Verdict.NOT_PRINTED)
    for _ in range(2):
        bench.ledger().act(given_up, EDITED, BY, OTHER)
    with pytest.raises(PlaceTaken):
        bench.ledger().act(given_up, EDITED, BY, TASK)
    assert working.task("a") == OTHER
    assert len(working.acts(9)) == 1


def test_an_edit_of_a_doubt_writes_nothing(bench: Bench) -> None:
    working = worker(bench)
    accept(bench, working, "a")
    doubt = dead(working, "a", Verdict.IN_DOUBT)
    with pytest.raises(IllegalEvent):
        bench.ledger().act(doubt, EDITED, BY, OTHER)
    assert (working.task("a"), working.load("a"), working.acts(9)) == (TASK, doubt, [])


def test_an_edit_over_a_key_of_another_kind_writes_nothing(redis_bench: RedisBench) -> None:
    """What a stranger left on the task's key must fail before the history grows, since functions do not roll back."""
    working = worker(redis_bench)
    accept(redis_bench, working, "a")
    given_up = dead(working, "a", Verdict.NOT_PRINTED)
    redis_bench.client.set(redis_bench.keys.task("a"), "garbage")
    with pytest.raises(LedgerError, match="WRONGTYPE"):
        redis_bench.ledger().act(given_up, EDITED, BY, OTHER)
    redis_bench.client.delete(redis_bench.keys.task("a"))
    with pytest.raises(PlaceTaken):
        redis_bench.ledger().act(given_up, EDITED, BY, OTHER)
    assert (working.load("a"), working.acts(9)) == (given_up, [])


def test_an_edit_adds_no_key_to_a_job(redis_bench: RedisBench) -> None:
    """So whatever removes a job by its keys removes both texts of its task."""
    working = worker(redis_bench)
    accept(redis_bench, working, "a")
    given_up = dead(working, "a", Verdict.NOT_PRINTED)
    before = set(redis_bench.client.keys("*:a"))
    redis_bench.ledger().act(given_up, EDITED, BY, OTHER)
    assert set(redis_bench.client.keys("*:a")) == before
    assert redis_bench.client.hgetall(redis_bench.keys.task("a")) == {
        b"task": TASK,
        b"options": b"{}",
        b"edited": OTHER,
    }


def test_a_doubt_that_a_person_settles_is_no_doubt_any_more(bench: Bench) -> None:
    working = worker(bench)
    accept(bench, working, "a")
    doubt = dead(working, "a", Verdict.IN_DOUBT)
    word = Disproved(at=AT, by="Ivanova", why="not among the receipts")
    settled = bench.ledger().act(doubt, word, Act("resolve", "Ivanova", "not among the receipts", AT))
    assert (settled.state, settled.verdict) == (State.DEAD, Verdict.NOT_PRINTED)
    assert (working.doubts(), working.dead()) == ([], ["a"])


def test_a_document_is_said_to_be_of_one_job_however_close_two_words_are(bench: Bench) -> None:
    """One document proves at most one job: who comes second finds the place taken, who repeats a word changes nothing."""
    working = worker(bench)
    doubts = []
    for job in ("a", "b"):
        accept(bench, working, job)
        doubts.append(dead(working, job, Verdict.IN_DOUBT))
    act = Act("resolve", "Ivanova", "on the paper", AT, document="9999078900001234.4711")
    word = Printed(at=AT, fiscal=Fiscal(document_number=4711), by="Ivanova", why="on the paper")
    for _ in range(2):
        assert bench.ledger().act(doubts[0], word, act).state is State.PRINTED
    with pytest.raises(PlaceTaken):
        bench.ledger().act(doubts[1], word, act)
    assert working.doubts() == ["b"]
    assert [one["what"] for one in working.acts(9)] == ["a"]
    elsewhere = replace(act, document="9999078900009999.4711")  # each FN counts from 1
    assert bench.ledger().act(doubts[1], word, elsewhere).state is State.PRINTED


def test_a_document_is_free_again_when_the_fn_shows_another_one(bench: Bench) -> None:
    """A person had misread the number."""
    working = worker(bench)
    for job in ("a", "b"):
        accept(bench, working, job)
    doubts = [dead(working, job, Verdict.IN_DOUBT) for job in ("a", "b")]
    act = Act("resolve", "Ivanova", "on the paper", AT, document="9999078900001234.4711")
    word = Printed(at=AT, fiscal=Fiscal(document_number=4711), by="Ivanova", why="on the paper")
    named = bench.ledger().act(doubts[0], word, act)
    working.append(named, Printed(at=AT, fiscal=Fiscal(document_number=4712, sign="3849583049")))
    assert bench.ledger().act(doubts[1], word, act).state is State.PRINTED


def test_each_act_is_kept_with_name_reason_and_time(redis_bench: RedisBench) -> None:
    working = worker(redis_bench)
    accept(redis_bench, working, "a")
    redis_bench.ledger().act(dead(working, "a", Verdict.NOT_PRINTED), AGAIN, BY)
    kept = redis_bench.client.xrange(redis_bench.keys.acts)
    assert [fields for _, fields in kept] == [  # type: ignore[union-attr]
        {b"act": b"replay", b"what": b"a", b"by": b"Ivanova", b"why": b"paper is back", b"at": AT.encode()}
    ]
