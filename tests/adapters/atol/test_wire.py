"""The wire on real sockets: never sent, or open, or answered; at most once; never longer than its limits."""

from __future__ import annotations

import base64
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from tests.adapters.atol.scripted_server import (
    Script,
    ScriptedServer,
    closes,
    closes_unheard,
    keeps_alive_then_closes,
    resets,
    response,
    says,
    says_nothing,
)
from worker.adapters.atol.protocol import Request
from worker.adapters.atol.replies import BODY_MAX_BYTES, Reply
from worker.adapters.atol.wire import Broken, NeverReached, Wire
from worker.domain.errors import ConfigError

POST = Request("register.post.sell", "POST", "/requests", b'{"uuid":"u"}')
LIMITS = {"connect_max_seconds": 0.4, "read_max_seconds": 0.4}
SLACK_SECONDS = 1.5  # for a busy machine; the limits themselves end a call after 0.8


def wire_to(url: str, login: tuple[str, str] | None = None) -> Wire:
    return Wire(url, login=login, **LIMITS)


def timed(wire: Wire, request: Request = POST) -> tuple[Reply | NeverReached | Broken, float]:
    began = time.monotonic()
    return wire.exchange(request), time.monotonic() - began


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def test_a_request_goes_out_as_it_was_built_and_the_reply_comes_back_whole() -> None:
    with ScriptedServer(says(response("201 Created", b'{"number":1}'))) as server:
        assert wire_to(server.url).exchange(POST) == Reply(201, b'{"number":1}', "Created")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /requests HTTP/1.1\r\n")
    assert b"Content-Type: application/json; charset=utf-8" in head
    assert b"Connection: close" in head
    assert body == b'{"uuid":"u"}'


# never sent


def test_a_refused_connection_was_never_reached() -> None:
    answer = wire_to(f"http://127.0.0.1:{free_port()}").exchange(POST)
    assert isinstance(answer, NeverReached)
    assert "Connection refused" in answer.text


def test_a_name_that_nobody_has_was_never_reached() -> None:
    assert isinstance(wire_to("http://register.invalid:16732").exchange(POST), NeverReached)


def test_a_name_that_cannot_be_one_was_never_reached() -> None:
    assert isinstance(wire_to(f"http://{'x' * 70}.invalid").exchange(POST), NeverReached)


