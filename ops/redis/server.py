"""
A durable Redis for the demonstration and for the tests: found, started, killed and started again.

Durable means what README.md beside this file says: an answer is given only after the append-only file has been
synced to the disk. A Redis of a shop is not started from here; it runs under systemd, Docker or a provider.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ops.redis.program import ANY, OLDEST_MAJOR, Kind, Program, RedisUnavailable, find_program

EXTERNAL_SECONDS = 5.0  # for a Redis that is said to run already
READY_SECONDS = 30.0  # a start takes 0.1 s, a restart with a long append-only file some seconds
STOP_SECONDS = 10.0  # a stop only has the last sync left to do
POLL_SECONDS = 0.02  # between two looks at a server that is starting
PORT_RACES = 3  # a free port may be taken by another program between our look and the server's

# Each setting's reason stands in README.md.
SETTINGS: Mapping[str, str] = {
    "bind": "127.0.0.1",
    "protected-mode": "yes",
    "appendonly": "yes",
    "appendfsync": "always",
    "aof-use-rdb-preamble": "no",
    "save": "",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
    "logfile": "redis.log",
}


class PortTaken(RedisUnavailable):
    """Somebody else has the port."""


class RunningRedis:
    """
    A Redis that answers, and the means to stop it, to kill it and to start it again on the same data and port.

    An external one, given by its URL, is used as it is: `start` and `stop` leave it alone, `kill` is refused.
    """

    def __init__(self, url: str, program: Program | None, directory: Path, port: int = 0) -> None:
        """Describe a server; nothing is started yet. Without a program, `url` names somebody else's."""
        self.url = url
        self.directory = directory
        self._program = program
        self._port = port
        self._server: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._version = program.version if program else ""

    @property
    def kind(self) -> Kind:
        """Say where the server comes from."""
        return self._program.kind if self._program else "external"

    @property
    def version(self) -> str:
        """Name product and version, for instance `redis 7.0.15` or `valkey 9.1.2`."""
        return self._version

    @property
    def pid(self) -> int | None:
        """Number the running server process; None for an external server and for one that is down."""
        return self._server.pid if self._server is not None and self._server.poll() is None else None

    def start(self) -> None:
        """
        Start the server on its directory and port, and return once it answers; do nothing while it runs.

        Raises: RedisUnavailable when the port is taken or the server gives up.
        """
        if self._program is None:
            self._version = _product(_ask(self.url, None, EXTERNAL_SECONDS))
            return
        if self.pid is not None:
            return
        self._end(kindly=False)  # one that died by itself leaves its guard behind
        if not _is_free(self._port):
            raise PortTaken(f"Port {self._port} on 127.0.0.1 is taken: stop what uses it, or choose another.")
        self.directory.mkdir(parents=True, exist_ok=True)
        self._server = subprocess.Popen(
            [str(self._program.path), *_arguments(self._port)],
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: the worker still needs Redis while it stops
        )
        self._guard = guard(self._server.pid)
        try:
            self._version = _product(_ask(self.url, self._server, READY_SECONDS))
        except RedisUnavailable as problem:
            self.kill()
            raise RedisUnavailable(f"{problem} {_last_words(self.directory)}".strip()) from problem

    def stop(self) -> None:
        """End the server in order; its data stays. An external one is left alone."""
        self._end(kindly=True)

    def kill(self) -> None:
        """
        End the server by SIGKILL, as a power cut would; what it has answered is on the disk.

        Raises: RedisUnavailable for an external server, which is not ours to kill.
        """
        if self._program is None:
            raise RedisUnavailable(
                f"The Redis at {_without_password(self.url)} was not started here and is not killed from here."
            )
        self._end(kindly=False)

    def _end(self, *, kindly: bool) -> None:
        # The guard goes first: it must not be left to kill a number that the system has given to another.
        for process, patience in ((self._guard, 0.0), (self._server, STOP_SECONDS if kindly else 0.0)):
            if process is None:
                continue
            if patience:
                process.terminate()
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
        self._guard = self._server = None


