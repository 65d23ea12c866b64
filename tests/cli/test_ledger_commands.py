"""install, enqueue, status, watch and doctor against a real Redis with the function library."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
import redis

from ops.launcher.environment import ROOT
from ops.redis.server import RunningRedis
from tests.cli.conftest import Run
from worker.app.settings import load_settings
from worker.app.wiring import make_ledger
from worker.domain.events import Accepted, Event, GaveUp
from worker.domain.lifecycle import fold
from worker.domain.ports import Candidate, Lease
from worker.domain.verdicts import Reason, ReasonCode, Verdict

pytestmark = pytest.mark.server

REPORT = b'{ "type" : "reportX" }\n'


@pytest.fixture(autouse=True)
def settings(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two registers whose web servers do not answer, and an empty Redis."""
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:9")
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_2__URL", "http://127.0.0.1:9")


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def report(folder: Path) -> Path:
    path = folder / "report.json"
    path.write_bytes(REPORT)
    return path


@pytest.fixture
def watch() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `fiscalq watch …`, and end it whatever becomes of the test."""
    started = []

    def watch(*arguments: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "ops.cli.main", "watch", *arguments],
                cwd=ROOT,
                env=dict(os.environ),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield watch
    for process in started:
        process.kill()
        process.communicate()


def take_in(job: str, *further: Event) -> None:
    """Do what a worker does with the oldest inbox entry: give the job this history."""
    ledger = make_ledger(load_settings(), "kassa-1", '{"id":"@JOB@","tag":"@TAG@"}')
    assert isinstance(ledger.acquire("test", "nonce"), Lease)
    entry = ledger.peek(1)
    assert entry is not None
    at = "2026-01-31T10:00:00.000Z"
    history = [Accepted(at=at, type="reportX", kind="report"), *further]
    ledger.admit(
        Candidate(
            entry, fold(job, "kassa-1", history), history, REPORT, hashlib.sha1(REPORT.strip()).hexdigest()
        )
    )
    ledger.release()


def died(verdict: Verdict, code: ReasonCode) -> GaveUp:
    return GaveUp(at="2026-01-31T10:00:01.000Z", verdict=verdict, reason=Reason(code=code))


def test_install_enters_every_register_of_the_settings(run: Run, client: redis.Redis) -> None:
    done = run("install", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"installed": ["kassa-1", "kassa-2"]})
    assert client.fcall_ro("fiscalq_status", 1, "fiscalq:{kassa-2}", "A-1") is None


def test_install_enters_only_what_is_named(run: Run, client: redis.Redis) -> None:
    assert run("install", "kassa-1").exit_code == 0
    assert not client.exists("fiscalq:{kassa-2}")


def test_the_bytes_of_the_task_go_in_unchanged(run: Run, client: redis.Redis, report: Path) -> None:
    """Same content means same bytes: a space more would be another job."""
    run("install")
    done = run(
        "enqueue", "kassa-1", report, "--id", "A-1", "--producer", "desk", "--sequence", "day-1", "--json"
    )
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "job": "A-1",
        "register": "kassa-1",
        "state": "queued",
        "duplicate": False,
    }
    entry = str(client.lindex("fiscalq:{kassa-1}:inbox", 0))
    assert '"task":{ "type" : "reportX" },' in entry
    assert json.loads(entry)["options"] == {"producer": "desk", "sequence": "day-1"}


def test_the_same_again_is_the_same_job(run: Run, client: redis.Redis, report: Path) -> None:
    run("install")
    run("enqueue", "kassa-1", report, "--id", "A-1")
    done = run("enqueue", "kassa-1", "-", "--id", "A-1", "--json", given=REPORT)
    assert json.loads(done.stdout)["duplicate"] is True
    assert client.llen("fiscalq:{kassa-1}:inbox") == 1
    assert "already" in run("enqueue", "kassa-1", report, "--id", "A-1").stdout


def test_an_inbox_entry_names_its_own_job(run: Run, client: redis.Redis) -> None:
    run("install")
    entry = '{"id": "A-1", "task": { "type":"reportX" }, "options": {"producer": "till"}}'
    done = run("enqueue", "kassa-1", "-", "--sequence", "day-1", "--json", given=entry)
    assert json.loads(done.stdout)["job"] == "A-1"
    stored = str(client.lindex("fiscalq:{kassa-1}:inbox", 0))
    assert '"task":{ "type":"reportX" },' in stored
    assert json.loads(stored)["options"] == {"producer": "till", "sequence": "day-1"}


@pytest.mark.parametrize("given", [REPORT, b"", b"[]", b'{"id":"a b","task":{}}'])
def test_without_an_id_anything_else_is_wrong_usage(run: Run, given: bytes) -> None:
    run("install")
    done = run("enqueue", "kassa-1", "-", given=given)
    assert done.exit_code == 2
    assert "--id" in done.stderr


@pytest.mark.parametrize(
    ("register", "job", "task", "code"),
    [
        ("kassa-1", "A-1", b'{"type":"reportX","operator":{"name":"B"}}', "FISCALQ_CONFLICT"),
        ("kassa-1", "a b", REPORT, "FISCALQ_BAD_ID"),
        ("kassa-1", "A-2", b"{", "FISCALQ_BAD_JSON"),
        ("kassa-1", "A-2", b'{"type":"' + b"x" * 200_000 + b'"}', "FISCALQ_TOO_LARGE"),
        ("kassa-9", "A-2", REPORT, "FISCALQ_UNKNOWN_REGISTER"),
    ],
)
def test_what_the_door_refuses_is_said_with_its_code(
    run: Run, register: str, job: str, task: bytes, code: str
) -> None:
    run("install")
    run("enqueue", "kassa-1", "-", "--id", "A-1", given=REPORT)
    done = run("enqueue", register, "-", "--id", job, given=task)
    assert (done.exit_code, done.stdout) == (1, "")
    assert code in done.stderr
    assert "Traceback" not in done.stderr


def test_before_the_library_is_there_the_way_to_it_is_said(run: Run, report: Path) -> None:
    done = run("enqueue", "kassa-1", report, "--id", "A-1")
    assert done.exit_code == 1
    assert "fiscalq install" in done.stderr


def test_a_redis_that_is_away_is_said_without_its_password(
    run: Run, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISCALQ_REDIS_URL", "redis://crm:hunter2@127.0.0.1:1/0")
    for arguments in (
        ["enqueue", "kassa-1", report, "--id", "A-1"],
        ["status", "kassa-1", "A-1"],
        ["install"],
    ):
        done = run(*arguments)
        assert done.exit_code == 1
        assert "127.0.0.1:1" in done.stderr
        assert "hunter2" not in done.stderr
        assert "Traceback" not in done.stderr


def test_an_unknown_job_is_exit_1(run: Run) -> None:
    run("install")
    done = run("status", "kassa-1", "A-9", "--json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "A-9" in done.stderr


def test_a_job_that_nobody_has_taken_in_is_queued(run: Run, report: Path) -> None:
    run("install")
    run("enqueue", "kassa-1", report, "--id", "A-1")
    said = json.loads(run("status", "kassa-1", "A-1", "--json").stdout)
    assert (said["state"], said["type"], said["verdict"], said["fiscal"]) == ("queued", None, None, None)


@pytest.mark.parametrize(
    ("lang", "words"), [("ru", ("мёртвое", "под вопросом")), ("en", ("dead", "in doubt"))]
)
def test_a_person_reads_state_and_reason_in_their_language(
    run: Run, report: Path, lang: str, words: tuple[str, str]
) -> None:
    run("install")
    run("enqueue", "kassa-1", report, "--id", "A-1")
    take_in("A-1", died(Verdict.IN_DOUBT, ReasonCode.NO_DOCUMENT_TO_READ))
    done = run("status", "kassa-1", "A-1", "--lang", lang)
    assert done.exit_code == 0  # it was asked, and it was answered
    reason = json.loads(run("status", "kassa-1", "A-1", "--json").stdout)["reason"]
    assert f"{words[0]}: {words[1]}" in done.stdout
    assert reason[f"message_{lang}"] in done.stdout


def test_whoever_waits_for_the_end_is_told_by_the_exit_code(run: Run, report: Path) -> None:
    """A job that is still under way, or dead, is no success."""
    run("install")
    run("enqueue", "kassa-1", report, "--id", "A-1")
    done = run("status", "kassa-1", "A-1", "--json", "--wait", "0.1")
    assert (done.exit_code, json.loads(done.stdout)["state"]) == (1, "queued")
    taking = Thread(target=take_in, args=("A-1", died(Verdict.NOT_PRINTED, ReasonCode.TASK_REFUSED)))
    taking.start()
    done = run("enqueue", "kassa-1", report, "--id", "A-1", "--json", "--wait", "30")
    taking.join()
    assert (done.exit_code, json.loads(done.stdout)["state"]) == (1, "dead")


def test_watch_follows_all_registers_until_it_is_interrupted(
    run: Run, report: Path, watch: Callable[..., subprocess.Popen[str]]
) -> None:
    run("install")
    run("enqueue", "kassa-1", report, "--id", "A-1")
    take_in("A-1")
    watching = watch("--json")
    assert watching.stdout is not None
    past = json.loads(watching.stdout.readline())
    assert (past["register"], past["job"], past["state"], past["verdict"]) == (
        "kassa-1",
        "A-1",
        "queued",
        None,
    )
    run("enqueue", "kassa-1", report, "--id", "A-2")
    take_in("A-2", died(Verdict.NOT_PRINTED, ReasonCode.TASK_REFUSED))
    now = json.loads(watching.stdout.readline())
    assert (now["job"], now["state"], now["verdict"]) == ("A-2", "dead", "not_printed")
    watching.send_signal(signal.SIGINT)
    assert watching.wait(10) == 130


def test_watch_goes_on_after_redis_was_away(
    run: Run, report: Path, redis_server: RunningRedis, watch: Callable[..., subprocess.Popen[str]]
) -> None:
    run("install")
    watching = watch("kassa-1")
    assert watching.stdout is not None
    assert watching.stderr is not None
    run("enqueue", "kassa-1", report, "--id", "A-1")
    take_in("A-1")
    line = watching.stdout.readline()
    assert "A-1" in line
    assert re.search(r":[0-9]{2} [+-][0-9]{4} ", line), "by which clock"
    redis_server.kill()
    assert "does not answer" in watching.stderr.readline()
    redis_server.start()
    run("enqueue", "kassa-1", report, "--id", "A-2")
    take_in("A-2")
    assert "A-2" in watching.stdout.readline()


def test_doctor_names_everything_that_is_missing_and_what_to_do(run: Run) -> None:
    done = run("doctor", "--json")
    said = json.loads(done.stdout)
    ill = {finding["name"]: finding["text"] for finding in said["findings"] if not finding["ok"]}
    assert (done.exit_code, said["ok"]) == (1, False)
    assert "fiscalq install" in ill["library"]
    assert "fiscalq worker kassa-1" in ill["kassa-1.held"]
    assert "http://127.0.0.1:9" in ill["kassa-2.door"]


def test_doctor_tells_a_redis_that_would_forget(run: Run, client: redis.Redis) -> None:
    client.config_set("appendfsync", "everysec")
    try:
        findings = json.loads(run("doctor", "--json").stdout)["findings"]
    finally:
        client.config_set("appendfsync", "always")
    (durable,) = [finding for finding in findings if finding["name"] == "durable"]
    assert durable["ok"] is False
    assert "appendfsync" in durable["text"]


def test_the_health_check_is_well_while_anybody_holds_the_register(run: Run) -> None:
    """A standby is well, too: the receipts are printed."""
    missing = run("doctor", "--live", "kassa-1")
    assert (missing.exit_code, "fiscalq install" in missing.stdout) == (1, True)
    run("install")
    alone = run("doctor", "--live", "kassa-1")
    assert (alone.exit_code, "fiscalq worker kassa-1" in alone.stdout) == (1, True)
    ledger = make_ledger(load_settings(), "kassa-1")
    ledger.acquire("shop:1", "nonce")
    held = run("doctor", "--live", "kassa-1")
    assert (held.exit_code, "shop:1" in held.stdout) == (0, True)
    assert len(held.stdout.splitlines()) == 1
