"""A simulated register, a small web server that is none, and the settings that point to either."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from ops.cli.language import Texts
from ops.doctor.finding import Finding
from ops.doctor.register import look
from tests.simulator.desk import Desk
from worker.app.settings import Settings

Answer = tuple[int, Any]  # HTTP status, and a JSON value or text of a page


@pytest.fixture(scope="module")
def own_register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Start one simulator for a file."""
    desk = Desk(tmp_path_factory.mktemp("doctor"), "--seed", "3").start()
    yield desk
    assert desk.stop() == 0


@pytest.fixture
def desk(own_register: Desk) -> Desk:
    """Give it afresh."""
    return own_register.fresh()


def settings_for(url: str, **more: Any) -> Settings:
    """Settings with one register, `kassa-1`, and little patience."""
    limits = {"connect_max_seconds": 0.5, "read_max_seconds": 2}
    return Settings.model_validate({"registers": {"kassa-1": {"url": url, **more}}, "limits": limits})


def findings(url: str, **more: Any) -> Mapping[str, Finding]:
    """What the doctor finds at a register, by name without the register's."""
    found = look(settings_for(url, **more), "kassa-1", Texts("en"))
    return {finding.name.removeprefix("kassa-1."): finding for finding in found}


def ills(url: str, **more: Any) -> dict[str, str]:
    """The pages of what is to be put right, by the finding's name."""
    return {name: str(finding.page) for name, finding in findings(url, **more).items() if not finding.ok}


@contextmanager
def serving(answer: Callable[[str, str], Answer]) -> Iterator[str]:
    """A web server that answers method and path as it is told; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def _say(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, value = answer(self.command, self.path)
            body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _say  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
