"""The first API over real HTTP (reference §2, §15)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.desk import OPEN, STATUS, Desk, sale, until


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 500),
        (b"not json", 400),
        (b'{"uuid": "a", "request": [{"type": "getFnStatus", "x": NaN}]}', 400),
        (b'{"request": []}', 400),
        (b'{"uuid": "a"}', 400),
        (b"[]", 500),
        (b'"text"', 500),
        (b'{"uuid": "a", "request": null}', 500),
        (b'{"uuid": "a", "request": ["x"]}', 500),
        (b'{"uuid": 7, "request": []}', 500),
        (b'{"uuid": "a", "request": [{"type": 7}]}', 500),
        (b'{"uuid": "a", "request": [{"type": "sell"}, {"type": "closeShift"}]}', 400),
        (b'{"uuid": null, "request": []}', 409),
    ],
)
def test_a_post_is_refused_in_the_order_of_the_table(desk: Desk, body: bytes, status: int) -> None:
    """Reference §2.1; error bodies are HTML."""
    answer = desk.call("POST", "/requests", body)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "iso-8859-1" in answer.headers["content-type"]


def test_too_many_fiscal_subtasks_are_named_and_leave_the_uuid_free(desk: Desk) -> None:
    """Reference §15."""
    two = {"uuid": "twice", "request": [sale(), {"type": "closeShift"}]}
    answer = desk.call("POST", "/requests", two)
    assert answer.status_code == 400
    assert "Too many fiscal sub-tasks - 2" in answer.text
    desk.post(STATUS, uuid="twice")


def test_returns_by_correction_are_not_counted_as_fiscal(desk: Desk) -> None:
    """Reference §5.1: v1's list lacks them."""
    desk.post({"type": "sellReturnCorrection"}, {"type": "buyReturnCorrection"}, sale())


def test_a_stored_task_is_answered_201_with_nothing(desk: Desk) -> None:
    """Reference §15: no body, no content type."""
    answer = desk.call("POST", "/requests", {"uuid": "a", "request": [STATUS]})
    assert answer.status_code == 201
    assert answer.content == b""
    assert "content-type" not in answer.headers


def test_the_first_look_sees_wait(desk: Desk) -> None:
    """The server sleeps before it looks for work, so nothing is done at once."""
    desk.turn(delays={"loop": 3})  # long enough for a look, however busy the machine is
    desk.done(STATUS)  # the pause that had begun before was still a short one
    assert desk.items(desk.post(STATUS)) == [{"status": "wait", "code": 0, "description": "", "result": None}]


def test_a_byte_order_mark_and_a_lone_object_are_taken(desk: Desk) -> None:
    """Reference §1, §2.1."""
    body = b"\xef\xbb\xbf" + json.dumps({"uuid": "bom", "request": STATUS}).encode()
    assert desk.call("POST", "/requests", body).status_code == 201
    assert desk.settled("bom")[0]["status"] == "ready"


def test_an_empty_request_is_taken_and_never_found_again(desk: Desk) -> None:
    """Reference §2.1: it has no result rows."""
    desk.post(uuid="empty")
    assert desk.call("GET", "/requests/empty").status_code == 404
    assert desk.call("DELETE", "/requests/empty").status_code == 404
    until(lambda: desk.call("GET", "/stat/requests").json()["ready_count"] == 1)


def test_the_same_uuid_is_a_conflict_whatever_the_body(desk: Desk) -> None:
    """Reference §7.1."""
    desk.post(STATUS, uuid="once")
    answer = desk.call("POST", "/requests", {"uuid": "once", "request": [OPEN]})
    assert answer.status_code == 409
    assert "UNIQUE" in answer.text


def test_wrong_verbs_and_paths(desk: Desk) -> None:
    """Reference §2.1, §2.2."""
    assert desk.call("GET", "/requests").status_code == 405
    assert desk.call("POST", "/requests/a").status_code == 405
    assert desk.call("PUT", "/requests").status_code == 405
    assert desk.call("GET", "/requests/").status_code == 404
    assert desk.call("GET", "/requests/unknown").status_code == 404
    assert desk.call("DELETE", "/requests/unknown").status_code == 404


