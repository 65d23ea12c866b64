"""Settings: one file and the environment, which wins; all problems together, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.app.settings import load_settings
from worker.domain.errors import ConfigError

URL = "http://192.168.1.20:16732"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A file as a shop would write it."""
    path = tmp_path / "fiscalq.toml"
    path.write_text(
        f'redis_url = "redis://file:6379/0"\n[limits]\nwait_max_seconds = 30\n'
        f'[registers.kassa-1]\nurl = "{URL}"\ninn = "7700000016"\noperator = "Иванова А. П."\n',
        encoding="utf-8",
    )
    return path


def test_the_environment_wins_over_the_file_and_the_rest_of_the_file_stays(config: Path) -> None:
    """A register's dashes are underscores in a variable."""
    settings = load_settings(
        {
            "FISCALQ_CONFIG": str(config),
            "FISCALQ_REDIS_URL": "redis://environment:6379/0",
            "FISCALQ_REGISTERS__KASSA_1__URL": "http://10.0.0.5:16732",
        }
    )
    register = settings.register_named("kassa-1")
    assert settings.redis_url == "redis://environment:6379/0"
    assert (register.url, register.inn) == ("http://10.0.0.5:16732", "7700000016")
    assert register.operator is not None
    assert register.operator.name == "Иванова А. П."
    assert settings.limits.wait_max_seconds == 30


def test_all_problems_are_told_together_by_name_with_the_likely_right_one(config: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(
            {
                "FISCALQ_CONFIG": str(config),
                "FISCALQ_REDISURL": "redis://x",
                "FISCALQ_LIMITS__WAIT_MAX_SECOND": "5",
                "FISCALQ_LIMITS__LEASE_SECONDS": "-1",
                "FISCALQ_REGISTERS__KASSA_1__APY": "v1",
                "FISCALQ_REGISTERS__KASSA_1__URL": "kassa",
            }
        )
    text = str(caught.value)
    for said in (
        "FISCALQ_REDISURL",
        "'redis_url'",
        "'wait_max_seconds'",
        "FISCALQ_LIMITS__LEASE_SECONDS",
        "'api'",
        "URL",
    ):
        assert said in text


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ConfigError, match="backoff_first_seconds"):
        load_settings({"FISCALQ_LIMITS__BACKOFF_FIRST_SECONDS": "60"})


def test_a_register_that_is_not_set_up_is_named_with_the_known_ones(config: Path) -> None:
    settings = load_settings({"FISCALQ_CONFIG": str(config)})
    with pytest.raises(ConfigError, match="did you mean 'kassa-1'"):
        settings.register_named("kasa-1")


@pytest.mark.parametrize("name", ["KASSA", "kassa_1", "x" * 33, "-1"])
def test_a_register_name_is_small_letters_digits_and_dashes(tmp_path: Path, name: str) -> None:
    path = tmp_path / "fiscalq.toml"
    path.write_text(f'[registers."{name.replace("_", "é")}"]\nurl = "{URL}"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="register name"):
        load_settings({"FISCALQ_CONFIG": str(path)})


def test_a_missing_or_broken_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file"):
        load_settings({"FISCALQ_CONFIG": str(tmp_path / "absent.toml")})
    broken = tmp_path / "broken.toml"
    broken.write_text("redis_url = ", encoding="utf-8")
    with pytest.raises(ConfigError):
        load_settings({"FISCALQ_CONFIG": str(broken)})


def test_a_password_is_never_shown(config: Path) -> None:
    settings = load_settings({"FISCALQ_CONFIG": str(config), "FISCALQ_REGISTERS__KASSA_1__PASSWORD": "hush"})
    assert "hush" not in repr(settings)
