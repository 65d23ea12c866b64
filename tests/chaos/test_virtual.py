"""The shop on virtual time: five hundred seeds hold every promise, and a guard that is taken out is missed by some."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from ops.chaos.virtual.run import play, run
from ops.chaos.virtual.shop import VirtualShop
from ops.cli.main import app
from worker.app import printing, reading
from worker.domain import lifecycle
from worker.domain.job import Job
from worker.domain.proof import Proof
from worker.domain.verdicts import Verdict

SEEDS = 500


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_five_hundred_seeds_break_no_promise() -> None:
    """Two workers, both generations, late POSTs, lost answers, wiped and rolled-back ledgers, frozen and killed workers."""
    first = int(os.environ["FISCALQ_TEST_SEED"])
    summary = run(first, SEEDS)
    assert summary.findings == []
    assert summary.seeds == SEEDS
    assert len(summary.faults) > 12
    assert summary.counts["printed"] > SEEDS


def test_a_seed_takes_the_same_way_each_time() -> None:
    """A finding can be looked at again."""
    stories = []
    for _ in range(2):
        shop = VirtualShop(11)
        shop.run()
        history = [json.loads(entry) for record in shop.store.jobs.values() for entry in record.history]
        moves = [(entry["at"], entry["name"]) for entry in history]  # a fence's uuid is drawn by the system
        stories.append((shop.told, shop.stage.moves, moves))
    assert stories[0] == stories[1]


def always_new(job: Job) -> int:
    return job.submission + 1


def never_looked(*_: Any) -> int:
    return 0


def printed_nothing(*_: Any) -> Proof:
    return Proof(Verdict.NOT_PRINTED)


@pytest.mark.parametrize(
    ("place", "name", "broken", "kinds"),
    [
        (lifecycle, "next_submission", always_new, {"twice"}),
        (printing, "newest_known", never_looked, {"twice", "dishonest_answers"}),
        (reading, "judge", printed_nothing, {"twice", "dishonest_answers"}),
    ],
    ids=["a number without the register's word", "not asked first", "no look at the FN"],
)
def test_a_guard_that_is_taken_out_is_missed(
    monkeypatch: pytest.MonkeyPatch, place: Any, name: str, broken: Callable[..., Any], kinds: set[str]
) -> None:
    """The simulation can fail: some seed of a small range breaks the promise that the guard is for."""
    monkeypatch.setattr(place, name, broken)
    found: set[str] = set()
    for seed in range(601, 1001):
        found |= {kind for kind, _ in play(seed).findings}
        if found & kinds:
            return
    pytest.fail(f"400 seeds found {found or 'nothing'} without it")


def test_the_command_says_what_it_played() -> None:
    ended = CliRunner().invoke(
        app, ["chaos", "--virtual", "--seeds", "4", "--first", "20", "--jobs", "1", "--json"]
    )
    line = json.loads(ended.stdout)
    assert ended.exit_code == 0
    assert (line["seeds"], line["first"], line["twice"], line["lost"]) == (4, 20, 0, 0)
