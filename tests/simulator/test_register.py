"""What the register does beside receipts: shifts, cash, copies, readings, the clock, marking codes (reference §8.5, §8.6, §9)."""

from __future__ import annotations

from typing import Any

from tests.simulator.desk import CLOSE, OPEN, Desk, position, sale


def test_paper_out_stops_before_the_receipt_and_slips(desk: Desk) -> None:
    """44 without paper, 45 with an open cover; nothing is fiscalised."""
    desk.done(OPEN)
    desk.turn(paper=False)
    for task in (sale(), {"type": "reportX"}, CLOSE, {"type": "nonFiscal", "items": []}):
        assert desk.done(task)["code"] == 44
    desk.turn(paper=True, cover_open=True)
    assert desk.done(sale())["code"] == 45
    assert desk.last_fd() == 1


def test_copies_and_slips_are_no_documents(desk: Desk) -> None:
    """Reference §8.6."""
    desk.done(OPEN)
    desk.done(sale(items=[position(name="Единственный")]))
    printing: list[dict[str, Any]] = [
        {"type": "printFnDocument", "fiscalDocumentNumber": 2},
        {"type": "printLastReceiptCopy"},
        {"type": "printDocumentsFromJournal", "filter": "fiscalDocumentNumber", "from": 2, "to": 2},
        {"type": "reportX"},
        {"type": "nonFiscal", "items": [{"type": "text", "text": "Спасибо", "alignment": "center"}]},
        {"type": "continuePrint"},
        {"type": "openCashDrawer"},
    ]
    for task in printing:
        assert desk.done(task)["status"] == "ready", task
    paper = desk.call("GET", "/_sim/tape.txt").text
    assert paper.count("Единственный") == 4
    assert paper.count("КОПИЯ") == 6
    assert "Спасибо" in paper
    assert desk.last_fd() == 2
    assert desk.done({"type": "printFnDocument", "fiscalDocumentNumber": 9})["code"] == 123
    nothing = {"type": "printDocumentsFromJournal", "filter": "shiftNumber", "from": 8, "to": 9}
    assert desk.done(nothing)["code"] == 232


def test_the_register_describes_itself(desk: Desk) -> None:
    """Reference §8.6: each reading has its shape."""
    desk.done(OPEN)
    desk.done(sale())
    desk.turn(unsent=3)
    device = desk.done({"type": "getDeviceInfo"})["result"]["deviceInfo"]
    status = desk.done({"type": "getDeviceStatus"})["result"]["deviceStatus"]
    fn = desk.done({"type": "getFnInfo"})["result"]["fnInfo"]
    exchange = desk.done({"type": "ofdExchangeStatus"})["result"]
    registration = desk.done({"type": "getRegistrationInfo"})["result"]
    assert device["ffdVersion"] == "1.2"
    assert (status["shift"], status["paperPresent"], status["fiscal"]) == ("opened", True, True)
    assert fn["livePhase"] == "fiscalMode"
    assert exchange["status"]["notSentCount"] == 3
    assert registration["organization"]["vatin"] == desk.state()["inn"]
    report = desk.done({"type": "reportOfdExchangeStatus"})["result"]
    assert report["fiscalParams"]["fiscalDocumentNumber"] == 3
    assert report["status"]["notSentCount"] == 4
    for kind in ("getLicenses", "getMcu", "getLastFiscalParams", "getDepartmentSum", "ismExchangeStatus"):
        assert desk.done({"type": kind})["status"] == "ready", kind


def test_the_clock_can_be_set_and_must_not_run_back(desk: Desk) -> None:
    """A document before the last one is refused with 36."""
    desk.done(OPEN)
    desk.done({"type": "setDateTime", "dateTime": "2031.03.01 12:41:00"})
    assert desk.done({"type": "getDeviceStatus"})["result"]["deviceStatus"]["currentDateTime"].startswith(
        "2031-03-01T12:41"
    )
    desk.turn(clock_offset_seconds=-3600)
    assert desk.done(sale())["code"] == 36
    assert desk.done({"type": "setDateTime", "dateTime": "tomorrow"})["code"] == 501


