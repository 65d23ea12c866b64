"""Every task of a corpus answers as its index says (reference, data/atol-tasks; and the cases of our own)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.desk import OPEN, ROOT, Desk, path

OURS = Path(__file__).with_name("cases")
GIVEN = Path(os.environ.get("FISCALQ_CORPUS") or ROOT.parent / "shared" / "data" / "atol-tasks")
JOURNAL_MAY_BE_EMPTY = {93, 232}  # reference §10: nothing to print between those shifts


def cases(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Give the files of a corpus with their entries in its index."""
    index = folder / "index.json"
    entries = json.loads(index.read_text())["files"] if index.exists() else []
    return [(folder / entry["file"], entry) for entry in entries]


FOUND = [*cases(OURS), *cases(GIVEN)]


def test_a_corpus_is_there() -> None:
    """Ours is; the big one is skipped aloud where it is not."""
    assert cases(OURS)
    if not cases(GIVEN):
        pytest.skip(f"no corpus at {GIVEN}: set FISCALQ_CORPUS to the folder of its index.json")


@pytest.mark.parametrize(("file", "entry"), [pytest.param(*case, id=case[0].stem) for case in FOUND])
def test_each_case_holds(desk: Desk, file: Path, entry: dict[str, Any]) -> None:
    """`verdict`, `where`, `path` and `error_code` of the index, on a register with an open shift."""
    desk.turn(**entry.get("register", {}))
    desk.done(OPEN)
    body = json.loads(file.read_text())
    where, fiscal = entry["where"], desk.last_fd()
    if where == "http":
        assert_refused_at_the_door(desk, body)
        return
    if where == "http-v2":
        assert desk.call("POST", path("v2"), body).status_code == 400
    api = "v2" if entry["api"] == "v2" else "v1"
    if api == "v2" and isinstance(body["request"], dict):  # a client of the server that takes a lone object
        assert desk.call("POST", path("v2"), body).status_code == 400
        desk.turn(v2_object_request=True)
    assert desk.call("POST", path(api), body).status_code == 201
    items = desk.settled(body["uuid"], api)
    codes = {item["code"] for item in items}
    if "error_code" in entry or where == "501-or-stuck":
        assert items[0]["code"] == entry.get("error_code", 501)
        assert items[0]["status"] == "error"
        assert desk.last_fd() == fiscal
        if items[0]["code"] == 501 and "error_code" in entry:
            assert f'"{entry.get("path", "")}"' in items[0]["description"] or "path" not in entry
    elif entry["verdict"] == "valid":
        journal = JOURNAL_MAY_BE_EMPTY if entry["task_type"] == "printDocumentsFromJournal" else set()
        assert codes <= {0, *journal}
    else:
        assert entry["verdict"] == "questionable"
        assert_answered(desk, body, entry, items)


def assert_refused_at_the_door(desk: Desk, body: dict[str, Any]) -> None:
    """An envelope without sub-tasks: v1 takes it and never finds it, v2 refuses it."""
    assert desk.call("POST", path("v1"), body).status_code == 201
    assert desk.call("GET", f"{path('v1')}/{body['uuid']}").status_code == 404
    assert desk.call("POST", path("v2"), body).status_code == 400


def assert_answered(
    desk: Desk, body: dict[str, Any], entry: dict[str, Any], items: list[dict[str, Any]]
) -> None:
    """What a careful client should not send: the register takes it, but for what ends the life of an FN."""
    match entry["where"], entry["task_type"]:
        case "policy", "closeArchive":
            assert items[0]["code"] == 11
        case "policy", "sell":
            assert items[0]["status"] == "ready"
        case "driver-version", _:
            assert items[0]["status"] == "ready"
            desk.turn(driver_year=2025)
            older = desk.settled(desk.post(*body["request"], api="v2"), "v2")[0]
            assert older["code"] == 501
            assert f'"{entry["path"]}"' in older["description"]
        case _:
            assert items[0]["code"] in {0, 410, 423}
