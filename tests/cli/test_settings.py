"""Wrong settings are said all at once, by name, on standard error, by every command that needs them."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run

COMMANDS = (
    ["worker", "kassa-1"],
    ["install"],
    ["enqueue", "kassa-1", "-", "--id", "A-1"],
    ["status", "kassa-1", "A-1"],
    ["watch"],
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_all_problems_are_named_together(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("FISCALQ_REDIS_ULR", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("FISCALQ_LIMITS__WAIT_MAX_SECONDS", "soon")
    done = run(*arguments, given="{}")
    assert (done.exit_code, done.stdout) == (78 if arguments[0] == "worker" else 1, "")
    assert "did you mean 'redis_url'" in done.stderr
    assert "FISCALQ_LIMITS__WAIT_MAX_SECONDS" in done.stderr


@pytest.mark.parametrize("arguments", [["worker", "kasa-1"], ["install", "kasa-1"]], ids=" ".join)
def test_a_register_that_is_not_set_up_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:1")
    done = run(*arguments)
    assert done.exit_code == (78 if arguments[0] == "worker" else 1)
    assert "did you mean 'kassa-1'" in done.stderr


@pytest.mark.parametrize("arguments", [["install"], ["watch"]], ids=" ".join)
def test_no_register_at_all_is_said_with_the_variable_to_set(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.exit_code == 1
    assert "FISCALQ_REGISTERS__KASSA_1__URL" in done.stderr


def test_doctor_reports_wrong_settings_as_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISCALQ_REDIS_ULR", "redis://127.0.0.1:1/0")
    done = run("doctor")
    assert done.exit_code == 1
    assert "✗" in done.stdout
    assert "did you mean 'redis_url'" in done.stdout
