"""The `.venv`: made once, repaired when half-made, never made twice at the same time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.launcher import environment as environment_module
from ops.launcher.environment import (
    BROWSER,
    EMBEDDED,
    NO_WAY,
    ROOT,
    RUNTIME,
    TOOLS,
    Environment,
    NotInstalled,
    ensure,
    fingerprint,
    installing,
)
from ops.launcher.machine import Machine, Way

# Stands in for pip: writes down what it was asked for, and refuses, or waits, when a file of that name says so.
INSTALLER = """
import pathlib, sys, time
folder, wanted = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[-1])
root = pathlib.Path(sys.argv[2])
name = "itself" if wanted == root else str(wanted.relative_to(root)).replace("/", "-")
with (folder / "log").open("a") as log:
    log.write(name + "\\n")
while (folder / ("hold " + name)).exists():
    time.sleep(0.01)
sys.exit((folder / ("refuse " + name)).exists())
"""
# A process of its own, as run.py is; its way is the stand-in's.
DRIVER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.launcher.test_environment import stand_in
from ops.launcher import environment
folder = Path(sys.argv[2])
environment.Machine.seen = lambda: None
environment.ways = lambda machine, venv: [stand_in(folder, venv)]
environment.ensure(environment.Environment(folder / ".venv"), [environment.RUNTIME])
"""


def stand_in(folder: Path, venv: Path, name: str = "stand-in") -> Way:
    """Make a real environment without pip, and install nothing into it."""
    script = folder / "installer.py"
    script.write_text(INSTALLER)
    base = getattr(sys, "_base_executable", sys.executable)
    return Way(
        name,
        (),
        (base, "-m", "venv", "--without-pip", str(venv)),
        (base, str(script), str(folder), str(ROOT)),
    )


def asked_for(folder: Path) -> list[str]:
    log = folder / "log"
    return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setattr(Machine, "seen", lambda: None)  # not looked at: the way is given
    monkeypatch.setattr(environment_module, "ways", lambda _machine, venv: [stand_in(tmp_path, venv)])
    return Environment(tmp_path / ".venv")


def test_the_first_run_installs_and_the_second_does_nothing(environment: Environment, tmp_path: Path) -> None:
    ensure(environment, [RUNTIME, EMBEDDED])
    assert asked_for(tmp_path) == ["requirements.lock", "itself", "ops-redis-requirements.lock"]
    ensure(environment, [RUNTIME, EMBEDDED])
    assert len(asked_for(tmp_path)) == 3


def test_the_test_tools_are_added_to_what_is_there(environment: Environment, tmp_path: Path) -> None:
    ensure(environment, [RUNTIME])
    ensure(environment, [RUNTIME, TOOLS])
    assert asked_for(tmp_path) == ["requirements.lock", "itself", "tests-requirements.lock"]


@pytest.mark.parametrize("stage", ["requirements.lock", "itself"])
def test_an_interrupted_install_is_begun_anew(environment: Environment, tmp_path: Path, stage: str) -> None:
    """Whatever was half-made is taken away first."""
    refusal = tmp_path / f"refuse {stage}"
    refusal.touch()
    with pytest.raises(NotInstalled, match="network"):
        ensure(environment, [RUNTIME])
    litter = environment.venv / "litter"
    litter.touch()
    refusal.unlink()
    ensure(environment, [RUNTIME])
    assert environment.missing([RUNTIME]) == []
    assert not litter.exists()


@pytest.mark.parametrize("rubbish", ["folder", "file", "dangling link"])
def test_rubbish_in_its_place_is_replaced(environment: Environment, rubbish: str) -> None:
    if rubbish == "folder":
        (environment.venv / "bin").mkdir(parents=True)
    elif rubbish == "file":
        environment.venv.write_text("?")
    else:
        environment.venv.symlink_to("nowhere")
    ensure(environment, [RUNTIME])
    assert environment.missing([RUNTIME]) == []


