"""
The process behind the demonstration: it starts Redis, the simulated register and a Celery worker, and ends them again.

It lives until its standard input is closed (then the demonstration has ended, however it ended), or, when it is to
keep running, until SIGTERM. What it has to say stands in `stage.json`: where everything is, or what did not start.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from secrets import token_hex
from threading import Event, Thread
from typing import Any, NoReturn

import redis

from ops.demo.agreement import LOCK, NOTE, READY_SECONDS, STOP_SECONDS, NotStarted
from ops.demo.day import CASHIER, TAX, TAXATION
from ops.redis.program import RedisUnavailable
from ops.redis.server import RunningRedis, durable_redis

if sys.platform != "win32":
    import fcntl

REGISTER = "kassa-1"
LOOK_SECONDS = 0.05  # between two looks at a program that is starting


class Program:
    """One of our own programs as a process of its own, which writes a log."""

    def __init__(self, name: str, arguments: Sequence[str], folder: Path, environ: dict[str, str]) -> None:
        """Start it."""
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ops.cli.main", *arguments],
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the demonstration, which ends this one in order
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def must_run(self) -> None:
        """Raise NotStarted when it has ended by itself."""
        code = self._process.poll()
        if code is not None:
            raise NotStarted("demo.gave_up", what=self.name, code=code, log=str(self.log))

    def ask_to_end(self) -> None:
        """Send it SIGTERM."""
        self._process.terminate()

    def end(self) -> None:
        """Wait for its end, and end it by force when it does not listen."""
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main(folder: Path, *, keep: bool) -> int:
    """Run the stage in `folder` until told to end. Returns 1 when something did not start or ended by itself."""
    over = Event()
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: over.set())
    if not keep:
        Thread(target=_await_end_of_input, args=(over,), daemon=True).start()
    with _lock(folder), contextlib.ExitStack() as stack:
        try:
            programs = _raise_curtain(folder, stack, over)
            while not over.wait(LOOK_SECONDS):
                for program in programs:
                    program.must_run()
        except RedisUnavailable as problem:
            _note(folder, failed="demo.redis_away", facts={"text": str(problem)})
            return 1
        except NotStarted as problem:
            _note(folder, failed=problem.name, facts=problem.facts)
            return 1
    return 0


def _await_end_of_input(over: Event) -> None:
    sys.stdin.read()
    over.set()


def _raise_curtain(folder: Path, stack: contextlib.ExitStack, over: Event) -> list[Program]:
    """Start Redis, then register and worker side by side; note where they are as soon as all are ready."""
    began = time.monotonic()
    server = stack.enter_context(durable_redis(folder / "redis"))
    took = {"redis": time.monotonic() - began}
    # A Redis that is lent may serve a shop: nothing of the demonstration may meet the shop's own jobs.
    register = REGISTER if server.kind != "external" else f"demo-{token_hex(4)}"
    if server.kind == "external":
        stack.callback(_sweep, server.url, register)
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environ = _settings(folder, server, register, url)
    simulator = Program(
        "simulator", ["simulator", "--port", str(port), "--state", "simulator"], folder, environ
    )
    worker = Program("worker", ["worker", register], folder, environ)
    programs = [worker, simulator]
    stack.callback(_end, programs)
    from ops.cli.door import Door  # slow, and both programs are starting meanwhile
    from worker.app.settings import load_settings

    with Door(load_settings(environ)) as door:
        took[simulator.name] = _await(lambda: _answers(f"{url}/_sim/tape"), simulator, began, over)
        took[worker.name] = _await(lambda: door.holder(register) is not None, worker, began, over)
    _note(
        folder,
        redis={"url": server.url, "version": server.version, "kind": server.kind},
        simulator={"url": url, "pid": simulator.pid},
        worker={"pid": worker.pid, "log": str(worker.log)},
        register=register,
        took=took,
    )
    return programs


def _end(programs: Sequence[Program]) -> None:
    """End them side by side: the worker hands over at once, whatever the register does meanwhile."""
    for program in programs:
        program.ask_to_end()
    for program in programs:
        program.end()


def _await(is_ready: Callable[[], bool], program: Program, began: float, over: Event) -> float:
    """Wait until a program is ready. Returns the seconds since `began`. Raises NotStarted."""
    while not is_ready():
        program.must_run()
        if time.monotonic() - began > READY_SECONDS:
            raise NotStarted(
                "demo.not_ready", what=program.name, seconds=f"{READY_SECONDS:g}", log=str(program.log)
            )
        if over.wait(LOOK_SECONDS):
            break
    return time.monotonic() - began


def _settings(folder: Path, server: RunningRedis, register: str, url: str) -> dict[str, str]:
    """Write the settings of the stage, and give the environment in which no others are seen."""
    facts = {
        "": {"redis_url": server.url, "state_dir": str(folder / "state")},
        f"[registers.{register}]": {
            "url": url,
            "operator": CASHIER,
            "taxation_type": TAXATION,
            "default_tax": TAX,
        },
    }
    # A JSON string is a TOML string.
    lines = [
        line
        for title, values in facts.items()
        for line in (
            title,
            *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()),
        )
    ]
    path = folder / "fiscalq.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kept = {"FISCALQ_ALLOW_UNSAFE_REDIS", "FISCALQ_LANG"}
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("FISCALQ_") or name in kept
    }
    return {**environ, "FISCALQ_CONFIG": str(path), "PYTHONUNBUFFERED": "1"}


def _answers(url: str) -> bool:
    straight = urllib.request.build_opener(
        urllib.request.ProxyHandler({})
    )  # a proxy would look at its own 127.0.0.1
    try:
        with straight.open(url, timeout=2):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _sweep(url: str, register: str) -> None:
    """Remove what the demonstration has written into a Redis that is not its own."""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(match=f"*{{{register}}}*", count=1000):
            client.unlink(key)


def _note(folder: Path, **facts: Any) -> None:
    """Write the note in one step: whoever waits for it never reads half of it."""
    draft = folder / f"{NOTE}.new"
    draft.write_text(json.dumps(facts), encoding="utf-8")
    draft.replace(folder / NOTE)


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold the lock for life: whoever can take it knows that this process is gone, whatever its number is used for."""
    with (folder / LOCK).open("w") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _run() -> NoReturn:
    sys.exit(main(Path(sys.argv[1]), keep="--keep" in sys.argv[2:]))


if __name__ == "__main__":
    _run()