def test_a_connection_that_is_not_made_in_time_was_never_reached() -> None:
    """A listener whose line of waiting connections is full does not answer a further one."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(listener.getsockname())
        answer, seconds = timed(wire_to(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        for connection in waiting:
            connection.close()
    assert isinstance(answer, NeverReached)
    assert "timed out" in answer.text
    assert seconds < SLACK_SECONDS


# open: it may have arrived

CUT = response("200 OK", b'{"results":[', length=500)
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"res\r\n'


@pytest.mark.parametrize(
    "script",
    [
        closes,
        resets,
        says_nothing,
        says(b"HTTP/1.1 20"),
        says(b"SSH-2.0-OpenSSH_9.2\r\n"),
        says(b"\x00\x01\x02garbage\r\n\r\n"),
        says(b"HTTP/1.1 two hundred\r\n\r\n"),
        says(CUT),
        says(CHUNKED),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"),
        says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n"),
        says(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"),
        closes_unheard,
    ],
    ids=lambda script: getattr(script, "__name__", "?"),
)
def test_whatever_breaks_after_the_connection_was_made_leaves_the_post_open(script: Script) -> None:
    with ScriptedServer(script) as server:
        answer, seconds = timed(wire_to(server.url))
    assert isinstance(answer, Broken), answer
    assert "may have arrived" in answer.text
    assert seconds < SLACK_SECONDS
    assert server.connections == 1  # and nothing was tried a second time


def test_a_reply_cut_off_behind_its_status_still_says_its_status() -> None:
    """201 means stored, whether or not the rest of the headers came."""
    with ScriptedServer(says(b"HTTP/1.1 201 Cre")) as server:
        answer = wire_to(server.url).exchange(POST)
    assert isinstance(answer, Reply)
    assert answer.status == 201


def test_a_packed_body_is_not_unpacked() -> None:
    """Nobody asked for one; whatever it would unpack to must not count."""
    with ScriptedServer(says(response("200 OK", b"\x1f\x8b garbage", "Content-Encoding: gzip"))) as server:
        assert not isinstance(wire_to(server.url).exchange(POST), Reply)


def test_a_body_beyond_all_measure_is_dropped() -> None:
    with ScriptedServer(says(response("200 OK", b" " * (BODY_MAX_BYTES + 1)))) as server:
        answer = Wire(server.url, login=None, connect_max_seconds=1, read_max_seconds=10).exchange(POST)
    assert isinstance(answer, Broken)


@pytest.mark.parametrize(
    "data",
    [
        response("200 OK", b"{}", "X-Slow: " + "y" * 200),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b" " * 200,
        response("200 OK", b"{" + b" " * 200 + b"}"),
    ],
    ids=["in the headers", "in a body without a length", "in a body with one"],
)
def test_a_server_that_dribbles_does_not_hold_the_worker(data: bytes) -> None:
    """Every byte comes within the limit between two bytes; the whole must come within its own."""
    at = data.find(b"X-Slow") if b"X-Slow" in data else data.find(b"\r\n\r\n") + 4

    def script(server: ScriptedServer, connection: socket.socket) -> None:
        server.take(connection)
        connection.sendall(data[:at])
        for byte in data[at:]:
            connection.sendall(bytes([byte]))
            if server.ended.wait(0.1):
                return

    with ScriptedServer(script) as server:
        answer, seconds = timed(wire_to(server.url))
    assert isinstance(answer, Broken)
    assert "within" in answer.text
    assert seconds < SLACK_SECONDS


# at most once


@pytest.mark.parametrize("breaks", [closes, resets, closes_unheard, says(b"HTTP/1.1 50")])
@pytest.mark.parametrize(
    "request_",
    [
        POST,
        Request("register.poll", "GET", "/requests/u"),
        Request("register.delete", "DELETE", "/requests/u"),
    ],
)
def test_no_request_is_ever_sent_twice(breaks: Script, request_: Request) -> None:
    """A server that would answer a second try well is never asked a second time."""
    with ScriptedServer(breaks, says(response("201 Created"))) as server:
        assert isinstance(wire_to(server.url).exchange(request_), Broken)
        assert server.connections == 1
        assert isinstance(wire_to(server.url).exchange(Request("register.poll", "GET", "/later")), Reply)
    assert server.connections == 2
    assert len([sent for sent in server.requests if not sent.startswith(b"GET /later")]) <= 1


def test_a_connection_is_never_used_twice_even_where_the_server_offers_it() -> None:
    """On a kept connection that is closed just then, nobody could say whether the second POST was read."""
    with ScriptedServer(keeps_alive_then_closes) as server:
        wire = wire_to(server.url)
        for _ in range(5):
            assert wire.exchange(POST) == Reply(201, b"", "Created")
    assert server.connections == 5
    assert len(server.posts) == 5


def test_retry_after_is_not_obeyed() -> None:
    with ScriptedServer(says(response("503 Service Unavailable", b"", "Retry-After: 0"))) as server:
        answer = wire_to(server.url).exchange(Request("register.poll", "GET", "/requests/u"))
    assert isinstance(answer, Reply)
    assert server.connections == 1


# nobody else is asked


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_a_redirect_is_not_followed(status: str) -> None:
    with ScriptedServer(says(response())) as other:
        moved = says(response(status, b"", f"Location: {other.url}/api"))
        with ScriptedServer(moved) as server:
            answer = wire_to(server.url).exchange(POST)
    assert isinstance(answer, Reply)
    assert answer.status == int(status[:3])
    assert (server.connections, other.connections) == (1, 0)


def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with ScriptedServer(says(response())) as proxy, ScriptedServer(says(response())) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert isinstance(wire_to(server.url).exchange(POST), Reply)
    assert proxy.connections == 0
    assert b"Authorization" not in server.requests[0]


# credentials


def test_name_and_password_go_with_every_request_in_utf8() -> None:
    with ScriptedServer(says(response())) as server:
        wire_to(server.url, login=("касса", "пароль:1")).exchange(POST)
    told = next(
        line for line in server.requests[0].split(b"\r\n") if line.startswith(b"Authorization: Basic ")
    )
    assert base64.b64decode(told.split()[-1]).decode() == "касса:пароль:1"


def test_name_and_password_of_the_url_are_used_and_never_shown() -> None:
    with ScriptedServer(says(response()), closes) as server:
        wire = wire_to(server.url.replace("http://", "http://cashier:s%40cret@"))
        assert isinstance(wire.exchange(POST), Reply)
        broken = wire.exchange(POST)
    assert base64.b64encode(b"cashier:s@cret") in server.requests[0]
    assert b"GET /" not in server.requests[0]
    refused = wire_to(f"http://cashier:s%40cret@127.0.0.1:{free_port()}").exchange(POST)
    for shown in (repr(wire), wire.address, repr(broken), repr(refused)):
        assert "cret" not in shown
        assert "cashier" not in shown


@pytest.mark.parametrize("url", ["", "127.0.0.1:16732", "ftp://127.0.0.1", "http://", "http:///requests"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigError, match="http://"):
        wire_to(url)


# TLS


def test_tls_that_breaks_off_leaves_the_post_open() -> None:
    """Where it broke cannot be told from the outside, and only what is certain counts as never sent."""

    def speaks_plainly(_: ScriptedServer, connection: socket.socket) -> None:
        connection.sendall(response("400 Bad Request"))
        connection.recv(65_536)

    with ScriptedServer(speaks_plainly) as server:
        answer, seconds = timed(wire_to(server.url.replace("http://", "https://")))
    assert isinstance(answer, Broken)
    assert "within" not in answer.text
    assert seconds < SLACK_SECONDS


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with the openssl command")
def test_a_certificate_that_is_not_trusted_stops_the_request_before_it_is_sent(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=127.0.0.1",
    ]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ScriptedServer(says(response("201 Created")), tls=context) as server:
        answer = wire_to(server.url.replace("http://", "https://")).exchange(POST)
    assert isinstance(answer, NeverReached)
    assert server.requests == []
