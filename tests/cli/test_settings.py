"""Wrong settings are said all at once, by name, on standard error, by every command that needs them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import pytest

from ops.cli.language import Texts, refused
from tests.cli.conftest import Run
from worker.app.settings import WRONG_VALUES, load_settings
from worker.domain.errors import ConfigError

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


WRONG = {
    "bool_parsing": ("REGISTERS__KASSA_1__SHIFT_AUTOPILOT", "perhaps"),
    "float_parsing": ("LIMITS__WAIT_MAX_SECONDS", "soon"),
    "greater_than": ("LIMITS__LEASE_SECONDS", "-1"),
    "greater_than_equal": ("LIMITS__QUEUE_MAX", "0"),
    "int_from_float": ("CONFIG", "[limits]\nqueue_max = 1.5"),
    "int_parsing": ("LIMITS__QUEUE_MAX", "many"),
    "less_than_equal": ("LIMITS__POLL_MAX_SECONDS", "60"),
    "literal_error": ("REGISTERS__KASSA_1__API", "v3"),
    "missing": ("REGISTERS__KASSA_1__OPERATOR__VATIN", "770000001600"),
    "string_pattern_mismatch": ("REDIS_URL", "127.0.0.1"),
    "string_too_long": ("REGISTERS__KASSA_1__OPERATOR__NAME", "x" * 65),
    "string_type": ("CONFIG", "[registers.kassa-1]\ninn = 7700000016"),
    "string_too_short": ("REGISTERS__KASSA_1__OPERATOR__NAME", ""),
    "backoff_backwards": ("LIMITS__BACKOFF_FIRST_SECONDS", "60"),
    "count_seldom": ("LIMITS__COUNT_EVERY_SECONDS", "6000"),
    "lease_short": ("LIMITS__LEASE_SECONDS", "0.1"),
    "no_hours": ("REGISTERS__KASSA_1__QUIET_HOURS", "at night"),
    "no_name": ("REGISTERS__КАССА__URL", "http://10.0.0.5:16732"),
    "no_rate": ("REGISTERS__KASSA_1__DEFAULT_TAX", "vat19"),
    "no_url": ("REGISTERS__KASSA_1__URL", "kassa"),
    "no_zone": ("REGISTERS__KASSA_1__TIMEZONE", "Europe/Moscou"),
    "wrong_value": ("REGISTERS", "[1]"),
    "no_setting": ("LIMITS__XYZZY", "1"),
    "no_setting_but": ("REDIS_ULR", "redis://127.0.0.1:1/0"),
    "settings_unreadable": ("LIMITS", "{"),
}  # a kind of error, and the variable that brings it about, or what stands in the file
ENGLISH = re.compile(r"must|should|is no|valid|did you|write|look like|at (most|least)")


@pytest.mark.parametrize("kind", WRONG)
def test_each_kind_of_wrong_setting_is_told_in_russian_too(kind: str) -> None:
    """A setting's name is code, and stays; what is wrong with it is said in the reader's language."""
    name, value = WRONG[kind]
    Path("fiscalq.toml").write_text(value if name == "CONFIG" else "", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings({} if name == "CONFIG" else {f"FISCALQ_{name}": value})
    (problem,) = cast("list[ConfigError]", caught.value.facts["problems"])
    assert problem.code == kind
    told = refused(caught.value, Texts("ru")).replace(name, "")
    assert told.startswith("Настройки неверны:\n  - ")
    assert kind in {"wrong_value", "settings_unreadable"} or not ENGLISH.search(told)


def test_no_kind_of_wrong_setting_is_forgotten() -> None:
    assert set(WRONG) - {"wrong_value", "no_setting", "no_setting_but", "settings_unreadable"} == WRONG_VALUES


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["worker", "kasa-1"], "Касса 'kasa-1' не настроена; может быть, 'kassa-1'?"),
        (["jobs", "kasa-1", "--lang", "ru"], "Касса 'kasa-1' не настроена; может быть, 'kassa-1'?"),
        (["jobs", "no-such", "--json"], "Касса 'no-such' не настроена (есть: kassa-1)."),
        (["jobs", "kassa-1"], "Redis не отвечает (127.0.0.1:1: в соединении отказано"),
        (["status", "kassa-1", "A-1", "--json"], "Redis не отвечает (127.0.0.1:1: в соединении отказано"),
        (["release", "kassa-1"], "Скажите, кто за это отвечает: --by ИМЯ"),
    ],
)
def test_what_goes_wrong_is_told_in_russian_on_standard_error(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    """By the locale, or by --lang; standard output stays empty for the program that reads it."""
    monkeypatch.setenv("FISCALQ_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8" if "--lang" in arguments else "ru_RU.UTF-8")
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (78 if arguments[0] == "worker" else 1, "")
    assert said in done.stderr


def test_doctor_tells_in_russian_what_is_away(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISCALQ_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("FISCALQ_STATE_DIR", str(Path.cwd()))
    done = run("doctor", "--lang", "ru")
    assert done.exit_code == 1
    assert "✗ Не настроена ни одна касса" in done.stdout
    assert "✗ Redis не отвечает (127.0.0.1:1: в соединении отказано" in done.stdout
