"""The API of DTO 10.7 and later, and of ATOL Web Requests: JSON throughout under /api/v2 (reference §3)."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ops.simulator import errors, jsontext, vocabulary
from ops.simulator.driver.validation import Vintage, validate
from ops.simulator.errors import DriverError
from ops.simulator.jsontext import Fields
from ops.simulator.kkt.condition import MOSCOW
from ops.simulator.line.store import SETTINGS, Duplicate, Item
from ops.simulator.web import answers, devices, posting
from ops.simulator.web.envelope import Refused, answer, envelope, read

if TYPE_CHECKING:
    from ops.simulator.server import Simulator

PREFIX = "/api/v2"
GENERATION = "v2"
CANCELED = Item("canceled", errors.CANCELED, errors.TEXTS[errors.CANCELED])

Handler = Callable[[Request], Awaitable[Response]]


def routes(simulator: Simulator) -> list[BaseRoute]:
    """Give the routes of this API."""
    api, device = V2(simulator), devices.Devices(simulator)
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
        ("GET", "/devices", device.all, True),
        ("GET", "/devices/{id}", device.one, True),
        ("POST", "/setDefaultDevice", device.set_default, True),
        ("POST", "/activateDevice", device.activate, True),
        ("POST", "/deactivateDevice", device.deactivate, True),
        ("POST", "/operations/{operation}", device.operate, True),
    ]
    return [
        Route(PREFIX + path, api.guarded(handler, closed), methods=[verb])
        for verb, path, handler, closed in table
    ]


class V2:
    """The handlers."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._store = simulator.store

    def guarded(self, handler: Handler, closed: bool) -> Handler:  # noqa: FBT001 - one flag of a table
        """Wrap a handler: ask for the password where there is one, turn refusals into envelopes."""

        async def guard(request: Request) -> Response:
            if closed and not self._known(request):
                refusal = envelope(401, "Необходима авторизация")
                refusal.headers["www-authenticate"] = 'Basic realm="ATOL"'
                return refusal
            try:
                return await handler(request)
            except Refused as refused:
                return envelope(refused.status, refused.text)

        return guard

    async def post(self, request: Request) -> Response:
        """Queue a task (3.2)."""
        body = await read(request)
        device = devices.chosen(request, body)
        if not self._simulator.register.condition.active:
            raise Refused(403, f"Устройство с ID [{device}] не активировано")
        uuid, subtasks = body.get("uuid"), body.get("request")
        if isinstance(subtasks, dict) and subtasks and self._simulator.register.condition.v2_object_request:
            subtasks = [subtasks]  # one reading of the vendor's server takes it, the other does not (§13)
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
        return answer({"uuid": uuid, **self._state()}, 201)

    async def get(self, request: Request) -> Response:
        """Give the results of a task (3.3)."""
        uuid = request.path_params["uuid"]
        device = devices.chosen(request, {})
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
        device = devices.chosen(request, {})
        task, items = self._store.task(uuid), self._store.items(uuid)
        if task is None or not items:
            raise Refused(404, f"Задание с UUID [{uuid}] для устройства [{device}] не найдено")
        if task.ready or any(item.status != "wait" for item in items):
            raise Refused(409, f"Не удалось отменить задание с UUID [{uuid}]")
        refusal = posting.canceled(self._simulator, task, CANCELED)
        if refusal is not None:
            refused = refusal.status_code == HTTPStatus.METHOD_NOT_ALLOWED
            return envelope(409, "Не удалось отменить задание") if refused else refusal
        return answer({})

    async def queue(self, request: Request) -> Response:
        """Give the state of the queue (3.5)."""
        devices.chosen(request, {})
        counts = self._store.counts()
        return answer({**self._state(), "ready": counts.ready, "canceled": counts.canceled})

    async def server_info(self, _request: Request) -> Response:
        """Say what this is."""
        now = datetime.now(MOSCOW).replace(microsecond=0)
        return answer(
            {
                "serverVersion": "10.10.0.0",
                "driverVersion": "10.10.0.0",
                "os": "simulator",
                "currentDateTime": now.isoformat(),
            }
        )

    async def mapping(self, _request: Request) -> Response:
        """Give the lists of values for a settings page."""
        return answer(devices.MAPPING)

    async def structure(self, _request: Request) -> Response:
        """Give an empty device."""
        return answer(devices.EMPTY)

    async def settings(self, _request: Request) -> Response:
        """Give the settings (3.6)."""
        return answer(self._store.settings())

    async def change_settings(self, request: Request) -> Response:
        """Change settings; all or none."""
        wishes = await read(request)
        for key, value in wishes.items():
            # bool is an int to Python, not to a settings page: the types have to be the same.
            if key not in SETTINGS or type(value) is not type(SETTINGS[key]):
                raise Refused(400, f"Некорректное значение поля '{key}'")
        self._store.set_settings(wishes)
        return answer(self._store.settings())

    def _prevalidate(self, subtasks: list[Fields]) -> None:
        if not self._store.settings()["validateRequestsOnAdd"]:
            return
        condition = self._simulator.register.condition
        try:
            for subtask in subtasks:
                validate(subtask, Vintage(Decimal(condition.ffd), condition.driver_year))
        except DriverError as error:
            raise Refused(420, error.description) from error

    def _state(self) -> Fields:
        block = self._store.block()
        return {
            "number": self._store.counts().unfinished,
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
