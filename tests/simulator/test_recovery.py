"""When the register is lost in the middle: blocks, how they end, and what their results are worth (reference §5, §6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.desk import OPEN, STATUS, Desk, marked, sale, until

TEXT = {"type": "nonFiscal", "items": [{"type": "text", "text": "рядом"}]}


def blocked(desk: Desk, uuid: str, api: str) -> dict[str, Any]:
    """Wait until a task's first sub-task is blocked, and give it."""

    def look() -> dict[str, Any]:
        first = desk.items(uuid, api)[0]
        return first if first["status"] == "blocked" else {}

    return until(look)


@pytest.mark.parametrize(
    ("api", "params"),
    [("v1", {"fiscalDocumentNumber", "fiscalReceiptNumber", "total"}), ("v2", {"fiscalDocumentNumber"})],
)
def test_a_document_that_was_closed_comes_back_ready(desk: Desk, api: str, params: set[str]) -> None:
    """Reference §6.2: v1 asks for the last receipt, v2 gives its number alone; both say `recovered`."""
    desk.done(OPEN)
    desk.arm("link_lost_after_close", seconds=0)
    uuid = desk.post(sale(), api=api)
    assert blocked(desk, uuid, api)["code"] == 2
    desk.turn(link="up")
    item = desk.settled(uuid, api)[0]
    assert (item["status"], item["code"], item["description"]) == ("ready", 0, "Ошибок нет")
    assert params <= item["result"]["fiscalParams"].keys()
    assert ("total" in item["result"]["fiscalParams"]) == (api == "v1")
    assert item["result"]["warnings"]["recovered"] is True
    assert [slip["type"] for slip in desk.slips()] == ["openShift", "sell"]


@pytest.mark.parametrize("api", ["v1", "v2"])
@pytest.mark.parametrize(
    "kind", ["link_lost_before_open", "link_lost_between_items", "link_lost_before_close"]
)
def test_a_document_that_was_not_closed_ends_in_the_error(desk: Desk, api: str, kind: str) -> None:
    """Reference §6.2, §7.5: an error with a blocking code is settled: nothing is in the FN."""
    desk.done(OPEN)
    desk.arm(kind, seconds=0)
    uuid = desk.post(sale(), api=api)
    blocked(desk, uuid, api)
    desk.turn(link="up")
    item = desk.settled(uuid, api)[0]
    assert (item["status"], item["code"]) == ("error", 2)
    assert desk.last_fd() == 1


def test_a_block_is_told_and_stops_the_line(desk: Desk) -> None:
    """Reference §6.1: posts are taken and wait; both APIs say who blocks, and the blocked task cannot be canceled."""
    desk.done(OPEN)
    desk.arm("link_lost_before_close", seconds=0)
    uuid = desk.post(sale(), api="v2")
    blocked(desk, uuid, "v2")
    state = desk.call("GET", "/api/v2/getRequestsQueueStatus").json()
    assert (state["isBlocked"], state["blockedUUID"], state["blockReason"]) == (True, uuid, "connectionError")
    statistics = desk.call("GET", "/stat/requests").json()
    assert (statistics["is_blocked"], statistics["block_request_uuid"]) == (True, uuid)
    assert desk.call("GET", "/api/v2/devices").json()["devices"][0]["isLock"] is True
    answer = desk.call("POST", "/api/v2/requests", {"uuid": "behind", "request": [STATUS]})
    assert (answer.status_code, answer.json()["isBlocked"], answer.json()["number"]) == (201, True, 2)
    assert desk.call("DELETE", f"/requests/{uuid}").status_code == 405
    assert desk.call("DELETE", f"/api/v2/requests/{uuid}").status_code == 409
    assert desk.items("behind")[0]["status"] == "wait"
    desk.turn(link="up")
    assert desk.settled("behind")[0]["status"] == "ready"
    assert desk.call("GET", "/stat/requests").json()["is_blocked"] is False


