"""How each fault shows to whoever is at the other end: one scenario for every kind that no other test tells of."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator.desk import OPEN, STATUS, Desk, marked, sale, until

Scenario = Callable[[Desk], None]
SCENARIOS: dict[str, Scenario] = {}


def shows(kind: str) -> Callable[[Scenario], Scenario]:
    """Name the fault that a scenario shows."""

    def put(scenario: Scenario) -> Scenario:
        SCENARIOS[kind] = scenario
        return scenario

    return put


def dropped(desk: Desk, verb: str, path: str, body: Any = None) -> None:
    """Expect no answer at all."""
    with pytest.raises(requests.ConnectionError):
        desk.call(verb, path, body)


def envelope(uuid: str, *subtasks: dict[str, Any]) -> dict[str, Any]:
    """Give a POST's body."""
    return {"uuid": uuid, "request": list(subtasks or [STATUS])}


def stored(desk: Desk, uuid: str) -> bool:
    """Say whether the server knows a uuid."""
    return desk.call("GET", f"/requests/{uuid}").status_code == 200


@shows("post_dropped")
def _post_dropped(desk: Desk) -> None:
    desk.arm("post_dropped")
    dropped(desk, "POST", "/requests", envelope("a"))
    assert not stored(desk, "a")


@shows("post_answer_lost")
def _post_answer_lost(desk: Desk) -> None:
    desk.arm("post_answer_lost")
    dropped(desk, "POST", "/api/v2/requests", envelope("a"))
    assert stored(desk, "a")
    assert desk.call("POST", "/requests", envelope("a")).status_code == 409


@shows("post_500")
def _post_500(desk: Desk) -> None:
    desk.arm("post_500")
    assert desk.call("POST", "/requests", envelope("a")).status_code == 500
    assert not stored(desk, "a")


