"""
What `fiscalq doctor` asks of a register's web server: readings past its queue, which print nothing (reference §3.6).

The older generation has no such readings: a reading is a task of its queue there, and that queue is the worker's. Of it
only the address, the protocol and its block are told.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from worker.adapters.atol.protocol import GENERATIONS, V1, V2, Generation, Request
from worker.adapters.atol.replies import Reply, clipped, envelope, read_object, words
from worker.adapters.atol.wire import Wire
from worker.domain.examined import Examined, Way

PORTS = {"http": 80, "https": 443}


def examine(wire: Wire, api: str, device_id: str | None, connect_max_seconds: float) -> Examined:
    """
    Ask a register's web server how it is. Prints nothing and leaves its queue alone.

    Args:
        wire: the way to it.
        api: `auto`, `v1` or `v2`, as the settings say.
        device_id: as the settings say.
        connect_max_seconds: how long making a connection may take.

    """
    way, said = _knock(wire.address, connect_max_seconds)
    if way != "open":
        return Examined(way, words=said)
    replies = {generation.name: wire.exchange(generation.probing()) for generation in (V2, V1)}
    speaks = tuple(
        name
        for name, came in replies.items()
        if isinstance(came, Reply) and GENERATIONS[name].is_proven_by(came)
    )
    if not speaks:
        came = next((came for came in replies.values() if isinstance(came, Reply)), None)
        status = came.status if came and came.status == HTTPStatus.UNAUTHORIZED else None
        return Examined("open", status=status, words=words(came) if came else "")
    wanted = speaks[0] if api == "auto" else api
    if wanted not in speaks:
        return Examined("open", speaks, wanted)
    if wanted == "v1":
        said_v1 = _object(wire, V1, "/stat/requests")
        return Examined("open", speaks, wanted, blocked=said_v1.get("is_blocked") is True)
    return _ask_v2(wire, speaks, device_id)


def _knock(address: str, seconds: float) -> tuple[Way, str]:
    parts = urlsplit(address)
    try:
        with socket.create_connection(
            (parts.hostname or "", parts.port or PORTS.get(parts.scheme, 80)), seconds
        ):
            return "open", ""
    except ConnectionRefusedError as error:
        return "closed", error.strerror or "refused"
    except OSError as error:
        return "away", error.strerror or str(error) or type(error).__name__


def _ask_v2(wire: Wire, speaks: tuple[str, ...], device_id: str | None) -> Examined:
    query = "?" + urlencode({"deviceID": device_id}) if device_id else ""
    listed = _object(wire, V2, "/devices").get("devices")
    devices = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    device = _object(wire, V2, f"/devices/{quote(device_id or 'default', safe='')}")
    queue = _object(wire, V2, f"/getRequestsQueueStatus{query}")
    came = wire.exchange(
        Request(
            "register.examine",
            "POST",
            f"{V2.prefix}/operations/queryDeviceStatus{query}",
            b"{}",
        )
    )
    reply = came if isinstance(came, Reply) else None
    body = (read_object(reply.body) if reply else None) or {}
    # Public readings show the status both bare and wrapped under its own name.
    condition = body.get("deviceStatus", body) if reply and reply.status == HTTPStatus.OK else {}
    condition = condition if isinstance(condition, dict) else {}
    return Examined(
        "open",
        speaks,
        "v2",
        status=reply.status if reply else None,
        words=_why(reply) if reply else clipped(came.text if not isinstance(came, Reply) else ""),
        devices=tuple(clipped(str(entry.get("id"))) for entry in devices),
        device=device if "isActive" in device else {},
        condition=condition,
        clock=_time(condition.get("currentDateTime")),
        blocked=queue.get("isBlocked") is True,
    )


def _why(reply: Reply) -> str:
    return "" if reply.status == HTTPStatus.OK and envelope(reply) is None else words(reply)


def _object(wire: Wire, generation: Generation, path: str) -> Mapping[str, Any]:
    """The JSON object at a path; empty for anything else."""
    came = wire.exchange(Request("register.examine", "GET", generation.prefix + path))
    return (read_object(came.body) or {}) if isinstance(came, Reply) and came.status == HTTPStatus.OK else {}


def _time(said: object) -> datetime | None:
    try:
        return datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
