"""What may go wrong in the virtual shop, drawn by the seed; each kind says what it did, so that a finding tells a story."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

from ops.chaos.virtual.fake_register import FakeRegister, Run
from ops.chaos.virtual.stage import StageClock
from ops.chaos.virtual.worker import VirtualWorker
from worker.adapters.ledger.store import MemoryStore
from worker.domain.answers import NeverSent, NotNow, Silent, Strange, Turned, Unanswered

MOMENTS = (0.05, 0.3, 0.7, 1.2, 2.0, 3.0, 10.0, 30.0, 61.0, 65.0, 95.0, 200.0)
LENGTHS = (0.2, 1.0, 5.0, 15.0, 40.0, 100.0)
DELAYS = (0.0, 0.1, 0.3, 0.6, 1.0, 2.0, 5.0, 30.0, 100.0, 400.0)
ENDS = MOMENTS[-1] + LENGTHS[-1]  # after this nothing new goes wrong; what is on its way may land later
CODES = (2, 3, 4, 44, 45, 241, 115, 9999, 66, 501, 68, 32, 151)
PASSING = frozenset({2, 3, 4, 241})  # a lost link, over which the register may block
READINGS = (
    "getFnInfo",
    "getFnStatus",
    "getFnDocument",
    "getDeviceInfo",
    "getRegistrationInfo",
    "getShiftStatus",
)
NO_DATA = frozenset({"changed", "is_away"})  # of the store: what a replica does not hold
CALLS = 60  # a worker's first calls, of which one may be its last

APART: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # A store that is lost while a POST is on its way, or with the ledger: named limits (promises, ends of §1 and §2).
        "store": frozenset({"post", "post_late", "late", "wipe", "roll_back", "run"}),
        "wipe": frozenset({"store", "late", "post_late"}),
        "roll_back": frozenset({"store", "late", "post_late"}),
    }
)


@dataclass
class Weather:
    """Draws faults and plans them; `kinds` counts what was drawn, `story` says it."""

    random: Random
    clock: StageClock
    register: FakeRegister
    store: MemoryStore
    workers: Sequence[VirtualWorker]
    resend: Callable[[], None]
    kinds: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    _taken: set[tuple[str, str | None, int]] = field(default_factory=set)

    def draw(self, count: int) -> None:
        """Plan so many faults, none of which is kept apart from another."""
        deeds: dict[str, Callable[[], str]] = {
            name.removeprefix("_do_"): getattr(self, name) for name in dir(self) if name.startswith("_do_")
        }
        for _ in range(count):
            banned = frozenset[str]().union(*(APART.get(kind, frozenset()) for kind in self.kinds))
            allowed = [
                name
                for name in sorted(deeds)
                if name not in banned and not APART.get(name, frozenset()) & set(self.kinds)
            ]
            kind = self.random.choice(allowed)
            self.kinds.append(kind)
            self.story.append(f"{kind}: {deeds[kind]()}")

    # the network

    def _do_post(self) -> str:
        """A POST that is not answered, not sent or refused; what is stored is stored at once."""
        said: Any = self.random.choice(
            [Unanswered("cut"), NeverSent("refused"), NotNow(403, "inactive"), Turned(413, "too large")]
        )
        stored = isinstance(said, Unanswered) and self.random.random() < 0.5  # noqa: PLR2004 - an even chance
        return f"{said} stored={stored}, {self._plan('post', said, stored=stored)}"

    def _do_post_late(self) -> str:
        """A POST that is cut off and lands when it likes."""
        after = self.random.choice(DELAYS)
        return f"lands after {after}, {self._plan('post', Unanswered('cut'), stored=True, after=after)}"

    def _do_poll(self) -> str:
        said: Any = self.random.choice([Silent("HTML")] * 4 + [Strange("resting")])
        return f"{said}, {self._plan('poll', said)}"

    def _do_reading(self) -> str:
        of = self.random.choice(READINGS)
        verb, said = self.random.choice(
            [
                ("run", Run(code=2)),
                ("run", Run(code=241)),
                ("poll", Silent("500")),
                ("post", Unanswered("cut")),
                ("post", NeverSent("no")),
            ]
        )
        return f"{said}, {self._plan(verb, said, of=of)}"

    def _do_outage(self) -> str:
        name, value = self.random.choice([("reachable", False), ("silent", True)])
        return self._for_a_while(
            f"{name}={value}",
            lambda: setattr(self.register, name, value),
            lambda: setattr(self.register, name, not value),
        )

    # the register

    def _do_run(self) -> str:
        """A task that ends otherwise than it should: error, block, false or bare `ready`, printed twice."""
        code = self.random.choice((*CODES, 0, 0))
        run = Run(
            code=code,
            registered=self.random.choice((True, False)) if code else None,
            blocked=self.random.choice((0.0, 0.0, 5.0, 100.0)) if code in PASSING else 0.0,
            times=2 if self.random.random() < 0.2 else 1,  # noqa: PLR2004 - one in five
            bare=self.random.random() < 0.2,  # noqa: PLR2004 - likewise
        )
        return f"{run}, {self._plan('run', run)}"

    def _do_delete(self) -> str:
        return self._plan("delete", None)

    def _do_still(self) -> str:
        return self._for_a_while("the queue stands still", self.register.stand_still, self.register.go_on)

    def _do_store(self) -> str:
        return self._at("the register forgets every task", self.register.lose_store)

    def _do_foreign(self) -> str:
        return self._at("somebody else prints", lambda: self.register.print_foreign(Decimal("1.00")))

    def _do_shift(self) -> str:
        state = self.random.choice(("expired", "closed"))
        return self._at(f"the shift is {state}", lambda: self.register.driver.turn_shift(state))

    def _do_pace(self) -> str:
        self.register.run_seconds = self.random.choice((0.01, 1.0, 5.0, 20.0))
        return f"{self.register.run_seconds} s a task"

    # the workers and the ledger

    def _do_killed(self) -> str:
        worker = self.random.choice(self.workers)
        call, side = self.random.randint(1, CALLS), self.random.choice(("before", "after"))
        worker.actor.deaths[call] = (side, 0.0)
        return f"{worker.name} {side} its call {call}"

    def _do_late(self) -> str:
        """A worker killed behind a request that has left."""
        worker, call = self.random.choice(self.workers), self.random.randint(1, CALLS)
        delay = self.random.choice(DELAYS)
        worker.actor.deaths[call] = ("late", delay)
        return f"{worker.name} in its call {call}, which arrives after {delay}"

    def _do_frozen(self) -> str:
        worker, begins, lasts = self._worker(), self._moment(), self.random.choice(LENGTHS)
        self.clock.at(begins, lambda: setattr(worker.actor, "frozen_until", begins + lasts))
        return f"{worker.name} at {begins} for {lasts}"

    def _do_stopped(self) -> str:
        worker = self._worker()

        def stop() -> None:
            worker.is_stopping = True
            worker.actor.due = self.clock.monotonic()

        return self._at(f"SIGTERM to {worker.name}", stop)

    def _do_redis_away(self) -> str:
        return self._for_a_while(
            "Redis is away",
            lambda: setattr(self.store, "is_away", True),
            lambda: setattr(self.store, "is_away", False),
        )

    def _do_wipe(self) -> str:
        def wipe() -> None:
            self.store.wipe()
            self.clock.at(self.clock.monotonic() + self.random.uniform(0.1, 5.0), self.resend)

        return self._at("Redis is wiped", wipe)

    def _do_roll_back(self) -> str:
        begins, lasts = self._moment(), self.random.choice(LENGTHS)
        kept: dict[str, Any] = {}

        def remember() -> None:
            kept.update(
                {
                    one.name: deepcopy(getattr(self.store, one.name))
                    for one in fields(self.store)
                    if one.name not in NO_DATA
                }
            )

        def restore() -> None:
            for name, value in kept.items():
                setattr(self.store, name, value)
            self.clock.at(self.clock.monotonic() + self.random.uniform(0.1, 5.0), self.resend)

        self.clock.at(begins, remember)
        self.clock.at(begins + lasts, restore)
        return f"to what it was at {begins}, after {lasts}"

    # how it is planned

    def _worker(self) -> VirtualWorker:
        return self.random.choice(self.workers)

    def _moment(self) -> float:
        return self.random.choice(MOMENTS)

    def _at(self, what: str, deed: Callable[[], None]) -> str:
        moment = self._moment()
        self.clock.at(moment, deed)
        return f"{what} at {moment}"

    def _for_a_while(self, what: str, begin: Callable[[], None], end: Callable[[], None]) -> str:
        begins, lasts = self._moment(), self.random.choice(LENGTHS)
        self.clock.at(begins, begin)
        self.clock.at(begins + lasts, end)
        return f"{what} at {begins} for {lasts}"

    def _plan(self, verb: str, said: Any, of: str | None = None, **more: Any) -> str:
        """Two plans must not strike the same call: the later one gives way."""
        nth = self.random.randint(1, 4)
        while (verb, of, nth) in self._taken:
            nth += 1
        self._taken.add((verb, of, nth))
        given = () if said is None else (said,)
        getattr(self.register, f"on_{verb}")(*given, of=of, nth=nth, **more)
        return f"{verb} {nth} of {of or 'any task'}"
