"""The demonstration does a whole day on real parts, says how it went, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from ops.demo.day import CASHIER, DAY, TAX, TAXATION
from ops.demo.paper import Paper
from ops.demo.stage import runs_in
from ops.redis.program import OWN
from ops.redis.server import durable_redis
from worker.domain.tasks import Defaults, check

FISCALQ = [sys.executable, "-m", "ops.cli.main"]
DONE = {"jobs": 6, "printed": 6, "dead": 0, "documents": 5}
PATIENCE = 60.0

server = pytest.mark.server


@pytest.fixture(autouse=True)
def temporary(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the demonstration put its folder where the test can look."""
    path = folder / "tmp"
    path.mkdir()
    monkeypatch.setenv("TMPDIR", str(path))
    return path


@pytest.fixture
def begin() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `fiscalq …` as a process of its own."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen([*FISCALQ, *arguments], text=True, **pipes))  # type: ignore[call-overload]
        return started[-1]

    yield begin
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def unsafe_redis(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Redis that would lose what it has answered."""
    with durable_redis(folder / "unsafe", server=OWN) as running, redis.Redis.from_url(running.url) as client:
        client.config_set("appendfsync", "everysec")
        monkeypatch.setenv("FISCALQ_REDIS_URL", running.url)
        yield running.url


def until(is_so: Callable[[], Any]) -> Any:
    """Wait for something to be true, and give it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = is_so()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come true")


def stage_in(folder: Path) -> dict[str, Any] | None:
    """The keeper's note, once the stage stands in a folder below."""
    notes = list(folder.glob("*/stage.json"))
    return {**json.loads(notes[0].read_text()), "folder": notes[0].parent} if notes else None


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_gone(stage: dict[str, Any]) -> bool:
    """Nothing of the stage runs any more."""
    with redis.Redis.from_url(stage["redis"]["url"]) as client:
        try:
            client.ping()
        except redis.ConnectionError:
            return not any(is_alive(stage[name]["pid"]) for name in ("simulator", "worker"))
    return False


@pytest.mark.parametrize("step", DAY, ids=lambda step: step.job)
def test_the_tasks_of_the_day_are_beyond_reproach(step: Any) -> None:
    checked = check(step.task.encode(), Defaults({"name": CASHIER}, TAXATION, TAX))
    assert checked.problems == ()
    assert {warning.code for warning in checked.warnings} <= {"driver_version"}  # 22 per cent began in 2026


def test_a_line_of_paper_comes_whole(folder: Path) -> None:
    tape = folder / "tape.txt"
    paper = Paper(tape)
    assert paper.new() == []
    tape.write_bytes("ИТОГ\nНАЛ".encode())
    assert paper.new() == ["ИТОГ"]
    with tape.open("ab") as file:
        file.write("ИЧНЫМИ\n".encode())
    assert paper.new() == ["НАЛИЧНЫМИ"]


@server
@pytest.mark.slow
def test_the_day_is_done_and_nothing_is_left(
    begin: Callable[..., subprocess.Popen[str]], temporary: Path
) -> None:
    """One line of JSON on standard output; states and paper on standard error; no process, no file behind it."""
    demo = begin("demo", "--json")
    stage = until(lambda: stage_in(temporary))
    out, err = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, err
    said = json.loads(out)
    assert {name: said[name] for name in DONE} == DONE
    assert 0 < said["seconds"] < PATIENCE
    assert out.count("\n") == 1
    for shown in (
        "queued",
        "printed",
        "КАССОВЫЙ ЧЕК / ПРИХОД",
        "ВОЗВРАТ ПРИХОДА",
        "X-ОТЧЕТ",
        "=1.10",
        "=972.52",
    ):
        assert shown in err
    assert is_gone(stage)
    assert list(temporary.iterdir()) == []


@server
@pytest.mark.slow
def test_in_a_redis_that_is_lent_it_meets_no_job_of_the_shop(
    begin: Callable[..., subprocess.Popen[str]], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were its register the shop's, its worker would print the shop's receipts on a simulator."""
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.lpush("fiscalq:{kassa-1}:inbox", '{"id":"A-1","task":{"type":"openShift"}}')
        demo = begin("demo", "--json")
        out, err = demo.communicate(timeout=PATIENCE)
        assert demo.returncode == 0, err
        assert json.loads(out)["printed"] == 6
        assert client.llen("fiscalq:{kassa-1}:inbox") == 1
        assert [key for key in client.scan_iter() if "demo" in key] == []


@server
@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)]
)
def test_however_it_is_ended_what_it_started_ends_too(
    begin: Callable[..., subprocess.Popen[str]], temporary: Path, number: signal.Signals, code: int
) -> None:
    demo = begin("demo")
    stage = until(lambda: stage_in(temporary))
    demo.send_signal(number)
    _, said = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == code, said
    until(lambda: is_gone(stage))
    if number is not signal.SIGKILL:
        assert list(temporary.iterdir()) == []


@server
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="--keep says that it cannot")
def test_what_is_kept_can_be_used_by_hand_and_is_ended_by_stop(
    begin: Callable[..., subprocess.Popen[str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands that it prints are run here as they stand."""
    kept = begin("demo", "--keep")
    out, err = kept.communicate(timeout=PATIENCE)
    try:
        assert kept.returncode == 0, err
        stage = stage_in(folder)
        assert stage is not None
        again = begin("demo", "--keep")
        assert "demo --stop" in again.communicate(timeout=PATIENCE)[1]
        assert again.returncode == 1

        (command, *_) = [line for line in out.splitlines() if "FCALL fiscalq_enqueue" in line]
        program, option, url, *call = shlex.split(command)
        assert (program, option) == ("redis-cli", "-u")
        with redis.Redis.from_url(url) as client:
            assert json.loads(client.execute_command(*call))["state"] == "queued"
        monkeypatch.setenv("FISCALQ_CONFIG", str(folder / ".fiscalq-demo" / "fiscalq.toml"))
        status = begin("status", stage["register"], call[4], "--wait", "30", "--json")
        answer = json.loads(status.communicate(timeout=PATIENCE)[0])
        assert answer["state"] == "printed"
        assert answer["fiscal"]["document_number"] == 6
    finally:
        stop = begin("demo", "--stop")
        stop.communicate(timeout=PATIENCE)
    assert stop.returncode == 0
    assert is_gone(stage)
    assert not (folder / ".fiscalq-demo").exists()
    nothing = begin("demo", "--stop")
    nothing.communicate(timeout=PATIENCE)
    assert nothing.returncode == 1


@server
@pytest.mark.skipif(os.name == "nt", reason="--keep says that it cannot")
def test_stop_removes_what_a_crash_has_left(
    begin: Callable[..., subprocess.Popen[str]], folder: Path
) -> None:
    """A process number in a file proves nothing; the lock does."""
    left = folder / ".fiscalq-demo"
    left.mkdir()
    (left / "keeper.lock").write_text(str(os.getpid()))
    assert not runs_in(left)
    stop = begin("demo", "--stop")
    stop.communicate(timeout=PATIENCE)
    assert (stop.returncode, left.exists()) == (0, False)


@server
def test_a_program_that_does_not_start_is_quoted(
    begin: Callable[..., subprocess.Popen[str]], unsafe_redis: str, temporary: Path
) -> None:
    demo = begin("demo", "--json")
    out, err = demo.communicate(timeout=PATIENCE)
    assert (demo.returncode, out) == (1, "")
    assert "appendfsync is everysec" in err
    assert "exit code 78" in err
    assert "Traceback" not in err
    assert list(temporary.iterdir()) == []


def test_without_a_redis_there_is_one_sentence(
    begin: Callable[..., subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISCALQ_REDIS_URL", "nonsense")
    demo = begin("demo", "--json")
    out, err = demo.communicate(timeout=PATIENCE)
    assert (demo.returncode, out) == (1, "")
    assert "nonsense" in err.splitlines()[-1]
    assert "Traceback" not in err
