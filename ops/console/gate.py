"""
Between a request and a page: who asks, in which language, by which right, and with which form.

Every answer carries the headers that keep a browser from running what is not ours. A page is a plain function of a
Visit, run in a thread, since all it does is ask Redis.
"""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ops.cli.language import refused
from ops.console.entry.brake import Brake
from ops.console.entry.sessions import Session, Sessions
from ops.console.entry.users import Role, User, Users
from ops.console.language import PageTexts, chosen
from worker.domain.errors import LedgerError

FORM_BYTES_MAX = 512 * 1024  # some thousand job ids
FIELDS_MAX = 5000
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not no-referrer, with which a browser says no origin of a form either
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
_log = logging.getLogger("fiscalq.console")


@dataclass(frozen=True)
class Manner:
    """
    How the console stands in its network.

    Args:
        secure: cookies are for HTTPS alone, because it, or the edge before it, speaks TLS.
        proxy_header: a header in which the edge names who is signed in there; None: people sign in here.
        proxies: addresses from which that header is believed.
        flower: address of Flower, to which the page links; None for no link.

    """

    secure: bool = False
    proxy_header: str | None = None
    proxies: frozenset[str] = frozenset({"127.0.0.1", "::1"})
    flower: str | None = None

    @property
    def cookie(self) -> str:
        """Its name: with TLS one that a browser takes from this host alone."""
        return "__Host-fiscalq" if self.secure else "fiscalq"


@dataclass
class Visit:
    """One request of somebody who may be here."""

    request: Request
    user: User
    session: Session
    texts: PageTexts
    form: Mapping[str, list[str]] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """One field of the form, without the space around it; empty when it is not there."""
        return self.form.get(name, [""])[0].strip()

    def asked(self, name: str) -> str:
        """One word of the address, likewise."""
        return str(self.request.query_params.get(name, "")).strip()


class Refused(Exception):
    """A page that is not shown: an HTTP status, and the name of the text that says why."""

    def __init__(self, status: int, text: str, /, **facts: object) -> None:
        """Keep them."""
        super().__init__(text)
        self.status, self.text, self.facts = status, text, facts


Page = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


