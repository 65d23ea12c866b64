"""A web server of raw sockets: each connection gets the next of its scripts, and every byte that came is kept."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Self

Script = Callable[["ScriptedServer", socket.socket], None]
REQUEST_SECONDS = 5.0


class ScriptedServer:
    """
    Listens on a free port of 127.0.0.1 from `with` to its end.

    Args:
        scripts: what to do with each connection, in their order; the last one serves all that follow.
        tls: wraps every connection.

    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = list(scripts)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve, daemon=True)
        self.ended = Event()
        self.requests: list[bytes] = []
        self.connections = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def posts(self) -> list[bytes]:
        """The requests that would make a task."""
        return [request for request in self.requests if request.startswith(b"POST")]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._listener.close()
        self._thread.join(REQUEST_SECONDS)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
            connection.settimeout(REQUEST_SECONDS)
            with suppress(OSError):  # the client went away, as some tests want it to
                if self._tls is not None:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                script(self, connection)
            connection.close()

    def take(self, connection: socket.socket) -> bytes:
        """Read one request whole, and keep it."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += _some(connection)
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0].partition(b":")[2]):
            body += _some(connection)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise OSError("the client has closed")
    return data


def response(status: str = "200 OK", body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """An HTTP response; `length` says something else than the body's own."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


def says(data: bytes) -> Script:
    """Take a request, answer with these bytes, close."""

    def script(server: ScriptedServer, connection: socket.socket) -> None:
        server.take(connection)
        connection.sendall(data)

    return script


def says_nothing(server: ScriptedServer, connection: socket.socket) -> None:
    """Take a request and stay silent until the client goes or the test ends."""
    server.take(connection)
    with suppress(OSError):
        connection.recv(1)


def closes(server: ScriptedServer, connection: socket.socket) -> None:
    """Take a request and close without a word."""
    server.take(connection)


def resets(server: ScriptedServer, connection: socket.socket) -> None:
    """Take a request and break the connection off."""
    server.take(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def closes_unheard(_: ScriptedServer, __: socket.socket) -> None:
    """Close before a request came."""


def keeps_alive_then_closes(server: ScriptedServer, connection: socket.socket) -> None:
    """Answer, promise to keep the connection, and break it as soon as the client uses it again."""
    server.take(connection)
    connection.sendall(response("201 Created", b"", "Connection: keep-alive"))
    server.take(connection)
