"""The simulator put together: one register, one store, one executor, and the HTTP doors to them."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ops.simulator.driver.tasks import Driver
from ops.simulator.faults import Faults, read_file
from ops.simulator.kkt.register import Register
from ops.simulator.line.executor import Executor
from ops.simulator.line.store import Store
from ops.simulator.web import control, http_v1, http_v2
from ops.simulator.web.answers import Wire, page
from ops.simulator.web.envelope import envelope

API = {"v1": ("v1",), "v2": ("v2",), "both": ("v1", "v2")}
HTTP_DELAY_SECONDS = 2.0


@dataclass(frozen=True)
class Options:
    """
    What the command line said.

    Args:
        folder: of everything that outlives the process; made when it is not there.
        api: `v1`, `v2` or `both`.
        seed: of serials and signs.
        faults: a file of faults to arm.
        v1_items: `flat` or `nested`, the two shapes of an error in v1's results.
        username: of v2's HTTP Basic; empty for none.
        password: to it.
    """

    folder: Path
    api: str = "both"
    seed: int = 1
    faults: Path | None = None
    v1_items: str = "flat"
    username: str = ""
    password: str = ""


class Simulator:
    """Everything one simulator consists of. Raises: WrongFault when the file of faults is wrong."""

    def __init__(self, options: Options) -> None:
        options.folder.mkdir(parents=True, exist_ok=True)
        self.options = options
        self.faults = Faults(options.folder / "faults.json")
        if options.faults:
            self.faults.arm(read_file(options.faults))
        self.store = Store(options.folder / "web.s3db")
        self.register = Register(options.folder, options.seed)
        self.driver = Driver(self.register)
        self.executor = Executor(self.store, self.register, self.driver, self.faults)
        self.later: set[asyncio.Task[None]] = set()
        self._apply_form()

    def _apply_form(self) -> None:
        """Let take effect what was sent to v1's settings page: only a start reads it (reference §2.5)."""
        form = self.store.form()
        wish = form.pop("is_active", None)
        if wish is not None:
            with self.register.change() as condition:
                condition.active = wish.lower() in {"true", "on", "1"}
            self.store.set_form(form)

    def app(self) -> ASGIApp:
        """Give the web application; it starts and stops the executor."""
        routes = [*control.routes(self)]
        if "v1" in API[self.options.api]:
            routes += http_v1.routes(self)
        if "v2" in API[self.options.api]:
            routes += http_v2.routes(self)

        async def refused(request: Request, error: Exception) -> Response:
            status = error.status_code if isinstance(error, HTTPException) else 500
            if request.url.path.startswith(http_v2.PREFIX) and "v2" in API[self.options.api]:
                return envelope(status, "Метод не найден" if status == HTTPStatus.NOT_FOUND else str(error))
            return page(status, request.url.path)

        cors = Middleware(
            CORSMiddleware,
            allow_origins=["*"],
            allow_methods=["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"],
        )
        app = Starlette(
            routes=routes,
            middleware=[cors],
            exception_handlers={HTTPException: refused, 500: refused},
            lifespan=self._lifespan,
        )
        app.router.redirect_slashes = False
        return Delayed(app, self.faults)

    def reset(self) -> None:
        """Start over, once the running sub-task is done."""
        self.faults.clear()
        self.store.wipe()
        with self.driver.lock:
            self.driver.forget()
            self.executor.forget()
            self.register.reset()

    def close(self) -> None:
        """Put the files away."""
        self.store.close()
        self.register.close()

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self.executor.start()
        yield
        self.executor.stop()
        self.close()


class Delayed:
    """The application behind a slow line, when that fault is armed."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self._faults = app, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, later if need be; the control pages are never slow."""
        if scope["type"] == "http" and not scope["path"].startswith(control.PREFIX):
            fault = self._faults.strike("http")
            if fault:
                await asyncio.sleep(HTTP_DELAY_SECONDS if fault.seconds is None else fault.seconds)
        await self._app(scope, receive, send)


class Server(uvicorn.Server):
    """uvicorn's server, which says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, host: str, about: str) -> None:
        super().__init__(config)
        self._host, self._about = host, about

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as the wish to end, and end with exit code 0; uvicorn would die of them afterwards."""
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then print the one line that scripts wait for."""
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            print(f"simulator ready on http://{self._host}:{port} ({self._about})", flush=True)  # noqa: T201


def serve(options: Options, host: str, port: int) -> None:
    """
    Run until SIGTERM or SIGINT.

    Args:
        options: what to simulate.
        host: the address to listen on.
        port: the TCP port; 0 takes a free one.

    Raises: OSError when nobody can listen there, WrongFault.
    """
    listener = socket.create_server((host, port))
    config = uvicorn.Config(
        Simulator(options).app(),
        http=Wire,
        ws="none",
        loop="asyncio",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    Server(config, host, f"api {options.api}, state {options.folder}").run([listener])
