"""`fiscalq chaos` on real processes: a short run keeps every promise, a broken one is found, a killed one goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ops.chaos.account import account, of_nobody, repeated_by_register
from ops.chaos.catalogue import KINDS, Family
from ops.chaos.checker import uuids
from ops.chaos.plan import Calm, Send, Step, Throw, draw
from ops.chaos.record import FILE, InUse, Record
from ops.chaos.shop import REGISTER, ROOT, until

SEED = int(os.environ["FISCALQ_TEST_SEED"])
BROKEN = ("lost", "twice", "twice_by_register_undetected", "out_of_order", "dishonest_answers")
LINE = {
    *BROKEN,
    *("seed", "receipts", "accepted", "printed", "dead_not_printed", "dead_in_doubt", "documents"),
    *("twice_by_register", "faults", "seconds"),
}


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "ops.cli.main", "chaos", "--json", *options]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(command(*options), cwd=ROOT, capture_output=True, text=True, check=False)
    print(ended.stderr)  # noqa: T201 - the seed and what was thrown, for whoever reads a failure
    return ended


def slips_of(directory: Path) -> Path:
    return directory / "register" / "slips.jsonl"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run without faults that is over."""
    directory = tmp_path_factory.mktemp("chaos") / "run"
    assert run("--receipts", "12", "--faults", "0", "--seed", "1", "--keep", str(directory)).returncode == 0
    return directory


def account_of(directory: Path) -> Any:
    record = Record(directory)
    try:
        return account(directory, record, draw(**record.options))
    finally:
        record.close()


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_hundred_jobs_and_twenty_faults_keep_every_promise(tmp_path: Path) -> None:
    """The seed is drawn anew each time and printed; FISCALQ_TEST_SEED repeats one."""
    api = ("v1", "v2")[SEED % 2]
    ended = run("--seed", str(SEED), "--api", api, "--keep", str(tmp_path / "run"))
    assert ended.returncode == 0, ended.stderr
    assert f"{SEED}" in ended.stderr
    (text,) = ended.stdout.splitlines()
    line = json.loads(text)
    assert set(line) == LINE
    assert [line[name] for name in BROKEN] == [0] * len(BROKEN)
    assert (line["seed"], line["receipts"], line["accepted"]) == (SEED, 100, 100)
    assert line["printed"] + line["dead_not_printed"] + line["dead_in_doubt"] == line["accepted"]
    assert sum(line["faults"].values()) == 20
    assert line["documents"] == len(slips_of(tmp_path / "run").read_text("utf-8").splitlines())


@pytest.mark.server
@pytest.mark.slow
def test_a_document_too_many_is_found_and_ends_the_command_with_1(finished: Path, tmp_path: Path) -> None:
    """Planted: the last receipt of the register's log once more, under a number of its own."""
    kept = slips_of(finished).read_text("utf-8")
    last = json.loads(kept.splitlines()[-1])
    try:
        with slips_of(finished).open("a", encoding="utf-8") as slips:
            slips.write(json.dumps({**last, "fd": last["fd"] + 1}) + "\n")
        ended = run("--resume", str(finished))
    finally:
        slips_of(finished).write_text(kept, "utf-8")
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["twice"] == 1
    assert "twice" in ended.stderr


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "what", "value"),
    [
        ("twice", "slip", {"fd": 99, "type": "sell", "total": "1.00", "uuid": "x", "marker": "fqunknown"}),
        ("lost", "accepted", "job-99999"),
        ("dishonest_answers", "told", ["job-00001", {"state": "queued", "verdict": None, "fiscal": None}]),
    ],
)
def test_each_broken_promise_is_counted(
    finished: Path, tmp_path: Path, broken: str, what: str, value: Any
) -> None:
    """Planted into a copy of a good run: a document of no job, a job without an end, a printed one that is queued."""
    copy = tmp_path / "copy"
    (copy / "register").mkdir(parents=True)
    slips_of(copy).write_bytes(slips_of(finished).read_bytes())
    (copy / FILE).write_bytes((finished / FILE).read_bytes())
    target, planted = (slips_of(copy), value) if what == "slip" else (copy / FILE, [what, value])
    with target.open("a", encoding="utf-8") as file:
        file.write(json.dumps(planted) + "\n")
    if broken == "lost":
        assert account_with_a_job_more(copy)["lost"] == 1
        return
    assert account_of(copy).line[broken] == 1
    assert not account_of(copy).holds


