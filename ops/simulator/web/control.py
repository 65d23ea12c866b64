"""`/_sim/…`: the hands, eyes and mischief that a real register has around it. Never part of what is simulated."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import segno
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ops.simulator import faults, jsontext, vocabulary
from ops.simulator.driver.validation import Vintage, validate
from ops.simulator.errors import DriverError
from ops.simulator.jsontext import Fields, NotJson
from ops.simulator.kkt import condition, hands
from ops.simulator.kkt.foreign import print_foreign
from ops.simulator.web import answers

if TYPE_CHECKING:
    from ops.simulator.server import Simulator

PREFIX = "/_sim"
PAGE = Path(__file__).with_name("tape.html")
QR_MAX_SIGNS = 300


def routes(simulator: Simulator) -> list[BaseRoute]:
    """Give the routes of the control pages."""
    control = Control(simulator)
    return [
        Route(f"{PREFIX}/state", control.state, methods=["GET", "POST"]),
        Route(f"{PREFIX}/faults", control.faults, methods=["GET", "POST", "DELETE"]),
        Route(f"{PREFIX}/documents", control.documents),
        Route(f"{PREFIX}/lines", control.lines),
        Route(f"{PREFIX}/tape", control.tape),
        Route(f"{PREFIX}/tape.txt", control.tape_text),
        Route(f"{PREFIX}/qr.svg", control.qr),
        Route(f"{PREFIX}/wipe", control.wipe, methods=["POST"]),
        Route(f"{PREFIX}/purge", control.purge, methods=["POST"]),
        Route(f"{PREFIX}/foreign", control.foreign, methods=["POST"]),
        Route(f"{PREFIX}/fn", control.swap_fn, methods=["POST"]),
        Route(f"{PREFIX}/reset", control.reset, methods=["POST"]),
    ]


class Control:
    """The handlers. A wrong request is answered 400 with one sentence."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def state(self, request: Request) -> Response:
        """Show the register's condition, or turn something."""
        register = self._simulator.register
        if request.method == "POST":
            wishes = await self._body(request)
            try:
                with register.change() as now:
                    hands.turn(now, wishes)
            except hands.WrongTurn as wrong:
                return PlainTextResponse(f"{wrong}\n", 400)
        now = register.condition
        derived = {"link": "up" if now.linked else "down", "shift": now.shift_state, "documents": now.last_fd}
        return self._json({**condition.dump(now), **derived})

    async def faults(self, request: Request) -> Response:
        """Show what is armed (`?known=1`: what could be), arm more, or disarm all."""
        armed = self._simulator.faults
        if request.method == "DELETE":
            armed.clear()
        if request.method == "POST":
            body = await self._body(request)
            entries = body if isinstance(body, list) else [body]
            try:
                added = armed.arm([faults.parse(entry) for entry in entries])
            except faults.WrongFault as wrong:
                return PlainTextResponse(f"{wrong}\n", 400)
            return self._json({"armed": [fault.name for fault in added]})
        if request.query_params.get("known"):
            known = {kind: {"moment": moment, "what": what} for kind, (moment, what) in faults.KINDS.items()}
            return self._json({"known": known, "stages": faults.STAGES})
        return self._json({"faults": armed.listed()})

    async def documents(self, request: Request) -> Response:
        """Give the oracle's lines above a document number."""
        return self._json(self._simulator.register.slips.documents(self._after(request)))

    async def lines(self, request: Request) -> Response:
        """Give the paper behind the first so many lines."""
        number, lines = self._simulator.register.tape.after(self._after(request))
        return self._json({"next": number, "lines": lines})

    async def tape(self, _request: Request) -> Response:
        """Show the paper as it comes out."""
        return HTMLResponse(PAGE.read_text(encoding="utf-8"))

    async def tape_text(self, _request: Request) -> Response:
        """Give the whole paper as text."""
        _, lines = self._simulator.register.tape.after(0)
        return PlainTextResponse("\n".join(lines))

    async def qr(self, request: Request) -> Response:
        """Draw the QR of a receipt."""
        text = request.query_params.get("text", "")
        if not 0 < len(text) <= QR_MAX_SIGNS:
            return PlainTextResponse("text: 1 to 300 signs\n", 400)
        picture = io.BytesIO()
        segno.make_qr(text, error="l").save(picture, kind="svg", scale=3, border=2)
        return Response(picture.getvalue(), media_type="image/svg+xml")

    async def wipe(self, _request: Request) -> Response:
        """Forget every task, as a new database does; the register keeps its documents."""
        self._simulator.store.wipe()
        return self._json({})

    async def purge(self, request: Request) -> Response:
        """Forget one task (`uuid`) or those older than `older_than_seconds`, as the retention does."""
        match await self._body(request):
            case {"uuid": str() as uuid}:
                purged = self._simulator.store.forget(uuid)
            case {"older_than_seconds": int() | float() as seconds}:
                purged = self._simulator.store.forget(older_than_seconds=seconds)
            case _:
                return PlainTextResponse('{"uuid": text} or {"older_than_seconds": number} is wanted\n', 400)
        return self._json({"purged": purged})

    async def foreign(self, request: Request) -> Response:
        """Print a receipt past the server; the body may be its task."""
        body = await request.body()
        try:
            task = self._checked(jsontext.read(body)) if body.strip() else None
            params = await run_in_threadpool(print_foreign, self._simulator.register, task)
        except (DriverError, NotJson) as error:
            return PlainTextResponse(f"{error}\n", 409)
        return self._json({"fiscalParams": params})

    async def swap_fn(self, _request: Request) -> Response:
        """Put a new FN in."""
        self._simulator.register.swap_fn()
        return self._json({"fn_serial": self._simulator.register.condition.fn_serial})

    async def reset(self, _request: Request) -> Response:
        """Start over: no task, no fault, a fresh register with a new FN, a blank tape."""
        await run_in_threadpool(self._simulator.reset)
        return self._json({})

    def _checked(self, task: object) -> Fields:
        if not isinstance(task, dict) or task.get("type") not in vocabulary.RECEIPTS:
            raise NotJson(f"a receipt is wanted: {', '.join(vocabulary.RECEIPTS)}")
        now = self._simulator.register.condition
        validate(task, Vintage(Decimal(now.ffd), now.driver_year))
        return task

    @staticmethod
    async def _body(request: Request) -> Any:
        try:
            return jsontext.read_plain(await request.body() or b"{}")
        except NotJson as problem:
            raise HTTPException(400, f"not JSON: {problem}") from problem

    @staticmethod
    def _after(request: Request) -> int:
        after = request.query_params.get("after", "0")
        return int(after) if after.isdigit() else 0

    @staticmethod
    def _json(value: object) -> Response:
        return answers.json(jsontext.write(value))
