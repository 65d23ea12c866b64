"""
One HTTP exchange with the register's web server: sent at most once, bounded in time and size, on a connection of its own.

A connection that is kept open may be closed by the other side just as a POST leaves on it, and nobody could say
whether it was read. A fresh one per call costs a millisecond in a shop's network and leaves two cases only: it was
never made, so nothing was sent; or it was, and then everything but a whole reply leaves the outcome open.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from socket import SHUT_RDWR, socket
from threading import Timer
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationValueError,
    MaxRetryError,
    NewConnectionError,
    ReadTimeoutError,
)

from worker.adapters.atol.protocol import Request
from worker.adapters.atol.replies import BODY_MAX_BYTES, Reply
from worker.domain.errors import ConfigError
from worker.domain.steps import step

CHUNK_BYTES = 65_536
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a packed body could grow past every limit while it is unpacked
    "Connection": "close",
    "User-Agent": "fiscalq",
}

# What urllib3 says only while it is still making the connection; anything else may have been read by the register.
BEFORE_SENDING = (NewConnectionError, ConnectTimeoutError, LocationValueError, ssl.SSLCertVerificationError)


@dataclass(frozen=True)
class NeverReached:
    """No connection was made: not one byte of the request can have arrived."""

    text: str


@dataclass(frozen=True)
class Broken:
    """The request may have arrived, and no whole reply came back."""

    text: str


class Wire:
    """The way to one web server. Its texts never hold the name and password that go with each request."""

    def __init__(
        self, url: str, *, login: tuple[str, str] | None, connect_max_seconds: float, read_max_seconds: float
    ) -> None:
        """
        Take the address apart; nothing is sent yet.

        Args:
            url: `http://host:port`; a name and password in it are used when `login` has none.
            login: name and password for HTTP Basic.
            connect_max_seconds: how long making the connection may take.
            read_max_seconds: how long the whole reply may take after that, and each silence in it.

        Raises: ConfigError when `url` is no address of a web server.

        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(
                "a register's url must look like http://192.168.1.20:16732", "register_url", url=url
            )
        self.address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._base = self.address + parts.path.rstrip("/")
        self._timeout = (connect_max_seconds, read_max_seconds)
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy of the environment, no .netrc
        self._session.headers.update(HEADERS)
        self._session.mount("http://", _Adapter(max_retries=0))
        self._session.mount("https://", _Adapter(max_retries=0))
        if login is None and parts.username:
            login = unquote(parts.username), unquote(parts.password or "")
        if login is not None:
            name, password = login
            self._session.auth = HTTPBasicAuth(
                name.encode(), password.encode()
            )  # str would be sent as Latin-1

    def __repr__(self) -> str:
        return f"Wire({self.address})"

    def exchange(self, request: Request) -> Reply | NeverReached | Broken:
        """Send the request once and wait for the whole reply."""
        with _Deadline(sum(self._timeout)) as deadline:
            try:
                reply = self._send(request)
            except (OSError, urllib3.exceptions.HTTPError) as error:  # requests' own exceptions are OSErrors
                return self._explain(error, deadline)
            finally:
                self._session.close()  # the connections; the session opens new ones
        if deadline.passed:
            return self._late()
        return reply

    def _send(self, request: Request) -> Reply | Broken:
        with (
            step(request.label),
            self._session.request(
                request.method,
                self._base + request.path,
                data=request.body,
                headers={"Content-Type": "application/json; charset=utf-8"}
                if request.body is not None
                else None,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            body = b""
            for chunk in response.iter_content(CHUNK_BYTES):
                body += chunk
                if len(body) > BODY_MAX_BYTES:
                    return Broken(
                        f"{self.address} answers with more than {BODY_MAX_BYTES} bytes: it is no register"
                    )
            return Reply(response.status_code, body, response.reason or "")

    def _explain(self, error: Exception, deadline: _Deadline) -> NeverReached | Broken:
        cause = _cause(error)
        if isinstance(cause, BEFORE_SENDING):
            return NeverReached(
                f"no connection to {self.address} ({_why(cause)}): "
                "is the register's computer on, and its web server started?"
            )
        if deadline.passed or isinstance(cause, ReadTimeoutError):
            return self._late()
        return Broken(f"{self.address} broke off ({_why(cause)}): the request may have arrived")

    def _late(self) -> Broken:
        return Broken(
            f"no whole reply from {self.address} within {self._timeout[1]:g} s: the request may have arrived"
        )


def _cause(error: Exception) -> BaseException:
    """What lies under the wrappings of requests and urllib3."""
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    wrapped = next((part for part in getattr(reason, "args", ()) if isinstance(part, ssl.SSLError)), None)
    return wrapped or reason or error


def _why(cause: BaseException) -> str:
    """A few words of the system's own; the libraries' texts repeat addresses and say nothing more."""
    root = cause.__cause__ or next((part for part in cause.args if isinstance(part, BaseException)), cause)
    if isinstance(root, TimeoutError):
        return "timed out"
    return (isinstance(root, OSError) and root.strerror) or type(root).__name__


class _Deadline:
    """
    The end of the exchange under way: a server that sends a byte now and then passes every limit between two bytes.

    The connection is shut down from a timer, whatever part of the reply is being read.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._socket: socket | None = None
        self._timer = Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        _deadline.set(self)
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, connected: socket) -> None:
        """From now on this is the connection to shut down."""
        self._socket = connected
        if self.passed:
            self._pass()

    def _pass(self) -> None:
        self.passed = True
        if self._socket is not None:
            with suppress(OSError):  # closed meanwhile
                socket.shutdown(self._socket, SHUT_RDWR)


_deadline: ContextVar[_Deadline] = ContextVar("_deadline")


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _deadline.get().watch(self.sock)


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _deadline.get().watch(self.sock)


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """requests' own, on connections that tell the deadline of themselves."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
