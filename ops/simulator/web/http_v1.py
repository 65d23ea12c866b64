"""The API of DTO 10.0–10.6: paths without a prefix, error pages in HTML, one register (reference §2, §15)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from ops.simulator import jsontext, vocabulary
from ops.simulator.jsontext import Fields, NotJson
from ops.simulator.line.store import Duplicate, Item
from ops.simulator.web import answers, posting
from ops.simulator.web.answers import page

if TYPE_CHECKING:
    from ops.simulator.server import Simulator

GENERATION = "v1"
CANCELED = Item("canceled")
BOM = b"\xef\xbb\xbf"


def routes(simulator: Simulator) -> list[BaseRoute]:
    """Give the routes of this API."""
    api = V1(simulator)
    return [
        Route("/requests", api.post, methods=["POST"]),
        Route("/requests/", api.no_uuid, methods=["GET", "DELETE"]),
        Route("/requests/{uuid:path}", api.get, methods=["GET"]),
        Route("/requests/{uuid:path}", api.delete, methods=["DELETE"]),
        Route("/stat/requests", api.statistics, methods=["GET"]),
        Route("/settings", api.settings, methods=["GET", "POST"]),
        Route("/about", api.about, methods=["GET"]),
    ]


class V1:
    """The handlers."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._flat = simulator.options.v1_items == "flat"

    async def post(self, request: Request) -> Response:
        """Queue a task: the checks of reference §2.1 in their order."""
        path = request.url.path
        try:
            task, subtasks = _parse((await request.body()).removeprefix(BOM))
            lost = await posting.store(self._simulator, GENERATION, task["uuid"], subtasks)
        except _Refused as refused:
            return page(refused.status, path, refused.reason)
        except Duplicate as duplicate:
            return page(409, path, f"[SQLITE_CONSTRAINT] Abort due to constraint violation ({duplicate})")
        except UnicodeEncodeError:  # half a surrogate, which the database cannot hold
            return page(500, path)
        if lost:
            return page(lost, path) if isinstance(lost, int) else lost
        return Response(status_code=201)

    async def get(self, request: Request) -> Response:
        """Give the results of a task."""
        uuid = request.path_params["uuid"].split("/")[0]
        fault = posting.look(self._simulator, uuid)
        if fault and (wrong := posting.spoiled(fault, request.url.path)):
            return wrong
        items = self._simulator.store.items(uuid)
        if not items:
            return page(404, request.url.path)
        items = posting.altered(items, fault)
        text = jsontext.write({"results": [self._item(item) for item in items]})
        return answers.json(posting.cut(text, fault))

    async def delete(self, request: Request) -> Response:
        """Cancel a task that waits; 200 is no proof (2.3)."""
        uuid = request.path_params["uuid"].split("/")[0]
        path = request.url.path
        store = self._simulator.store
        task, items = store.task(uuid), store.items(uuid)
        if task is None or not items:
            return page(404, path)
        if task.ready:
            return page(405, path, "Task done or canceled")
        if any(item.status != "wait" for item in items):
            return page(405, path, "Task in progress")
        return posting.canceled(self._simulator, task, CANCELED) or Response(status_code=200)

    async def no_uuid(self, request: Request) -> Response:
        """Answer a path that ends where the uuid should stand."""
        return page(404, request.url.path, "No UUID")

    async def statistics(self, _request: Request) -> Response:
        """Give the counts of 2.4."""
        counts, block = self._simulator.store.counts(), self._simulator.store.block()
        return answers.json(
            jsontext.write(
                {
                    "ready_count": counts.ready,
                    "not_ready_count": counts.unfinished,
                    "canceled_count": counts.canceled,
                    "is_blocked": block is not None,
                    "block_request_uuid": block.uuid if block else "",
                }
            )
        )

    async def settings(self, request: Request) -> Response:
        """Show the settings' form; what is sent takes effect at the next start (2.5)."""
        store = self._simulator.store
        if request.method == "POST":
            store.set_form(dict(parse_qsl((await request.body()).decode(errors="replace"))))
        shown = {"is_active": "true", "port": "usb", "ofd_channel": "none", **store.form()}
        rows = "".join(
            f"<tr><td>{escape(key)}</td><td>{escape(value)}</td></tr>" for key, value in shown.items()
        )
        return HTMLResponse(
            f"<html><head><title>Settings</title></head><body><table>{rows}</table></body></html>"
        )

    async def about(self, _request: Request) -> Response:
        """Show the version page."""
        return HTMLResponse(
            "<html><head><title>About</title></head><body><h1>АТОЛ: Web-сервер ККТ (simulator)</h1>"
            "<p>10.6.0.0</p></body></html>"
        )

    def _item(self, item: Item) -> Fields:
        result: Any = item.result
        if self._flat:
            return {
                "status": item.status,
                "errorCode": item.code,
                "errorDescription": item.description,
                "result": result,
            }
        error = {"code": item.code, "description": item.description}
        return {"result": result, "error": error, "status": item.status}


class _Refused(Exception):
    def __init__(self, status: int, reason: str | None = None) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


def _parse(body: bytes) -> tuple[Fields, list[Fields]]:
    """Give the envelope and its sub-tasks. Raises: _Refused, in the order of the table in 2.1."""
    if not body:
        raise _Refused(500)
    try:
        task = jsontext.read(body)
    except NotJson as problem:
        raise _Refused(400, str(problem)) from problem
    if isinstance(task, dict) and not {"uuid", "request"} <= task.keys():
        raise _Refused(400, '"uuid" and / or "request" not found')
    if not isinstance(task, dict) or task["request"] is None:
        raise _Refused(500)  # here and below: casts that nobody catches
    request = task["request"]
    subtasks = request if isinstance(request, list) else [request]
    typed = all(
        isinstance(subtask, dict) and isinstance(subtask.get("type") or "", str) for subtask in subtasks
    )
    if not typed or not isinstance(task["uuid"], str | None):
        raise _Refused(500)
    fiscal = [subtask for subtask in subtasks if subtask.get("type") in vocabulary.FISCAL[GENERATION]]
    if len(fiscal) > 1:
        raise _Refused(400, f"Too many fiscal sub-tasks - {len(fiscal)}")
    return task, subtasks