def test_results_are_in_order_and_can_be_read_again(desk: Desk) -> None:
    """Reference §2.2."""
    uuid = desk.post(STATUS, OPEN, {"type": "getShiftStatus"})
    first = desk.settled(uuid)
    assert [item["status"] for item in first] == ["ready"] * 3
    assert first[2]["result"]["shiftStatus"]["state"] == "opened"
    assert first == desk.items(uuid)
    answer = desk.call("GET", f"/requests/{uuid}")
    assert answer.headers["content-type"] == "application/json;charset=utf-8"


def test_siblings_of_an_error_are_interrupted(desk: Desk) -> None:
    """Reference §4."""
    items = desk.settled(desk.post({"type": "closeShift"}, STATUS))
    assert [(item["status"], item["code"]) for item in items] == [("error", 73), ("interrupted", 502)]


def test_a_waiting_task_can_be_canceled_once(desk: Desk) -> None:
    """Reference §2.3."""
    desk.turn(power=False)
    uuid = desk.post(STATUS)
    answer = desk.call("DELETE", f"/requests/{uuid}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert desk.items(uuid) == [{"status": "canceled", "code": 0, "description": "", "result": None}]
    again = desk.call("DELETE", f"/requests/{uuid}")
    assert again.status_code == 405
    assert "Task done or canceled" in again.text


def test_a_finished_or_running_task_cannot_be_canceled(desk: Desk) -> None:
    """Reference §2.3."""
    uuid = desk.post(OPEN)
    desk.settled(uuid)
    until(lambda: desk.call("DELETE", f"/requests/{uuid}").status_code == 405)
    desk.turn(pace=1, delays={"open": 1.0})
    uuid = desk.post(sale())
    until(lambda: desk.items(uuid)[0]["status"] == "inProgress")
    answer = desk.call("DELETE", f"/requests/{uuid}")
    assert answer.status_code == 405
    assert "Task in progress" in answer.text


def test_statistics_count_the_queue(desk: Desk) -> None:
    """Reference §2.4."""
    desk.settled(desk.post(STATUS))
    desk.turn(power=False)
    desk.post(STATUS)
    desk.call("DELETE", f"/requests/{desk.post(STATUS)}")
    until(lambda: desk.call("GET", "/stat/requests").json()["ready_count"] == 1)
    assert desk.call("GET", "/stat/requests").json() == {
        "ready_count": 1,
        "not_ready_count": 1,
        "canceled_count": 1,
        "is_blocked": False,
        "block_request_uuid": "",
    }


def test_tasks_run_in_the_order_of_their_posts(desk: Desk) -> None:
    """One worker, first in, first out (5.2)."""
    desk.turn(power=False)
    uuids = [desk.post(OPEN), *(desk.post(sale(price)) for price in (1.5, 2.5, 3.5))]
    desk.turn(power=True)
    desk.settled(uuids[-1])
    assert [slip["uuid"] for slip in desk.slips()] == uuids


def test_an_inactive_device_lets_v1_tasks_wait(desk: Desk) -> None:
    """Reference §2.5: the HTTP side works, the worker does not."""
    desk.turn(active=False)
    uuid = desk.post(STATUS)
    assert desk.items(uuid)[0]["status"] == "wait"
    desk.turn(active=True)
    assert desk.settled(uuid)[0]["status"] == "ready"


def test_the_pages_of_the_old_server(desk: Desk) -> None:
    """Reference §2.5."""
    assert desk.call("GET", "/about").headers["content-type"].startswith("text/html")
    assert desk.call("POST", "/settings", b"port=tcp").status_code == 200
    assert "tcp" in desk.call("GET", "/settings").text


def test_everybody_may_call_from_a_browser(desk: Desk) -> None:
    """CORS `*` (reference §1)."""
    answer = desk.call("GET", "/stat/requests", headers={"origin": "http://shop.example.test"})
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(("options", "nested"), [((), False), (("--v1-items", "nested"), True)])
def test_both_shapes_of_an_item_can_be_had(tmp_path: Path, options: tuple[str, ...], nested: bool) -> None:
    """Reference §2.2 has the flat shape, §15 saw the nested one; a client has to take both. With v1 alone, v2 is 404."""
    desk = Desk(tmp_path, "--api", "v1", *options).start()
    try:
        desk.call("POST", "/requests", {"uuid": "a", "request": [STATUS]})
        item: dict[str, Any] = desk.call("GET", "/requests/a").json()["results"][0]
        assert ("error" in item, "errorCode" in item) == (nested, not nested)
        assert desk.call("GET", "/api/v2/serverInfo").status_code == 404
    finally:
        desk.stop()