def test_dangerous_tasks_are_not_to_be_had(desk: Desk) -> None:
    """A print worker must refuse them; here they answer 11."""
    for kind in ("closeArchive", "fnChange", "registration", "changeRegistrationParameters"):
        assert desk.done({"type": kind})["code"] == 11


def test_marking_codes_go_one_at_a_time(desk: Desk) -> None:
    """Reference §9.3: begin, poll, accept; out of turn is refused."""
    begin = {"type": "beginMarkingCodeValidation", "params": {"imc": "MDEw", "imcType": "auto"}}
    accept = {"type": "acceptMarkingCode"}
    assert desk.done(accept)["code"] == 410
    assert desk.done(begin)["result"]["offlineValidation"]["fmCheck"] is True
    assert desk.done(begin)["code"] == 401
    assert desk.done({"type": "checkMarkingCodeValidationsReady"})["result"] == {"ready": False}
    looks = [desk.done({"type": "getMarkingCodeValidationStatus"})["result"]["ready"] for _ in range(2)]
    assert looks == [False, True]
    flags = desk.done(accept)["result"]["itemInfoCheckResult"]
    assert flags["imcCheckFlag"]
    assert flags["imcStatusInfo"]
    assert desk.done({"type": "checkImcWorkState"})["result"]["fm"]["soldImcCount"] == 1
    desk.done(begin)
    assert desk.done({"type": "cancelMarkingCodeValidation"})["status"] == "ready"
    assert desk.done(accept)["code"] == 410


def test_a_receipt_may_validate_its_own_codes(desk: Desk) -> None:
    """Reference §9.3: a bad code refuses it before it is opened."""
    desk.done(OPEN)
    task = sale(items=[position(imcParams={"imc": "MDEw"})], validateMarkingCodes=True)
    result = desk.done(task)["result"]
    assert result["validateMarks"][0]["itemInfoCheckResult"]["imcCheckResult"] is True
    desk.turn(bad_marks=["MDEw"])
    assert desk.done(task)["code"] == 403
    many = desk.done({"type": "validateMarks", "params": [{"imc": "MDEw"}, {"imc": "MDEx"}]})["result"]
    assert [mark["itemInfoCheckResult"]["imcCheckResult"] for mark in many] == [False, True]


def test_cash_moves_through_the_drawer(desk: Desk) -> None:
    """Reference §8.5: cashOut beyond the drawer is 80; a return too when cash is controlled."""
    desk.done(OPEN)
    assert desk.done({"type": "cashIn", "cashSum": 1500})["result"] == {"counters": {"cashSum": 1500}}
    assert desk.done({"type": "cashOut", "cashSum": 1500.01})["code"] == 80
    assert desk.done({"type": "cashOut", "cashSum": 1499.5})["result"] == {"counters": {"cashSum": 0.5}}
    desk.turn(cash_control=True)
    assert desk.done(sale(1, type="sellReturn"))["code"] == 80
    assert desk.done(sale(1, type="buyReturn"))["status"] == "ready"
    assert desk.state()["drawer"] == "1.50"


def test_shifts_open_close_and_expire(desk: Desk) -> None:
    """Reference §8.5: 83, 73, 68 after 24 hours, and a report closes the expired one."""
    assert desk.done(CLOSE)["code"] == 73
    opened = desk.done(OPEN)["result"]["fiscalParams"]
    assert "total" not in opened
    assert "fiscalReceiptNumber" not in opened
    assert desk.done(OPEN)["code"] == 83
    desk.done(sale())
    desk.turn(shift_hours=24.5)
    status = desk.done({"type": "getShiftStatus"})["result"]["shiftStatus"]
    assert (status["state"], status["number"], status["documentsCount"]) == ("expired", 1, 2)
    assert desk.done(sale())["code"] == 68
    assert desk.done(CLOSE)["result"]["fiscalParams"]["receiptsCount"] == 1
    assert desk.done({"type": "getShiftStatus"})["result"]["shiftStatus"]["state"] == "closed"
