"""`fiscalq check` says what enqueueing would say, and sends nothing anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.launcher.environment import ROOT
from tests.cli.conftest import Run

BAG = {"name": "Пакет", "price": 0.7, "quantity": 1, "tax": {"type": "none"}}
SALE = {"type": "sell", "taxationType": "osn", "items": [BAG], "payments": "cash", "total": 0.7}


def text(task: object) -> str:
    return json.dumps(task, ensure_ascii=False)


def test_a_valid_task_is_given_back_as_it_would_be_sent(run: Run, folder: Path) -> None:
    """The kopecks stand exactly, and what design §3 lets out is filled in."""
    (folder / "sale.json").write_text(text(SALE), encoding="utf-8")
    done = run("check", "sale.json")
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert list(said) == ["valid", "problems", "warnings", "task"]
    assert (said["valid"], said["problems"]) == (True, [])
    assert '"price":0.70' in done.stdout
    assert said["task"]["items"][0] | {"type": "position", "amount": 0.7} == said["task"]["items"][0]
    assert said["task"]["payments"] == [{"type": "cash", "sum": 0.7}]


def test_it_reads_standard_input(run: Run) -> None:
    assert run("check", "-", given=text(SALE)).exit_code == 0


def test_it_takes_the_vendors_envelope(run: Run) -> None:
    done = run("check", "-", given=text({"uuid": "0ba40014-5fa5-11ea-b5e9-037d4786a49d", "request": [SALE]}))
    assert json.loads(done.stdout)["task"]["type"] == "sell"


@pytest.mark.parametrize("tasks", [[], [SALE, SALE]])
def test_an_envelope_holds_exactly_one_task(run: Run, tasks: list[Any]) -> None:
    """One job is one task."""
    done = run("check", "-", given=text({"uuid": "u", "request": tasks}))
    assert done.exit_code == 1
    assert json.loads(done.stdout)["problems"][0]["path"] == "request"


def test_every_problem_is_named_by_its_path(run: Run) -> None:
    wrong = {**SALE, "items": [{**BAG, "price": "0.70"}, {**BAG, "tax": {"type": "vat13"}}]}
    done = run("check", "-", "--json", given=text(wrong))
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert (said["valid"], said["task"]) == (False, None)
    assert {problem["path"] for problem in said["problems"]} >= {"items[0].price", "items[1].tax.type"}
    assert all(set(problem) == {"path", "code", "message"} for problem in said["problems"])


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"42",
        b'{"type":',
        b'{"type":[]}',
        b'{"type":"cashIn","cashSum":NaN}',
        b'{"type":"cashIn","cashSum":-1}',
        b'{"type":"sell","taxationType":[],"items":[],"payments":{}}',
        b"[" * 100_000,
        b'{"type":"' + b"a" * 200_000 + b'"}',
    ],
    ids=lambda garbage: repr(garbage[:24]),
)
def test_whatever_it_is_given_the_answer_has_the_same_shape(run: Run, garbage: bytes) -> None:
    done = run("check", "-", given=garbage)
    assert done.exit_code == 1, done.output
    said = json.loads(done.stdout)
    assert list(said) == ["valid", "problems", "warnings", "task"]
    assert said["problems"]
    assert said["task"] is None


def test_a_register_fills_in_what_its_settings_say(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__OPERATOR", "Кассир")
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__DEFAULT_TAX", "vat22")
    bare = {**SALE, "items": [{**BAG, "tax": None}]}
    task = json.loads(run("check", "-", "--register", "kassa-1", given=text(bare)).stdout)["task"]
    assert task["operator"] == {"name": "Кассир"}
    assert task["items"][0]["tax"] == {"type": "vat22"}


def test_a_register_that_is_not_set_up_is_said_with_the_likely_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:1")
    done = run("check", "-", "--register", "kasa-1", given=text(SALE))
    assert done.exit_code == 1
    assert "did you mean 'kassa-1'" in done.stderr
    assert done.stdout == ""


def test_without_a_register_no_settings_are_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It works on a CRM author's desk, where there is nothing to set."""
    monkeypatch.setenv("FISCALQ_REDIS_URL", "nonsense")
    monkeypatch.setenv("FISCALQ_CONFIG", "not-there.toml")
    assert run("check", "-", given=text(SALE)).exit_code == 0


def test_a_file_that_is_not_there_is_wrong_usage(run: Run) -> None:
    assert run("check", "not-there.json").exit_code == 2


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal")
def test_on_a_terminal_a_person_reads_it_in_russian(folder: Path) -> None:
    import pty  # noqa: PLC0415 - there is none on Windows

    (folder / "wrong.json").write_text(text({**SALE, "payments": "gold"}), encoding="utf-8")
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "ops.cli.main", "check", str(folder / "wrong.json"), "--lang", "ru"],
        cwd=ROOT,
        stdout=theirs,
        env={**os.environ, "COLUMNS": "120"},
    )
    code = done.wait(30)
    os.close(theirs)
    seen = os.read(ours, 65536).decode()
    os.close(ours)
    assert code == 1
    assert "Не годится" in seen
    assert "payments" in seen
    assert "Возьмите слово из справочника" in seen
    assert '"valid"' not in seen


def test_in_a_pipe_the_message_is_in_the_readers_language_too(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Path and code are what a program reads."""
    wrong = text({**SALE, "payments": "gold"})
    english = json.loads(run("check", "-", given=wrong).stdout)["problems"]
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    russian = json.loads(run("check", "-", given=wrong).stdout)["problems"]
    assert [(one["path"], one["code"]) for one in russian] == [(one["path"], one["code"]) for one in english]
    assert "Возьмите слово из справочника" in russian[0]["message"]
    assert json.loads(run("check", "-", "--lang", "en", given=wrong).stdout)["problems"] == english


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        (("--on", "2025-12-31"), set()),
        (("--on", "2026-01-01"), {"old_rate"}),
        (("--on", "2025-12-31", "--ffd", "1.1"), {"needs_ffd"}),
        (("--on", "2025-12-31", "--ffd", "1.2"), set()),
    ],
)
def test_the_day_and_the_format_can_be_said(run: Run, options: tuple[str, ...], codes: set[str]) -> None:
    """What depends on them is judged by what is said, and by today where no day is."""
    industry = {"fois": "030", "date": "2023.11.21", "number": "1944", "industryAttribute": "UUID=1&Time=2"}
    task = {**SALE, "items": [{**BAG, "tax": {"type": "vat20"}}], "industryInfo": [industry]}
    said = json.loads(run("check", "-", *options, given=text(task)).stdout)
    assert {warning["code"] for warning in said["warnings"]} == codes


@pytest.mark.parametrize("options", [("--on", "01.01.2026"), ("--ffd", "1.3")])
def test_a_day_or_a_format_that_there_is_not_is_wrong_usage(run: Run, options: tuple[str, str]) -> None:
    assert run("check", "-", *options, given=text(SALE)).exit_code == 2
