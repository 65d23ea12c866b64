"""How each fault of the catalogue is done."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from threading import Event

from ops.chaos.arena import STOP_SECONDS, Arena
from ops.chaos.catalogue import ALONG_WITH, STRIKES_ONE_JOB
from ops.chaos.checker import uuids
from ops.chaos.crm import Crm
from ops.chaos.plan import Throw
from ops.chaos.proxy import Proxy
from ops.chaos.rule import Deed, Side
from ops.chaos.shop import REGISTER, NotSeen, until

STRIKE_SECONDS = 9.0  # what has met nobody by then is taken back
EXPIRES_SECONDS = 10.0  # a lease, and the start of whoever takes over
OLD_HOURS = 25
STRIKES_WHATEVER_COMES = frozenset({"foreign_document", "http_delay"})  # their moments know no uuid
LEDGER = "fiscalq_"  # in every call of the worker to its functions

CODE_WITHOUT_BLOCK = 241  # of a lost link, behind which the register says `error` at once


class Deeds:
    """Does one fault after the other; each returns when it is over, but for those that are armed and strike later."""

    def __init__(self, arena: Arena, crm: Crm) -> None:
        self._arena = arena
        self._crm = crm
        self._never = Event()

    def do(self, fault: Throw) -> None:
        """Do it. Raises NotSeen when it met nobody."""
        if fault.kind in STRIKES_ONE_JOB:
            self._arm(fault)
        else:
            deed: Callable[[Throw], None] = getattr(self, f"_{fault.kind}")
            deed(fault)

    def _pause(self, seconds: float) -> None:
        self._never.wait(seconds)

    # the simulator's own

    def _arm(self, fault: Throw) -> None:
        uuid = uuids(REGISTER, fault.job)[0]
        more = {"seconds": fault.seconds} if fault.seconds else {}
        first = ALONG_WITH.get(fault.kind)
        if first:
            self._arena.arm(first, uuid=uuid, **(more if first.startswith("link") else {}))
            more = {}
        if fault.kind == "link_lost_after_close" and fault.variant % 3 == 0:
            more["code"] = CODE_WITHOUT_BLOCK
        if fault.kind == "post_delayed":
            more["reset"] = bool(fault.variant % 2)
        if fault.kind == "foreign_document":
            self._arena.record.foreign_printed()
        if fault.kind in STRIKES_WHATEVER_COMES:
            self._arena.arm(fault.kind, **more)
            return
        count = fault.variant % 3 + 1 if fault.kind.startswith("get_") else 1
        self._arena.arm(fault.kind, uuid=uuid, count=count, **more)

    # processes

    def _worker_killed(self, fault: Throw) -> None:
        self._arena.down("worker")
        self._pause(fault.seconds)
        self._arena.up("worker")

    def _worker_stopped(self, fault: Throw) -> None:
        self._arena.down("worker", signal.SIGTERM)
        self._pause(fault.seconds)
        self._arena.up("worker")

    def _worker_frozen(self, fault: Throw) -> None:
        """A standby takes over; the frozen one wakes up behind it."""
        before = until(self._arena.holder, EXPIRES_SECONDS, "a worker to freeze")
        worker = until(lambda: self._arena.processes.get("worker"), EXPIRES_SECONDS, "a worker to freeze")
        self._arena.start_standby()
        self._arena.let_go("worker")
        worker.send_signal(signal.SIGSTOP)
        try:
            until(lambda: self._arena.holder() not in {None, before}, EXPIRES_SECONDS, "the standby's turn")
            self._pause(fault.seconds)
        finally:
            worker.send_signal(signal.SIGCONT)
            with suppress(subprocess.TimeoutExpired):
                worker.wait(STOP_SECONDS)
            self._arena.down("standby", signal.SIGTERM if fault.variant % 3 else signal.SIGKILL)
            self._arena.up("worker")

    def _second_worker(self, fault: Throw) -> None:
        """Beside the first, by mistake; it ends by itself or is ended."""
        second = self._arena.start_worker("second")
        with suppress(subprocess.TimeoutExpired):
            second.wait(fault.seconds)
        self._arena.down("second", signal.SIGTERM)

    def _clock_stepped(self, fault: Throw) -> None:
        """An hour back, then two forward, while the worker prints."""
        self._arena.down("worker", signal.SIGTERM)
        self._arena.start_worker_with_clock()
        until(self._arena.is_held, EXPIRES_SECONDS, "the worker with the other clock")
        for offset in (-3600, 3600, 0):
            self._arena.offset.write_text(str(offset), "utf-8")
            self._pause(fault.seconds)

    def _redis_killed(self, fault: Throw) -> None:
        self._arena.server.kill()
        self._pause(fault.seconds)
        self._arena.server.start()

    def _register_killed(self, fault: Throw) -> None:
        self._arena.down("simulator")
        if fault.variant % 2:
            self._arena.web.refuse()  # as the system does for a port that nobody has
        self._pause(fault.seconds)
        self._arena.up("simulator")
        self._arena.web.accept()

    def _power_cut(self, fault: Throw) -> None:
        """Worker, register and Redis at once; they come back in an order that is drawn."""
        self._arena.down("worker")
        self._arena.down("simulator")
        self._arena.server.kill()
        self._pause(fault.seconds)
        back: list[Callable[[], None]] = [
            self._arena.server.start,
            lambda: self._arena.up("simulator"),
            lambda: self._arena.up("worker"),
        ]
        turn = fault.variant % 3
        for start in back[turn:] + back[:turn]:
            start()

    # what Redis may lose, or has no room for

    def _redis_wiped(self, _: Throw) -> None:
        def wipe() -> None:
            self._arena.client.flushall()

        self._crm.wipe(wipe)

    def _redis_replaced(self, fault: Throw) -> None:
        def replace() -> None:
            self._arena.replace_redis()
            self._pause(fault.seconds)

        self._crm.wipe(replace)

    def _disk_full(self, fault: Throw) -> None:
        """A limit on the size of its files stands for a small disk: the next write does not fit."""
        self._arena.fill_disk()
        self._pause(fault.seconds)
        self._arena.server.start()

    def _memory_full(self, fault: Throw) -> None:
        self._arena.client.config_set("maxmemory", 1)
        self._pause(fault.seconds)
        self._arena.client.config_set("maxmemory", 0)

    # the wires

    def _register_cut(self, _: Throw) -> None:
        self._arena.web.cut()

    def _redis_cut(self, _: Throw) -> None:
        self._arena.wire.cut()

    def _register_refused(self, fault: Throw) -> None:
        self._refuse(self._arena.web, fault.seconds)

    def _redis_refused(self, fault: Throw) -> None:
        self._refuse(self._arena.wire, fault.seconds)

    def _refuse(self, proxy: Proxy, seconds: float) -> None:
        proxy.refuse()
        self._pause(seconds)
        proxy.accept()

    def _register_slow(self, fault: Throw) -> None:
        """Every answer is late for a while, some of them later than the worker waits."""
        rule = self._arena.web.rule("", "delay", count=None, seconds=(0.2, 0.5, 1.0)[fault.variant % 3])
        self._pause(fault.seconds)
        rule.count = 0

    def _redis_slow(self, fault: Throw) -> None:
        rule = self._arena.wire.rule("", "delay", count=None, seconds=0.02)
        self._pause(fault.seconds)
        rule.count = 0

    def _redis_held(self, fault: Throw) -> None:
        """A ledger's write that has happened, and whose answer does not come; or one that comes late."""
        self._strike(self._arena.wire, LEDGER, "hold", ("answer", "request")[fault.variant % 2], fault)

    def _redis_doubled(self, fault: Throw) -> None:
        self._strike(self._arena.wire, LEDGER, "double", "request", fault)

    def _post_held(self, fault: Throw) -> None:
        self._strike(self._arena.web, self._post_of(fault.job), "hold", "request", fault)

    def _post_doubled(self, fault: Throw) -> None:
        self._strike(self._arena.web, self._post_of(fault.job), "double", "request", fault)

    def _post_cut(self, fault: Throw) -> None:
        self._strike(self._arena.web, self._post_of(fault.job), "cut", "request", fault)

    def _answer_cut(self, fault: Throw) -> None:
        self._strike(self._arena.web, uuids(REGISTER, fault.job)[0], "cut", "answer", fault)

    def _post_of(self, job: str) -> str:
        return f"POST /\\S+ .*{uuids(REGISTER, job)[0]}"

    def _strike(self, proxy: Proxy, pattern: str, deed: Deed, side: Side, fault: Throw) -> None:
        """Once, at the next exchange that matches; what is held passes after the fault's seconds."""
        rule = proxy.rule(pattern, deed, side, after=fault.variant % 60)
        try:
            if not rule.caught.wait(STRIKE_SECONDS):
                raise NotSeen(f"{fault.kind} met nobody")
            self._pause(fault.seconds)
        finally:
            rule.count = 0
            rule.release()

    # the register and whoever stands before it

    def _register_off(self, fault: Throw) -> None:
        self._turned(fault, power=False)

    def _device_inactive(self, fault: Throw) -> None:
        self._turned(fault, active=False)

    def _register_clock_back(self, fault: Throw) -> None:
        self._arena.turn(clock_offset_seconds=-3600)
        self._pause(fault.seconds)
        self._arena.turn(clock_offset_seconds=0)

    def _turned(self, fault: Throw, **switch: bool) -> None:
        self._arena.turn(**switch)
        self._pause(fault.seconds)
        self._arena.turn(**{name: not value for name, value in switch.items()})

    def _foreign_receipt(self, _: Throw) -> None:
        """Somebody else's client prints."""
        self._arena.record.foreign_printed()
        self._arena.tell("/_sim/foreign", None)

    def _shift_grown_old(self, _: Throw) -> None:
        """More than a day: the register refuses receipts until somebody has closed it (68)."""
        self._arena.turn(shift_hours=OLD_HOURS)
