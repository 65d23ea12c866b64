"""Faults 5 to 10: the register repeats, waits, prints too late, runs out of paper or loses its link."""

from __future__ import annotations

import json

import pytest

from ops.chaos.shop import REGISTER, sale, until
from tests.faults.scene import Scene

pytestmark = [pytest.mark.server, pytest.mark.slow]
LIMITS = {"WAIT_MAX_SECONDS": "1.5"}  # most of these faults begin when the worker has waited long enough
both = pytest.mark.parametrize("scene", ["v1", "v2"], indirect=True)


FOREIGN_SALE = {
    "type": "sell",
    "taxationType": "osn",
    "operator": {"name": "Петров"},
    "items": [
        {"type": "position", "name": "Чай", "price": 9, "quantity": 1, "amount": 9, "tax": {"type": "none"}}
    ],
    "payments": [{"type": "cash", "sum": 9}],
}  # of a second client, which should not be there


def waits_for(scene: Scene, job: str) -> None:
    """Until the register has the job's first submission in its queue."""
    until(lambda: scene.task_of(scene.uuid(job)) == "wait", 10, f"{job} in the register's queue")


def begin_again(scene: Scene) -> None:
    """The register's server has died: start it anew, as its service manager does."""
    scene.processes.pop("simulator").wait(15)
    scene.power_on_register()


@both
def test_fault_05_a_register_that_prints_again_after_its_own_crash_is_found_out(scene: Scene) -> None:
    """Two documents with one marker: printed and doubled, with both numbers told."""
    scene.arm("server_halts_after_close", type="sell")
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    begin_again(scene)
    status = scene.settled("order-1")
    assert scene.settled("order-2")["verdict"] == "printed"
    assert scene.receipts() == ["1.00", "1.00", "2.00"]
    first, second = (slip["fd"] for slip in scene.slips() if slip["total"] == "1.00")
    assert status["verdict"] == "printed"
    assert status["fiscal"]["document_number"] == first
    assert f"doubled:{second}" in status["fiscal"]["warnings"]
    prepared = json.loads(scene.fiscalq("correct", REGISTER, scene.id("order-1"), "--json").stdout)
    assert (prepared["document"], prepared["task"]["type"]) == (second, "sellReturnCorrection")
    assert scene.fiscalq("correct", REGISTER, scene.id("order-2")).returncode == 1
    assert scene.findings(again_by_register={"order-1"}) == []


def test_fault_05_a_second_print_after_the_record_is_found_before_anything_else_is_sent(
    scene: Scene,
) -> None:
    """The status is written and recorded, then the server dies and repeats: every document is accounted for (guard 7)."""
    scene.turn(delays={"loop": 0.5})  # time for the record, before the server picks the task up again
    scene.arm("finish_write_lost", type="sell")
    scene.enqueue("order-1", sale("1.00"))
    assert scene.end_of("order-1")["verdict"] == "printed"
    assert scene.receipts() == ["1.00"]
    until(lambda: len(scene.receipts()) == 2, 10, "the register's second print")
    scene.enqueue("order-2", sale("2.00"))
    assert scene.end_of("order-2")["verdict"] == "printed"
    assert scene.findings(again_by_register={"order-1"}) == []


@both
def test_fault_06_a_task_that_the_register_passes_over_is_withdrawn_and_proven(scene: Scene) -> None:
    """(a) The register works: DELETE, fence, the FN unchanged → dead, proven; the line goes on."""
    scene.arm("task_stuck", type="sell")
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    dead = scene.end_of("order-1")
    assert (dead["verdict"], dead["reason"]["code"]) == ("not_printed", "wait_exceeded")
    assert scene.end_of("order-2")["verdict"] == "printed"
    assert scene.receipts() == ["2.00"]
    assert scene.findings() == []


