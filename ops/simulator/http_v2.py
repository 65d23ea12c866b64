"""The API of DTO 10.7 and later, and of ATOL Web Requests: JSON throughout under /api/v2 (reference §3)."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ops.simulator import answers, devices, errors, jsontext, posting, vocabulary
from ops.simulator.condition import MOSCOW
from ops.simulator.errors import DriverError
from ops.simulator.jsontext import Fields, NotJson
from ops.simulator.store import SETTINGS, Duplicate, Item
from ops.simulator.validation import Driver as Validator, validate

if TYPE_CHECKING:
    from ops.simulator.server import Simulator

PREFIX = "/api/v2"
GENERATION = "v2"
BODY_MAX_BYTES = 1024 * 1024  # 413 above it (reference §3.1)
SEIZE_SECONDS = 30.0  # 408 after that
CANCELED = Item("canceled", errors.CANCELED, errors.TEXTS[errors.CANCELED])
OPERATIONS = {
    "queryDeviceInfo": "getDeviceInfo", "queryDeviceStatus": "getDeviceStatus", "queryShiftStatus": "getShiftStatus",
    "queryShiftTotals": "getShiftTotals", "queryIncomeTotals": "getShiftTotals",
    "queryOutcomeTotals": "getShiftTotals", "queryReceiptTotals": "getShiftTotals", "queryFnInfo": "getFnInfo",
    "queryFnStatus": "getFnStatus", "queryOfdExchangeStatus": "ofdExchangeStatus",
    "queryIsmExchangeStatus": "ismExchangeStatus", "queryLicenses": "getLicenses",
    "queryDeviceSettings": "getDeviceParameters",
}  # fmt: skip
PARTS = {"queryIncomeTotals": "income", "queryOutcomeTotals": "outcome", "queryReceiptTotals": "receipts"}

Handler = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """A request is answered with an HTTP code and a text, without touching anything."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text
        super().__init__(text)


def envelope(status: int, text: str) -> Response:
    """Give an error: 505 is the envelope's constant, the HTTP code and the text differ."""
    error = {"error": {"code": errors.ENVELOPE, "description": text}}
    return answers.json(jsontext.write(error), status)


def routes(simulator: Simulator) -> list[BaseRoute]:
    """Give the routes of this API."""
    api = V2(simulator)
    table: list[tuple[str, str, Handler, bool]] = [
        ("POST", "/requests", api.post, True),
        ("GET", "/requests/{uuid}", api.get, True),
        ("DELETE", "/requests/{uuid}", api.delete, True),
        ("GET", "/getRequestsQueueStatus", api.queue, True),
        ("GET", "/serverInfo", api.server_info, False),
        ("GET", "/utils/mapping", api.mapping, False),
        ("GET", "/utils/deviceParametersStruct", api.structure, False),
        ("GET", "/settings", api.settings, True),
        ("PUT", "/settings", api.change_settings, True),
        ("GET", "/devices", api.devices, True),
        ("GET", "/devices/{id}", api.device, True),
        ("POST", "/setDefaultDevice", api.set_default, True),
        ("POST", "/activateDevice", api.activate, True),
        ("POST", "/deactivateDevice", api.deactivate, True),
        ("POST", "/operations/{operation}", api.operate, True),
    ]
    return [Route(PREFIX + path, api.guarded(handler, closed), methods=[verb]) for verb, path, handler, closed in table]


