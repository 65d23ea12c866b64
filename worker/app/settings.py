"""
Settings: one TOML file and the environment, which wins; read once at start into one frozen object (design §7).

All problems are reported together, by name, with "did you mean".
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from worker.domain.errors import ConfigError
from worker.domain.identity import REGISTER_NAME
from worker.domain.language.vocabulary import RATES
from worker.domain.policy import Limits
from worker.domain.shifts import Hours

PREFIX = "FISCALQ_"
URL = re.compile(r"https?://[^/\s:]+(:\d{1,5})?/?")
DEFAULT_CONFIG = "fiscalq.toml"
BESIDE_SETTINGS = {
    "config",
    "register",
    "standby",
    "allow_unsafe_redis",
    "lang",
}  # read elsewhere, by that name
FOR_TOOLS = (
    "test_",
    "demo_",
    "corpus",
    "flower_",
    "console_",
)  # variables of the tests, the demo, Flower and the page


class Operator(BaseModel):
    """The cashier who stands on the receipt when the task names none (tags 1021, 1203)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=64)
    vatin: str | None = Field(None, pattern=r"^\d{12}$")


class RegisterSettings(BaseModel):
    """One cash register, as the shop knows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "http://127.0.0.1:16732"
    api: Literal["auto", "v1", "v2"] = "auto"
    device_id: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]{1,16}$")
    username: str | None = None
    password: SecretStr | None = None
    serial: str | None = None
    inn: str | None = Field(None, pattern=r"^(\d{10}|\d{12})$")
    operator: Operator | None = None
    taxation_type: Literal["osn", "usnIncome", "usnIncomeOutcome", "envd", "esn", "patent"] | None = None
    default_tax: str | None = None
    marker: Literal["additionalAttribute", "userAttribute", "off"] = "additionalAttribute"
    timezone: str = "Europe/Moscow"
    shift_autopilot: bool = Field(
        False,
        description="Open the shift before the first receipt, and close it before its 24 hours are over.",
    )
    drawer_max: int | None = Field(
        None, gt=0, description="Roubles of cash above which the operator is told to empty the drawer."
    )
    quiet_hours: str | None = Field(
        None, description="By the register's clock, 22:30-07:00 say: the autopilot closes the shift in them."
    )

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if not URL.fullmatch(url):
            raise ValueError("write it like http://192.168.1.20:16732, without a path")
        return url

    @field_validator("quiet_hours")
    @classmethod
    def _hours_of_a_day(cls, hours: str | None) -> str | None:
        if hours is not None:
            Hours.read(hours)
        return hours

    @field_validator("default_tax")
    @classmethod
    def _a_known_rate(cls, tax: str | None) -> str | None:
        if tax is not None and tax not in RATES:
            known = ", ".join(name for name in RATES if not name.isdigit())
            raise ValueError(f"{tax!r} is no VAT rate; the known ones are {known}")
        return tax

    @field_validator("timezone")
    @classmethod
    def _a_known_zone(cls, zone: str) -> str:
        known = available_timezones()  # empty on a system without a database of them
        if known and zone not in known:
            raise ValueError(
                f"{zone!r} is no time zone{_did_you_mean(zone, known)}; write it like Europe/Moscow"
            )
        return zone

    @field_validator("operator", mode="before")
    @classmethod
    def _a_name_is_enough(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value


class Settings(BaseSettings):
    """Everything that can be set. Frozen; handed down, never read again."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    redis_url: str = Field("redis://127.0.0.1:6379/0", pattern=r"^(rediss?|unix|sentinel)://")
    state_dir: Path | None = Field(
        None, description="Keeps this host's owner id, so that a restarted worker has its lease back at once."
    )
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    metrics_listen: str | None = Field(
        None,
        pattern=r"^[^\s:]+:\d{1,5}$",
        description="HOST:PORT on which a worker answers GET /metrics; nowhere without. It asks for no password.",
    )
    limits: Limits = Field(default_factory=Limits)
    registers: dict[str, RegisterSettings] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _names_of_variables(cls, given: Any) -> Any:
        """`FISCALQ_REGISTERS__KASSA_1__URL` means the register kassa-1: a variable cannot hold a dash."""
        registers = given.get("registers") if isinstance(given, dict) else None
        if not isinstance(registers, dict):
            return given
        merged: dict[str, Any] = {}
        for name in sorted(registers, key=lambda name: "_" in name):  # variables last: they win
            values = registers[name]
            target = name.replace("_", "-")
            merged[target] = _merged(merged.get(target), values)
        return {**given, "registers": merged}

    @field_validator("registers")
    @classmethod
    def _names_of_registers(cls, registers: dict[str, RegisterSettings]) -> dict[str, RegisterSettings]:
        for name in registers:
            if not REGISTER_NAME.fullmatch(name):
                raise ValueError(
                    f"{name!r} is no register name: small letters, digits and dashes, 32 at most"
                )
        return registers

    def register_named(self, name: str) -> RegisterSettings:
        """The register's settings. Raises ConfigError that names the known ones."""
        if name in self.registers:
            return self.registers[name]
        known = ", ".join(sorted(self.registers)) or "none"
        hint = _did_you_mean(name, self.registers)
        variable = f"{PREFIX}REGISTERS__{name.upper().replace('-', '_')}__URL"
        raise ConfigError(
            f"register {name!r} is not set up{hint} (known: {known}). Set {variable}, or [registers.{name}] in {DEFAULT_CONFIG}."
        )


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """
    Read the file that `FISCALQ_CONFIG` names (default `fiscalq.toml`, if it is there) and the environment.

    Raises: ConfigError that lists every problem.
    """
    variables = {name.upper(): value for name, value in (os.environ if environ is None else environ).items()}
    path = Path(variables.get(PREFIX + "CONFIG", DEFAULT_CONFIG))
    if PREFIX + "CONFIG" in variables and not path.is_file():
        raise ConfigError(f"{PREFIX}CONFIG names {path}, which is no file")
    problems = _unknown_variables(variables)
    try:
        settings = _reader(path, variables)()
    except ValidationError as error:
        problems += [_problem(detail["loc"], detail["msg"], detail["type"]) for detail in error.errors()]
    except ValueError as error:  # broken TOML, a variable that should be JSON
        problems.append(f"{path}: {error}" if path.is_file() else str(error))
    if problems:
        raise ConfigError("the settings are wrong:\n" + "\n".join(f"  - {problem}" for problem in problems))
    return settings