@both
def test_fault_06_a_register_that_is_off_costs_one_job_and_gets_one_fence(scene: Scene) -> None:
    """(b) The fence waits too: in doubt; nothing else is sent until it is final, then the doubt settles to proven."""
    scene.turn(power=False)
    for number in range(3):
        scene.enqueue(f"order-{number}", sale(f"{number + 1}.00"))
    doubt = scene.end_of("order-0")
    assert (doubt["verdict"], doubt["reason"]["code"]) == ("in_doubt", "withdraw_unproven")
    fences = scene.web.seen(f"{scene.posts}.*getFnStatus")
    looks = scene.web.seen("GET ")
    until(lambda: scene.web.seen("GET ") > looks + 4, 10, "further looks at the fence")
    assert scene.status("order-1")["state"] == "queued"
    assert scene.web.seen(f"{scene.posts}.*sell") == 1
    assert scene.web.seen(f"{scene.posts}.*getFnStatus") == fences
    scene.turn(power=True)
    assert scene.end_of("order-2")["verdict"] == "printed"
    assert scene.status("order-0")["verdict"] == "not_printed"
    assert scene.receipts() == ["2.00", "3.00"]
    assert scene.findings(left_place={"order-0"}) == []


@pytest.mark.parametrize("scene", ["v2"], indirect=True)  # v1 takes tasks for a device that is not there
def test_fault_06_a_device_that_is_inactive_takes_nothing_and_costs_nothing(scene: Scene) -> None:
    """409 and no such uuid: not accepted now; the same uuid goes out when somebody has activated the device."""
    scene.turn(active=False)
    for number in range(2):
        scene.enqueue(f"order-{number}", sale(f"{number + 1}.00"))
    scene.logged("order-0", "not_sent")
    scene.turn(active=True)
    assert [scene.settled(f"order-{number}")["submissions"] for number in range(2)] == [1, 1]
    assert scene.receipts() == ["1.00", "2.00"]
    assert scene.findings() == []


@both
def test_fault_06_a_device_that_is_deactivated_under_a_waiting_task(scene: Scene) -> None:
    """In doubt, since nobody can ask; settled by itself when the device is active again."""
    scene.turn(power=False)
    scene.enqueue("order-0", sale("1.00"))
    waits_for(scene, "order-0")
    scene.turn(active=False)
    scene.enqueue("order-1", sale("2.00"))
    scene.in_state("order-0", "in_doubt")
    scene.turn(power=True, active=True)
    assert scene.settled("order-1")["verdict"] == "printed"
    assert scene.status("order-0")["verdict"] in {"printed", "not_printed"}
    assert scene.findings(left_place={"order-0"}) == []


def test_fault_06_a_queue_that_somebody_elses_task_has_blocked(scene: Scene) -> None:
    """(b) Our job waits behind the block, is withdrawn, and settles to proven when the block is over."""
    foreign = f"foreign-{scene.round}"
    scene.arm("link_lost_after_close", uuid=foreign, seconds=0)
    scene.tell_register("/requests", {"uuid": foreign, "request": [FOREIGN_SALE]})
    until(scene.receipts, 10, "the document behind the lost link")
    scene.enqueue("order-0", sale("1.00"))
    scene.enqueue("order-1", sale("2.00"))
    scene.in_state("order-0", "in_doubt", "not_printed")
    assert scene.status("order-1")["state"] == "queued"
    scene.turn(link="up")
    assert scene.settled("order-1")["verdict"] == "printed"
    assert scene.status("order-0")["verdict"] == "not_printed"
    assert scene.receipts() == ["9.00", "2.00"]
    theirs = {slip["fd"] for slip in scene.slips() if slip["uuid"] == foreign}
    assert scene.findings(foreign=theirs, left_place={"order-0"}) == []