def test_a_refused_test_tool_does_not_cost_a_working_environment(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`run.py test` without a network must leave `run.py demo` as it was, whatever other ways there are."""

    def offered(_machine: Machine, venv: Path) -> list[Way]:
        return [stand_in(tmp_path, venv, name) for name in ("another", "stand-in")]

    ensure(environment, [RUNTIME])
    (tmp_path / "refuse tests-requirements.lock").touch()
    monkeypatch.setattr(environment_module, "ways", offered)
    with pytest.raises(NotInstalled):
        ensure(environment, [RUNTIME, TOOLS])
    assert environment.missing([RUNTIME]) == []
    assert asked_for(tmp_path) == ["requirements.lock", "itself", "tests-requirements.lock"]


def test_a_missing_embedded_redis_is_said_and_is_not_fatal(
    environment: Environment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its lock is tried again by the next run, since the network may have been the reason."""
    (tmp_path / "refuse ops-redis-requirements.lock").touch()
    ensure(environment, [RUNTIME, EMBEDDED])
    assert "FISCALQ_REDIS_URL" in capsys.readouterr().err
    assert environment.missing([RUNTIME, EMBEDDED]) == [EMBEDDED]


def test_a_missing_driver_of_the_browser_is_said_and_is_not_fatal(
    environment: Environment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is none for every machine; the other tests run."""
    (tmp_path / "refuse tests-console-requirements.lock").touch()
    ensure(environment, [RUNTIME, TOOLS, BROWSER])
    assert "the console's page is not looked at" in capsys.readouterr().err
    assert environment.missing([RUNTIME, TOOLS, BROWSER]) == [BROWSER]


def test_the_next_way_is_tried_when_one_gives_up(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offered(_machine: Machine, venv: Path) -> list[Way]:
        return [Way("broken", (), ("no-such-program",), ()), stand_in(tmp_path, venv)]

    monkeypatch.setattr(environment_module, "ways", offered)
    ensure(environment, [RUNTIME])
    assert environment.holds()["way"] == "stand-in"


def test_no_way_at_all_is_one_sentence(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_module, "ways", lambda _machine, _venv: [])
    with pytest.raises(NotInstalled) as refusal:
        ensure(environment, [RUNTIME])
    assert str(refusal.value) == NO_WAY
    assert "\n" not in NO_WAY
    assert NO_WAY.count(". ") == 0
    assert "python3-venv" in NO_WAY


@pytest.mark.parametrize("change", ["python", "venv"])
def test_a_changed_python_and_a_moved_checkout_are_noticed(environment: Environment, change: str) -> None:
    """A system upgrade changes the Python under an environment; scripts in it name their own place."""
    ensure(environment, [RUNTIME])
    noted = environment.note.read_text()
    environment.note.write_text(noted.replace(environment.holds()[change], "/elsewhere"))
    assert environment.missing([RUNTIME]) == [RUNTIME]


def test_the_fingerprint_follows_the_lock_and_fiscalqs_own_commands_but_no_tool_setting(
    tmp_path: Path,
) -> None:
    (tmp_path / RUNTIME).write_bytes((ROOT / RUNTIME).read_bytes())
    project = (ROOT / "pyproject.toml").read_text()

    def of(text: str) -> str:
        (tmp_path / "pyproject.toml").write_text(text)
        return fingerprint(RUNTIME, tmp_path)

    assert of(project) == of(project.replace("line-length = 110", "line-length = 100"))
    assert of(project) != of(project.replace("ops.cli.main:app", "ops.cli.main:other"))
    before = of(project)
    (tmp_path / RUNTIME).write_text("other==1\n")
    assert before != of(project)


def test_what_would_send_packages_elsewhere_is_taken_from_pip_and_a_persons_mirror_is_not() -> None:
    given = {
        "PIP_TARGET": "/x",
        "PIP_USER": "1",
        "PYTHONPATH": "/y",
        "PIP_INDEX_URL": "mirror",
        "PIP_CERT": "/z",
    }
    taken = installing(given)
    assert taken["PIP_USER"] == "0"
    assert (taken["PIP_INDEX_URL"], taken["PIP_CERT"]) == ("mirror", "/z")
    assert not {"PIP_TARGET", "PYTHONPATH"} & taken.keys()


def start_driver(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(ROOT), str(folder)], stderr=subprocess.PIPE, text=True, cwd=ROOT
    )


def wait_for(folder: Path, lines: int) -> None:
    deadline = time.monotonic() + 20
    while len(asked_for(folder)) < lines:
        assert time.monotonic() < deadline, "the installer was not asked"
        time.sleep(0.01)


def test_two_runs_at_once_install_once(tmp_path: Path) -> None:
    """The second one says that it waits, and finds all done."""
    hold = tmp_path / "hold requirements.lock"
    hold.touch()
    first = start_driver(tmp_path)
    wait_for(tmp_path, 1)
    second = start_driver(tmp_path)
    assert second.stderr is not None
    assert "waiting" in second.stderr.readline()
    hold.unlink()
    for run in (first, second):
        run.communicate(timeout=20)
        assert run.returncode == 0
    assert asked_for(tmp_path) == ["requirements.lock", "itself"]


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_a_run_killed_in_the_middle_is_repaired_and_its_orphan_is_waited_for(tmp_path: Path) -> None:
    """The installer that a kill -9 left behind still writes into `.venv`; the next run must not build beside it."""
    hold = tmp_path / "hold requirements.lock"
    hold.touch()
    first = start_driver(tmp_path)
    wait_for(tmp_path, 1)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    second = start_driver(tmp_path)
    assert second.stderr is not None
    assert "waiting" in second.stderr.readline()
    hold.unlink()
    second.communicate(timeout=20)
    assert second.returncode == 0
    assert asked_for(tmp_path) == ["requirements.lock", "requirements.lock", "itself"]
    first.communicate()
