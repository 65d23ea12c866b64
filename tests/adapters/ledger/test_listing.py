"""What a person may look at, on both ledgers: it needs no lease, and it changes nothing."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.adapters.ledger.bench import (
    AT,
    REGISTER,
    TASK,
    Bench,
    accept,
    dead,
    entry_of,
    printed,
    submitted,
    take_in,
    worker,
)
from worker.domain.events import Accepted, Printed, SubmitStarted
from worker.domain.job import State
from worker.domain.lifecycle import fold
from worker.domain.ports import Act, Candidate, Group, Ledger, Outline
from worker.domain.tasks import Kind
from worker.domain.verdicts import Verdict


@pytest.fixture
def looking(bench: Bench) -> Ledger:
    """A ledger without a lease, beside a worker that has taken in a to e: a open, b and c in doubt, d dead, e printed."""
    working = worker(bench)
    for job in "abcde":
        bench.enqueue(job)
        take_in(working)
    dead(working, "c", Verdict.IN_DOUBT)
    dead(working, "b", Verdict.IN_DOUBT)
    dead(working, "d", Verdict.NOT_PRINTED)
    printed(working, "e")
    return bench.ledger()


@pytest.mark.parametrize(
    ("group", "jobs"),
    [(Group.OPEN, ["a"]), (Group.DOUBTS, ["b", "c"]), (Group.DEAD, ["b", "c", "d"]), (Group.DONE, ["e"])],
)
def test_each_group_lists_its_jobs(looking: Ledger, group: Group, jobs: list[str]) -> None:
    assert sorted(looking.listed(group, 10)) == jobs


def test_open_jobs_and_doubts_stand_in_the_order_of_acceptance(bench: Bench, looking: Ledger) -> None:
    """Whoever reads the line reads it as it will print; the oldest doubt comes first, whenever it died."""
    working = worker(bench)
    for job in "xf":
        bench.enqueue(job)
        take_in(working)
    assert looking.listed(Group.OPEN, 10) == ["a", "x", "f"]
    assert looking.listed(Group.DOUBTS, 10) == ["b", "c"]


def test_a_list_is_read_in_pages(looking: Ledger) -> None:
    assert looking.listed(Group.DOUBTS, 1) == ["b"]
    assert looking.listed(Group.DOUBTS, 5, after=1) == ["c"]
    assert looking.listed(Group.DOUBTS, 5, after=2) == []
    assert looking.listed(Group.DOUBTS, 0) == []


def test_the_groups_are_counted_with_the_inbox_and_the_quarantine(bench: Bench, looking: Ledger) -> None:
    bench.push(b"no JSON")
    working = worker(bench)
    working.admit(Candidate(b"no JSON", why="cannot be read"))
    bench.enqueue("f")
    assert looking.counts() == {
        "open": 1,
        "stopped": 0,
        "doubts": 2,
        "dead": 3,
        "done": 1,
        "inbox": 1,
        "quarantine": 1,
    }
    (kept,) = looking.set_aside(5)
    assert kept[1:] == ("cannot be read", b"no JSON")


def test_a_history_is_read_as_it_was_written(looking: Ledger) -> None:
    assert looking.history("e") == [
        Accepted(at=AT, type="sell", kind=Kind.RECEIPT),
        SubmitStarted(at=AT, submission=1, evidence=None, door="v2"),
        Printed(at=AT),
    ]
    assert looking.history("nobody") == []


def test_an_outline_tells_answer_options_and_sum(bench: Bench) -> None:
    """What a list shows of a job is read without its history; the sum is that of the task, printed or not."""
    working = worker(bench)
    bench.push(entry_of("a"))
    history = [Accepted(at=AT, type="sell", kind=Kind.RECEIPT, total=Decimal("12.30"))]
    job = fold("a", REGISTER, history)
    working.admit(Candidate(entry_of("a"), job, history, TASK, "0" * 40, '{"sequence":"order-7"}'))
    submitted(working, "a")
    said = bench.status("a")
    assert said is not None
    assert bench.ledger().outlines(["a", "nobody"]) == [
        Outline(said, {"sequence": "order-7"}, Decimal("12.30")),
        None,
    ]


def test_a_glimpse_tells_the_answer_as_it_is_kept_and_the_sequence(bench: Bench, looking: Ledger) -> None:
    """The search looks through many jobs in it."""
    accept(bench, worker(bench), "z", "order-7")
    first, sequenced, unknown = looking.glimpses(["e", "z", "nobody"])
    assert first is not None
    assert json.loads(first[0]) == bench.status("e")
    assert sequenced is not None
    assert sequenced[1] == "order-7"
    assert unknown is None


def test_an_outline_of_a_stopped_job_says_behind_which_it_stands(bench: Bench) -> None:
    working = worker(bench)
    accept(bench, working, "sale", "o-1")
    accept(bench, working, "return", "o-1")
    dead(working, "sale", Verdict.NOT_PRINTED)
    (outline,) = bench.ledger().outlines(["return"])
    assert outline is not None
    assert outline.answer["reason"]["text"] == "sale"
    assert bench.ledger().listed(Group.STOPPED, 5) == ["return"]


def test_a_job_that_nobody_has_taken_in_is_known_as_the_crm_knows_it(bench: Bench) -> None:
    """While no worker runs, a person must not be told that the job is unknown."""
    bench.enqueue("a")
    (outline,) = bench.ledger().outlines(["a"])
    assert outline is not None
    assert (outline.answer["job"], outline.answer["state"], outline.total) == ("a", State.QUEUED.value, None)


def test_what_operators_did_is_read_back_the_latest_first(bench: Bench) -> None:
    looking = bench.ledger()
    looking.decree(Act("hold", "Ivanova", "stock-taking", AT), REGISTER, held="Ivanova: stock-taking")
    looking.decree(Act("release", "Petrov", "done", AT), REGISTER, held=None)
    assert [act["by"] for act in looking.acts(5)] == ["Petrov", "Ivanova"]
    assert looking.acts(1) == [{"act": "release", "what": REGISTER, "by": "Petrov", "why": "done", "at": AT}]
