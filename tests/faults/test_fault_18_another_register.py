"""Fault 18: the FN is swapped while receipts wait; nothing goes to it until a named person has confirmed it."""

from __future__ import annotations

import json

import pytest

from ops.chaos.shop import KEY, REGISTER, sale, until
from tests.faults.conftest import MakeScene

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_fault_18_another_fn_holds_the_line_until_it_is_accepted_by_name(
    make_scene: MakeScene, api: str
) -> None:
    """The line says what it saw; a wrong number, no name and a plain release are refused; then all prints in order."""
    scene = make_scene(api, EVIDENCE_MAX_SECONDS="0.2")
    scene.begin()
    scene.enqueue("order-1", sale("1.00"))
    assert scene.settled("order-1")["verdict"] == "printed"
    bound = scene.status("order-1")["fiscal"]["fn_number"]
    scene.web.refuse()
    scene.enqueue("order-2", sale("2.00"))
    scene.enqueue("order-3", sale("3.00"))
    scene.logged("line.register_unreachable")
    scene.tell_register("/_sim/fn", {})
    scene.web.accept()
    scene.logged("line.register_changed", f"FN changed from {bound}")
    doctor = json.loads(scene.fiscalq("doctor", "--json").stdout)
    told = next(finding for finding in doctor["findings"] if finding["name"] == f"{REGISTER}.line")
    assert not told["ok"]
    new = told["text"].rpartition("--accept-fn ")[2].split()[0]
    for words in ([], ["--accept-fn", new], ["--accept-fn", "9" * 16, "--by", "Ivanova"]):
        assert scene.fiscalq("release", REGISTER, *words).returncode == 1
    assert scene.receipts() == ["1.00"]
    assert scene.fiscalq("release", REGISTER, "--accept-fn", new, "--by", "Ivanova").returncode == 0
    for job in ("order-2", "order-3"):
        status = scene.settled(job)
        assert (status["verdict"], status["submissions"]) == ("printed", 1), json.dumps(status)
        assert status["fiscal"]["fn_number"] == new
    assert scene.findings() == []


def test_fault_18_another_fn_is_told_before_anybody_sells(make_scene: MakeScene) -> None:
    """It was put in overnight: the worker that starts in the morning says so with no job in its line."""
    scene = make_scene()
    scene.begin()
    scene.stop("worker")
    scene.tell_register("/_sim/fn", {})
    scene.start_worker()
    scene.logged("line.register_changed", "FN changed from")
    new = scene.client.hget(f"{KEY}:line", "seen_fn")
    assert isinstance(new, str)
    assert scene.fiscalq("release", REGISTER, "--accept-fn", new, "--by", "Ivanova").returncode == 0
    until(lambda: scene.client.hget(f"{KEY}:line", "standstill") is None, 20, "the line to go on")
    scene.enqueue("order-1", sale("1.00"))
    assert scene.settled("order-1")["fiscal"]["fn_number"] == new
    assert scene.findings() == []
