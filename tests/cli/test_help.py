"""Help teaches, is quick, and wrong usage is told from failure."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer.main import get_command

from ops.cli.language import help_words
from ops.cli.main import app
from ops.launcher.environment import ROOT
from tests.cli.conftest import Run

COMMANDS = [command.callback.__name__ for command in app.registered_commands if command.callback is not None]
SLOW = {"celery", "kombu", "redis", "requests", "pydantic", "rich.console", "starlette", "uvicorn"}


def test_all_commands_of_the_first_release_are_there() -> None:
    assert {"demo", "worker", "simulator", "install", "enqueue", "status", "check", "watch", "doctor"} <= set(
        COMMANDS
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.exit_code == 0
    assert f"{command} [OPTIONS]" in done.stdout


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "simulator"])
def test_each_command_shows_examples(run: Run, command: str) -> None:
    assert f"$ fiscalq {command}" in run(command, "--help").stdout


def test_each_word_of_help_is_there_in_russian(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the locale; the English words stand in the code, and no translation is kept that none of them needs."""
    tree = get_command(app)
    commands = [tree, *tree.commands.values()]  # type: ignore[attr-defined]
    parts = [part for command in commands for part in (command, *command.params)]
    said = {" ".join((getattr(part, "help", None) or "").split()) for part in parts}
    said |= {purpose for command in commands for purpose in purposes(command.epilog or "")}
    said -= {"", "http://127.0.0.1:8790"}  # an address is the same in both
    assert said == set(help_words("ru"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    assert "Перечислить мёртвые задания кассы" in run("--help").stdout
    assert "Часть номера или последовательности" in run("jobs", "--help").stdout


def test_the_words_around_ours_are_in_the_readers_language(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In help and over each refusal alike."""
    words = {
        "ru": [
            "Как вызвать:",
            "Аргументы",
            "Параметры",
            "[обязательно]",
            "Показать эту справку.",
            "Примеры:",
        ],
        "en": ["Usage:", "Arguments", "Options", "[required]", "Show this message and exit.", "Examples:"],
    }
    monkeypatch.setenv("COLUMNS", "200")
    for lang, other in (("ru", "en"), ("en", "ru"), ("ru", "en")):
        monkeypatch.setenv("FISCALQ_LANG", lang)
        told = run("jobs", "--help").stdout
        assert [word for word in words[lang] if word not in told] == []
        assert [word for word in words[other] if word in told] == []
        assert ("what was printed last" in told) == (lang == "en")
        assert words[lang][0] in run("jobs").stderr
    assert "Команды" in run("--help").stdout
    assert "Включить дополнение команд" in run("--help").stdout
    refused = run("correct", "kassa-1", "order-1", "--enqueue", "--lang", "ru").stderr
    assert "--task ФАЙЛ" in refused


def purposes(epilog: str) -> Iterator[str]:
    """What stands under a command, but for the commands in it."""
    for line in epilog.splitlines()[1:]:
        command, _, purpose = line.rpartition("  # ")
        if command or not line.startswith("$"):
            yield purpose


def test_the_version_is_said(run: Run) -> None:
    assert run("--version").stdout.startswith("fiscalq ")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["print"],
        ["status", "kassa-1"],
        ["check", "--wrong"],
        ["demo", "--keep", "--stop"],
        ["status", "a", "b", "--wait", "-1"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_help_imports_nothing_slow() -> None:
    """A command line that takes a second to say what it can do is not asked twice."""
    code = f"import sys; import ops.cli.main; print(sorted({SLOW!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