@shows("post_500_stored")
def _post_500_stored(desk: Desk) -> None:
    desk.arm("post_500_stored")
    answer = desk.call("POST", "/api/v2/requests", envelope("a"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, 505)
    assert stored(desk, "a")


@shows("post_408")
def _post_408(desk: Desk) -> None:
    desk.arm("post_408")
    assert desk.call("POST", "/api/v2/requests", envelope("a")).status_code == 408
    assert not stored(desk, "a")


@shows("post_delayed")
def _post_delayed(desk: Desk) -> None:
    """Cut off at once, or held until the client gives up: 404 now, stored later."""
    desk.arm("post_delayed", seconds=0.4, reset=True)
    dropped(desk, "POST", "/requests", envelope("a"))
    assert not stored(desk, "a")
    until(lambda: stored(desk, "a"))
    desk.arm("post_delayed", seconds=0.6)
    with pytest.raises(requests.ReadTimeout):
        desk.http.post(f"{desk.url}/requests", json=envelope("b"), timeout=0.1)
    assert not stored(desk, "b")
    until(lambda: stored(desk, "b"))


@shows("get_html")
def _get_html(desk: Desk) -> None:
    uuid = desk.post(STATUS)
    desk.arm("get_html")
    answer = desk.call("GET", f"/api/v2/requests/{uuid}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert desk.settled(uuid)


@shows("get_truncated")
def _get_truncated(desk: Desk) -> None:
    uuid = desk.post(STATUS)
    desk.arm("get_truncated")
    answer = desk.call("GET", f"/requests/{uuid}")
    assert answer.headers["content-type"].startswith("application/json")
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


@shows("get_unknown_status")
def _get_unknown_status(desk: Desk) -> None:
    uuid = desk.post(STATUS)
    desk.arm("get_unknown_status", text="dreaming")
    assert desk.items(uuid)[0]["status"] == "dreaming"


@shows("get_stale")
def _get_stale(desk: Desk) -> None:
    uuid = desk.post(STATUS)
    desk.settled(uuid)
    desk.arm("get_stale")
    assert [desk.items(uuid)[0]["status"] for _ in range(2)] == ["wait", "ready"]


@shows("get_500")
def _get_500(desk: Desk) -> None:
    uuid = desk.post(STATUS)
    desk.arm("get_500")
    assert desk.call("GET", f"/requests/{uuid}").status_code == 500


@shows("get_dropped")
def _get_dropped(desk: Desk) -> None:
    uuid = desk.post(STATUS)
    desk.arm("get_dropped")
    dropped(desk, "GET", f"/requests/{uuid}")


@shows("retention_purge")
def _retention_purge(desk: Desk) -> None:
    uuid = desk.post(OPEN)
    desk.settled(uuid)
    desk.arm("retention_purge", uuid=uuid)
    assert not stored(desk, uuid)
    desk.post(OPEN, uuid=uuid)


@shows("database_wiped")
def _database_wiped(desk: Desk) -> None:
    desk.arm("database_wiped")
    uuid = desk.post(OPEN)
    until(lambda: not stored(desk, uuid))
    assert desk.last_fd() == 1


@shows("delete_race")
def _delete_race(desk: Desk) -> None:
    """Reference §2.3: DELETE answers 200, the status says so for a while, and the receipt prints."""
    desk.done(OPEN)
    desk.turn(power=False)
    uuid = desk.post(marked("fqrace"))
    desk.arm("delete_race")
    assert desk.call("DELETE", f"/requests/{uuid}").status_code == 200
    assert desk.items(uuid)[0]["status"] == "canceled"
    desk.turn(power=True)
    until(lambda: desk.items(uuid)[0]["status"] == "ready")
    assert desk.slips()[-1]["marker"] == "fqrace"


@shows("delete_refused")
def _delete_refused(desk: Desk) -> None:
    desk.turn(power=False)
    uuid = desk.post(STATUS)
    desk.arm("delete_refused", count=2)
    assert desk.call("DELETE", f"/requests/{uuid}").status_code == 405
    assert desk.call("DELETE", f"/api/v2/requests/{uuid}").status_code == 409
    assert desk.call("DELETE", f"/requests/{uuid}").status_code == 200


@shows("delete_dropped")
def _delete_dropped(desk: Desk) -> None:
    desk.turn(power=False)
    uuid = desk.post(STATUS)
    desk.arm("delete_dropped")
    dropped(desk, "DELETE", f"/requests/{uuid}")
    assert desk.items(uuid)[0]["status"] == "wait"


@shows("http_delay")
def _http_delay(desk: Desk) -> None:
    desk.arm("http_delay", seconds=0.3)
    begun = time.monotonic()
    desk.call("GET", "/stat/requests")
    assert time.monotonic() - begun >= 0.3


@shows("status_write_lost")
def _status_write_lost(desk: Desk) -> None:
    """Reference §7.3: `inProgress` for ever, for a task that is done."""
    desk.arm("status_write_lost")
    uuid = desk.post(OPEN)
    until(lambda: desk.call("GET", "/stat/requests").json()["ready_count"] == 1)
    assert desk.done(STATUS)["result"]["fnStatus"]["fiscalDocumentNumber"] == 1
    assert desk.items(uuid)[0]["status"] == "inProgress"


@shows("block_record_lost")
def _block_record_lost(desk: Desk) -> None:
    """Reference §7.3: the task is taken again and prints twice."""
    desk.done(OPEN)
    desk.arm("block_record_lost")
    desk.arm("driver_error", code=15, stage="after_close")
    uuid = desk.post(marked("fqtwice"))
    assert desk.settled(uuid)[0]["result"]["fiscalParams"]["fiscalDocumentNumber"] == 3
    assert [slip["marker"] for slip in desk.slips()[1:]] == ["fqtwice", "fqtwice"]


@shows("finish_write_lost")
def _finish_write_lost(desk: Desk) -> None:
    """Reference §7.3: not marked finished, so it runs again."""
    desk.done(OPEN)
    desk.arm("finish_write_lost")
    desk.post(marked("fqtwice"))
    until(lambda: len(desk.slips()) == 3)
    assert [slip["marker"] for slip in desk.slips()[1:]] == ["fqtwice", "fqtwice"]


@shows("driver_error")
def _driver_error(desk: Desk) -> None:
    desk.done(OPEN)
    desk.arm("driver_error", code=55, stage="after_close")
    item = desk.done(sale())
    assert (item["status"], item["code"]) == ("error", 55)
    assert desk.last_fd() == 2


@shows("slow")
def _slow(desk: Desk) -> None:
    desk.done(OPEN)
    desk.arm("slow", seconds=0.5, stage="before_close", type="sell")
    uuid = desk.post(sale())
    until(lambda: desk.items(uuid)[0]["status"] == "inProgress")
    assert desk.settled(uuid)[0]["status"] == "ready"


@shows("slow_marking")
def _slow_marking(desk: Desk) -> None:
    """Reference §9.3: an answer later than 60 s refuses with 421; a shorter limit is the task's own."""
    desk.arm("slow_marking")
    item = desk.done({"type": "validateMarks", "params": [{"imc": "MDEw"}], "timeout": 100})
    assert (item["status"], item["code"]) == ("error", 421)


@shows("bad_mark")
def _bad_mark(desk: Desk) -> None:
    desk.arm("bad_mark")
    begin = {"type": "beginMarkingCodeValidation", "params": {"imc": "MDEw"}}
    assert desk.done(begin)["result"]["offlineValidation"]["fmCheckResult"] is False


@shows("fn_swapped")
def _fn_swapped(desk: Desk) -> None:
    desk.done(OPEN)
    before = desk.state()["fn_serial"]
    desk.arm("fn_swapped", type="getFnStatus")
    assert desk.done(STATUS)["result"]["fnStatus"]["fiscalDocumentNumber"] == 0
    assert desk.state()["fn_serial"] != before


@shows("clock_back")
def _clock_back(desk: Desk) -> None:
    desk.done(OPEN)
    desk.arm("clock_back", seconds=7200)
    assert desk.done(sale())["code"] == 36
    assert desk.state()["clock_offset_seconds"] == -7200


@shows("kkt_off")
def _kkt_off(desk: Desk) -> None:
    name = desk.arm("kkt_off")
    uuid = desk.post(STATUS)
    until(lambda: desk.struck(name))
    assert desk.items(uuid)[0]["status"] == "wait"
    assert desk.state()["power"] is False
    desk.turn(power=True)
    assert desk.settled(uuid)[0]["status"] == "ready"


@shows("device_inactive")
def _device_inactive(desk: Desk) -> None:
    name = desk.arm("device_inactive")
    uuid = desk.post(STATUS, api="v2")
    until(lambda: desk.struck(name))
    assert desk.items(uuid, "v2")[0]["status"] == "wait"
    assert desk.call("POST", "/api/v2/requests", envelope("b")).status_code == 403


@shows("task_stuck")
def _task_stuck(desk: Desk) -> None:
    """Reference §4: a task that is never taken, while others pass it by."""
    desk.arm("task_stuck")
    stuck = desk.post(STATUS)
    assert desk.done(STATUS)["status"] == "ready"
    assert desk.items(stuck)[0]["status"] == "wait"
