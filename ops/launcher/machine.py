"""The machine that fiscalq is installed on, and the ways to an environment that it offers. Standard library only."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PIP_OLDEST = (22, 3)  # the first pip that can install into an environment that is not its own (--python)
GLIBC_OLDEST = (2, 28)  # what the embedded Redis is built for


@dataclass(frozen=True)
class Machine:
    """What there is to install with: a pip command, uv, and apt if we are root and this Python is the system's."""

    ensurepip: bool
    pip: tuple[str, ...] | None
    uv: str | None
    apt: str | None

    @classmethod
    def seen(cls) -> Machine:
        """Look at this one."""
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        system_python = Path(_python()).resolve().parent == Path("/usr/bin")
        return cls(
            ensurepip=importlib.util.find_spec("ensurepip") is not None,
            pip=_pip(),
            uv=shutil.which("uv"),
            apt=shutil.which("apt-get") if root and system_python else None,
        )


@dataclass(frozen=True)
class Way:
    """
    One way to an environment: what apt must bring before, how it is made, and what installs into it.

    The name tells who installs, and is noted, so that the test tools come later the same way.
    """

    name: str
    prepare: tuple[tuple[str, ...], ...]
    make: tuple[str, ...]
    install: tuple[str, ...]


def ways(machine: Machine, venv: Path) -> list[Way]:
    """List the ways that this machine offers: what is there first, by seconds; apt, which changes the machine, last."""
    python, target = _python(), str(inside(venv, "python"))
    full = (python, "-m", "venv", str(venv))
    own_pip = (target, "-m", "pip", "install")
    found = []
    if machine.pip:
        bare = (python, "-m", "venv", "--without-pip", str(venv))
        found.append(Way("pip", (), bare, (*machine.pip, "--python", target, "install")))
    if machine.ensurepip:
        found.append(Way("ensurepip", (), full, own_pip))
    if machine.uv:
        made = (machine.uv, "venv", "--quiet", "--python", python, str(venv))
        found.append(Way("uv", (), made, (machine.uv, "pip", "install", "--python", target)))
    if machine.apt and not machine.ensurepip:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        patient = "DPkg::Lock::Timeout=120"  # seconds; a fresh machine may be updating itself
        fetch = (machine.apt, "install", "-o", patient, "--yes", "--no-install-recommends", package)
        found.append(Way("ensurepip", (fetch, (machine.apt, "update")), full, own_pip))
    return found


def embedded_fits() -> bool:
    """Say whether the embedded Redis has a wheel for this system: Linux with a recent glibc, or macOS, 64 bits."""
    if platform.machine().lower() not in {"x86_64", "amd64", "aarch64", "arm64"}:
        return False
    if sys.platform != "linux":
        return sys.platform == "darwin"
    try:
        name, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
    except (ValueError, OSError):  # musl does not know the question
        return False
    return name == "glibc" and tuple(map(int, version.split(".")[:2])) >= GLIBC_OLDEST


def inside(venv: Path, program: str) -> Path:
    """Name a program of an environment, which has another place on Windows."""
    return venv / "Scripts" / f"{program}.exe" if os.name == "nt" else venv / "bin" / program


def _python() -> str:
    # Started from inside an environment, perhaps the one to be replaced, its base is what lasts.
    return getattr(sys, "_base_executable", None) or sys.executable


def _pip() -> tuple[str, ...] | None:
    candidates: list[tuple[str, ...]] = []
    if sys.prefix == sys.base_prefix and importlib.util.find_spec("pip"):
        candidates.append((_python(), "-m", "pip"))
    candidates += [(path,) for path in map(shutil.which, ("pip3", "pip")) if path]
    for command in candidates:
        try:
            said = subprocess.run(
                (*command, "--version"), capture_output=True, text=True, check=False, timeout=30
            ).stdout
        except (OSError, subprocess.TimeoutExpired):
            continue
        version = re.match(r"pip (\d+)\.(\d+)", said)
        if version and tuple(map(int, version.groups())) >= PIP_OLDEST:
            return command
    return None
