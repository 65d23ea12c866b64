"""One run of one sub-task: who asked, what may go wrong on the way, how long each stage takes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from decimal import Decimal

from ops.simulator import errors
from ops.simulator.errors import DriverError
from ops.simulator.faults import Fault, Faults
from ops.simulator.jsontext import Fields
from ops.simulator.kkt.receipt import money
from ops.simulator.kkt.register import Register

SLOW_SECONDS = 60.0  # a marking code may take that long (reference §9.3)


@dataclass(frozen=True)
class Errand:
    """
    What the driver needs beside the task.

    Args:
        register: where it runs.
        faults: what was armed.
        stopping: set when the program ends, so that no delay holds it up.
        task_type: the task's `type`.
        uuid: of the posted task; None for what nobody posted.
        generation: `v1` or `v2`.
    """

    register: Register
    faults: Faults
    stopping: threading.Event
    task_type: str
    uuid: str | None = None
    generation: str | None = None

    def strike(self, moment: str, *, named: bool = False) -> Fault | None:
        """Ask whether something is armed for this moment of this task; `named`: only what names the task's type."""
        return self.faults.strike(
            moment, task_type=self.task_type, uuid=self.uuid, generation=self.generation, named=named
        )

    def stage(self, name: str, *, named: bool = False) -> None:
        """
        Pass one stage of a document, where the link or the paper may be lost.

        Args:
            name: out of faults.STAGES.
            named: faults without a task type pass by: they were meant for a fiscal document, not for a question.

        Raises: DriverError, with what was armed or because the register cannot be reached.
        """
        fault = self.strike(name, named=named)
        if fault:
            self._befall(fault)
        self.register.reach()

    def spend(self, delay: str) -> None:
        """Take the time that this work takes."""
        condition = self.register.condition
        self.stopping.wait(condition.delays[delay] * condition.pace)

    def slip(self, task_type: str, total: Decimal | None = None, marker: str | None = None) -> Fields:
        """Give the oracle's entry for a document of this errand."""
        sum_ = None if total is None else f"{money(total):.2f}"
        return {"type": task_type, "total": sum_, "uuid": self.uuid, "marker": marker}

    def lose_paper(self) -> None:
        """Pass the moment between the FN and the paper."""
        if self.strike("before_paper"):
            with self.register.change() as condition:
                condition.paper = False

    def _befall(self, fault: Fault) -> None:
        match fault.kind:
            case "slow":
                self.stopping.wait(SLOW_SECONDS if fault.seconds is None else fault.seconds)
            case "paper_out_before_registration":
                with self.register.change() as condition:
                    condition.paper = False
            case "driver_error":
                raise DriverError(fault.code or errors.NO_CONNECTION)
            case _:
                with self.register.change() as condition:
                    condition.cut(1.0 if fault.seconds is None else fault.seconds or None)
                raise DriverError(fault.code or self.register.condition.link_code)
