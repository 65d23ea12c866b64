"""
A TCP proxy that a test puts before the register or before Redis, to do to the traffic what a bad network does.

It reads whole HTTP requests, or RESP commands as they come, so that a rule may name the one that it means by a regular
expression over its bytes. A rule strikes a number of times and says so; whoever holds something back lets it go himself.
"""

from __future__ import annotations

import re
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock, Thread

from ops.chaos.rule import HOLD_MAX_SECONDS, Deed, Rule, Side

CHUNK_BYTES = 65_536
HTTP_METHOD = re.compile(rb"(?:GET|POST|DELETE|PUT|HEAD) ")
HTTP_HEAD = re.compile(rb".*?\r\n\r\n", re.DOTALL)
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Proxy:
    """One listening port before one target; `target` may be changed while it runs, for connections yet to come."""

    def __init__(self, target: int, *, remember: int | None = None, port: int = 0) -> None:
        """Listen on that port, or on a free one; `remember` so many requests, None for all."""
        self.target = target
        self.requests: deque[bytes] = deque(maxlen=remember)
        self._rules: list[Rule] = []
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._listener: socket.socket | None = None
        self.port = port
        self.accept()

    def accept(self) -> None:
        """Listen (again) on the same port; do nothing while it does."""
        if self._listener is not None:
            return
        listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = int(listener.getsockname()[1])
        self._listener = listener
        Thread(target=self._serve, args=(listener,), daemon=True).start()

    def refuse(self, *, cut: bool = True) -> None:
        """Refuse connections, and cut those that stand unless they are to end by themselves."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        if cut:
            self.cut()

    def cut(self) -> None:
        """Reset every connection that stands."""
        with self._lock:
            standing, self._open = self._open, set()
        _end(*standing)

    def rule(
        self, pattern: str, deed: Deed, side: Side = "answer", behind: str | None = None, **more: float | None
    ) -> Rule:
        """Arm a rule; the first that matches strikes."""
        after = _compiled(behind) if behind is not None else None
        rule = Rule(_compiled(pattern), deed, side, behind=after, **more)  # type: ignore[arg-type]
        with self._lock:
            self._rules.append(rule)
        return rule

    def disarm(self) -> None:
        """Forget all rules, and let pass what they hold."""
        with self._lock:
            rules, self._rules = self._rules, []
        for rule in rules:
            rule.release()

    def seen(self, pattern: str) -> int:
        """How many requests matched so far."""
        return sum(bool(re.search(pattern.encode(), request, re.DOTALL)) for request in self.requests)

    def close(self) -> None:
        """End everything."""
        for rule in self._rules:
            rule.drop()
        self.refuse()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        with self._lock:
            self._open |= {client, server}
        struck: list[Rule] = []
        down = Thread(target=self._down, args=(client, server, struck), daemon=True)
        down.start()
        request = b""
        try:
            for request in _requests(client):
                self._up(request, server, struck)
            if not HTTP_METHOD.match(request):  # a web server would not answer a client that has left
                server.shutdown(socket.SHUT_WR)
        except OSError:
            _end(client, server)
        down.join(HOLD_MAX_SECONDS)
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()

    def _up(self, request: bytes, server: socket.socket, struck: list[Rule]) -> None:
        """Pass one request on. Raises OSError when it is the last of its connection."""
        self.requests.append(request)
        rule = self._match(request)
        if rule is not None:
            rule.caught.set()
        if rule is None or rule.side == "answer":
            struck[:] = [rule] if rule is not None else struck
            server.sendall(request)
            return
        if rule.deed == "cut":
            server.sendall(request[: rule.after])
            raise ConnectionAbortedError(f"cut after {rule.after} bytes")
        if rule.deed == "double":
            with socket.create_connection(("127.0.0.1", self.target)) as twin:
                twin.sendall(request)
                if not HTTP_METHOD.match(request):  # Redis would wait for the next command
                    twin.shutdown(socket.SHUT_WR)
                while twin.recv(CHUNK_BYTES):
                    pass
        elif not rule.wait():
            raise ConnectionAbortedError("dropped")
        server.sendall(request)
        rule.passed.set()

    def _down(self, client: socket.socket, server: socket.socket, struck: list[Rule]) -> None:
        with suppress(OSError):
            while answer := server.recv(CHUNK_BYTES):
                rule = struck.pop() if struck else None
                if rule is not None and rule.deed == "cut":
                    client.sendall(answer[: rule.after])
                    break
                if rule is not None and not rule.wait():
                    break
                client.sendall(answer)
                if rule is not None:
                    rule.passed.set()
        _end(client, server)

    def _match(self, request: bytes) -> Rule | None:
        with self._lock:
            rule = next((one for one in self._rules if self._strikes(one, request)), None)
            if rule is not None and rule.count is not None:
                rule.count -= 1
        return rule

    def _strikes(self, rule: Rule, request: bytes) -> bool:
        if rule.count == 0 or not rule.pattern.search(request):
            return False
        return rule.behind is None or any(rule.behind.search(before) for before in self.requests)


def _compiled(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode(), re.DOTALL)


def _requests(client: socket.socket) -> Iterator[bytes]:
    """Whole HTTP requests; of any other protocol what comes in one piece."""
    while pending := client.recv(CHUNK_BYTES):
        if HTTP_METHOD.match(pending):
            while not (head := HTTP_HEAD.match(pending)) or len(pending) < head.end() + _body_length(head[0]):
                pending += _more(client)
        yield pending


def _body_length(head: bytes) -> int:
    told = CONTENT_LENGTH.search(head)
    return int(told[1]) if told else 0


def _more(client: socket.socket) -> bytes:
    chunk = client.recv(CHUNK_BYTES)
    if not chunk:
        raise ConnectionAbortedError("the client left in the middle of a request")
    return chunk


def _end(*connections: socket.socket) -> None:
    """Wake every thread that waits on them; each closes its own."""
    for one in connections:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
