"""Which way to an environment is taken on which machine."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from ops.launcher.machine import Machine, embedded_fits, inside, ways

VENV = Path("/somewhere/.venv")
BARE = Machine(ensurepip=False, pip=None, uv=None, apt=None)


def names(machine: Machine) -> list[str]:
    return [way.name for way in ways(machine, VENV)]


def test_a_machine_with_nothing_offers_no_way() -> None:
    assert ways(BARE, VENV) == []


def test_what_is_there_is_used_before_anything_is_fetched() -> None:
    """Pip makes the environment in no time, ensurepip in seconds; uv does not read pip's settings, so it comes last."""
    machine = Machine(ensurepip=True, pip=("/usr/bin/pip3",), uv="/usr/bin/uv", apt="/usr/bin/apt-get")
    assert names(machine) == ["pip", "ensurepip", "uv"]
    assert not any(way.prepare for way in ways(machine, VENV))


def test_root_on_debian_gets_venv_by_apt_and_then_installs_as_everybody_else() -> None:
    """The package is that of the running Python, since Debian's may not be the only one."""
    (way,) = ways(Machine(ensurepip=False, pip=None, uv=None, apt="/usr/bin/apt-get"), VENV)
    install, update = way.prepare
    assert install[-1] == f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    assert update == ("/usr/bin/apt-get", "update")
    assert way.name == "ensurepip", (
        "once apt has brought it, the next run finds ensurepip and must go on the same way"
    )


def test_a_pip_of_another_python_is_told_which_environment_is_meant() -> None:
    (way,) = ways(Machine(ensurepip=False, pip=("/opt/pip",), uv=None, apt=None), VENV)
    assert way.install == ("/opt/pip", "--python", str(inside(VENV, "python")), "install")
    assert "--without-pip" in way.make


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for pip")
@pytest.mark.parametrize(
    ("answer", "usable"),
    [
        ("pip 22.3 from /x", True),
        ("pip 25.1.1 from /x", True),
        ("pip 20.0.2 from /x", False),
        ("not found", False),
    ],
)
def test_a_pip_too_old_for_another_environment_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, usable: bool
) -> None:
    """`--python` came with pip 22.3."""
    stand_in = tmp_path / "pip3"
    stand_in.write_text(f"#!/bin/sh\necho '{answer}'\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", "/elsewhere")  # as inside an environment: its pip is not ours
    assert Machine.seen().pip == ((str(stand_in),) if usable else None)


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is asked on Linux")
@pytest.mark.parametrize(
    ("library", "fits"), [("glibc 2.36", True), ("glibc 2.28", True), ("glibc 2.17", False), (None, False)]
)
def test_the_embedded_redis_is_tried_only_where_it_has_a_wheel(
    monkeypatch: pytest.MonkeyPatch, library: str | None, fits: bool
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(os, "confstr", lambda _name: library)
    assert embedded_fits() is fits


@pytest.mark.parametrize("system", ["win32", "freebsd14"])
def test_the_embedded_redis_is_not_tried_on_other_systems(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: "AMD64")
    assert not embedded_fits()
