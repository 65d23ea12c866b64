"""The second API over real HTTP (reference §3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.simulator.desk import OPEN, STATUS, Desk, sale, until

API = "/api/v2"


def refused(answer: Any, status: int) -> str:
    """Expect a refusal in v2's envelope, and give its text."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == 505
    return str(error["description"])


def test_a_task_is_queued_with_its_place(desk: Desk) -> None:
    """Reference §3.2."""
    desk.turn(power=False)
    desk.post(STATUS, api="v2")
    answer = desk.call("POST", f"{API}/requests", {"uuid": "mine", "request": [STATUS]})
    assert answer.status_code == 201
    assert answer.json() == {
        "number": 2,
        "uuid": "mine",
        "isBlocked": False,
        "blockedUUID": "",
        "blockReason": "",
    }


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"not json", "Ошибка разбора"),
        (b"[]", "не объект"),
        (b'{"request": [{"type": "getFnStatus"}]}', "'uuid' не задано"),
        (b'{"uuid": "a"}', "'request' не задано или пустое"),
        (b'{"uuid": "a", "request": []}', "'request' не задано или пустое"),
        (b'{"uuid": "a", "request": {"type": "getFnStatus"}}', "'request' не задано или пустое"),
        (b'{"uuid": "a", "request": [{"type": "sell"}, {"type": "buyReturnCorrection"}]}', "более одной"),
    ],
)
def test_a_wrong_post_is_400_and_says_why(desk: Desk, body: bytes, text: str) -> None:
    """Reference §3.1, §3.2; v2's list of fiscal types is longer."""
    assert text in refused(desk.call("POST", f"{API}/requests", body), 400)


def test_a_body_above_one_mebibyte_is_413(desk: Desk) -> None:
    """Reference §3.1."""
    task = {
        "uuid": "big",
        "request": [{"type": "nonFiscal", "items": [{"type": "text", "text": "x" * 2**20}]}],
    }
    refused(desk.call("POST", f"{API}/requests", task), 413)


def test_the_same_uuid_is_409(desk: Desk) -> None:
    """Reference §3.2."""
    desk.post(STATUS, api="v2", uuid="once")
    answer = desk.call("POST", f"{API}/requests", {"uuid": "once", "request": [OPEN]})
    assert "UUID [once]" in refused(answer, 409)


def test_results_have_the_nested_error(desk: Desk) -> None:
    """Reference §3.3."""
    uuid = desk.post(STATUS, api="v2")
    desk.settled(uuid, "v2")
    item = desk.call("GET", f"{API}/requests/{uuid}").json()["results"][0]
    assert item["error"] == {"code": 0, "description": "Ошибок нет"}
    assert item["result"]["fnStatus"]["fiscalDocumentNumber"] == 0
    assert "Задание с UUID [nobody]" in refused(desk.call("GET", f"{API}/requests/nobody"), 404)


def test_the_wrong_device_is_404_for_a_task_that_exists(desk: Desk) -> None:
    """Reference §3.3."""
    uuid = desk.post(STATUS, api="v2")
    for device in ("kassa", "default"):
        assert desk.call("GET", f"{API}/requests/{uuid}?deviceID={device}").status_code == 200
    for verb, path in (
        ("GET", f"/requests/{uuid}"),
        ("DELETE", f"/requests/{uuid}"),
        ("GET", "/getRequestsQueueStatus"),
    ):
        assert "[other]" in refused(desk.call(verb, f"{API}{path}?deviceID=other"), 404)
    body = {"uuid": "b", "request": [STATUS], "deviceID": "other"}
    refused(desk.call("POST", f"{API}/requests", body), 404)


def test_a_waiting_task_can_be_canceled(desk: Desk) -> None:
    """Reference §3.4."""
    desk.turn(power=False)
    uuid = desk.post(STATUS, api="v2")
    answer = desk.call("DELETE", f"{API}/requests/{uuid}")
    assert (answer.status_code, answer.json()) == (200, {})
    assert desk.items(uuid, "v2")[0] == {
        "status": "canceled", "code": 503, "description": "Задание отменено", "result": None,
    }  # fmt: skip
    refused(desk.call("DELETE", f"{API}/requests/{uuid}"), 409)
    refused(desk.call("DELETE", f"{API}/requests/nobody"), 404)


def test_the_queue_tells_its_state(desk: Desk) -> None:
    """Reference §3.5."""
    desk.settled(desk.post(STATUS, api="v2"), "v2")
    until(lambda: desk.call("GET", f"{API}/getRequestsQueueStatus").json()["ready"] == 1)
    desk.turn(power=False)
    desk.post(STATUS, api="v2")
    desk.call("DELETE", f"{API}/requests/{desk.post(STATUS, api='v2')}")
    assert desk.call("GET", f"{API}/getRequestsQueueStatus").json() == {
        "number": 1, "ready": 1, "canceled": 1, "isBlocked": False, "blockedUUID": "", "blockReason": "",
    }  # fmt: skip


