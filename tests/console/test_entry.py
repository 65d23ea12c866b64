"""Who comes in, how long they stay, and what no request from elsewhere can do."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.console.app import make_app
from ops.console.command import USERS
from ops.console.entry.brake import PAIR_MAX, WINDOW_SECONDS
from ops.console.entry.sessions import ABSOLUTE_SECONDS, IDLE_SECONDS
from ops.console.entry.users import Role, Users
from ops.console.gate import Manner
from ops.launcher.environment import ROOT
from tests.console.conftest import PASSWORD, Browser, Seconds, served
from tests.console.stock import Stock
from worker.app.settings import Settings
from worker.domain.errors import ConfigError, OperatorError
from worker.domain.job import State

pytestmark = pytest.mark.server

ACTS = ["/sign-out", "/r/kassa-1/replay", "/r/kassa-1/resolve", "/r/kassa-1/plan", "/r/kassa-1/begin"]
PAGES = ["/", "/find?q=a", "/r/kassa-1", "/r/kassa-1/dead", "/r/kassa-1/job?id=order-1016", "/r/kassa-1/acts"]

Browse = Callable[..., Browser]


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_anything_before_signing_in(browse: Browse, stock: Stock, path: str) -> None:
    answer = browse().ask(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert "order-" not in answer.text


def test_the_stream_tells_strangers_nothing(browse: Browse, stock: Stock) -> None:
    assert browse().ask("/live").status_code == 204


def test_after_signing_in_one_is_where_one_wanted_to_be(browse: Browse, stock: Stock) -> None:
    assert browse().sign_in("viewer", back="/r/kassa-1").headers["location"] == "/r/kassa-1"


@pytest.mark.parametrize(
    "back", ["//evil", "https://evil/", "/\\evil", "javascript:alert(1)", "\\\\evil", "/\t/evil"]
)
def test_signing_in_leads_nobody_elsewhere(browse: Browse, stock: Stock, back: str) -> None:
    assert browse().sign_in("viewer", back=back).headers["location"] == "/"


@pytest.mark.parametrize(
    ("name", "password"), [("operator", "wrong"), ("nobody", PASSWORD), ("", ""), ("operator", "x" * 1025)]
)
def test_a_wrong_name_and_a_wrong_password_are_told_alike(
    browse: Browse, stock: Stock, name: str, password: str
) -> None:
    answer = browse().sign_in(name, password)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text


def test_after_some_wrong_passwords_even_the_right_one_must_wait(
    browse: Browse, stock: Stock, seconds: Seconds
) -> None:
    browser = browse()
    for _ in range(PAIR_MAX):
        assert browser.sign_in("operator", "wrong").status_code == 401
    assert browser.sign_in("operator").status_code == 429
    assert browse().sign_in("petrov").status_code == 303  # nobody else is locked out
    seconds.now += WINDOW_SECONDS
    assert browser.sign_in("operator").status_code == 303


@pytest.mark.parametrize("path", ACTS)
@pytest.mark.parametrize("token", ["", "x", "é", None])
def test_no_form_without_the_sessions_own_token_does_anything(
    operator: Browser, stock: Stock, path: str, token: str | None
) -> None:
    """A page of another site can make a browser send a form, and cannot read the token."""
    fields = {"job": "order-1017", "why": "x", "which": "all", **({} if token is None else {"token": token})}
    assert operator.send(path, fields).status_code == 403
    loaded = stock.ledger.load("order-1017")
    assert loaded is not None
    assert loaded.state is State.DEAD
    assert operator.ask("/").status_code == 200  # not signed out either


def test_another_persons_token_is_none(operator: Browser, browse: Browse) -> None:
    petrov = browse("petrov")
    petrov.get("/r/kassa-1/job?id=order-1017")
    operator.page = petrov.page
    assert operator.post("/r/kassa-1/replay", job="order-1017", why="x").status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_form_from_another_site_is_refused_even_with_the_token(operator: Browser, origin: str) -> None:
    page = operator.get("/r/kassa-1/job?id=order-1017")
    token = page.split('name="token" value="')[1].split('"')[0]
    fields = {"token": token, "job": "order-1017", "why": "x"}
    assert operator.send("/r/kassa-1/replay", fields, Origin=origin).status_code == 403
    assert (
        operator.send("/r/kassa-1/replay", json.dumps(fields), **{"Content-Type": "text/plain"}).status_code
        == 403
    )
    assert operator.send("/r/kassa-1/replay", fields, Origin=operator.home).status_code == 303


@pytest.mark.parametrize("path", ACTS[1:])
def test_a_viewer_decides_nothing_whatever_they_send(browse: Browse, stock: Stock, path: str) -> None:
    viewer = browse("viewer")
    viewer.get("/")
    answer = viewer.post(path, job="order-1017", why="x", which="all", verdict="not_printed", sure="1")
    assert answer.status_code == 403
    assert stock.ledger.acts(5) == []


def test_a_page_that_nobody_touches_is_signed_out(operator: Browser, seconds: Seconds) -> None:
    """What a page does by itself to keep fresh is no touch."""
    for _ in range(3):
        seconds.now += IDLE_SECONDS - 1
        operator.get("/")
    operator.client.headers["X-Live"] = "1"
    seconds.now += IDLE_SECONDS - 1
    operator.get("/")
    seconds.now += 2
    operator.get("/", status=303)


def test_no_session_outlives_a_long_shift(operator: Browser, seconds: Seconds) -> None:
    while seconds.now + IDLE_SECONDS / 2 < ABSOLUTE_SECONDS:
        seconds.now += IDLE_SECONDS / 2
        operator.get("/")
    seconds.now = ABSOLUTE_SECONDS + 1
    operator.get("/", status=303)


def test_who_has_signed_out_is_out_with_the_old_cookie_too(operator: Browser) -> None:
    cookies = operator.client.cookies.copy()
    operator.get("/")
    operator.post("/sign-out")
    operator.client.cookies = cookies
    operator.get("/", status=303)


def test_a_cookie_from_before_signing_in_is_not_taken_over(browse: Browse, stock: Stock) -> None:
    """Whoever plants a cookie in a browser does not know the one that signs in."""
    browser = browse()
    browser.client.cookies.set("fiscalq", "planted", domain="127.0.0.1", path="/")
    browser.sign_in("viewer")
    assert "planted" not in [cookie.value for cookie in browser.client.cookies]


def test_every_answer_carries_the_headers_that_keep_strangers_out(operator: Browser, browse: Browse) -> None:
    answers = [
        operator.ask("/"),
        operator.ask("/nowhere"),
        browse().ask("/"),
        operator.ask("/static/console.js"),
        browse().ask("/sign-in"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] in {"no-store", "no-cache"}
    cookie = browse().sign_in("viewer").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_another_name_for_this_machine_is_refused(operator: Browser) -> None:
    """A page of evil.example whose name suddenly leads to 127.0.0.1 reads nothing."""
    assert operator.client.get(operator.home, headers={"Host": "evil.example"}, timeout=9).status_code == 400


def test_behind_tls_the_cookie_is_for_tls_alone(settings: Settings, users: Users, stock: Stock) -> None:
    with served(make_app(settings, users, Manner(secure=True))) as home:
        cookie = Browser(home).ask("/sign-in").headers["set-cookie"]
    assert cookie.startswith("__Host-fiscalq-form=")
    assert "; Secure" in cookie


def test_the_edge_names_who_is_in_and_nobody_else_can(settings: Settings, users: Users, stock: Stock) -> None:
    header = "X-Remote-User"
    with served(make_app(settings, users, Manner(proxy_header=header))) as home:
        browser = Browser(home)
        assert browser.ask("/").status_code == 403
        browser.client.headers[header] = "nobody"
        assert browser.ask("/").status_code == 403
        browser.client.headers[header] = "operator"
        browser.get("/r/kassa-1/job?id=order-1017")
        assert browser.post("/r/kassa-1/replay", job="order-1017", why="paper").status_code == 303
    with served(
        make_app(settings, users, Manner(proxy_header=header, proxies=frozenset({"10.0.0.1"})))
    ) as home:
        stranger = Browser(home)
        stranger.client.headers[header] = "admin"
        assert stranger.ask("/").status_code == 403


def test_who_is_taken_out_of_the_file_is_out_at_once(
    settings: Settings, stock: Stock, tmp_path: Path
) -> None:
    users = Users(tmp_path / "users.json")
    users.add("ivanova", Role.OPERATOR, PASSWORD)
    users.add("petrov", Role.OPERATOR, PASSWORD)
    with served(make_app(settings, users, Manner())) as home:
        browser = Browser(home)
        browser.sign_in("petrov")
        browser.get("/")
        kept = json.loads(users.path.read_text())
        del kept["users"]["petrov"]
        users.path.write_text(json.dumps(kept))
        browser.get("/", status=303)


def test_passwords_are_kept_hashed_in_a_file_that_is_its_owners(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    users.add("иванова", Role.VIEWER, PASSWORD)
    assert PASSWORD not in users.path.read_text()
    assert stat.S_IMODE(users.path.stat().st_mode) == 0o600
    assert users.verified("иванова", PASSWORD) is not None
    assert users.verified("иванова", PASSWORD + "x") is None


@pytest.mark.parametrize(
    ("name", "password"),
    [("", PASSWORD), ("a b", PASSWORD), ("<b>", PASSWORD), ("anna", "short"), ("anna", "x" * 1025)],
)
def test_a_name_or_a_password_that_will_not_do_is_refused(tmp_path: Path, name: str, password: str) -> None:
    users = Users(tmp_path / "users.json")
    with pytest.raises(OperatorError):
        users.add(name, Role.VIEWER, password)
    assert not users.path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"users":{"a":{"role":"viewer","password":"plain"}}}',
        '{"users":{"a":{"role":"god","password":"scrypt$1$1$1$a$b"}}}',
    ],
)
def test_a_file_that_is_none_is_said_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "users.json").write_text(text)
    with pytest.raises(ConfigError, match="no users file"):
        Users(tmp_path / "users.json").names()


def test_the_users_file_is_no_part_of_a_commit() -> None:
    """It holds the hashes of passwords."""
    assert f"/{USERS}" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