class Gate:
    """Lets people in, and pages out."""

    def __init__(self, users: Users, manner: Manner, monotonic: Callable[[], float]) -> None:
        """Nobody is in."""
        self.users, self.manner = users, manner
        self.sessions, self.brake = Sessions(monotonic), Brake(monotonic)
        self._pages = Environment(
            loader=PackageLoader("ops.console", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(self, template: str, texts: PageTexts, /, *, status: int = 200, **facts: Any) -> Response:
        """Fill a page in."""
        facts = {"user": None, "session": None, "words": "", "flower": self.manner.flower, **facts}
        text = self._pages.get_template(template).render(t=texts, Role=Role, **facts)
        return HTMLResponse(text, status, headers=HEADERS)

    def page(self, visit: Visit, template: str, /, *, status: int = 200, **facts: Any) -> Response:
        """Fill in a page for somebody who is signed in."""
        return self.show(
            template, visit.texts, status=status, user=visit.user, session=visit.session, visit=visit, **facts
        )

    def guarded(self, page: Page, role: Role = Role.VIEWER) -> Endpoint:
        """The page as Starlette wants it, for whoever has at least this role; a form must be of this session."""

        async def endpoint(request: Request) -> Response:
            texts = texts_of(request)
            try:
                form = await form_of(request) if request.method == "POST" else {}
                return await run_in_threadpool(self._answer, request, texts, form, page, role)
            except Refused as refused:
                return self._refusal(refused, texts)

        return endpoint

    def who(self, request: Request, *, touch: bool) -> tuple[User, Session, str | None] | None:
        """Who asks, and a cookie to be set where there was none. None: nobody who is known here."""
        cookie = request.cookies.get(self.manner.cookie)
        session = self.sessions.find(cookie, touch=touch)
        if self.manner.proxy_header is not None:
            name = self._said_by_the_edge(request)
            user = self.users.named(name) if name else None
            if user is None:
                return None
            if session is not None and session.user == user.name:
                return user, session, None
            fresh, session = self.sessions.begin(user.name)
            return user, session, fresh
        user = self.users.named(session.user) if session else None
        return None if session is None or user is None else (user, session, None)

    def set_cookie(self, response: Response, cookie: str) -> None:
        """Give the browser its cookie, which no script sees and no other site sends along."""
        response.set_cookie(
            self.manner.cookie, cookie, secure=self.manner.secure, httponly=True, samesite="strict", path="/"
        )

    def _said_by_the_edge(self, request: Request) -> str | None:
        peer = request.client.host if request.client else ""
        said = request.headers.getlist(self.manner.proxy_header or "")
        # Said twice, one of them is the visitor's own.
        return said[0].strip() if peer in self.manner.proxies and len(said) == 1 else None

    def _answer(
        self, request: Request, texts: PageTexts, form: Mapping[str, list[str]], page: Page, role: Role
    ) -> Response:
        try:
            known = self.who(request, touch="x-live" not in request.headers)
            if known is None:
                return self._ask_in(request)
            user, session, cookie = known
            visit = Visit(request, user, session, texts, form)
            if request.method == "POST" and not session.bears(visit.said("token")):
                raise Refused(403, "page.expired")
            if not user.role.covers(role):
                name = "page.not_allowed_admin" if role is Role.ADMIN else "page.not_allowed"
                raise Refused(403, name, role=texts(f"page.role_{user.role.value}"))
            response = page(visit)
        except LedgerError as error:
            _log.warning("ledger.away", extra={"text": str(error)})
            if error.code == "redis_silent":
                raise Refused(503, "page.redis_away") from error
            raise Refused(503, "refusals.told", text=texts.spoken(refused(error, texts))) from error
        if cookie is not None:
            self.set_cookie(response, cookie)
        return response

    def _ask_in(self, request: Request) -> Response:
        if self.manner.proxy_header is not None:
            raise Refused(403, "page.not_known")
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        where = f"?{urlencode({'next': back})}" if request.method == "GET" and back != "/" else ""
        return RedirectResponse(f"/sign-in{where}", 303, headers=HEADERS)

    def _refusal(self, refused: Refused, texts: PageTexts) -> Response:
        said = texts(refused.text, **refused.facts)
        return self.show("refused.html", texts, status=refused.status, said=said)

    # signing in and out

    async def sign_in(self, request: Request) -> Response:
        """The form, and what comes of it."""
        texts = texts_of(request)
        if request.method == "GET":
            return self._form(texts, request.query_params.get("next", ""))
        try:
            form = await form_of(request)
        except Refused as refused:
            return self._refusal(refused, texts)
        return await run_in_threadpool(self._try, request, texts, form)

    def _try(self, request: Request, texts: PageTexts, form: Mapping[str, list[str]]) -> Response:
        name, password, token, back = (
            form.get(one, [""])[0] for one in ("name", "password", "token", "next")
        )
        kept = request.cookies.get(f"{self.manner.cookie}-form", "")
        if not kept or not secrets.compare_digest(
            kept.encode(errors="replace"), token.encode(errors="replace")
        ):
            return self._form(texts, back, said=texts("page.enter_too_old"), status=403)
        address = request.client.host if request.client else ""
        wait = self.brake.try_now(name, address)
        if wait > 0:
            said = texts("page.too_often", minutes=math.ceil(wait / 60))
            return self._form(texts, back, said=said, status=429, name=name)
        user = self.users.verified(name, password)
        _log.info("console.signed_in" if user else "console.refused", extra={"user": name[:64]})
        if user is None:
            return self._form(texts, back, said=texts("page.wrong"), status=401, name=name)
        self.brake.passed(name, address)
        self.sessions.end(request.cookies.get(self.manner.cookie))
        cookie, _ = self.sessions.begin(user.name)
        response = RedirectResponse(_inside(back), 303, headers=HEADERS)
        self.set_cookie(response, cookie)
        response.delete_cookie(f"{self.manner.cookie}-form", path="/", secure=self.manner.secure)
        return response

    def _form(
        self, texts: PageTexts, back: str, *, said: str = "", status: int = 200, name: str = ""
    ) -> Response:
        token = secrets.token_urlsafe(16)
        response = self.show(
            "sign_in.html", texts, status=status, said=said, token=token, name=name, back=_inside(back)
        )
        response.set_cookie(
            f"{self.manner.cookie}-form",
            token,
            secure=self.manner.secure,
            httponly=True,
            samesite="strict",
            path="/",
        )
        return response

    def sign_out(self, visit: Visit) -> Response:
        """The session ends here, and the cookie is worth nothing any more."""
        self.sessions.end(visit.request.cookies.get(self.manner.cookie))
        response = RedirectResponse("/sign-in", 303, headers=HEADERS)
        response.delete_cookie(self.manner.cookie, path="/", secure=self.manner.secure)
        return response


def texts_of(request: Request) -> PageTexts:
    """The texts in the language that the browser likes best."""
    return PageTexts(chosen(request.headers.get("accept-language")))


async def form_of(request: Request) -> Mapping[str, list[str]]:
    """The fields of a form of our own pages. Raises Refused for what another site sends, and for what is no form."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused(403, "page.expired")
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise Refused(403, "page.expired")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES_MAX:
            raise Refused(413, "page.expired")
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise Refused(400, "page.expired") from error


def _inside(address: str) -> str:
    """An address on this very site, or its first page: nobody is led elsewhere by signing in."""
    parts = urlsplit(address.replace("\\", "/"))
    own = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith("//")
    return address if own and address.isprintable() else "/"
