"""The station's threads outlive what nobody has foreseen: nothing else does their work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from structlog.testing import capture_logs

from ops.chaos.shop import until
from tests.app.world import REGISTER, SALE, World
from worker.app.clock import RealClock
from worker.app.operating import Word, hold, release
from worker.app.owner import Owner
from worker.app.recovering import LeaseKeeper
from worker.app.standstill import Cause
from worker.app.station import Station
from worker.domain.answers import Strange
from worker.domain.errors import PlaceTaken, Unreadable
from worker.domain.job import Job, State
from worker.domain.policy import Limits
from worker.domain.ports import Admission, Candidate

LIMITS = Limits(lease_seconds=1e9, backoff_first_seconds=0.01, backoff_max_seconds=0.01)


class NobodyKnowsError(Exception):
    """What no `except` of the worker names."""


@pytest.fixture
def world() -> World:
    return World(LIMITS)


@contextmanager
def at_work(world: World, thread: str) -> Iterator[None]:
    """One of the station's threads runs."""
    clock = RealClock()
    station = Station(world.line, clock, Owner(REGISTER, None))
    running = Thread(target=getattr(station, thread), daemon=True)
    running.start()
    try:
        yield
    finally:
        clock.stop.set()
        running.join(5)


def failing(call: Callable[[Candidate], Admission], fails: Callable[[int, Candidate], bool]) -> Any:
    """`admit`, which fails before it has done anything."""
    calls: list[Candidate] = []

    def admit(candidate: Candidate) -> Admission:
        calls.append(candidate)
        if fails(len(calls), candidate):
            raise NobodyKnowsError
        return call(candidate)

    return admit


def test_a_lease_is_kept_after_an_error_that_nobody_knows_and_its_loss_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else learns of the loss: an idle worker before a wiped Redis would stay as it is for ever."""
    renewals: list[int] = []
    lost: list[str] = []

    def renew() -> bool:
        renewals.append(1)
        if len(renewals) == 1:
            raise NobodyKnowsError
        return False

    keeper = LeaseKeeper(world.ledger, RealClock(), 0.6, lost.append)
    monkeypatch.setattr(world.ledger, "renew", renew)
    assert keeper.acquire("host:1") is None
    until(lambda: lost, 5, "the loss told")
    assert len(renewals) == 2


def test_an_error_that_nobody_knows_costs_no_accepted_job(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CRM was answered: once may be chance, and the same entry is taken in by the next try (promise P2)."""
    monkeypatch.setattr(world.ledger, "admit", failing(world.ledger.admit, lambda nth, _: nth == 1))
    world.ledger.enqueue("order-1", json.dumps(SALE).encode())
    with at_work(world, "_take_in"):
        until(lambda: world.ledger.load("order-1"), 5, "the job in the ledger")
    assert not world.ledger.store.quarantine


def test_a_held_line_prints_nothing_and_settles_its_doubts(world: World) -> None:
    """Whoever held it may have done so for the doubt's sake: they shall see it settle (promises §2)."""
    world.accept("order-0")
    world.work("order-0")
    world.register.on_poll(Strange("gone fishing"), of="sell", nth=1)
    world.accept("doubtful")
    assert world.work("doubtful").job.in_doubt
    world.accept("order-2")
    word = Word("Ivanova", "the paper is odd")
    hold(world.ledger, world.clock, word)
    station = Station(world.line, RealClock(), Owner(REGISTER, None))
    world.line.guard = lambda: None  # the lease was not taken through this station
    running = Thread(target=station.run, args=("order-2", lambda *_, **__: None), daemon=True)
    running.start()
    try:
        until(lambda: world.job("doubtful").state is State.PRINTED, 5, "the doubt settled")
        assert world.job("order-2").submission == 0
    finally:
        release(world.ledger, world.clock, word)
    until(lambda: world.job("order-2").state is State.PRINTED, 5, "the job behind it printed")
    running.join(5)


def test_a_line_that_cannot_read_a_history_says_so_and_goes_on_when_it_can(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade that was taken back: what the newer version wrote may be a submission, so nothing is sent."""
    world.accept("order-1")
    newer = [True]
    load = world.ledger.load

    def unread(job: str) -> Job | None:
        if newer:
            raise Unreadable(job)
        return load(job)

    monkeypatch.setattr(world.ledger, "load", unread)
    station = Station(world.line, RealClock(), Owner(REGISTER, None))
    world.line.guard = lambda: None  # the lease was not taken through this station
    running = Thread(target=station.run, args=("order-1", lambda *_, **__: None), daemon=True)
    running.start()
    told = until(lambda: world.line.standstill, 5, "what the line says")
    assert (told.cause, told.text) == (Cause.HISTORY_UNREADABLE, "order-1")
    assert world.sales == 0
    newer.clear()
    running.join(5)
    assert (world.job("order-1").state, world.line.standstill) == (State.PRINTED, None)


def test_a_job_that_somebody_moved_meanwhile_is_loaded_again_and_no_ledger_called_away(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Redis answers: whoever reads the log must not look for a cable."""
    world.accept("order-1")
    load, quicker = world.ledger.load, [True]

    def moved(job: str) -> Job | None:
        if quicker.pop() if quicker else False:
            raise PlaceTaken("the history of order-1 has 2 entries: load it again")
        return load(job)

    monkeypatch.setattr(world.ledger, "load", moved)
    station = Station(world.line, RealClock(), Owner(REGISTER, None))
    world.line.guard = lambda: None  # the lease was not taken through this station
    with capture_logs() as lines:
        station.run("order-1", lambda *_, **__: None)
    assert world.job("order-1").state is State.PRINTED
    names = [line["event"] for line in lines]
    assert ("job.moved_on" in names, "ledger.unreachable" in names) == (True, False)


def test_an_entry_that_cannot_be_taken_in_does_not_hold_up_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes go into quarantine, and the line moves on."""
    monkeypatch.setattr(
        world.ledger,
        "admit",
        failing(world.ledger.admit, lambda _, one: one.job is not None and one.job.id == "order-1"),
    )
    for job in ("order-1", "order-2"):
        world.ledger.enqueue(job, json.dumps(SALE).encode())
    with at_work(world, "_take_in"):
        until(lambda: world.ledger.load("order-2"), 5, "the next job in the ledger")
    assert [b'"order-1"' in entry for _, entry in world.ledger.store.quarantine] == [True]


def test_doubts_are_settled_still_after_an_error_that_nobody_knows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A doubt with no job behind it has nobody but this thread."""
    looks = []

    def settle(*_: object) -> None:
        looks.append(1)
        raise NobodyKnowsError

    monkeypatch.setattr("worker.app.station.SETTLE_SECONDS", 0.01)
    monkeypatch.setattr("worker.app.station.settle_doubts", settle)
    monkeypatch.setattr(world.ledger, "doubts", lambda: ["order-1"])
    with at_work(world, "_settle"):
        until(lambda: len(looks) > 1, 5, "a second look")
