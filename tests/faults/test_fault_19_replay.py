"""Replay after errors, on real processes: two operators at once, a double click, and a sequence behind its dead job."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from ops.chaos.shop import sale, until
from tests.faults.scene import Scene

REFUSED = 148  # a number of the driver that stays wrong until somebody has done something
WORD = ("--by", "Ivanova", "--why", "outage")


@pytest.mark.parametrize("scene", ["v1", "v2"], indirect=True)
def test_fault_19_two_operators_replay_the_same_dead_jobs_and_each_moves_once(scene: Scene) -> None:
    """Each of them twice, all at the same moment: every proven one moves once, the unproven are refused by name."""
    jobs = [f"order-{number}" for number in range(12)]
    for number, job in enumerate(jobs):
        scene.arm("driver_error", uuid=scene.uuid(job), code=REFUSED)
        scene.enqueue(job, sale(f"{number + 1}.00"))
    assert {scene.end_of(job)["verdict"] for job in jobs} == {"not_printed"}
    scene.arm("get_unknown_status", uuid=scene.uuid("doubt"), text="dreaming", count=1000)
    scene.enqueue("doubt", sale("99.00"))
    assert scene.in_state("doubt", "in_doubt")
    names = [scene.id(job) for job in [*jobs, "doubt"]]
    dry = scene.fiscalq("replay", "kassa-1", *names, "--dry-run", "--json", *WORD)
    planned = json.loads(dry.stdout)
    assert (len(planned["replayed"]), planned["refused"]) == (12, {scene.id("doubt"): "proof"})
    assert scene.status(jobs[0])["state"] == "dead"
    with ThreadPoolExecutor(4) as operators:
        clicks = [
            operators.submit(scene.fiscalq, "replay", "kassa-1", *names, "--json", *WORD) for _ in range(4)
        ]
    said = [json.loads(click.result().stdout) for click in clicks]
    moved = [job for answer in said for job in answer["replayed"]]
    assert sorted(moved) == sorted(names[:-1])
    assert all(answer["refused"][scene.id("doubt")] == "proof" for answer in said)
    assert {click.result().returncode for click in clicks} == {1}
    scene.disarm_register()
    assert {scene.settled(job, 60)["verdict"] for job in jobs} == {"printed"}
    assert scene.settled("doubt", 60)["verdict"] in {"printed", "not_printed"}
    assert scene.findings(left_place=[*jobs, "doubt"], replayed=jobs) == []


def test_an_edited_contact_reaches_the_register_and_one_document_prints(scene: Scene) -> None:
    """Of a plain replay and an edited one at once exactly one moves; then the new address is on the only paper, and in no log."""
    for job in ("order-1", "order-2"):
        scene.arm("driver_error", uuid=scene.uuid(job), code=REFUSED)
        scene.enqueue(job, {**sale("5.00"), "clientInfo": {"emailOrPhone": "wrong@example.com"}})
        assert scene.end_of(job)["verdict"] == "not_printed"
    scene.disarm_register()
    edit = ("--contact", "right@example.com")
    with ThreadPoolExecutor(2) as people:
        clicks = list(
            people.map(
                lambda more: scene.fiscalq("replay", "kassa-1", scene.id("order-1"), "--json", *more, *WORD),
                [(), edit],
            )
        )
    assert sorted(click.returncode for click in clicks) == [0, 1]
    assert scene.fiscalq("replay", "kassa-1", scene.id("order-2"), *edit, *WORD).returncode == 0
    for job in ("order-1", "order-2"):
        assert scene.settled(job, 60)["verdict"] == "printed"
    paper = (scene.directory / "register" / "tape.txt").read_text(encoding="utf-8")
    first = "right@example.com" if clicks[1].returncode == 0 else "wrong@example.com"
    assert re.findall(r"\w+@example\.com", paper) == [first, "right@example.com"]
    assert "right@example.com" not in scene.log_of()
    assert scene.findings(left_place=["order-1", "order-2"], replayed=["order-1", "order-2"]) == []


def test_p4_a_return_waits_behind_its_dead_sale_and_follows_it(scene: Scene) -> None:
    """Guard 9: nothing else stops; the CRM reads why; the replayed sale prints first, though another came before."""
    scene.arm("driver_error", uuid=scene.uuid("sale"), code=REFUSED)
    scene.enqueue("sale", sale("7.00"), "order-7")
    scene.enqueue("return", {**sale("7.00"), "type": "sellReturn"}, "order-7")
    scene.enqueue("other", sale("8.00"))
    assert scene.end_of("sale")["verdict"] == "not_printed"
    assert scene.end_of("other")["verdict"] == "printed"
    stopped = scene.status("return")
    assert (stopped["state"], stopped["reason"]["code"]) == ("queued", "sequence_stopped")
    assert scene.id("sale") in stopped["reason"]["message_en"]
    assert scene.receipts() == ["8.00"]
    assert "fiscalq jobs kassa-1 --group stopped" in scene.fiscalq("doctor").stdout
    done = scene.fiscalq("replay", "kassa-1", scene.id("sale"), *WORD)
    assert done.returncode == 0, done.stdout + done.stderr
    assert scene.end_of("return")["verdict"] == "printed"
    assert [slip["type"] for slip in scene.slips()] == ["sell", "sell", "sellReturn"]
    assert scene.findings(left_place=["sale", "return"], replayed=["sale"]) == []


def test_a_held_line_prints_nothing_until_it_is_released(scene: Scene) -> None:
    assert scene.fiscalq("hold", "kassa-1", *WORD).returncode == 0
    scene.enqueue("order-1", sale("1.00"))
    until(lambda: "Ivanova: outage" in scene.fiscalq("doctor").stdout, 30, "the doctor to say who holds it")
    assert scene.receipts() == []
    assert scene.fiscalq("release", "kassa-1", "--by", "Petrov").returncode == 0
    assert scene.end_of("order-1")["verdict"] == "printed"