def test_an_inactive_device_refuses_tasks_and_questions(desk: Desk) -> None:
    """Reference §3.1: 403, not stored; §3.6."""
    assert desk.call("POST", f"{API}/deactivateDevice").status_code == 200
    refused(desk.call("POST", f"{API}/requests", {"uuid": "no", "request": [STATUS]}), 403)
    refused(desk.call("POST", f"{API}/operations/queryFnStatus"), 403)
    refused(desk.call("GET", f"{API}/requests/no"), 404)
    assert desk.call("GET", f"{API}/devices/default").json()["isActive"] is False
    assert desk.call("POST", f"{API}/activateDevice?deviceID=kassa").status_code == 200
    desk.post(STATUS, api="v2", uuid="no")


def test_operations_answer_past_the_queue(desk: Desk) -> None:
    """Reference §3.6: they never print, and work while the queue stands."""
    desk.settled(desk.post(OPEN))
    desk.arm("task_stuck")
    desk.post(STATUS)
    assert (
        desk.call("POST", f"{API}/operations/queryFnStatus").json()["fnStatus"]["fiscalDocumentNumber"] == 1
    )
    assert (
        desk.call("POST", f"{API}/operations/queryShiftStatus", {}).json()["shiftStatus"]["state"] == "opened"
    )
    for name in (
        "DeviceInfo", "DeviceStatus", "ShiftTotals", "IncomeTotals", "OutcomeTotals", "ReceiptTotals", "FnInfo",
        "OfdExchangeStatus", "IsmExchangeStatus", "Licenses", "DeviceSettings",
    ):  # fmt: skip
        assert desk.call("POST", f"{API}/operations/query{name}").status_code == 200, name
    refused(desk.call("POST", f"{API}/operations/openShift"), 501)
    desk.turn(link="down")
    assert refused(desk.call("POST", f"{API}/operations/queryFnStatus"), 420) == "Нет связи"


def test_settings_can_be_read_and_changed(desk: Desk) -> None:
    """Reference §3.6."""
    assert desk.call("GET", f"{API}/settings").json()["deleteRequestsAfter"] == 43200
    changed = desk.call("PUT", f"{API}/settings", {"blockQueueOnPrintErrors": False}).json()
    assert changed["blockQueueOnPrintErrors"] is False
    refused(desk.call("PUT", f"{API}/settings", {"deleteRequestsAfter": "never"}), 400)
    refused(desk.call("PUT", f"{API}/settings", {"unknown": 1}), 400)


def test_a_task_may_be_validated_before_it_is_stored(desk: Desk) -> None:
    """Reference §3.1: 420 when `validateRequestsOnAdd` is on."""
    desk.call("PUT", f"{API}/settings", {"validateRequestsOnAdd": True})
    body = {"uuid": "bad", "request": [sale(payments=None)]}
    assert 'Поле "payments" отсутствует' in refused(desk.call("POST", f"{API}/requests", body), 420)
    refused(desk.call("GET", f"{API}/requests/bad"), 404)


def test_what_needs_no_password(desk: Desk) -> None:
    """Reference §3.6."""
    info = desk.call("GET", f"{API}/serverInfo").json()
    assert {"serverVersion", "driverVersion", "os", "currentDateTime"} == info.keys()
    assert desk.call("GET", f"{API}/utils/deviceParametersStruct").json()["isActive"] is False
    assert "port" in desk.call("GET", f"{API}/utils/mapping").json()
    assert desk.call("GET", f"{API}/devices").json()["devices"][0]["id"] == "kassa"
    assert desk.call("POST", f"{API}/setDefaultDevice", {"id": "kassa"}).status_code == 200
    refused(desk.call("GET", f"{API}/nothing"), 404)
    refused(desk.call("PUT", f"{API}/requests"), 405)


def test_a_password_guards_all_else(tmp_path: Path) -> None:
    """Reference §1: HTTP Basic, only when accounts exist. With v2 alone, v1's paths are unknown."""
    desk = Desk(tmp_path, "--api", "v2", "--username", "shop", "--password", "пароль").start()
    try:
        assert desk.call("GET", f"{API}/serverInfo").status_code == 200
        refused(desk.call("GET", f"{API}/settings"), 401)
        refused(desk.call("GET", f"{API}/settings", headers={"authorization": "Basic ???"}), 401)
        wrong = desk.call("GET", f"{API}/settings", auth=("shop", "other"))
        assert wrong.headers["www-authenticate"].startswith("Basic")
        right = desk.call("GET", f"{API}/settings", auth=(b"shop", "пароль".encode()))
        assert right.status_code == 200
        assert desk.call("GET", "/requests/a").status_code == 404
        assert desk.call("GET", "/stat/requests").status_code == 404
    finally:
        desk.stop()