@pytest.mark.parametrize(("api", "meanwhile"), [("v1", "interrupted"), ("v2", "wait")])
def test_siblings_of_a_blocked_subtask(desk: Desk, api: str, meanwhile: str) -> None:
    """Reference §5.3: v1 interrupts them at once, v2 leaves them waiting until the document is known not to be closed."""
    desk.done(OPEN)
    desk.arm("link_lost_before_close", seconds=0)
    uuid = desk.post(sale(), TEXT, api=api)
    blocked(desk, uuid, api)
    until(lambda: desk.items(uuid, api)[1]["status"] == meanwhile)
    desk.turn(link="up")
    assert [item["status"] for item in desk.settled(uuid, api)] == ["error", "interrupted"]


@pytest.mark.parametrize(("api", "sibling"), [("v1", "interrupted"), ("v2", "ready")])
def test_siblings_of_a_closed_document(desk: Desk, api: str, sibling: str) -> None:
    """Reference §5.3: in v2 they go on after a `closed` verdict."""
    desk.done(OPEN)
    desk.arm("link_lost_after_close", seconds=0.1)
    items = desk.settled(desk.post(sale(), TEXT, api=api), api)
    assert [item["status"] for item in items] == ["ready", sibling]


def test_an_auto_opened_shift_makes_a_false_ready(desk: Desk) -> None:
    """Reference §6.2 b: the shift's report counts as the document, the result is that of the receipt before."""
    desk.done(OPEN)
    before = desk.done(sale(7))["result"]["fiscalParams"]
    desk.done({"type": "closeShift"})
    desk.arm("link_lost_after_auto_open", seconds=0.1)
    item = desk.done(sale(99))
    assert item["status"] == "ready"
    assert item["result"]["fiscalParams"]["total"] == 7
    assert item["result"]["fiscalParams"] == before
    assert [slip["type"] for slip in desk.slips()] == ["openShift", "sell", "closeShift", "openShift"]


def test_a_foreign_document_makes_a_false_ready(desk: Desk) -> None:
    """Reference §6.2 a: somebody else prints while the queue is blocked."""
    desk.done(OPEN)
    desk.arm("foreign_document")
    desk.arm("link_lost_before_close", seconds=0.1)
    item = desk.done(marked("fqmine", 99))
    assert item["status"] == "ready"
    assert item["result"]["fiscalParams"]["total"] == 1
    assert [(slip["uuid"], slip["marker"]) for slip in desk.slips()[1:]] == [(None, None)]


@pytest.mark.parametrize(("api", "status"), [("v1", "error"), ("v2", "ready")])
def test_a_lost_link_named_241_blocks_only_v2(desk: Desk, api: str, status: str) -> None:
    """Reference §5.2: 241 is not in v1's list: a plain error, though the FN has the document."""
    desk.done(OPEN)
    desk.arm("link_lost_after_close", code=241, seconds=0.1)
    item = desk.done(sale(), api=api)
    assert item["status"] == status
    assert desk.last_fd() == 2


@pytest.mark.parametrize(("api", "status"), [("v1", "error"), ("v2", "ready")])
def test_a_correction_of_a_return_is_not_fiscal_for_v1(desk: Desk, api: str, status: str) -> None:
    """Reference §5.1: it never blocks there, so a lost link is a bare error."""
    desk.done(OPEN)
    desk.arm("link_lost_after_close", seconds=0.1)
    assert desk.done(sale(type="buyReturnCorrection"), api=api)["status"] == status
    assert desk.last_fd() == 2


def test_a_block_may_leave_no_result(desk: Desk) -> None:
    """Reference §6.2: `ready` with null."""
    desk.done(OPEN)
    desk.arm("recovery_result_lost")
    desk.arm("link_lost_after_close", seconds=0.1)
    item = desk.done(sale())
    assert (item["status"], item["result"]) == ("ready", None)


def test_an_unreachable_register_starts_nothing(desk: Desk) -> None:
    """Reference §5.2, 4a: the last document number cannot be read, so the sub-task ends in an error at once."""
    desk.done(OPEN)
    desk.turn(link="down")
    item = desk.done(sale())
    assert (item["status"], item["code"]) == ("error", 2)
    assert desk.call("GET", "/stat/requests").json()["is_blocked"] is False
    desk.turn(link="up")
    assert desk.last_fd() == 1


