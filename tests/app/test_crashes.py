"""
The worker ends before and after every write and every call of a job's way, each in turn: one document, a true verdict.

Exhaustive, over the fakes; the same with real processes and signals is drawn by lot in tests/crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest

from ops.chaos.virtual.fake_register import Run
from tests.app.world import CrashedError, World
from worker.app.recovering import settle_doubts
from worker.domain.answers import Unanswered
from worker.domain.job import Job
from worker.domain.policy import Limits
from worker.domain.verdicts import Verdict

LEDGER, REGISTER = ("append", "remember"), ("post", "poll", "delete")
WORKS_MAX = 50  # goes at the jobs of one story before they count as never ending
IMPATIENT = Limits(lease_seconds=1e9, wait_max_seconds=10, withdraw_max_seconds=8, count_every_seconds=5)
CASH = {"type": "cashIn", "cashSum": 100}


class Crossings:
    """Counts the moments before and after each write and call; at one of them the worker ends."""

    def __init__(self, world: World, fatal: int | None) -> None:
        self.passed: list[str] = []
        self._fatal = fatal
        for part, names in ((world.ledger, LEDGER), (world.register, REGISTER)):
            for name in names:
                setattr(part, name, self._around(name, getattr(part, name)))

    def _around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def watched(*args: Any, **named: Any) -> Any:
            self._cross(f"before {name}")
            came = call(*args, **named)
            self._cross(f"after {name}")
            return came

        return watched

    def _cross(self, moment: str) -> None:
        self.passed.append(moment)
        if len(self.passed) - 1 == self._fatal:
            raise CrashedError(moment)


def sale(world: World) -> None:
    """Nothing goes wrong."""


def refused(world: World) -> None:
    """No paper: refused with proof, submitted again."""
    world.register.on_run(Run(code=44, registered=False))


def printed_with_an_error(world: World) -> None:
    """The link is lost behind the registration."""
    world.register.on_run(Run(code=2, registered=True))


def blocked(world: World) -> None:
    """The register cannot tell for a while."""
    world.register.on_run(Run(code=2, registered=True, blocked=5))


def unanswered(world: World) -> None:
    """The first POST is stored, a later one is not, and nobody says so."""
    world.register.on_post(Unanswered("cut"), of="sell", stored=True)
    world.register.on_post(Unanswered("cut"), of="sell", stored=False, nth=2)


def lands_late(world: World) -> None:
    """A POST that was given up arrives more than an hour later, and finds its place taken."""
    world.register.on_post(Unanswered("cut"), of="sell", stored=True, after=5000)
    world.at(1.75, lambda: setattr(world.register, "silent", True))  # right behind that POST
    world.at(120, lambda: setattr(world.register, "silent", False))


def out_of_reach(world: World) -> None:
    """Nobody connects for half a minute."""
    world.register.reachable = False
    world.at(30, lambda: setattr(world.register, "reachable", True))


def withdrawn(world: World) -> None:
    """The register stands still for longer than a job is waited for."""
    world.at(1.5, world.register.stand_still)
    world.at(25, world.register.go_on)


def withdrawn_too_late(world: World) -> None:
    """It says that it has removed what it prints all the same."""
    world.register.on_delete()
    withdrawn(world)


def store_lost(world: World) -> None:
    """The server's database is new, in the middle of a job."""
    world.at(1.8, world.register.lose_store)


def printed_twice(world: World) -> None:
    """The register's server repeats the task by itself (fault 5)."""
    world.register.on_run(Run(times=2))


STORIES: dict[Callable[[World], None], Verdict] = {
    sale: Verdict.PRINTED,
    refused: Verdict.PRINTED,
    printed_with_an_error: Verdict.PRINTED,
    blocked: Verdict.PRINTED,
    unanswered: Verdict.PRINTED,
    lands_late: Verdict.NOT_PRINTED,
    out_of_reach: Verdict.PRINTED,
    withdrawn: Verdict.NOT_PRINTED,
    withdrawn_too_late: Verdict.PRINTED,
    store_lost: Verdict.PRINTED,
    printed_twice: Verdict.PRINTED,
}
"""What becomes of the first sale while nobody ends the worker."""


def play(story: Callable[[World], None], fatal: int | None, *, anew: bool) -> tuple[World, Crossings]:
    """
    Two sales and a cash-in under one story, with the worker's end at one crossing, to their own end.

    Args:
        story: arms what goes wrong at the register.
        fatal: the crossing, counted from zero; None for a recording.
        anew: a new process goes on; else the same one, which still holds what it had in memory.

    """
    world = World(IMPATIENT)
    story(world)
    world.accept("order-1")
    world.accept("cash", CASH)
    world.accept("order-2")
    crossings = Crossings(world, fatal)
    for _ in range(WORKS_MAX):
        with dying(world, anew=anew):
            while (head := world.ledger.head()) is not None:
                world.work(head)
            settle_doubts(world.line, {})
            if not world.ledger.doubts():
                break
    world.clock.pause(10_000)  # what is on its way to the register has time to arrive
    return world, crossings


@contextmanager
def dying(world: World, *, anew: bool) -> Iterator[None]:
    """If the worker ends here, the next one begins."""
    try:
        yield
    except CrashedError:
        if anew:
            world.start_worker()


def wrong(world: World, story: Callable[[World], None]) -> list[str]:
    """What of the end does not hold."""
    found = []
    for name in ("order-1", "order-2"):
        job, slips = world.job(name), len(world.register.slips_of(world.job(name).marker or ""))
        again = name == "order-1" and story is printed_twice
        if slips > (2 if again else 1):
            found.append(f"{name}: {slips} documents")
        found += untrue(job, slips > 0)
    return found + untrue(world.job("cash"), world.register.driver.drawer - drawer_of_sales(world) > 0)


def drawer_of_sales(world: World) -> Any:
    """What the sales brought in."""
    return sum(slip.total for slip in world.register.slips if slip.type == "sell")


def untrue(job: Job, is_there: bool) -> list[str]:
    """A verdict that says something else than the register has."""
    true = Verdict.PRINTED if is_there else Verdict.NOT_PRINTED
    return [] if job.verdict is true else [f"{job.id}: {job.state}/{job.verdict}, and there: {is_there}"]


def fatal_moments(passed: list[str], *, anew: bool) -> list[int]:
    """
    Where to end the worker: everywhere, but in the middle of looks that follow upon each other.

    A new process cannot tell "after this call" from "before the next one".
    """

    def is_one_look_of_many(number: int) -> bool:
        around = passed[max(number - 3, 0) : number + 4]
        return all(moment.endswith("poll") for moment in around)

    return [
        number
        for number, moment in enumerate(passed)
        if not is_one_look_of_many(number)
        and not (anew and moment.startswith("after") and number + 1 < len(passed))
    ]


@pytest.mark.parametrize("anew", [True, False], ids=["a new process", "the same process"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_worker_that_ends_at_any_moment_is_gone_on_from(
    story: Callable[[World], None], anew: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every moment before and after each write and call: settled, at most one document, the verdict is the truth."""
    monkeypatch.setattr("worker.app.printing.uniform", lambda low, _: low)  # the same way each time
    world, whole = play(story, None, anew=anew)
    assert wrong(world, story) == []
    assert world.job("order-1").verdict is STORIES[story]
    failures = []
    for fatal in fatal_moments(whole.passed, anew=anew):
        world, crossings = play(story, fatal, anew=anew)
        assert crossings.passed[fatal] == whole.passed[fatal]
        failures += [f"#{fatal} {whole.passed[fatal]}: {text}" for text in wrong(world, story)]
    assert failures == []
