"""
The server's worker: one thread that takes tasks in order and runs them (reference §5, §6, §7.3).

Two generations behave differently where a block, its siblings and its recovery are concerned; a task is treated by the
rules of the API by which it came in. Neither compares document numbers after a restart: what was not marked finished
runs again from its first sub-task.
"""

from __future__ import annotations

import logging
import os
import signal
import threading

from ops.simulator import errors, vocabulary
from ops.simulator.driver.errand import Errand
from ops.simulator.driver.tasks import Driver
from ops.simulator.errors import DriverError
from ops.simulator.faults import Fault, Faults
from ops.simulator.kkt.foreign import print_foreign
from ops.simulator.kkt.register import Register
from ops.simulator.line.store import INTERRUPTED, RUNNING, Block, Item, Store, Task

log = logging.getLogger(__name__)

BLOCKS_V1 = frozenset(
    {2, 3, 4, 15, *range(115, 123), 124, *range(133, 139), 141, 142, 159},
)  # reference §5.2
REASONS_V2 = {
    **dict.fromkeys((1, 2, 3, 4, 241), "connectionError"),
    **dict.fromkeys((115, 116, 159, 166, 177), "fnError"),
    **dict.fromkeys((44, 45, 46, 114), "paperError"),
}  # reference §5.3


