"""The one device that v2 knows here: its shape, its switch, and the questions put to it past the queue (reference §3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ops.simulator.errors import DriverError
from ops.simulator.jsontext import Fields
from ops.simulator.web.envelope import Refused, answer, read, read_if_any

if TYPE_CHECKING:
    from ops.simulator.server import Simulator

ID = "kassa"
DEFAULT = "default"
SEIZE_SECONDS = 30.0  # how long an operation waits for a busy driver; then 408

OPERATIONS = {
    "queryDeviceInfo": "getDeviceInfo", "queryDeviceStatus": "getDeviceStatus", "queryShiftStatus": "getShiftStatus",
    "queryShiftTotals": "getShiftTotals", "queryIncomeTotals": "getShiftTotals",
    "queryOutcomeTotals": "getShiftTotals", "queryReceiptTotals": "getShiftTotals", "queryFnInfo": "getFnInfo",
    "queryFnStatus": "getFnStatus", "queryOfdExchangeStatus": "ofdExchangeStatus",
    "queryIsmExchangeStatus": "ismExchangeStatus", "queryLicenses": "getLicenses",
    "queryDeviceSettings": "getDeviceParameters",
}  # fmt: skip
PARTS = {"queryIncomeTotals": "income", "queryOutcomeTotals": "outcome", "queryReceiptTotals": "receipts"}

EMPTY: Fields = {
    "id": "",
    "name": "",
    "connectionSettings": {
        "model": 500,
        "port": "usb",
        "com": "",
        "baudRate": 115200,
        "ipAddress": "",
        "ipPort": 5555,
        "mac": "",
        "usbDevice": "auto",
        "ofdChannel": "none",
        "accessPassword": "",
        "userPassword": "",
    },
    "otherSettings": {"useGlobal": True},
    "isActive": False,
    "isDefault": False,
    "isLock": False,
    "hasLicense": False,
}

MAPPING: Fields = {
    "model": {"АТОЛ (автоматически)": 500},
    "port": ["com", "usb", "tcp", "bluetooth"],
    "ofdChannel": ["none", "auto"],
    "baudRate": [9600, 19200, 38400, 57600, 115200],
}


def chosen(request: Request, body: Fields) -> str:
    """Give the device that a request is for: named in the query, in the body, or the default. Raises: Refused 404."""
    return named(request.query_params.get("deviceID") or body.get("deviceID") or DEFAULT)


def named(device: object) -> str:
    """Give a device by its name. Raises: Refused 404."""
    if device not in (ID, DEFAULT):
        raise Refused(404, f"Устройство с ID [{device}] не найдено")
    return ID


class Devices:
    """The handlers."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def all(self, _request: Request) -> Response:
        """Give the one device there is."""
        return answer({"devices": [self._described()]})

    async def one(self, request: Request) -> Response:
        """Give one device."""
        named(request.path_params["id"])
        return answer(self._described())

    async def set_default(self, request: Request) -> Response:
        """Make a device the default; the only one is."""
        named((await read(request)).get("id"))
        return answer({})

    async def activate(self, request: Request) -> Response:
        """Let the queue of the device go on."""
        return await self._set_active(request, active=True)

    async def deactivate(self, request: Request) -> Response:
        """Stop the queue after the running sub-task."""
        return await self._set_active(request, active=False)

    async def operate(self, request: Request) -> Response:
        """Ask the register at once, past the queue."""
        operation = request.path_params["operation"]
        kind = OPERATIONS.get(operation)
        if kind is None:
            raise Refused(501, f"Операция [{operation}] не поддерживается")
        body = await read_if_any(request)
        device = chosen(request, body)
        if not self._simulator.register.condition.active:
            raise Refused(403, f"Устройство с ID [{device}] не активировано")
        task = {"type": kind, **({"keys": body.get("keys") or []} if kind == "getDeviceParameters" else {})}
        result = await run_in_threadpool(self._ask, task)
        part = PARTS.get(operation)
        if part:
            return answer({part: result["shiftTotals"][part]})
        if operation == "queryShiftStatus" and "expiredTime" in result["shiftStatus"]:
            # The task says `expiredTime`, this call says `expiredAt`: the one place where they were seen to differ.
            result["shiftStatus"]["expiredAt"] = result["shiftStatus"].pop("expiredTime")
        return answer(result)

    def _ask(self, task: Fields) -> Any:
        driver = self._simulator.driver
        if not driver.lock.acquire(timeout=SEIZE_SECONDS):
            raise Refused(408, "Не удалось захватить драйвер")
        try:
            return driver.run(task, self._simulator.executor.errand(task["type"], None, None))
        except DriverError as error:
            raise Refused(420, error.description) from error
        finally:
            driver.lock.release()

    async def _set_active(self, request: Request, *, active: bool) -> Response:
        chosen(request, await read_if_any(request))
        await run_in_threadpool(self._turn, active=active)
        return answer({})

    def _turn(self, *, active: bool) -> None:
        # The running sub-task is waited for.
        with self._simulator.driver.lock, self._simulator.register.change() as condition:
            condition.active = active

    def _described(self) -> Fields:
        return {
            **EMPTY,
            "id": ID,
            "name": "Касса",
            "isActive": self._simulator.register.condition.active,
            "isDefault": True,
            "isLock": self._simulator.store.block() is not None,
            "hasLicense": True,
        }