def test_a_register_that_is_off_lets_tasks_wait(desk: Desk) -> None:
    """Reference §5.2, 1: the driver cannot be opened; hours later the task prints."""
    desk.done(OPEN)
    desk.turn(power=False)
    uuid = desk.post(sale())
    assert desk.items(uuid)[0]["status"] == "wait"
    desk.turn(power=True)
    assert desk.settled(uuid)[0]["status"] == "ready"


def test_v1_goes_on_though_the_paper_ran_out(desk: Desk) -> None:
    """Reference §5.2, §8.7: fiscalised, `notPrinted`; the next receipt is refused with 44; continuePrint finishes it."""
    desk.done(OPEN)
    desk.arm("paper_out_after_registration")
    item = desk.done(sale())
    assert item["result"]["warnings"] == {"notPrinted": True}
    assert desk.slips()[-1]["printed"] is False
    assert desk.done({"type": "continuePrint"})["code"] == 44
    assert desk.done(sale())["code"] == 44
    desk.turn(paper=True)
    assert "КАССОВЫЙ ЧЕК" not in desk.call("GET", "/_sim/tape.txt").text
    assert desk.done({"type": "continuePrint"})["status"] == "ready"
    assert desk.call("GET", "/_sim/tape.txt").text.count("КАССОВЫЙ ЧЕК") == 1
    assert len(desk.slips()) == 2


def test_v2_stops_until_the_paper_is_back(desk: Desk) -> None:
    """Reference §5.3: the sub-task is `ready` already, the queue is blocked with paperError."""
    desk.done(OPEN)
    desk.arm("paper_out_after_registration")
    uuid = desk.post(sale(), TEXT, api="v2")
    until(lambda: desk.items(uuid, "v2")[0]["status"] == "ready")
    assert desk.items(uuid, "v2")[0]["result"]["warnings"] == {"notPrinted": True}
    reason = until(lambda: desk.call("GET", "/api/v2/getRequestsQueueStatus").json()["blockReason"])
    assert reason == "paperError"
    assert desk.items(uuid, "v2")[1]["status"] == "wait"
    desk.turn(paper=True)
    assert [item["status"] for item in desk.settled(uuid, "v2")] == ["ready", "ready"]
    assert desk.call("GET", "/_sim/tape.txt").text.count("КАССОВЫЙ ЧЕК") == 1


@pytest.mark.parametrize("stops", [True, False])
def test_v2_blocks_on_paper_only_when_told_to(desk: Desk, stops: bool) -> None:
    """Reference §5.3: `blockQueueOnPrintErrors`."""
    desk.done(OPEN)
    desk.call("PUT", "/api/v2/settings", {"blockQueueOnPrintErrors": stops})
    desk.arm("paper_out_before_registration")
    uuid = desk.post(sale(), api="v2")
    if stops:
        blocked(desk, uuid, "v2")
        desk.turn(paper=True)
    item = desk.settled(uuid, "v2")[0]
    assert (item["status"], item["code"]) == ("error", 44)
    assert desk.last_fd() == 1


def test_cash_that_went_in_may_come_back_as_an_error(desk: Desk) -> None:
    """Reference §8.5: not fiscal, so it never blocks; the drawer has it all the same."""
    desk.arm("link_lost_after_close", type="cashIn", seconds=0.1)
    item = desk.done({"type": "cashIn", "cashSum": 100})
    assert (item["status"], item["code"]) == ("error", 2)
    assert desk.state()["drawer"] == "100.00"


def test_a_question_fails_only_for_a_fault_that_names_it(desk: Desk) -> None:
    """A fault without a type waits for a fiscal document."""
    desk.done(OPEN)
    desk.arm("driver_error", code=55, type="getShiftStatus")
    desk.arm("link_lost_before_open", seconds=0.1)
    assert desk.done(STATUS)["status"] == "ready"
    assert desk.done({"type": "getShiftStatus"})["code"] == 55
    assert desk.done(sale())["code"] == 2
