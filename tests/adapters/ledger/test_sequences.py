"""Jobs of one sequence stop behind a dead one of theirs, and nothing else stops (promises P4, guard 9), on both ledgers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.adapters.ledger.bench import (
    AT,
    LIMITS,
    Bench,
    MemoryBench,
    RedisBench,
    accept,
    dead,
    printed,
    worker,
)
from worker.domain.events import Disproved, Printed, Replayed
from worker.domain.ports import Act, Ledger
from worker.domain.verdicts import Verdict

REPLAYED = Replayed(at=AT, by="Ivanova", why="paper is back")
ACT = Act("replay", "Ivanova", "paper is back", AT)


def replay(ledger: Ledger, job: str) -> None:
    """A person's word, without a lease."""
    loaded = ledger.load(job)
    assert loaded is not None
    ledger.act(loaded, REPLAYED, ACT)


def standing(bench: Bench, job: str) -> tuple[str, str | None]:
    """State and reason as the CRM reads them."""
    answer = bench.status(job)
    assert answer is not None
    return answer["state"], answer["reason"] and f"{answer['reason']['code']} {answer['reason']['text']}"


@pytest.fixture
def ledger(bench: Bench) -> Ledger:
    """An order of three documents with another job between them."""
    ledger = worker(bench)
    for job, sequence in (
        ("sale", "o-1"),
        ("other", ""),
        ("return", "o-1"),
        ("resale", "o-1"),
        ("far", "o-2"),
    ):
        accept(bench, ledger, job, sequence)
    return ledger


def test_behind_a_dead_job_its_sequence_stops_and_nothing_else(bench: Bench, ledger: Ledger) -> None:
    dead(ledger, "sale", Verdict.NOT_PRINTED)
    assert ledger.open_jobs(9) == ["other", "far"]
    assert ledger.stopped() == {"return": "sale", "resale": "sale"}
    assert standing(bench, "return") == ("queued", "sequence_stopped sale")
    assert standing(bench, "other") == ("queued", None)


def test_a_doubt_stops_its_sequence_too(ledger: Ledger) -> None:
    dead(ledger, "sale", Verdict.IN_DOUBT)
    assert list(ledger.stopped()) == ["return", "resale"]


def test_what_comes_later_in_a_stopped_sequence_stops_as_well(bench: Bench, ledger: Ledger) -> None:
    dead(ledger, "sale", Verdict.NOT_PRINTED)
    accept(bench, ledger, "late", "o-1")
    assert ledger.open_jobs(9) == ["other", "far"]
    assert list(ledger.stopped()) == ["return", "resale", "late"]


def test_behind_a_task_that_was_refused_its_sequence_stops(bench: Bench) -> None:
    """It died when it was taken in, and never stood in the line."""
    ledger = worker(bench)
    accept(bench, ledger, "sale", "o-1", refused=True)
    accept(bench, ledger, "return", "o-1")
    assert ledger.stopped() == {"return": "sale"}


def test_a_replayed_job_goes_to_the_end_and_its_followers_behind_it(bench: Bench, ledger: Ledger) -> None:
    dead(ledger, "sale", Verdict.NOT_PRINTED)
    accept(bench, ledger, "new", "o-1")
    replay(bench.ledger(), "sale")
    assert ledger.open_jobs(9) == ["other", "far", "sale", "return", "resale", "new"]
    assert ledger.stopped() == {}
    assert standing(bench, "return") == ("queued", None)
    dead(ledger, "sale", Verdict.NOT_PRINTED)
    assert list(ledger.stopped()) == ["return", "resale", "new"]


def test_a_doubt_that_is_settled_to_printed_lets_its_followers_go(ledger: Ledger) -> None:
    """At the end of the line: a job that is under way must not lose its place at the head."""
    doubt = dead(ledger, "sale", Verdict.IN_DOUBT)
    ledger.append(doubt, Printed(at=AT))
    assert ledger.open_jobs(9) == ["other", "far", "return", "resale"]


def test_a_doubt_that_is_settled_to_not_printed_holds_them(ledger: Ledger) -> None:
    doubt = dead(ledger, "sale", Verdict.IN_DOUBT)
    ledger.append(doubt, Disproved(at=AT))
    assert list(ledger.stopped()) == ["return", "resale"]


def test_with_two_dead_the_first_must_go_first(bench: Bench) -> None:
    """Whatever is replayed first, the order of the sequence stays."""
    ledger = worker(bench)
    accept(bench, ledger, "sale", "o-1")
    dead(ledger, "sale", Verdict.NOT_PRINTED)
    accept(bench, ledger, "return", "o-1")
    accept(bench, ledger, "broken", "o-1", refused=True)
    accept(bench, ledger, "resale", "o-1")
    replay(ledger, "broken")
    assert list(ledger.stopped()) == ["return", "broken", "resale"]
    replay(ledger, "sale")
    assert ledger.open_jobs(9) == ["sale", "return", "broken", "resale"]


