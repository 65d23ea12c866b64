"""The shop at which faults are thrown: its processes, kept running as a service manager would, and the wires between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, RLock, Thread
from typing import Any
from urllib.parse import urlsplit

import redis

from ops.chaos.proxy import Proxy
from ops.chaos.record import Record
from ops.chaos.shop import KEY, WORKER, NotSeen, Shop, until
from ops.redis.server import RunningRedis, guard

if sys.platform != "win32":
    import resource

# Short, so that a run has time for many faults; the relations between them are those of a shop.
LIMITS = {
    "WAIT_MAX_SECONDS": "5",
    "COUNT_EVERY_SECONDS": "0.5",
    "WITHDRAW_MAX_SECONDS": "3",
    "PRINT_MAX_SECONDS": "2",
    "PROOF_MAX_SECONDS": "15",
    "DOUBT_HOLD_SECONDS": "6",
    "BACKOFF_FIRST_SECONDS": "0.05",
    "BACKOFF_MAX_SECONDS": "0.3",
    "CONNECT_MAX_SECONDS": "1",
    "READ_MAX_SECONDS": "0.8",
    "LEASE_SECONDS": "2",
    "DEAF_SECONDS": "6",
}
HEALTHY = {"power": True, "active": True, "paper": True, "link": "up", "clock_offset_seconds": 0}
QUICK = {"pace": 0, "delays": {"loop": 0.02, "recover": 0.05, "recover_v2": 0.05, "reopen": 0.1}}
KEPT_VARIABLES = {"FISCALQ_ALLOW_UNSAFE_REDIS"}

FULL_SECONDS = 10.0  # a worker writes several times in each second in which a job is on its way
START_SECONDS = 30.0  # of one program
STOP_SECONDS = 20.0  # a worker hands over at once; a stopped one that does not is killed
REST_SECONDS = 0.2  # a service manager's pause between an end and the next start
PAPER_SECONDS = 1.0  # between two looks at the paper
LOOK_SECONDS = 0.05  # between two looks at the processes


class Arena(Shop):
    """`web` stands before the register and `wire` before Redis; the CRM and the checker go past both."""

    def __init__(self, directory: Path, server: RunningRedis, api: str, record: Record) -> None:
        """Start nothing yet."""
        super().__init__(directory, server.url)
        self.server = server
        self.api = api
        self.record = record
        self.web = self._register_door(directory / "register-port")
        self.wire = Proxy(urlsplit(server.url).port or 0, remember=0)
        self.offset = directory / "clock-offset"
        config = directory / "fiscalq.toml"
        config.touch()  # an empty one: the settings of the place where the command runs are not ours
        self.environment = {
            "FISCALQ_CONFIG": str(config),
            "FISCALQ_REDIS_URL": f"redis://127.0.0.1:{self.wire.port}/0",
            "FISCALQ_REGISTERS__KASSA_1__URL": f"http://127.0.0.1:{self.web.port}",
            "FISCALQ_REGISTERS__KASSA_1__SHIFT_AUTOPILOT": "true",
            "FISCALQ_LOG_LEVEL": "info",
            **{f"FISCALQ_LIMITS__{name}": value for name, value in LIMITS.items()},
        }
        self._guards: dict[str, subprocess.Popen[bytes]] = {}
        self._kept: dict[str, Callable[[], object]] = {}
        self._lock = RLock()
        self._over = Event()
        self._keepers = [
            Thread(target=keeper, daemon=True) for keeper in (self._keep_running, self._load_paper)
        ]

    def _register_door(self, kept: Path) -> Proxy:
        """A run that is resumed finds its register at the address at which its jobs were sent, unless that is taken."""
        try:
            web = Proxy(self.port, remember=0, port=int(kept.read_text("utf-8")) if kept.exists() else 0)
        except OSError:
            web = Proxy(self.port, remember=0)
        kept.write_text(str(web.port), "utf-8")
        return web

    def open(self) -> None:
        """Start register and worker; returns when the CRM may enqueue."""
        self.up("simulator")
        self.turn(**QUICK, **HEALTHY)
        self.up("worker")
        for keeper in self._keepers:
            keeper.start()
        until(self.is_held, START_SECONDS, "a worker that holds the register")

    def is_held(self) -> bool:
        """Whether some worker holds the register."""
        return self.holder() is not None

    # programs

    def up(self, name: str) -> None:
        """Start a program, and keep it running from now on."""
        starters: dict[str, Callable[[], object]] = {
            "simulator": self._start_register,
            "worker": self.start_worker,
        }
        with self._lock:
            if name in self.processes:  # one that has just ended, or does not end
                self.down(name)
            starters[name]()
            self._kept[name] = starters[name]

    def let_go(self, name: str) -> None:
        """Do not start a program again when it ends."""
        with self._lock:
            self._kept.pop(name, None)

    def down(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End a program, and leave it ended."""
        with self._lock:
            self._kept.pop(name, None)
            process = self.processes.get(name)
            if process is None:
                return
            with suppress(ProcessLookupError):
                process.send_signal(how)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._forget(name)

    def start_worker_with_clock(self) -> None:
        """Start the worker with a wall clock that follows the file `offset`; once it ends, the ordinary one comes."""
        with self._lock:
            self.worker = ("-m", "ops.chaos.stepped_clock", str(self.offset), *WORKER[2:])
            try:
                self.up("worker")
            finally:
                self.worker = WORKER

    def start_standby(self) -> None:
        """Start a worker that takes over when the first is gone."""
        self.start_worker("standby", FISCALQ_STANDBY="1")

    def _start_register(self) -> None:
        self.record.register_started(max(self.printed(), self._closed()))
        self.start_simulator("--api", self.api)

    def _closed(self) -> int:
        """How many documents are on the FN; the log may lack one that was closed just before its server was killed."""
        kkt = self.directory / "register" / "register.s3db"
        if not kkt.exists():
            return 0
        with closing(sqlite3.connect(kkt)) as database:
            return int(database.execute("SELECT COUNT(*) FROM documents").fetchone()[0])

    def printed(self) -> int:
        """How many documents the register's log holds."""
        slips = self.directory / "register" / "slips.jsonl"
        return slips.read_bytes().count(b"\n") if slips.exists() else 0

    def _start(self, name: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        with self._lock:
            process = super()._start(name, *arguments, **environment)
            self._guards[name] = guard(process.pid)  # type: ignore[assignment]
            return process

    def surroundings(self) -> dict[str, str]:
        """Ours without settings of fiscalq, which belong to another shop."""
        return {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("FISCALQ_") or name in KEPT_VARIABLES
        }

    def _forget(self, name: str) -> None:
        """Of a program that has ended; its guard must not be left to kill a number that another has been given."""
        self.processes.pop(name)
        guarding = self._guards.pop(name, None)
        if guarding is not None:
            guarding.kill()
            guarding.wait()
            if guarding.stdin is not None:
                guarding.stdin.close()

    def _load_paper(self) -> None:
        """As whoever stands at the register does, not at once."""
        while not self._over.wait(PAPER_SECONDS):
            with suppress(OSError):
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_sim/state", timeout=5) as answer:
                    paper = json.loads(answer.read())["paper"]
                if not paper:
                    self.tell_register("/_sim/state", {"paper": True})

    def _keep_running(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with self._lock:
                ended = [name for name, process in self.processes.items() if process.poll() is not None]
                for name in ended:
                    self._forget(name)
            if not ended or self._over.wait(REST_SECONDS):
                continue
            with self._lock:
                for name in ended:
                    if name in self._kept and name not in self.processes:
                        with suppress(AssertionError):  # not up in time: looked at again
                            self._kept[name]()

    # Redis

    def holder(self) -> str | None:
        """Who holds the register; None while nobody does, or Redis is away."""
        with suppress(redis.RedisError):
            lease: Any = self.client.get(f"{KEY}:lease")
            return str(lease).split()[0] if lease else None
        return None

    def fill_disk(self) -> None:
        """Leave Redis no room for another byte, and wait until it has ended for it."""
        if sys.platform == "win32" or not hasattr(resource, "prlimit") or self.server.pid is None:
            raise NotSeen("a disk can be filled only where there is prlimit")
        tail = max(
            (self.server.directory / "appendonlydir").glob("*.incr.aof"),
            key=lambda path: path.stat().st_mtime_ns,
        )
        size = tail.stat().st_size
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (size, size))
        try:
            until(lambda: self.server.pid is None, FULL_SECONDS, "the end of Redis on a full disk")
        except NotSeen:
            resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            raise

    def replace_redis(self) -> None:
        """A new disk: data and functions are gone."""
        self.server.kill()
        shutil.rmtree(self.server.directory / "appendonlydir", ignore_errors=True)
        self.server.start()

    # the register's hands, which have patience with a register that is about to be started again

    def turn(self, **switches: Any) -> None:
        """Turn switches of the register."""
        self.tell("/_sim/state", switches)

    def arm(self, kind: str, **fields: Any) -> None:
        """Arm a fault of the simulator."""
        self.tell("/_sim/faults", {"kind": kind, **fields})

    def tell(self, path: str, body: Mapping[str, Any] | None) -> None:
        """Send something to the register's control pages, as soon as there is a register."""

        def try_it() -> bool:
            try:
                self.tell_register(path, body)
            except urllib.error.HTTPError:  # an answer, and a mistake of ours
                raise
            except OSError:
                return False
            return True

        until(try_it, START_SECONDS, f"an answer to {path}")

    def armed(self) -> list[dict[str, Any]]:
        """What is armed, with how often each struck."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_sim/faults", timeout=5) as answer:
                faults: list[dict[str, Any]] = json.loads(answer.read())["faults"]
                return faults
        except OSError:
            return []

    def disarm(self) -> None:
        """Mend everything that a fault may have left: wires, register, extra workers, Redis."""
        self.web.disarm()
        self.wire.disarm()
        for proxy in (self.web, self.wire):
            proxy.accept()
        self.server.start()
        self.offset.unlink(missing_ok=True)
        for name in ("standby", "second"):
            self.down(name, signal.SIGTERM)

        def try_it() -> bool:
            call = urllib.request.Request(f"http://127.0.0.1:{self.port}/_sim/faults", method="DELETE")
            with suppress(OSError), urllib.request.urlopen(call, timeout=5):
                return True
            return False

        until(try_it, START_SECONDS, "the register's control pages")
        self.turn(**HEALTHY)

    def close(self) -> None:
        """End everything but Redis."""
        self._over.set()
        for keeper in self._keepers:
            if keeper.is_alive():
                keeper.join(START_SECONDS)
        with self._lock:
            self._kept.clear()
            for process in self.processes.values():
                process.kill()
            for name in list(self.processes):
                self.processes[name].wait()
                self._forget(name)
        self.client.close()
        self.web.close()
        self.wire.close()
