"""Every fault can be armed, strikes where it says, and shows (reference §12, "Faults")."""

from __future__ import annotations

import pytest

from tests.simulator.desk import OPEN, STATUS, Desk
from tests.simulator.scenarios import SCENARIOS

ELSEWHERE = {  # test_recovery.py, test_restart.py
    "link_lost_before_open", "link_lost_between_items", "link_lost_before_close", "link_lost_after_close",
    "link_lost_after_auto_open", "paper_out_before_registration", "paper_out_after_registration",
    "recovery_result_lost", "foreign_document", "server_halts_before_execute", "server_halts_after_close",
    "server_halts_after_status", "server_halts_after_store",
}  # fmt: skip


def test_each_kind_has_a_scenario(desk: Desk) -> None:
    """What can be armed is shown somewhere in this room."""
    known = desk.call("GET", "/_sim/faults?known=1").json()["known"].keys()
    assert known == SCENARIOS.keys() | ELSEWHERE
    assert not SCENARIOS.keys() & ELSEWHERE


@pytest.mark.parametrize("kind", sorted(SCENARIOS))
def test_a_fault_strikes_and_shows(desk: Desk, kind: str) -> None:
    """The scenario of each kind, told in its own docstring or name."""
    SCENARIOS[kind](desk)
    struck = [fault for fault in desk.call("GET", "/_sim/faults").json()["faults"] if fault["kind"] == kind]
    assert all(fault["struck"] for fault in struck)
    assert struck


def test_a_fault_may_choose_its_task(desk: Desk) -> None:
    """By type, start of the uuid, generation; from the nth match on, so many times."""
    name = desk.arm("get_500", type="getFnStatus", uuid="order-", generation="v2", nth=2, count=2)
    desk.post(STATUS, uuid="order-1")
    desk.post(STATUS, uuid="order-2", api="v2")
    desk.post(OPEN, uuid="order-3", api="v2")
    seen = [desk.call("GET", f"/requests/order-{number}").status_code for number in (1, 3, 2, 2, 2, 2)]
    assert seen == [200, 200, 200, 500, 500, 200]
    assert desk.struck(name) == 2


def test_a_wrong_fault_is_refused_and_says_what_is_known(desk: Desk) -> None:
    """400 with one sentence; nothing is armed. All can be disarmed."""
    for wrong in (
        {"kind": "earthquake"},
        {"kind": "get_500", "colour": 1},
        {"kind": "get_500", "count": "often"},
        {"kind": "slow", "stage": "x"},
        ["x"],
    ):
        answer = desk.call("POST", "/_sim/faults", wrong)
        assert answer.status_code == 400, wrong
    assert "known: " in desk.call("POST", "/_sim/faults", {"kind": "earthquake"}).text
    desk.arm("get_500")
    assert desk.call("DELETE", "/_sim/faults").json() == {"faults": []}
