"""A console over a real Redis with jobs in every state, and people who may come in."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
import requests
import uvicorn
from starlette.applications import Starlette

from ops.console.app import make_app
from ops.console.entry.users import Role, Users
from ops.console.gate import Manner
from tests.console.stock import Stock, sale
from worker.app.settings import Settings, load_settings

PASSWORD = "correct horse"
TOKEN = re.compile(r'name="token" value="([^"]+)"')


class Seconds:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Browser:
    """Somebody with a browser: keeps cookies, and sends each form with the token of the page that they look at."""

    def __init__(self, home: str, language: str = "en") -> None:
        self.home = home
        self.client = requests.Session()
        self.client.trust_env = False
        self.client.headers["accept-language"] = language
        self.page = ""

    def ask(self, path: str, **words: str) -> requests.Response:
        """Ask for a page; where it leads is not followed."""
        return self.client.get(self.home + path, params=words, allow_redirects=False, timeout=20)

    def get(self, path: str, status: int = 200) -> str:
        answer = self.ask(path)
        assert answer.status_code == status, answer.text
        self.page = answer.text
        return self.page

    def post(self, path: str, **fields: str | list[str]) -> requests.Response:
        """Send a form; where it leads is not followed."""
        token = TOKEN.search(self.page)
        assert token is not None
        answer = self.send(path, {"token": token[1], **fields})
        if answer.headers.get("content-type", "").startswith("text/html"):
            self.page = answer.text or self.page
        return answer

    def send(self, path: str, fields: object, **headers: str) -> requests.Response:
        """Send whatever a program would."""
        url = self.home + path
        return self.client.post(url, data=fields, headers=headers, allow_redirects=False, timeout=20)  # type: ignore[arg-type]

    def sign_in(self, name: str, password: str = PASSWORD, back: str = "") -> requests.Response:
        self.get("/sign-in")
        return self.post("/sign-in", name=name, password=password, next=back)


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The application on a port of its own, as `fiscalq console` serves it. Gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture
def register_url() -> str:
    """Nobody listens there."""
    return "http://127.0.0.1:9"


@pytest.fixture
def settings(redis_url: str, register_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", register_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__OPERATOR", '{"name":"Иванова А. П."}')
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__TAXATION_TYPE", "osn")
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__DEFAULT_TAX", "vat22")
    return load_settings()


@pytest.fixture
def stock(settings: Settings) -> Iterator[Stock]:
    """Printed, dead, in doubt, wrong, stopped behind a dead one, and open."""
    stock = Stock(settings)
    contact = {"clientInfo": {"emailOrPhone": "buyer@example.org"}}
    stock.print("order-1016", sale("Кружка", 349.90, **contact))
    stock.refuse("order-1017", sale("Сыр «Российский»", 512.00), sequence="1017")
    stock.doubt("order-1018", sale("Чай", 99.00))
    stock.accept("order-1019", {"type": "sell", "items": []})
    stock.accept("order-1017-return", sale("Сыр «Российский»", 512.00), sequence="1017")
    stock.accept("order-1020")
    yield stock
    stock.close()


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> Users:
    """One of each role, all with the same password."""
    users = Users(tmp_path_factory.mktemp("users") / "users.json")
    for role in Role:
        users.add(role.value, role, PASSWORD)
    users.add("petrov", Role.OPERATOR, PASSWORD)
    return users


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def browse(settings: Settings, users: Users, seconds: Seconds) -> Iterator[Callable[..., Browser]]:
    """Open a browser; all of them see one console."""
    with served(make_app(settings, users, Manner(), hosts=("127.0.0.1",), monotonic=seconds)) as home:

        def browse(user: str = "", language: str = "en") -> Browser:
            browser = Browser(home, language)
            if user:
                assert browser.sign_in(user).status_code == 303
            return browser

        yield browse


@pytest.fixture
def operator(browse: Callable[..., Browser], stock: Stock) -> Browser:
    """An operator, before the stocked register."""
    return browse("operator")