class V2:
    """The handlers."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._store = simulator.store

    def guarded(self, handler: Handler, closed: bool) -> Handler:  # noqa: FBT001 - one flag of a table
        """Wrap a handler: ask for the password where there is one, turn refusals into envelopes."""

        async def answer(request: Request) -> Response:
            if closed and not self._known(request):
                refusal = envelope(401, "Необходима авторизация")
                refusal.headers["www-authenticate"] = 'Basic realm="ATOL"'
                return refusal
            try:
                return await handler(request)
            except Refused as refused:
                return envelope(refused.status, refused.text)

        return answer

    async def post(self, request: Request) -> Response:
        """Queue a task (3.2)."""
        body = await self._body(request)
        device = self._device(request, body)
        if not self._simulator.register.condition.active:
            raise Refused(403, f"Устройство с ID [{device}] не активировано")
        uuid, subtasks = body.get("uuid"), body.get("request")
        if not isinstance(uuid, str) or not uuid:
            raise Refused(400, "Поле 'uuid' не задано")
        if not isinstance(subtasks, list) or not subtasks:
            raise Refused(400, "Поле 'request' не задано или пустое")
        if not all(isinstance(subtask, dict) for subtask in subtasks):
            raise Refused(400, "Поле 'request' содержит не объект")
        kinds = [subtask.get("type") for subtask in subtasks]
        if sum(isinstance(kind, str) and kind in vocabulary.FISCAL[GENERATION] for kind in kinds) > 1:
            raise Refused(400, "Задание содержит более одной фискальной операции")
        self._prevalidate(subtasks)
        try:
            lost = await posting.store(self._simulator, GENERATION, uuid, subtasks)
        except Duplicate:
            text = f"Не удалось добавить задание с UUID [{uuid}], задание с таким UUID уже есть"
            raise Refused(409, text) from None
        except UnicodeEncodeError:
            raise Refused(500, "Внутренняя ошибка") from None
        if lost:
            return envelope(lost, "Не удалось выполнить запрос") if isinstance(lost, int) else lost
        return self._json({"uuid": uuid, **self._blocked("number")}, 201)

    async def get(self, request: Request) -> Response:
        """Give the results of a task (3.3)."""
        uuid = request.path_params["uuid"]
        device = self._device(request, {})
        fault = posting.look(self._simulator, uuid)
        if fault and (wrong := posting.spoiled(fault, request.url.path)):
            return wrong
        items = posting.altered(self._store.items(uuid), fault)
        if not items:
            raise Refused(404, f"Задание с UUID [{uuid}] для устройства [{device}] не найдено")
        results = [
            {
                "error": {"code": item.code, "description": item.description},
                "status": item.status,
                "result": item.result,
            }
            for item in items
        ]
        return answers.json(posting.cut(jsontext.write({"results": results}), fault))

    async def delete(self, request: Request) -> Response:
        """Cancel a task that waits as a whole (3.4)."""
        uuid = request.path_params["uuid"]
        device = self._device(request, {})
        task, items = self._store.task(uuid), self._store.items(uuid)
        if task is None or not items:
            raise Refused(404, f"Задание с UUID [{uuid}] для устройства [{device}] не найдено")
        if task.ready or any(item.status != "wait" for item in items):
            raise Refused(409, f"Не удалось отменить задание с UUID [{uuid}]")
        refusal = posting.canceled(self._simulator, task, CANCELED)
        if refusal is not None:
            return envelope(409, "Не удалось отменить задание") if refusal.status_code == 405 else refusal
        return self._json({})

    async def queue(self, request: Request) -> Response:
        """Give the state of the queue (3.5)."""
        self._device(request, {})
        counts = self._store.counts()
        return self._json({**self._blocked("number"), "ready": counts.ready, "canceled": counts.canceled})

    async def server_info(self, _request: Request) -> Response:
        """Say what this is."""
        now = datetime.now(MOSCOW).replace(microsecond=0)
        return self._json(
            {
                "serverVersion": "10.10.0.0",
                "driverVersion": "10.10.0.0",
                "os": "simulator",
                "currentDateTime": now.isoformat(),
            }
        )

    async def mapping(self, _request: Request) -> Response:
        """Give the lists of values for a settings page."""
        return self._json(devices.MAPPING)

    async def structure(self, _request: Request) -> Response:
        """Give an empty device."""
        return self._json(devices.EMPTY)

    async def settings(self, _request: Request) -> Response:
        """Give the settings (3.6)."""
        return self._json(self._store.settings())

    async def change_settings(self, request: Request) -> Response:
        """Change settings; all or none."""
        wishes = await self._body(request)
        for key, value in wishes.items():
            known = SETTINGS.get(key)
            whole = isinstance(value, int) and not isinstance(value, bool)
            fits = whole if isinstance(known, int) and not isinstance(known, bool) else isinstance(value, type(known))
            if known is None or not fits:
                raise Refused(400, f"Некорректное значение поля '{key}'")
        self._store.set_settings(wishes)
        return self._json(self._store.settings())

    async def devices(self, _request: Request) -> Response:
        """Give the one device there is."""
        return self._json({"devices": [self._described()]})

    async def device(self, request: Request) -> Response:
        """Give one device."""
        self._named(request.path_params["id"])
        return self._json(self._described())

    async def set_default(self, request: Request) -> Response:
        """Make a device the default; the only one is."""
        self._named((await self._body(request)).get("id"))
        return self._json({})

    async def activate(self, request: Request) -> Response:
        """Let the queue of the device go on."""
        return await self._set_active(request, active=True)

    async def deactivate(self, request: Request) -> Response:
        """Stop the queue after the running sub-task."""
        return await self._set_active(request, active=False)

    async def operate(self, request: Request) -> Response:
        """Ask the register at once, past the queue (3.6)."""
        operation = request.path_params["operation"]
        kind = OPERATIONS.get(operation)
        if kind is None:
            raise Refused(501, f"Операция [{operation}] не поддерживается")
        raw = await request.body()
        body = await self._body(request) if raw.strip() else {}
        device = self._device(request, body)
        if not self._simulator.register.condition.active:
            raise Refused(403, f"Устройство с ID [{device}] не активировано")
        task = {"type": kind, **({"keys": body.get("keys") or []} if kind == "getDeviceParameters" else {})}
        result = await run_in_threadpool(self._ask, task)
        part = PARTS.get(operation)
        return self._json({part: result["shiftTotals"][part]} if part else result)

    def _ask(self, task: Fields) -> Any:
        driver = self._simulator.driver
        if not driver.lock.acquire(timeout=SEIZE_SECONDS):
            raise Refused(408, "Не удалось захватить драйвер")
        try:
            return driver.run(task, self._simulator.executor.errand(task["type"], None, GENERATION))
        except DriverError as error:
            raise Refused(420, error.description) from error
        finally:
            driver.lock.release()

    async def _set_active(self, request: Request, *, active: bool) -> Response:
        body = await self._body(request) if (await request.body()).strip() else {}
        self._device(request, body)
        if not active:
            # The running sub-task is waited for.
            await run_in_threadpool(self._simulator.driver.lock.acquire)
            self._simulator.driver.lock.release()
        with self._simulator.register.change() as condition:
            condition.active = active
        return self._json({})

    def _prevalidate(self, subtasks: list[Fields]) -> None:
        if not self._store.settings()["validateRequestsOnAdd"]:
            return
        condition = self._simulator.register.condition
        try:
            for subtask in subtasks:
                validate(subtask, Validator(Decimal(condition.ffd), condition.driver_year))
        except DriverError as error:
            raise Refused(420, error.description) from error

    async def _body(self, request: Request) -> Fields:
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > BODY_MAX_BYTES:
            raise Refused(413, "Слишком большой запрос")
        text = await request.body()
        if len(text) > BODY_MAX_BYTES:
            raise Refused(413, "Слишком большой запрос")
        try:
            body = jsontext.read(text)
        except NotJson as problem:
            raise Refused(400, f"Ошибка разбора JSON: {problem}") from problem
        if not isinstance(body, dict):
            raise Refused(400, "Ошибка разбора JSON: не объект")
        return body

    def _device(self, request: Request, body: Fields) -> str:
        return self._named(request.query_params.get("deviceID") or body.get("deviceID") or devices.DEFAULT)

    def _named(self, device: object) -> str:
        if device not in {devices.ID, devices.DEFAULT}:
            raise Refused(404, f"Устройство с ID [{device}] не найдено")
        return devices.ID

    def _described(self) -> Fields:
        locked = self._store.block() is not None
        return devices.device(active=self._simulator.register.condition.active, locked=locked)

    def _blocked(self, number: str) -> Fields:
        block = self._store.block()
        return {
            number: self._store.counts().unfinished,
            "isBlocked": block is not None,
            "blockedUUID": block.uuid if block else "",
            "blockReason": (block.reason or "connectionError") if block else "",
        }

    def _known(self, request: Request) -> bool:
        options = self._simulator.options
        if not options.username:
            return True
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            pair = base64.b64decode(given, validate=True)
        except binascii.Error:
            return False
        expected = f"{options.username}:{options.password}".encode()
        return scheme.lower() == "basic" and secrets.compare_digest(pair, expected)

    @staticmethod
    def _json(value: object, status: int = 200) -> Response:
        return answers.json(jsontext.write(value), status)