@contextmanager
def durable_redis(
    directory: Path, *, port: int | None = None, server: str = ANY, environ: Mapping[str, str] = os.environ
) -> Iterator[RunningRedis]:
    """
    Yield a durable Redis that answers; stop it afterwards, unless it is somebody else's.

    Args:
        directory: where an own server keeps its data and its log; made if it is not there.
        port: of an own server on 127.0.0.1; None takes a free one.
        server: `any`, `own`, `embedded`, the path of a server program, or the URL of a running server.
        environ: read for `FISCALQ_REDIS_URL` (only by `any`) and PATH.

    Raises: RedisUnavailable when there is none, it is too old, or it does not answer.
    """
    running = _started(directory, port, server, environ)
    try:
        yield running
    finally:
        running.stop()


def _started(directory: Path, port: int | None, server: str, environ: Mapping[str, str]) -> RunningRedis:
    url = server if "://" in server else environ.get("FISCALQ_REDIS_URL", "") if server == ANY else ""
    if url:
        running = RunningRedis(url, None, directory)
        running.start()
        return running
    program = find_program(server, environ)
    for races_left in reversed(range(1 if port else PORT_RACES)):
        chosen = port or _free_port()
        running = RunningRedis(f"redis://127.0.0.1:{chosen}/0", program, directory.absolute(), chosen)
        try:
            running.start()
        except RedisUnavailable as problem:
            lost = isinstance(problem, PortTaken) or not _is_free(
                chosen
            )  # a connection may have it for a moment
            if not races_left or not lost:
                raise
        else:
            return running
    raise AssertionError("the last round returns or raises")


def _arguments(port: int) -> list[str]:
    # On the command line and without a file: nothing can write the settings back.
    settings = {"port": str(port), **SETTINGS}
    return [word for name, value in settings.items() for word in (f"--{name}", value)]


def guard(server_pid: int) -> subprocess.Popen[bytes] | None:
    """
    Start a shell that kills the server as soon as this process is gone, however it went.

    Its standard input is a pipe whose other end only this process holds: the kernel closes it even after SIGKILL.
    (Linux's parent-death signal would fire when the *thread* that started the server ends.)
    """
    if os.name == "nt":
        return None
    script = 'read -r _; kill -KILL "$1"'
    return subprocess.Popen(
        ["/bin/sh", "-c", script, "sh", str(server_pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _ask(url: str, server: subprocess.Popen[bytes] | None, patience: float) -> dict[str, Any]:
    """Wait until the server answers PING, and give its INFO; a stranger on the port is not taken for ours."""
    deadline = time.monotonic() + patience
    try:
        client = redis.Redis.from_url(
            url,
            socket_timeout=5,
            socket_connect_timeout=5,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
    except ValueError as problem:
        raise RedisUnavailable(f"{url} is no Redis URL; write redis://host:6379/0.") from problem
    with client:
        while True:
            if server is not None and server.poll() is not None:
                raise RedisUnavailable(f"The Redis server gave up with exit code {server.returncode}.")
            try:
                client.ping()
                info: dict[str, Any] = client.info("server")
            except (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError) as problem:
                if time.monotonic() > deadline or isinstance(problem, redis.AuthenticationError):
                    raise RedisUnavailable(
                        f"The Redis at {_without_password(url)} does not answer: {str(problem).rstrip('.')}."
                    ) from problem
                time.sleep(POLL_SECONDS)
            except redis.RedisError as problem:
                raise RedisUnavailable(
                    f"The Redis at {_without_password(url)} refuses: {str(problem).rstrip('.')}."
                ) from problem
            else:
                if server is not None and info["process_id"] != server.pid:
                    raise RedisUnavailable(f"Another Redis answers at {url}: choose another port.")
                return info


def _product(info: Mapping[str, Any]) -> str:
    # Valkey says its own version beside the version of Redis that it is compatible with.
    product = "valkey" if "valkey_version" in info else "redis"
    version = str(info[f"{product}_version"])
    if int(version.split(".", maxsplit=1)[0]) < OLDEST_MAJOR:
        raise RedisUnavailable(f"This Redis is {version}; fiscalq needs {OLDEST_MAJOR} or newer.")
    return f"{product} {version}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the server does: what is left of closed connections does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _last_words(directory: Path) -> str:
    log = directory / SETTINGS["logfile"]
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return f"Its last line: {lines[-1]}" if lines else ""


def _sentence(problem: Exception) -> str:
    return f"{str(problem).rstrip('.')}."


def _without_password(url: str) -> str:
    return re.sub(r"//[^@/]*@", "//…@", url)
