"""
Virtual time for several workers at once: one of them moves at a time, and the seed says which.

Each worker is a thread that hands the baton back at every pause and around every call that leaves it; the stage gives
it to whoever is due next. What was planned for a moment happens at that moment, whoever waits. So the same seed takes
the same way each time, and an hour costs nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random
from threading import Lock, Thread

from ops.chaos.virtual.fake_clock import FakeClock

CALL_SECONDS = 0.01  # a call takes up to so long, in which the others may move
NEVER = float("inf")


def closed() -> Lock:
    """A lock that somebody else opens: the cheapest way to hand over between two threads."""
    lock = Lock()
    lock.acquire()
    return lock


class Killed(BaseException):
    """The process of this worker has ended here."""


class StageClock(FakeClock):
    """The stage's own time; the workers pause by handing the baton back."""

    def next_plan(self) -> float:
        """When the next planned thing is due."""
        return self._plans[0][0] if self._plans else NEVER

    def advance(self, to: float) -> None:
        """Let time pass in which nobody does anything."""
        self._seconds = max(self._seconds, to)

    def strike(self) -> None:
        """Do what is due next."""
        seconds, _, action = heapq.heappop(self._plans)
        self.advance(seconds)
        action()


class Actor:
    """One worker's place on the stage: when it goes on, and whether it is to end where it stands."""

    def __init__(self, stage: Stage, name: str, life: Callable[[], None]) -> None:
        """`life` is one process of the worker, from its start to its end; another follows it."""
        self.name = name
        self.due = 0.0
        self.frozen_until = 0.0
        self.is_doomed = False
        self.calls = 0
        self.deaths: dict[int, tuple[str, float]] = {}
        self._stage = stage
        self._life = life
        self._baton = closed()
        self._thread = Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    @property
    def wakes_at(self) -> float:
        """When it is due, and not frozen."""
        return max(self.due, self.frozen_until)

    def wait(self, seconds: float) -> None:
        """Hand the baton back for so long. Raises Killed when the process is to end."""
        self.due = self._stage.clock.monotonic() + seconds
        self._stage.baton.release()
        self._baton.acquire()
        if self.is_doomed or self._stage.is_over:
            raise Killed

    def take(self) -> None:
        """Called by the stage: the actor moves until it hands the baton back."""
        self._baton.release()
        self._stage.baton.acquire()

    def _live(self) -> None:
        self._baton.acquire()
        while not self._stage.is_over:
            self.is_doomed = False
            try:
                self._life()
                self.wait(1.0)
            except Exception as error:  # noqa: BLE001 - whatever it is, the process would have died of it
                self._stage.raised.append(f"{self.name}: {type(error).__name__}: {error}")
                self._rest()
            except Killed:
                if self._stage.is_over:
                    break
                self._rest()
        self._stage.baton.release()

    def _rest(self) -> None:
        """Until the supervisor starts the next process."""
        self.is_doomed = False
        self.due = self._stage.clock.monotonic() + self._stage.random.uniform(0.5, 3.0)
        self._stage.baton.release()
        self._baton.acquire()


class Stage:
    """The clock, the actors and the seed that decides between them."""

    def __init__(self, random: Random) -> None:
        """Nobody is on it yet."""
        self.random = random
        self.clock = StageClock()
        self.baton = closed()
        self.actors: list[Actor] = []
        self.is_over = False
        self.moves = 0
        self.raised: list[str] = []

    def enter(self, name: str, life: Callable[[], None]) -> Actor:
        """Add an actor."""
        self.actors.append(Actor(self, name, life))
        return self.actors[-1]

    def run(self, until: Callable[[], bool], limit: float) -> None:
        """Let things happen until it is so, or until the clock shows `limit`."""
        while not until():
            self.moves += 1
            soonest = min((actor.wakes_at for actor in self.actors), default=NEVER)
            if min(soonest, self.clock.next_plan()) > limit:
                self.clock.advance(limit)
                return
            if self.clock.next_plan() <= soonest:
                self.clock.strike()
                continue
            self.clock.advance(soonest)
            due = [actor for actor in self.actors if actor.wakes_at <= soonest]
            self.random.choice(due).take()

    def close(self) -> None:
        """End every actor."""
        self.is_over = True
        for actor in self.actors:
            actor.take()
