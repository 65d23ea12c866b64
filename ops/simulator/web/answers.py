"""Answers that are none: a page of HTML, half a JSON, a connection that is cut."""

from __future__ import annotations

import asyncio
import html
import os
import socket
import struct
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_WIRES: dict[tuple[str, int], asyncio.Transport] = {}


class Wire(H11Protocol):
    """The HTTP protocol, which remembers each connection so that an answer may cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection by the client's address, which the request will name."""
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            # Head and body are two writes: without this the second waits 40 ms for the client's delayed answer.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.client:
            _WIRES[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        super().connection_lost(exc)
        if self.client:
            _WIRES.pop(self.client, None)


class Dropped(Response):
    """Not a byte: the client sees its connection reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut the connection and wait until it is gone, so that nothing else is sent."""
        del send
        client = scope.get("client")
        wire = _WIRES.get(tuple(client)) if client else None
        if wire is None:
            return
        sock = wire.get_extra_info("socket")
        if sock is not None:
            # With this the kernel sends RST instead of a polite end: "connection reset by peer".
            sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            )
        wire.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def page(status: int, path: str, reason: str | None = None) -> HTMLResponse:
    """Give the error page of v1's web server: HTML, in Latin 1 (reference §15)."""
    phrase = reason or HTTPStatus(status).phrase
    text = (
        f"<html>\n<head>\n<title>Error {status} {html.escape(phrase)}</title>\n</head>\n"
        f"<body><h2>HTTP ERROR {status}</h2>\n<p>Problem accessing {html.escape(path)}. Reason:\n"
        f"<pre>    {html.escape(phrase)}</pre></p><hr/>\n</body>\n</html>\n"
    )
    body = text.encode("iso-8859-1", errors="replace")
    return HTMLResponse(body, status, headers={"content-type": "text/html;charset=iso-8859-1"})


def json(text: str, status: int = 200) -> Response:
    """Give a JSON answer."""
    return Response(text, status, headers={"content-type": "application/json;charset=utf-8"})
