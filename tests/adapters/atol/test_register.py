"""The adapter as the core calls it: which generation answers, what is remembered, what an operator is told."""

from __future__ import annotations

import socket
from decimal import Decimal

import pytest

from tests.adapters.atol.scripted_server import Script, ScriptedServer, closes, response, says
from worker.adapters.atol.register import AtolRegister
from worker.domain.answers import Known, Missing, NeverSent, Removed, Silent, Taken, Unanswered
from worker.domain.policy import Limits
from worker.domain.ports import Register

LIMITS = Limits(connect_max_seconds=0.5, read_max_seconds=0.5)
TASK = {"type": "cashIn", "cashSum": Decimal("0.10")}

V2_INFO = response("200 OK", b'{"serverVersion":"1.0.4.0","driverVersion":"10.10"}')
V1_STATISTICS = response(
    "200 OK",
    b'{"not_ready_count":0,"block_request_uuid":"","is_blocked":false,"ready_count":2,"canceled_count":1}',
)
V1_404 = response("404 Not Found", b"<html><title>Error 404 Not Found</title></html>")
V2_404 = response("404 Not Found", b'{"error":{"code":505,"description":"x"}}')


def answers(pages: dict[bytes, bytes], otherwise: bytes = V1_404) -> Script:
    """Answer by the beginning of the request line."""

    def script(server: ScriptedServer, connection: socket.socket) -> None:
        request = server.take(connection)
        found = [page for line, page in pages.items() if request.startswith(line)]
        connection.sendall(found[0] if found else otherwise)

    return script


def lines(server: ScriptedServer) -> list[str]:
    """The request lines that came, without the protocol's version."""
    return [request.split(b"\r\n")[0].decode().rsplit(" ", 1)[0] for request in server.requests]


def register_at(url: str, **more: str) -> AtolRegister:
    return AtolRegister(url, limits=LIMITS, **more)  # type: ignore[arg-type]  # api comes as a plain string


def test_it_is_a_register_to_the_core() -> None:
    register: Register = register_at("http://127.0.0.1:1", api="v1")
    assert register.floor_seconds == 0.1


def test_v2_is_found_and_asked_once_only() -> None:
    pages = {b"GET /api/v2/serverInfo": V2_INFO, b"POST": response("201 Created", b"{}")}
    with ScriptedServer(answers(pages)) as server:
        register = register_at(server.url, device_id="kassa")
        assert register.door is None
        assert register.post("u-1", TASK) == Taken()
        assert register.post("u-2", TASK) == Taken()
        assert register.door == register.knock() == f"v2 {server.url} device=kassa"
    assert lines(server) == ["GET /api/v2/serverInfo", *["POST /api/v2/requests?deviceID=kassa"] * 2]
    assert server.posts[0].endswith(b'{"uuid":"u-1","request":[{"type":"cashIn","cashSum":0.10}]}')


def test_v1_is_found_when_v2_does_not_answer() -> None:
    pages = {b"GET /stat/requests": V1_STATISTICS, b"POST /requests ": response("201 Created")}
    with ScriptedServer(answers(pages)) as server:
        register = register_at(server.url)
        assert register.post("u-1", TASK) == Taken()
        assert register.poll("u-9") == Missing()
        assert register.door == f"v1 {server.url}"
    assert lines(server) == [
        "GET /api/v2/serverInfo",
        "GET /stat/requests",
        "POST /requests",
        "GET /requests/u-9",
    ]


@pytest.mark.parametrize(
    "page", [V1_404, V2_404, response("200 OK", b"<html>Welcome</html>"), response("200 OK", b"{}")]
)
def test_who_does_not_prove_to_be_a_register_gets_no_task(page: bytes) -> None:
    with ScriptedServer(says(page)) as server:
        register = register_at(server.url)
        assert register.knock() is None
        posted = register.post("u-1", TASK)
        assert isinstance(posted, NeverSent)
        assert "set api" in posted.text
        assert isinstance(register.poll("u-1"), Silent)
        assert isinstance(register.delete("u-1"), Silent)
    assert server.posts == []


def test_it_is_asked_again_until_it_answers() -> None:
    with ScriptedServer(closes, closes, says(V2_INFO)) as server:
        register = register_at(server.url)
        assert register.knock() is None
        assert register.knock() == f"v2 {server.url}"


def test_a_closed_port_is_knocked_at_once_per_call() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    register = register_at(f"http://127.0.0.1:{port}")
    answer = register.post("u-1", TASK)
    assert isinstance(answer, NeverSent)
    assert "Connection refused" in answer.text
    assert register.door is None


@pytest.mark.parametrize(("api", "path"), [("v1", "/requests"), ("v2", "/api/v2/requests")])
def test_a_generation_of_the_settings_is_not_asked_for(api: str, path: str) -> None:
    with ScriptedServer(says(response("201 Created"))) as server:
        register = register_at(server.url + "/", api=api)
        assert register.door == register.knock() == f"{api} {server.url}"
        register.forget()
        assert register.post("u-1", TASK) == Taken()
    assert lines(server) == [f"POST {path}"]


def test_what_was_found_is_remembered_until_it_is_to_be_forgotten() -> None:
    with ScriptedServer(answers({b"GET /api/v2/serverInfo": V2_INFO}, otherwise=V2_404)) as server:
        register = register_at(server.url)
        register.knock()
        for _ in range(3):
            assert register.poll("u") == Missing()
        register.forget()
        assert register.door is None
        assert register.knock() == f"v2 {server.url}"
    assert lines(server).count("GET /api/v2/serverInfo") == 2


def test_a_server_that_changed_its_generation_proves_nothing_about_old_submissions() -> None:
    """A v2 server on the path of v1 says 404 in JSON: it is another memory, not a missing submission."""
    with ScriptedServer(says(V2_404)) as server:
        assert isinstance(register_at(server.url, api="v1").poll("u"), Silent)


def test_each_verb_turns_a_broken_line_into_its_own_answer() -> None:
    with ScriptedServer(closes) as server:
        register = register_at(server.url, api="v2")
        assert isinstance(register.post("u", TASK), Unanswered)
        assert isinstance(register.poll("u"), Silent)
        assert isinstance(register.delete("u"), Silent)


def test_each_verb_reads_its_reply() -> None:
    pages = {
        b"POST": response("409 Conflict", b'{"error":{"description":"there"}}'),
        b"DELETE": response("200 OK", b"{}"),
    }
    with ScriptedServer(answers(pages, otherwise=V2_404)) as server:
        register = register_at(server.url, api="v2")
        assert register.post("u", TASK) == Known("there")
        assert register.delete("u") == Removed()
        assert register.poll("u") == Missing()


def test_credentials_stand_in_no_text() -> None:
    with ScriptedServer(says(response("401 Unauthorized", b"", "WWW-Authenticate: Basic"))) as server:
        register = AtolRegister(server.url, limits=LIMITS, api="v2", username="cashier", password="s3cret")
        shown = [repr(register), str(register.door), repr(register.post("u", TASK)), repr(register.poll("u"))]
    assert len(server.requests) == 2
    assert all(b"Authorization: Basic" in request for request in server.requests)
    for text in shown:
        assert "s3cret" not in text
        assert "cashier" not in text
    assert "set the username and password" in shown[2]