@both
def test_fault_07_a_withdrawal_that_comes_too_late_is_found_by_the_fence(scene: Scene) -> None:
    """DELETE was answered 200 and it printed all the same."""
    scene.turn(power=False)
    scene.arm("delete_race")
    scene.enqueue("order-1", sale("1.00"))
    until(lambda: scene.struck("delete_race"), 10, "the DELETE")
    scene.turn(power=True)
    assert scene.end_of("order-1")["verdict"] == "printed"
    assert scene.receipts() == ["1.00"]
    assert scene.findings() == []


@both
def test_fault_07_a_withdrawal_that_is_refused_goes_on_polling(scene: Scene) -> None:
    scene.turn(power=False)
    scene.arm("delete_refused")
    scene.enqueue("order-1", sale("1.00"))
    until(lambda: scene.struck("delete_refused"), 10, "the DELETE")
    scene.turn(power=True)
    status = scene.end_of("order-1")
    assert (status["verdict"], status["submissions"]) == ("printed", 1)
    assert scene.receipts() == ["1.00"]
    assert scene.findings() == []


@pytest.mark.parametrize("prints", [True, False])
def test_fault_08_a_withdrawal_that_cannot_be_delivered_is_in_doubt_and_settles_by_itself(
    scene: Scene, prints: bool
) -> None:
    """In doubt; when the register answers, the proof runs and settles it."""
    scene.turn(power=False)
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    waits_for(scene, "order-1")
    scene.web.refuse()
    doubt = scene.end_of("order-1")
    assert doubt["verdict"] == "in_doubt"
    assert scene.status("order-2")["state"] == "queued"
    if prints:
        scene.turn(power=True)
        until(scene.receipts, 10, "the receipt that nobody asks for")
    scene.web.accept()
    if not prints:
        scene.logged("register.unclear")
        until(lambda: scene.web.seen("DELETE "), 15, "the DELETE, at last")
        scene.turn(power=True)
    assert scene.end_of("order-2")["verdict"] == "printed"
    assert scene.status("order-1")["verdict"] == ("printed" if prints else "not_printed")
    assert scene.receipts() == (["1.00", "2.00"] if prints else ["2.00"])
    assert scene.findings(left_place={"order-1"}) == []


def test_fault_08_a_doubt_with_nothing_behind_it_settles_too(scene: Scene) -> None:
    """The last receipt of the day: no further job comes that would have it looked at."""
    scene.turn(power=False)
    scene.enqueue("order-1", sale("1.00"))
    scene.in_state("order-1", "in_doubt")
    scene.turn(power=True)
    assert scene.settled("order-1", 8)["verdict"] == "not_printed"
    assert scene.findings() == []


def test_fault_08_a_delete_that_the_network_swallows_is_repeated(scene: Scene) -> None:
    """No answer, nothing canceled: the next DELETE does it."""
    scene.arm("task_stuck", type="sell")
    scene.arm("delete_dropped")
    scene.enqueue("order-1", sale("1.00"))
    assert scene.end_of("order-1")["verdict"] == "not_printed"
    assert scene.web.seen("DELETE ") == 2
    assert scene.receipts() == []
    assert scene.findings() == []


@both
def test_fault_09_paper_out_before_the_registration_is_submitted_again_behind_the_proof(scene: Scene) -> None:
    """44, no document: the next submission when paper is back."""
    scene.arm("paper_out_before_registration", type="sell")
    scene.enqueue("order-1", sale("1.00"))
    until(lambda: scene.struck("paper_out_before_registration"), 10, "the end of the paper")
    scene.turn(paper=True)
    status = scene.end_of("order-1")
    assert status["verdict"] == "printed"
    assert status["submissions"] > 1
    assert scene.receipts() == ["1.00"]
    assert scene.findings() == []


@both
def test_fault_09_paper_out_after_the_registration_is_printed(scene: Scene) -> None:
    """The FN has it: never again, and the CRM is told that the paper is missing."""
    scene.arm("paper_out_after_registration", type="sell")
    scene.enqueue("order-1", sale("1.00"))
    status = scene.end_of("order-1")
    assert (status["verdict"], status["submissions"]) == ("printed", 1)
    assert "notPrinted" in status["fiscal"]["warnings"]
    scene.turn(paper=True)
    scene.enqueue("order-2", sale("2.00"))
    assert scene.end_of("order-2")["verdict"] == "printed"
    assert scene.receipts() == ["1.00", "2.00"]
    assert scene.findings() == []


