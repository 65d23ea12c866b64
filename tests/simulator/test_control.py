"""The hands and eyes around the register: `/_sim/…`."""

from __future__ import annotations

import pytest

from tests.simulator.desk import OPEN, ROOT, STATUS, Desk, marked, sale, until


def test_the_paper_is_fed_line_by_line(desk: Desk) -> None:
    """`lines?after=N` gives what came out since, `tape.txt` everything; both are the file."""
    desk.done(OPEN)
    first = desk.call("GET", "/_sim/lines?after=0").json()
    assert first["next"] == len(first["lines"])
    assert any("ОТКРЫТИИ СМЕНЫ" in line for line in first["lines"])
    desk.done(sale(149.9))
    second = desk.call("GET", f"/_sim/lines?after={first['next']}").json()
    assert any(line.startswith("ИТОГ") and line.endswith("=149.90") for line in second["lines"])
    assert all(len(line) <= 42 for line in second["lines"] if not line.startswith("t="))
    whole = desk.call("GET", "/_sim/tape.txt").text
    assert whole.split("\n") == first["lines"] + second["lines"]
    assert desk.call("GET", "/_sim/lines?after=junk").json()["next"] == second["next"]


def test_the_documents_are_fed_by_number(desk: Desk) -> None:
    """`documents?after=FD`: lines of the oracle."""
    desk.done(OPEN)
    desk.done(marked("fqone"))
    assert [slip["marker"] for slip in desk.call("GET", "/_sim/documents?after=1").json()] == ["fqone"]
    assert desk.call("GET", "/_sim/documents?after=2").json() == []


def test_the_tape_is_a_page_with_pictures(desk: Desk) -> None:
    """The page polls the feeds; a receipt's QR is drawn."""
    page = desk.call("GET", "/_sim/tape")
    assert page.headers["content-type"].startswith("text/html")
    assert "lines?after=" in page.text
    picture = desk.call("GET", "/_sim/qr.svg", params={"text": "t=20310301T1241&s=1.00"})
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.text.startswith("<?xml")
    assert desk.call("GET", "/_sim/qr.svg").status_code == 400


@pytest.mark.parametrize(
    "wishes",
    [
        {"mood": "bad"},
        {"paper": "yes"},
        {"pace": True},
        {"link": "sideways"},
        {"link": {"down": 1}},
        {"link": []},
        {"delays": {"lunch": 3600}},
        {"delays": {"open": "long"}},
        {"ffd": "1.3"},
        {"drawer": "a lot"},
        {"taxation_types": []},
        {"clock_offset_seconds": 1e12},
        ["paper"],
        {"paper": False, "mood": "bad"},
    ],
)
def test_a_wrong_turn_is_refused_and_changes_nothing(desk: Desk, wishes: object) -> None:
    """400 with one sentence."""
    before = desk.state()
    answer = desk.call("POST", "/_sim/state", wishes)
    assert answer.status_code == 400
    assert len(answer.text.splitlines()) == 1
    assert desk.state() == before


def test_orders_that_are_no_json_are_refused(desk: Desk) -> None:
    """No stack trace for a slip of the keyboard."""
    for where in ("/_sim/state", "/_sim/faults", "/_sim/purge"):
        assert desk.call("POST", where, b"{").status_code == 400, where


def test_a_link_may_come_back_by_itself(desk: Desk) -> None:
    """`{"link": {"down_seconds": n}}`."""
    desk.turn(link={"down_seconds": 0.2})
    assert desk.state()["link"] == "down"
    until(lambda: desk.state()["link"] == "up")


def test_a_wiped_server_forgets_tasks_and_the_register_forgets_nothing(desk: Desk) -> None:
    """Reference §7.1: another database; the same uuid prints again."""
    uuid = desk.post(OPEN)
    desk.settled(uuid)
    desk.call("POST", "/_sim/wipe")
    assert desk.call("GET", f"/requests/{uuid}").status_code == 404
    desk.post(sale(), uuid=uuid)
    assert desk.settled(uuid)[0]["status"] == "ready"
    assert desk.last_fd() == 2


def test_rows_can_be_purged(desk: Desk) -> None:
    """One by its uuid, or all that are old enough; v2's own retention works from the finish, at the next insert."""
    first, second = desk.post(STATUS), desk.post(STATUS)
    desk.settled(second)
    assert desk.call("POST", "/_sim/purge", {"uuid": first}).json() == {"purged": 1}
    assert desk.call("POST", "/_sim/purge", {"older_than_seconds": 3600}).json() == {"purged": 0}
    assert desk.call("POST", "/_sim/purge", {"older_than_seconds": 0}).json() == {"purged": 1}
    desk.call("PUT", "/api/v2/settings", {"deleteRequestsAfter": 0})
    old = desk.post(STATUS, api="v2")
    until(lambda: desk.call("GET", "/stat/requests").json()["ready_count"] == 1)
    desk.post(STATUS, api="v2")
    assert desk.call("GET", f"/api/v2/requests/{old}").status_code == 404


def test_a_stranger_may_print(desk: Desk) -> None:
    """A receipt that nobody posted: no uuid, its own text."""
    desk.done(OPEN)
    answer = desk.call("POST", "/_sim/foreign").json()
    assert answer["fiscalParams"]["fiscalDocumentNumber"] == 2
    desk.call("POST", "/_sim/foreign", sale(3.25, type="sellReturn"))
    assert [(slip["type"], slip["uuid"], slip["total"]) for slip in desk.slips()[1:]] == [
        ("sell", None, "1.00"),
        ("sellReturn", None, "3.25"),
    ]
    wrongs: list[object] = [sale(1, items=[]), sale(1, items=None), {"type": "openShift"}, []]
    for wrong in wrongs:
        assert desk.call("POST", "/_sim/foreign", wrong).status_code == 409, wrong


def test_the_fn_can_be_swapped(desk: Desk) -> None:
    """Another serial, documents from 1; the old ones cannot be read any more."""
    desk.done(OPEN)
    desk.done(sale())
    before = desk.state()["fn_serial"]
    after = desk.call("POST", "/_sim/fn").json()["fn_serial"]
    assert after != before
    assert desk.done({"type": "getFnDocument", "fiscalDocumentNumber": 2})["code"] == 123
    assert desk.done(OPEN)["result"]["fiscalParams"]["fiscalDocumentNumber"] == 1
    assert [slip["fd"] for slip in desk.slips()] == [1, 2, 1]


def test_the_readme_names_every_fault_and_every_switch(desk: Desk) -> None:
    """What can be armed or turned stands in the handbook of the room."""
    readme = (ROOT / "ops" / "simulator" / "README.md").read_text(encoding="utf-8")
    known = desk.call("GET", "/_sim/faults?known=1").json()
    refusal = desk.call("POST", "/_sim/state", {"?": 1}).text
    switches = refusal.rpartition("known: ")[2].split(", ")
    for word in (*known["known"], *known["stages"], *desk.state()["delays"], *map(str.strip, switches)):
        assert f"`{word}`" in readme, word
