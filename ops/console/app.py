"""The console as one Starlette application: which address is which page, and for whom."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from ops.console.acting import Acting
from ops.console.asking import Asking
from ops.console.entry.users import Role, Users
from ops.console.gate import HEADERS, Gate, Manner, texts_of
from ops.console.holding import Holding
from ops.console.house import House
from ops.console.live import Feed
from ops.console.looking import Looking
from ops.console.runs import Runs
from worker.app.clock import RealClock
from worker.app.settings import Settings

STATIC = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
_log = logging.getLogger("fiscalq.console")


def make_app(
    settings: Settings,
    users: Users,
    manner: Manner,
    *,
    hosts: tuple[str, ...] = ("*",),
    monotonic: Callable[[], float] = time.monotonic,
) -> Starlette:
    """
    Put the console together.

    Args:
        settings: registers and Redis.
        users: who may come in.
        manner: how it stands in its network.
        hosts: names under which a browser may ask for it: another site's name that leads here is refused.
        monotonic: seconds, for the life of sessions.

    """
    gate, house = Gate(users, manner, monotonic), House(settings)
    feed = Feed(house)
    looking = Looking(gate, house)
    loop: list[asyncio.AbstractEventLoop] = []
    runs = Runs(RealClock(), lambda: _call(loop, partial(feed.tell, "moved")))
    acting = Acting(gate, house, looking, runs)
    asking, holding = Asking(gate, house, looking), Holding(looking)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        loop.append(asyncio.get_running_loop())
        reader = asyncio.create_task(feed.run())
        yield
        reader.cancel()
        with suppress(asyncio.CancelledError):
            await reader

    async def live(request: Request) -> Response:
        """The stream of events, as long as its person is signed in; it keeps nobody signed in."""
        known = await run_in_threadpool(gate.who, request, touch=False)
        if known is None or feed.is_full:
            return Response(status_code=204, headers=HEADERS)  # a browser does not try again then
        return StreamingResponse(
            feed.listen(lambda: gate.who(request, touch=False) is not None),
            media_type="text/event-stream",
            headers={**HEADERS, "X-Accel-Buffering": "no"},
        )

    act = partial(gate.guarded, role=Role.OPERATOR)
    routes = [
        Route("/", gate.guarded(looking.home)),
        Route("/sign-in", gate.sign_in, methods=["GET", "POST"]),
        Route("/sign-out", gate.guarded(gate.sign_out), methods=["POST"]),
        Route("/find", gate.guarded(looking.find)),
        Route("/live", live),
        Route("/r/{register}", gate.guarded(looking.register)),
        Route("/r/{register}/dead", gate.guarded(looking.dead)),
        Route("/r/{register}/job", gate.guarded(looking.job)),
        Route("/r/{register}/run", act(acting.run)),
        Route("/r/{register}/acts", gate.guarded(looking.acts, Role.ADMIN)),
        Route("/r/{register}/aside", gate.guarded(looking.aside, Role.ADMIN)),
        Route("/r/{register}/replay", act(acting.replay), methods=["POST"]),
        Route("/r/{register}/contact", act(acting.send_elsewhere), methods=["POST"]),
        Route("/r/{register}/resolve", act(acting.resolve), methods=["POST"]),
        Route("/r/{register}/withdraw", act(acting.withdraw), methods=["POST"]),
        Route("/r/{register}/forgo", act(acting.forgo), methods=["POST"]),
        Route("/r/{register}/copy", act(asking.copy), methods=["POST"]),
        Route("/r/{register}/shift", act(asking.shift), methods=["POST"]),
        Route("/r/{register}/correct", act(asking.correct), methods=["POST"]),
        Route("/r/{register}/put-right", act(asking.put_right), methods=["POST"]),
        Route("/r/{register}/hold", act(holding.hold), methods=["POST"]),
        Route("/r/{register}/release", act(holding.release), methods=["POST"]),
        Route("/r/{register}/accept-fn", gate.guarded(holding.accept_fn, Role.ADMIN), methods=["POST"]),
        Route("/r/{register}/plan", act(acting.plan), methods=["POST"]),
        Route("/r/{register}/begin", act(acting.begin), methods=["POST"]),
        Route("/static/{name}", _static),
    ]

    async def not_there(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        texts = texts_of(request)
        return gate.show("refused.html", texts, status=status, said=texts("page.not_found"))

    async def broken(request: Request, error: Exception) -> Response:
        _log.error("console.broken", exc_info=error)
        texts = texts_of(request)
        return gate.show("refused.html", texts, status=500, said=texts("page.went_wrong"))

    return Starlette(
        routes=routes,
        lifespan=life,
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
        exception_handlers={HTTPException: not_there, Exception: broken},
    )


async def _static(request: Request) -> Response:
    """A file of ours, and no other."""
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    kept = {**HEADERS, "Cache-Control": "no-cache"}
    return FileResponse(Path(__file__).parent / "static" / name, media_type=STATIC[name], headers=kept)


def _call(loop: list[asyncio.AbstractEventLoop], what: Callable[[], None]) -> None:
    """From another thread; when the console has ended meanwhile, nobody is there to be told."""
    with suppress(RuntimeError):
        for one in loop[-1:]:
            one.call_soon_threadsafe(what)