@both
def test_fault_10_a_link_lost_after_the_close_is_waited_for_and_read_back(scene: Scene) -> None:
    """`blocked`: the register settles it alone; the same when a code leaves no block, and when the result is lost."""
    jobs = ["blocked", "no-block", "no-result"]
    scene.arm("link_lost_after_close", uuid=scene.uuid("blocked"), seconds=0.5)
    scene.arm("link_lost_after_close", uuid=scene.uuid("no-block"), seconds=0.5, code=241)
    scene.arm("link_lost_after_close", uuid=scene.uuid("no-result"), seconds=0.5)
    scene.arm("recovery_result_lost", uuid=scene.uuid("no-result"))
    for number, job in enumerate(jobs):
        scene.enqueue(job, sale(f"{number + 1}.00"))
    assert [scene.end_of(job)["verdict"] for job in jobs] == ["printed"] * 3
    assert scene.receipts() == ["1.00", "2.00", "3.00"]
    assert scene.findings() == []


@both
def test_fault_10_a_link_lost_before_the_close_leaves_no_document_and_is_submitted_again(
    scene: Scene,
) -> None:
    kinds = ["link_lost_before_open", "link_lost_between_items", "link_lost_before_close"]
    for number, kind in enumerate(kinds):
        scene.arm(kind, uuid=scene.uuid(f"order-{number}"), seconds=0.4)
        scene.enqueue(f"order-{number}", sale(f"{number + 1}.00", ["Пакет", "Пакет большой"]))
    assert [scene.end_of(f"order-{number}")["verdict"] for number in range(3)] == ["printed"] * 3
    assert scene.receipts() == ["1.00", "2.00", "3.00"]
    assert scene.findings() == []


@both
def test_fault_10_a_false_ready_after_a_recovery_is_caught(scene: Scene) -> None:
    """The link goes when the shift has opened by itself: `ready` names the shift's opening, and no receipt exists."""
    scene.enqueue("close", {"type": "closeShift"})
    assert scene.end_of("close")["verdict"] == "printed"
    scene.arm("link_lost_after_auto_open", type="sell", seconds=0.5)
    scene.enqueue("order-1", sale("1.00"))
    status = scene.end_of("order-1")
    assert scene.struck("link_lost_after_auto_open") == 1
    on_paper = {"printed": ["1.00"], "not_printed": []}
    assert scene.receipts() == on_paper[status["verdict"]]
    assert scene.findings() == []


def test_fault_10_a_foreign_receipt_of_equal_content_is_not_taken_for_ours(scene: Scene) -> None:
    """While the queue is blocked somebody else prints: the marker tells."""
    scene.arm("link_lost_before_close", type="sell", seconds=0.5)
    scene.arm("foreign_document")
    scene.enqueue("order-1", sale("1.00"))
    status = scene.end_of("order-1")
    foreign = {slip["fd"] for slip in scene.slips() if slip["uuid"] is None}
    assert foreign
    assert status["verdict"] == "printed"
    assert status["fiscal"]["document_number"] not in foreign
    assert scene.findings(foreign=foreign) == []


def test_fault_10_a_status_that_was_never_written_is_proven_by_the_fn(scene: Scene) -> None:
    """`inProgress` for ever: a younger reading is final, so the status was lost (guard 12)."""
    scene.arm("status_write_lost", type="sell")
    scene.enqueue("order-1", sale("1.00"))
    status = scene.end_of("order-1")
    assert (status["verdict"], status["submissions"]) == ("printed", 1)
    assert scene.receipts() == ["1.00"]
    assert scene.findings() == []