def _reader(path: Path, variables: Mapping[str, str]) -> type[Settings]:
    """The settings class with this file and these variables as its only sources."""

    class Environment(EnvSettingsSource):
        def _load_env_vars(self) -> Mapping[str, str | None]:
            return {name.lower(): value for name, value in variables.items()}

    class Reader(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes its usual sources
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return Environment(settings_cls), TomlConfigSettingsSource(settings_cls, toml_file=path)

    Reader.__name__ = Settings.__name__
    return Reader


def _merged(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}
    return above


def _unknown_variables(variables: Mapping[str, str]) -> list[str]:
    known = {*Settings.model_fields, *BESIDE_SETTINGS}
    problems = []
    for variable in sorted(variables):
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        field = name.split("__")[0]
        if field not in known and not name.startswith(FOR_TOOLS):
            suggestion = _did_you_mean(field, known)
            problems.append(f"{variable} is no setting{suggestion}")
    return problems


def _problem(location: tuple[int | str, ...], message: str, kind: str) -> str:
    """One line: the name in the file and as a variable, what is wrong, and the likely right name."""
    names = [str(part) for part in location]
    variable = PREFIX + "__".join(names).upper().replace("-", "_")
    if kind == "extra_forbidden":
        siblings = {"limits": Limits.model_fields, "registers": RegisterSettings.model_fields}
        known = siblings.get(names[0], Settings.model_fields) if len(names) > 1 else Settings.model_fields
        return f"{'.'.join(names)} ({variable}) is no setting{_did_you_mean(names[-1], known)}"
    return f"{'.'.join(names) or 'settings'} ({variable}): {message}" if names else message


def _did_you_mean(name: str, known: Mapping[str, object] | set[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
