"""Two registers to hold against one contract: the adapter on a simulator's process, and the one in memory."""

from __future__ import annotations

import socket
from decimal import Decimal
from typing import Any, Literal, Protocol
from uuid import uuid4

from ops.chaos.virtual.fake_clock import FakeClock
from ops.chaos.virtual.fake_register import FakeRegister, Run
from tests.simulator.desk import Desk
from worker.adapters.atol.register import AtolRegister
from worker.app.clock import RealClock
from worker.domain.answers import Final, Pending, PollAnswer, Stage, Taken
from worker.domain.policy import Limits
from worker.domain.ports import Clock, Register

LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 10.0
Task = dict[str, Any]


class Bench(Protocol):
    """A register with an open shift, and what may be done to it."""

    @property
    def register(self) -> Register:
        """The one under test."""

    @property
    def clock(self) -> Clock:
        """Its time."""

    def stand_still(self) -> None:
        """From now on nothing is taken up."""

    def go_on(self) -> None:
        """Work again."""

    def err_next(self, code: int, *, registered: bool) -> None:
        """The next receipt ends with this error of the driver; `registered`: its document is closed all the same."""

    def block_next(self) -> None:
        """The link is lost after the next receipt was closed; the register finds out a moment later."""

    def linger_next(self) -> None:
        """The next receipt takes long enough to be seen while it runs."""

    def unreachable(self) -> Register:
        """A register of the same kind that is switched off."""

    def markers(self) -> list[str]:
        """The markers of all documents with one, in their order."""


class MemoryBench:
    """The register in memory."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.register = FakeRegister(self.clock)

    def stand_still(self) -> None:
        self.register.stand_still()

    def go_on(self) -> None:
        self.register.go_on()

    def err_next(self, code: int, *, registered: bool) -> None:
        self.register.on_run(Run(code=code, registered=registered), of="sell")

    def block_next(self) -> None:
        self.register.on_run(Run(code=2, registered=True, blocked=1.0), of="sell")

    def linger_next(self) -> None:
        """It takes 0.3 seconds anyway."""

    def unreachable(self) -> Register:
        register = FakeRegister(self.clock)
        register.reachable = False
        return register

    def markers(self) -> list[str]:
        return [slip.marker for slip in self.register.slips if slip.marker]


class SimulatorBench:
    """The adapter on a simulator, which is set up anew."""

    def __init__(self, desk: Desk, api: Literal["v1", "v2"]) -> None:
        self.clock = RealClock()
        self._desk = desk.fresh()
        self._api = api
        self.register = self._at(desk.url)
        settled(self, posted(self, {"type": "openShift", "operator": {"name": "Кассир"}}))

    def _at(self, url: str) -> AtolRegister:
        return AtolRegister(url, limits=Limits(), api=self._api)

    def stand_still(self) -> None:
        self._desk.turn(power=False)

    def go_on(self) -> None:
        self._desk.turn(power=True)

    def err_next(self, code: int, *, registered: bool) -> None:
        if registered:
            self._desk.arm("link_lost_after_close", type="sell", code=code, seconds=0.2)
        else:
            self._desk.arm("driver_error", type="sell", code=code)

    def block_next(self) -> None:
        self._desk.arm("link_lost_after_close", type="sell", code=2, seconds=0.4)

    def linger_next(self) -> None:
        self._desk.arm("slow", type="sell", seconds=0.4)

    def unreachable(self) -> Register:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            return self._at(f"http://127.0.0.1:{taken.getsockname()[1]}")

    def markers(self) -> list[str]:
        return [slip["marker"] for slip in self._desk.slips() if slip.get("marker")]


def sale(marker: str, price: str = "149.90") -> Task:
    """A receipt as the core posts one."""
    thing = {
        "type": "position",
        "name": "Хлеб",
        "price": Decimal(price),
        "quantity": 1,
        "amount": Decimal(price),
    }
    return {
        "type": "sell",
        "taxationType": "osn",
        "operator": {"name": "Кассир"},
        "items": [
            {**thing, "tax": {"type": "none"}},
            {"type": "additionalAttribute", "value": marker, "print": False},
        ],
        "payments": [{"type": "cash", "sum": Decimal(price)}],
    }


def posted(bench: Bench, task: Task) -> str:
    """Post a task that must be taken. Returns its uuid."""
    uuid = str(uuid4())
    assert bench.register.post(uuid, task) == Taken()
    return uuid


def settled(bench: Bench, uuid: str) -> PollAnswer:
    """The first answer that is not "under way"."""
    deadline = bench.clock.monotonic() + PATIENCE_SECONDS
    while isinstance(answer := bench.register.poll(uuid), Pending):
        assert bench.clock.monotonic() < deadline, f"{uuid} is still {answer}"
        bench.clock.pause(LOOK_SECONDS)
    return answer


def seen(bench: Bench, uuid: str, stage: Stage) -> bool:
    """Whether a submission is seen at a stage before it is final."""
    while isinstance(answer := bench.register.poll(uuid), Pending):
        if answer.stage is stage:
            return True
        bench.clock.pause(LOOK_SECONDS)
    return False


def read(bench: Bench, task: Task) -> dict[str, Any]:
    """The result of a reading that must come off."""
    answer = settled(bench, posted(bench, task))
    assert isinstance(answer, Final), answer
    assert answer.result is not None, answer
    return dict(answer.result)
