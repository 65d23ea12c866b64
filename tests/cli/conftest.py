"""What the commands' tests share: a folder of their own, an environment without anybody's settings, and a runner."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

import pytest
from typer.testing import CliRunner, Result

from ops.cli.main import app


class Run(Protocol):
    """Runs a command; `given` is its standard input."""

    def __call__(self, *arguments: str | Path, given: str | bytes | None = None) -> Result: ...


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, in English, without settings."""
    for name in os.environ:
        if name.startswith("FISCALQ_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> Run:
    """Run `fiscalq …` in this process."""

    def run(*arguments: str | Path, given: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=given)

    return run