class Executor(threading.Thread):
    """
    The thread.

    Args:
        store: where tasks come from and results go.
        register: what they are run on.
        driver: what runs them.
        faults: what is armed.
    """

    def __init__(self, store: Store, register: Register, driver: Driver, faults: Faults) -> None:
        super().__init__(name="executor", daemon=True)
        self._store, self._register, self._driver, self._faults = store, register, driver, faults
        self.stopping = threading.Event()
        self._opened = False
        self._stuck: set[str] = set()
        self._lock = threading.Lock()
        self._taken: list[str] = []

    def run(self) -> None:
        """Look for work until told to stop."""
        pause = self._register.condition.delays["loop"]
        while not self.stopping.wait(pause):
            try:
                pause = self._look()
            except Exception:  # as on the real server: what goes wrong in the loop is only logged (5.2)
                log.exception("the executor's loop")

    def _look(self) -> float:
        """Take one look for work. Returns how long to pause before the next."""
        condition = self._register.condition
        if not condition.active or not condition.power:
            self._opened = False
            return condition.delays["loop"]
        if not self._opened:
            self._opened = condition.linked
            if not self._opened:
                return condition.delays["reopen"]
        block = self._store.block()
        if block and not self._recover(block):
            return condition.delays["recover_v2" if block.reason else "recover"]
        task = self._take()
        if task:
            self._execute(task, 0)
        return condition.delays["loop"]

    def stop(self) -> None:
        """Stop after the running sub-task."""
        self.stopping.set()
        self.join(timeout=10)

    def seize(self, uuid: str) -> None:
        """Have a task be the next one whatever its row says: it had been fetched before it was canceled (2.3)."""
        with self._lock:
            self._taken.append(uuid)

    def forget(self) -> None:
        """Forget the tasks that were fetched or that nobody takes."""
        with self._lock:
            self._taken.clear()
            self._stuck.clear()

    def errand(self, task_type: str, uuid: str | None, generation: str | None) -> Errand:
        """Prepare one run of a sub-task."""
        return Errand(self._register, self._faults, self.stopping, task_type, uuid, generation)

    def _take(self) -> Task | None:
        with self._lock:
            if self._taken:
                return self._store.task(self._taken.pop(0))
        task = self._store.next(self._stuck)
        if task and self._strike(task, "pick_up"):
            self._stuck.add(task.uuid)
            return None
        return task

    def _execute(self, task: Task, first: int) -> None:
        """Run a task from its sub-task `first`; earlier ones are done."""
        if first == 0 and self._befallen(task):
            return
        failed = blocked = False
        for place in range(first, len(task.subtasks)):
            if blocked and task.generation == "v2":
                return  # v2 leaves the siblings of a blocked sub-task waiting
            self._store.write(task.uuid, place, RUNNING)
            if failed:
                self._store.write(task.uuid, place, INTERRUPTED)
                continue
            item, block = self._run(task, place)
            blocked, failed = block is not None, item.status != "ready"
            self._record(task, place, item, block)
        self._halt(task, "before_finish", 0)
        if not blocked and not self._strike(task, "finish_write"):
            self._store.finish(task.uuid)
            if self._strike(task, "task_finished"):
                self._store.wipe()

    def _record(self, task: Task, place: int, item: Item, block: Block | None) -> None:
        """Write what came of a sub-task: first the block, then the status, each in a commit of its own."""
        if block and not self._strike(task, "block_write", place):
            self._store.set_block(block)
        self._halt(task, "before_status", place)
        if not self._strike(task, "status_write", place):
            self._store.write(task.uuid, place, item)
        if block and self._strike(task, "blocked", place):
            print_foreign(self._register)

    def _run(self, task: Task, place: int) -> tuple[Item, Block | None]:
        subtask = task.subtasks[place]
        kind = subtask.get("type")
        errand = self.errand(kind if isinstance(kind, str) else "", task.uuid, task.generation)
        fiscal = isinstance(kind, str) and kind in vocabulary.FISCAL[task.generation]
        last_fd = -1
        with self._driver.lock:
            self._halt(task, "before_execute", place)
            try:
                if fiscal:
                    self._register.reach()
                    last_fd = self._register.condition.last_fd
                result = self._driver.run(subtask, errand)
            except DriverError as error:
                return self._failed(task, place, error, last_fd)
            except Exception:  # a slip of this program must not stop the line: it is an error of the library
                log.exception("subtask %s of %s", place, task.uuid)
                return Item("error", errors.INTERNAL, errors.TEXTS[errors.INTERNAL]), None
        item = Item("ready", errors.OK, errors.TEXTS[errors.OK], result)
        return item, self._paper_block(task, place, item, last_fd)

    def _failed(self, task: Task, place: int, error: DriverError, last_fd: int) -> tuple[Item, Block | None]:
        reason = self._reason(task, error.code)
        if last_fd < 0 or reason is None:
            return Item("error", error.code, error.description), None
        block = Block(task.uuid, place, last_fd, reason, error.code, error.description)
        return Item("blocked", error.code, error.description), block

    def _reason(self, task: Task, code: int) -> str | None:
        """Say why this error of a fiscal sub-task stops the queue; None when it does not."""
        if task.generation == "v1":
            return "" if code in BLOCKS_V1 else None
        reason = REASONS_V2.get(code)
        if reason == "paperError" and not self._store.settings()["blockQueueOnPrintErrors"]:
            return None
        return reason

    def _paper_block(self, task: Task, place: int, item: Item, last_fd: int) -> Block | None:
        # v2 stops with paperError though the sub-task itself is `ready` already (5.3).
        warnings = item.result.get("warnings") if isinstance(item.result, dict) else None
        stops = (
            task.generation == "v2"
            and last_fd >= 0
            and (warnings or {}).get("notPrinted")
            and self._store.settings()["blockQueueOnPrintErrors"]
        )
        return Block(task.uuid, place, last_fd, "paperError", errors.OK, "") if stops else None

    def _recover(self, block: Block) -> bool:
        """Try to end a block (6.2). Returns whether the queue goes on."""
        task = self._store.task(block.uuid)
        with self._driver.lock:
            if not self._register.condition.linked:
                return False
            if block.reason == "paperError" and not self._register.condition.can_print:
                return False
            closed = self._register.condition.last_fd > block.last_fd
            try:
                self._register.continue_print()
            except DriverError:
                if block.reason == "paperError":
                    return False
        items = self._store.items(block.uuid)
        was_blocked = bool(task) and block.place < len(items) and items[block.place].status == "blocked"
        if task and was_blocked:
            item = self._recovered(task, block) if closed else Item("error", block.code, block.description)
            self._store.write(block.uuid, block.place, item)
        self._store.set_block(None)
        if task and task.generation == "v2":
            self._siblings(task, block, go_on=closed or not was_blocked)
        elif task:
            self._store.finish(task.uuid)
        return True

    def _siblings(self, task: Task, block: Block, *, go_on: bool) -> None:
        if go_on:
            self._execute(task, block.place + 1)
            return
        for place in range(block.place + 1, len(task.subtasks)):
            self._store.write(task.uuid, place, INTERRUPTED)
        self._store.finish(task.uuid)

    def _recovered(self, task: Task, block: Block) -> Item:
        """Give the result of a document that was closed though nobody heard so: as much as can be had."""
        kind = task.subtasks[block.place]["type"]
        result = None
        if not self._strike(task, "recovery_result", block.place):
            if task.generation == "v1":
                asked = {"type": "getLastFiscalParams", "forReceipt": kind in vocabulary.FOR_RECEIPT}
                try:
                    with self._driver.lock:
                        result = self._driver.run(asked, self.errand("getLastFiscalParams", None, None))
                except DriverError:
                    result = None  # stays empty, as the reference says it may
            else:
                pending = bool(self._register.condition.pending)
                result = {
                    "fiscalParams": {"fiscalDocumentNumber": self._register.condition.last_fd},
                    "warnings": {"recovered": True, **({"notPrinted": True} if pending else {})},
                }
        return Item("ready", errors.OK, errors.TEXTS[errors.OK], result)

    def _befallen(self, task: Task) -> bool:
        """Let happen what was armed for a task's start. Returns whether the task has to wait for it."""
        fault = self._strike(task, "task_start")
        if fault:
            self._befall(fault.kind, fault.seconds)
        return fault is not None and fault.kind in {"kkt_off", "device_inactive"}

    def _befall(self, kind: str, seconds: float | None) -> None:
        with self._register.change() as condition:
            match kind:
                case "fn_swapped":
                    condition.insert_fn()
                case "clock_back":
                    condition.clock_offset_seconds -= 3600.0 if seconds is None else seconds
                case "kkt_off":
                    self._opened = False
                    if seconds is None:
                        condition.power = False
                    else:
                        condition.cut(seconds)
                case _:  # device_inactive
                    condition.active = False

    def _strike(self, task: Task, moment: str, place: int = 0) -> Fault | None:
        kind = task.subtasks[place].get("type") if task.subtasks else None
        return self._faults.strike(
            moment,
            task_type=kind if isinstance(kind, str) else None,
            uuid=task.uuid,
            generation=task.generation,
        )

    def _halt(self, task: Task, moment: str, place: int) -> None:
        if self._strike(task, moment, place):
            halt()


def halt() -> None:
    """End this process as a power cut would: no handler runs, nothing is flushed."""
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)
