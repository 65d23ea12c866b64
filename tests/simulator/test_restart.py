"""A server that dies and starts again: what it keeps, what it repeats (reference §7)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.simulator.desk import OPEN, ROOT, STATUS, Desk, marked, sale, until

HALTS = [
    ("server_halts_before_execute", "v1", 1),
    ("server_halts_after_close", "v1", 2),
    ("server_halts_after_status", "v1", 2),
    ("server_halts_after_close", "v2", 2),
]


def test_a_server_that_dies_repeats_its_task(own_desk: Desk) -> None:
    """Reference §7.3: not marked finished, so it runs again from the first sub-task, without a look at the FN."""
    own_desk.done(OPEN)
    for number, (kind, api, documents) in enumerate(HALTS):
        marker, text = f"fq{number}", f"рядом {number}"
        own_desk.arm(kind, type="sell" if kind != "server_halts_after_status" else None)
        beside = {"type": "nonFiscal", "items": [{"type": "text", "text": text}]}
        uuid = own_desk.post(beside, marked(marker), api=api)
        assert own_desk.died() == -9
        own_desk.start()
        until(lambda: own_desk.call("GET", "/stat/requests").json()["not_ready_count"] == 0)
        assert [item["status"] for item in own_desk.items(uuid, api)] == ["ready", "ready"]
        assert [slip["marker"] for slip in own_desk.slips()].count(marker) == documents, kind
        assert own_desk.call("GET", "/_sim/tape.txt").text.count(text) == 2


def test_everything_survives_a_sigkill(own_desk: Desk) -> None:
    """Reference §7.2: waiting tasks, results; and the register's own memory."""
    own_desk.done(OPEN)
    done = own_desk.post(marked("fqkept"))
    result = own_desk.settled(done)
    before, slips = own_desk.state(), own_desk.slips()
    paper = own_desk.call("GET", "/_sim/tape.txt").text
    own_desk.turn(power=False)
    waiting = own_desk.post(STATUS)
    own_desk.kill()
    own_desk.start()
    after = own_desk.state()
    for key in (
        "serial",
        "fn_serial",
        "last_fd",
        "drawer",
        "shift_number",
        "shift_opened_at",
        "shift_totals",
    ):
        assert after[key] == before[key], key
    assert own_desk.slips() == slips
    assert own_desk.call("GET", "/_sim/tape.txt").text == paper
    assert own_desk.items(done) == result
    assert own_desk.items(waiting)[0]["status"] == "wait"
    own_desk.turn(power=True)
    assert own_desk.settled(waiting)[0]["result"]["fnStatus"]["fiscalDocumentNumber"] == 2


def test_a_block_survives_a_sigkill(own_desk: Desk) -> None:
    """Reference §7.2: it ends as it would have, by the FN."""
    own_desk.done(OPEN)
    own_desk.arm("link_lost_after_close", seconds=0)
    uuid = own_desk.post(sale())
    until(lambda: own_desk.items(uuid)[0]["status"] == "blocked")
    own_desk.kill()
    own_desk.start()
    assert own_desk.call("GET", "/stat/requests").json()["block_request_uuid"] == uuid
    own_desk.turn(link="up")
    assert own_desk.settled(uuid)[0]["status"] == "ready"
    assert len(own_desk.slips()) == 2


def test_a_post_that_was_stored_outlives_the_server_that_could_not_answer(own_desk: Desk) -> None:
    """Reference §2.1: 201 means durably queued; so does its loss."""
    own_desk.arm("server_halts_after_store")
    with pytest.raises(requests.ConnectionError):
        own_desk.post(OPEN, uuid="stored")
    assert own_desk.died() == -9
    own_desk.start()
    assert own_desk.settled("stored")[0]["status"] == "ready"


def test_the_oracle_is_completed_at_the_start(own_desk: Desk) -> None:
    """Killed between the FN and the slip, or inside its line: the FN is the truth, the paper came out meanwhile."""
    own_desk.done(OPEN)
    own_desk.done(marked("fqone"))
    expected = own_desk.slips()
    own_desk.kill()
    file = own_desk.folder / "slips.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    own_desk.start()
    assert own_desk.slips() == expected
    assert [json.loads(line) for line in file.read_text().splitlines()] == expected


def test_faults_of_a_file_are_armed_once(tmp_path: Path) -> None:
    """A fault that struck does not strike again because the same file is given at the next start."""
    file = tmp_path / "faults.toml"
    file.write_text('[[fault]]\nkind = "server_halts_after_close"\ntype = "openShift"\n')
    desk = Desk(tmp_path / "state", "--faults", str(file), "--seed", "3").start()
    desk.call("POST", "/requests", {"uuid": "a", "request": [OPEN]})
    assert desk.died() == -9
    desk.start()
    try:
        assert desk.settled("a")[0]["code"] == 83
        assert desk.struck("faults.toml-1") == 1
    finally:
        assert desk.stop() == 0


def test_the_same_seed_gives_the_same_register(tmp_path: Path) -> None:
    """Serials and signs come from the seed."""
    signs = []
    for place in ("one", "two"):
        desk = Desk(tmp_path / place, "--seed", "42").start().fresh()
        desk.done(OPEN)
        state = desk.state()
        tags = desk.done({"type": "getFnDocument", "fiscalDocumentNumber": 1})["result"]["documentTLV"]
        signs.append((state["serial"], state["fn_serial"], tags["1077"]))
        assert desk.stop() == 0
    assert signs[0] == signs[1]


def test_the_line_that_scripts_wait_for(own_desk: Desk) -> None:
    """One line, once it listens."""
    assert own_desk.line == f"simulator ready on {own_desk.url} (api both, state {own_desk.folder})\n"


def test_what_cannot_start_says_why(own_desk: Desk, tmp_path: Path) -> None:
    """A port that is taken, a folder that is none or taken, a fault that nobody knows."""
    port = own_desk.url.rpartition(":")[2]
    wrong = tmp_path / "faults.json"
    wrong.write_text('[{"kind": "earthquake"}]')
    file, other = str(tmp_path / "faults.json"), str(tmp_path / "other")
    for options, code, text in (
        (["--port", port, "--state", other], 1, "give another --port"),
        (["--port", "0", "--state", file], 1, "give another --port or --state"),
        (["--port", "0", "--state", other, "--faults", file], 2, "unknown kind 'earthquake'"),
        (["--port", "0", "--state", str(own_desk.folder)], 2, "in use by another simulator"),
    ):
        command = [sys.executable, "-m", "ops.simulator", *options]
        ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=20, check=False)
        assert ended.returncode == code, ended.stderr
        assert text in ended.stderr