def account_with_a_job_more(directory: Path) -> Any:
    """A plan that knows the planted job."""
    record = Record(directory)
    try:
        plan: list[Step] = [*draw(**record.options), Send("job-99999", {"type": "sell"})]
        return account(directory, record, plan).line
    finally:
        record.close()


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_run_whose_command_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """SIGKILL in the middle: nothing it had started lives on, `--resume` sends the rest, and the account is whole."""
    directory = tmp_path / "run"
    options = command("--receipts", "40", "--faults", "5", "--seed", "4", "--keep", str(directory))
    with subprocess.Popen(options, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        record = directory / FILE
        until(lambda: record.exists() and record.read_text("utf-8").count('["step"') > 15, 60, "some steps")
        assert alive_in(directory) or sys.platform != "linux"
        first.send_signal(signal.SIGKILL)
    until(lambda: not alive_in(directory), 10, "the end of what it had started")
    before = [line for line in record.read_text("utf-8").splitlines() if line.startswith('["accepted"')]
    ended = run("--resume", str(directory))
    assert ended.returncode == 0, ended.stderr
    line = json.loads(ended.stdout)
    assert 15 <= len(before) < 40
    assert (line["seed"], line["receipts"], line["accepted"]) == (4, 40, 40)
    assert line["printed"] + line["dead_not_printed"] + line["dead_in_doubt"] == 40
    assert sum(line["faults"].values()) == 5


def alive_in(directory: Path) -> list[str]:
    """The processes whose settings lie in the directory, where the system tells (Linux)."""
    alive = []
    for process in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if str(directory).encode() in process.read_bytes():
                alive.append(process.parent.name)
    return alive


def test_a_seed_repeats_its_plan_and_another_one_does_not() -> None:
    assert draw(300, 40, 5, "v1") == draw(300, 40, 5, "v1")
    assert draw(300, 40, 5, "v1") != draw(300, 40, 6, "v1")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("api", ["v1", "v2"])
def test_a_plan_has_every_job_and_every_fault_and_no_pair_that_nobody_could_survive(
    seed: int, api: str
) -> None:
    """Between two families that must not meet there is a calm, a job that brings doubles to light, and a calm."""
    plan = draw(600, 90, seed, api)
    jobs = [step for step in plan if isinstance(step, Send)]
    faults = [step for step in plan if isinstance(step, Throw)]
    assert [job.job for job in jobs] == [f"job-{number:05d}" for number in range(1, 601)]
    assert [fault.number for fault in faults] == list(range(1, 91))
    assert {fault.kind for fault in faults} == {
        kind.name for kind in KINDS.values() if kind.api in {None, api}
    }
    since: set[Family] = set()
    for step in plan:
        if isinstance(step, Calm):
            since.clear()
        elif isinstance(step, Throw) and (family := KINDS[step.kind].family):
            assert not since & family.not_with, step
            since.add(family)


def test_a_return_follows_its_sale_in_one_sequence() -> None:
    jobs = [step for step in draw(600, 0, 1, "v1") if isinstance(step, Send)]
    returns = [job for job in jobs if job.task["type"] == "sellReturn"]
    assert returns
    for back in returns:
        (sale,) = (job for job in jobs if job.sequence == back.sequence and job.task["type"] == "sell")
        assert sale.job < back.job


def test_a_second_print_is_the_registers_own_only_when_it_could_remember_the_task() -> None:
    """The server began anew between both, and had not forgotten its tasks; else the second print is ours."""
    job = Send("job-00001", {"type": "sell"})
    slip = {"uuid": uuids(REGISTER, job.job)[0], "marker": "fq"}
    assert repeated_by_register([slip, slip], [0, 1], [job]) == {job.job}
    assert repeated_by_register([slip, slip], [0], [job]) == set()
    assert repeated_by_register([slip, slip], [0, 2], [job]) == set()
    for forgets in ("database_wiped", "retention_purge"):
        assert repeated_by_register([slip, slip], [0, 1], [job, Throw(1, forgets, job.job, 0, 0)]) == set()


def test_a_receipt_of_somebody_else_may_open_its_shift_and_no_other_document_of_nobody_is_let_pass() -> None:
    """Seed 884511: the shift's opening was taken for the receipt, and the receipt for a stranger."""
    types = ["openShift", "sell", "closeShift", "openShift", "sell"]
    slips = [{"fd": fd, "type": kind, "uuid": None, "marker": None} for fd, kind in enumerate(types, 1)]
    assert sorted(of_nobody(slips, 1)) == [1, 2]
    assert sorted(of_nobody(slips, 0)) == []
    ours = [{**slip, "uuid": "some"} for slip in slips]
    assert of_nobody(ours, 2) == []


def test_two_commands_in_one_directory_refuse_each_other(tmp_path: Path) -> None:
    record = Record(tmp_path)
    with pytest.raises(InUse):
        Record(tmp_path)
    record.close()
    Record(tmp_path).close()


@pytest.mark.parametrize(("option", "holds"), [("--keep", "a file"), ("--resume", "")])
def test_a_directory_that_cannot_be_used_is_refused_with_what_to_do(
    tmp_path: Path, option: str, holds: str
) -> None:
    if holds:
        (tmp_path / "file").write_text(holds)
    ended = run(option, str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "fiscalq chaos --" in ended.stderr