def test_a_person_may_let_them_go_on_without_the_dead_one(bench: Bench, ledger: Ledger) -> None:
    dead(ledger, "sale", Verdict.NOT_PRINTED)
    assert bench.ledger().forgo("sale", ACT) == 2
    assert bench.ledger().forgo("sale", ACT) == 0
    assert bench.ledger().forgo("nobody", ACT) == 0
    assert ledger.open_jobs(9) == ["other", "far", "return", "resale"]


def test_a_job_whose_followers_went_on_without_it_comes_back_alone(bench: Bench, ledger: Ledger) -> None:
    dead(ledger, "sale", Verdict.NOT_PRINTED)
    bench.ledger().forgo("sale", ACT)
    replay(ledger, "sale")
    assert ledger.open_jobs(9) == ["other", "far", "return", "resale", "sale"]


def test_freed_jobs_get_their_tickets_when_the_queue_is_made_anew(bench: Bench, ledger: Ledger) -> None:
    dead(ledger, "sale", Verdict.NOT_PRINTED)
    replay(bench.ledger(), "sale")
    ledger.rebuild()
    assert bench.queue() == ["other", "far", "sale", "return"]


def test_nothing_is_left_of_a_sequence_that_has_printed(redis_bench: RedisBench) -> None:
    """Keys must not pile up, one an order, for ever."""
    ledger = worker(redis_bench)
    for job in ("sale", "return"):
        accept(redis_bench, ledger, job, "o-1")
        printed(ledger, job)
    assert not redis_bench.client.exists(redis_bench.keys.sequence("o-1"))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["accept", "refuse", "print", "die", "doubt", "settle", "replay", "forgo"]),
        st.integers(0, 5),
    ),
    max_size=30,
)


def play(bench: Bench, ledger: Ledger, steps: list[tuple[str, int]]) -> list[object]:
    """Do what can be done of the steps; what the ledger says after each."""
    told: list[object] = []
    accepted: list[tuple[str, str]] = []
    forgone: set[str] = set()
    for number, (step, choice) in enumerate(steps):
        head, dead_jobs = ledger.head(), sorted(ledger.dead())
        chosen = dead_jobs[choice % len(dead_jobs)] if dead_jobs else None
        if step in {"accept", "refuse"}:
            job, sequence = f"job-{number}", ("", "s", "t")[choice % 3]
            accepted.append((job, sequence))
            accept(bench, ledger, job, sequence, refused=step == "refuse")
        elif step in {"print", "die", "doubt"} and head is not None:
            if step == "print":
                printed(ledger, head)
            else:
                dead(ledger, head, Verdict.IN_DOUBT if step == "doubt" else Verdict.NOT_PRINTED)
        elif step == "settle" and ledger.doubts():
            doubt = ledger.load(ledger.doubts()[0])
            assert doubt is not None
            ledger.append(doubt, Printed(at=AT) if choice % 2 else Disproved(at=AT))
        elif step == "replay" and chosen is not None and chosen not in ledger.doubts():
            replay(ledger, chosen)
        elif step == "forgo" and chosen is not None:
            ledger.forgo(chosen, ACT)
            forgone.add(chosen)
        hold_to_the_order(ledger, [entry for entry in accepted if entry[0] not in forgone])
        told.append(
            (list(ledger.open_jobs(99)), ledger.stopped(), sorted(ledger.dead()), list(ledger.doubts()))
        )
    return told


def hold_to_the_order(ledger: Ledger, accepted: list[tuple[str, str]]) -> None:
    """In the line a sequence stands in the order of acceptance, and nothing of it behind a dead one."""
    line, dead_jobs, stopped = list(ledger.open_jobs(99)), set(ledger.dead()), ledger.stopped()
    for name in ("s", "t"):
        members = [job for job, sequence in accepted if sequence == name]
        in_line = [job for job in line if job in members]
        assert in_line == sorted(in_line, key=members.index)
        first_dead = next((place for place, job in enumerate(members) if job in dead_jobs), len(members))
        assert all(members.index(job) < first_dead for job in in_line)
        assert all(job in stopped or job in dead_jobs or job not in line for job in members[first_dead:])


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_whatever_happens_a_sequence_keeps_its_order_in_memory(steps: list[tuple[str, int]]) -> None:
    bench = MemoryBench(LIMITS)
    play(bench, worker(bench), steps)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_both_ledgers_say_the_same(redis_url: str, steps: list[tuple[str, int]]) -> None:
    memory, real = MemoryBench(LIMITS), RedisBench(redis_url, LIMITS)
    try:
        real.wipe()
        assert play(real, worker(real), steps) == play(memory, worker(memory), steps)
    finally:
        real.close()
