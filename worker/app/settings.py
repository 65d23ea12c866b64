"""
Settings: one TOML file and the environment, which wins; read once at start into one frozen object (design §7).

All problems are reported together, by name, with "did you mean".
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
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
from pydantic_core import ErrorDetails, PydanticCustomError
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
WRONG_VALUES = frozenset(
    {
        "bool_parsing",
        "float_parsing",
        "greater_than",
        "greater_than_equal",
        "int_from_float",
        "int_parsing",
        "less_than_equal",
        "literal_error",
        "missing",
        "string_pattern_mismatch",
        "string_too_long",
        "string_too_short",
        "string_type",
        # and our own
        "backoff_backwards",
        "count_seldom",
        "lease_short",
        "no_hours",
        "no_name",
        "no_rate",
        "no_url",
        "no_zone",
    }
)  # kinds of pydantic's errors that an operator is told of in their own language


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
            raise PydanticCustomError("no_url", "write it like http://192.168.1.20:16732, without a path")
        return url

    @field_validator("quiet_hours")
    @classmethod
    def _hours_of_a_day(cls, hours: str | None) -> str | None:
        try:
            if hours is not None:
                Hours.read(hours)
        except ValueError as error:
            raise PydanticCustomError("no_hours", "write the quiet hours like 22:30-07:00") from error
        return hours

    @field_validator("default_tax")
    @classmethod
    def _a_known_rate(cls, tax: str | None) -> str | None:
        if tax is not None and tax not in RATES:
            known = ", ".join(name for name in RATES if not name.isdigit())
            raise PydanticCustomError(
                "no_rate",
                "{value} is no VAT rate; the known ones are {known}",
                {"value": tax, "known": known},
            )
        return tax

    @field_validator("timezone")
    @classmethod
    def _a_known_zone(cls, zone: str) -> str:
        known = available_timezones()  # empty on a system without a database of them
        if known and zone not in known:
            raise PydanticCustomError(
                "no_zone",
                "{value} is no time zone; write it like {likely}",
                {"value": zone, "likely": _likely(zone, known) or "Europe/Moscow"},
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
        pattern=r"^([^\s:]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$",
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
                raise PydanticCustomError(
                    "no_name",
                    "{value} is no register name: small letters, digits and dashes, 32 at most",
                    {"value": name},
                )
        return registers

    def register_named(self, name: str) -> RegisterSettings:
        """The register's settings. Raises ConfigError that names the known ones."""
        if name in self.registers:
            return self.registers[name]
        known = ", ".join(sorted(self.registers)) or "–"
        likely = _likely(name, self.registers)
        variable = f"{PREFIX}REGISTERS__{name.upper().replace('-', '_')}__URL"
        raise ConfigError(
            f"register {name!r} is not set up{_did_you_mean(likely)} (known: {known}). "
            f"Set {variable}, or [registers.{name}] in {DEFAULT_CONFIG}.",
            "register_not_set_up_but" if likely else "register_not_set_up",
            register=name,
            likely=likely,
            known=known,
            variable=variable,
            file=DEFAULT_CONFIG,
        )

    def chosen(self, named: Sequence[str] | None) -> list[str]:
        """The registers that were named, else all that are set up. Raises ConfigError when these are none."""
        if not named and not self.registers:
            variable = f"{PREFIX}REGISTERS__KASSA_1__URL"
            raise ConfigError(
                f"no register is set up: set {variable}, or [registers.kassa-1] in {DEFAULT_CONFIG}",
                "no_registers",
                variable=variable,
                file=DEFAULT_CONFIG,
            )
        return list(named or sorted(self.registers))


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """
    Read the file that `FISCALQ_CONFIG` names (default `fiscalq.toml`, if it is there) and the environment.

    Raises: ConfigError that lists every problem.
    """
    variables = {name.upper(): value for name, value in (os.environ if environ is None else environ).items()}
    path = Path(variables.get(PREFIX + "CONFIG", DEFAULT_CONFIG))
    if PREFIX + "CONFIG" in variables and not path.is_file():
        raise ConfigError(f"{PREFIX}CONFIG names {path}, which is no file", "settings_no_file", file=path)
    problems = _unknown_variables(variables)
    try:
        settings = _reader(path, variables)()
    except ValidationError as error:
        problems += map(_problem, error.errors())
    except ValueError as error:  # broken TOML, a variable that should be JSON
        where = path if path.is_file() else f"{PREFIX}…"
        problems.append(ConfigError(f"{where}: {error}", "settings_unreadable", file=where, text=str(error)))
    if problems:
        raise ConfigError(
            "the settings are wrong:\n" + "\n".join(f"  - {problem}" for problem in problems),
            "settings_wrong",
            problems=problems,
        )
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


def _unknown_variables(variables: Mapping[str, str]) -> list[ConfigError]:
    known = {*Settings.model_fields, *BESIDE_SETTINGS}
    problems = []
    for variable in sorted(variables):
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        field = name.split("__")[0]
        if field not in known and not name.startswith(FOR_TOOLS):
            problems.append(_no_setting(variable, _likely(field, known)))
    return problems


def _problem(detail: ErrorDetails) -> ConfigError:
    """One line: the name in the file and as a variable, what is wrong, and the likely right name."""
    names = [str(part) for part in detail["loc"]]
    variable = PREFIX + "__".join(names).upper().replace("-", "_")
    setting = f"{'.'.join(names) or 'settings'} ({variable})"
    if detail["type"] == "extra_forbidden":
        siblings = {"limits": Limits.model_fields, "registers": RegisterSettings.model_fields}
        known = siblings.get(names[0], Settings.model_fields) if len(names) > 1 else Settings.model_fields
        return _no_setting(setting, _likely(names[-1], known))
    kind = detail["type"] if detail["type"] in WRONG_VALUES else "wrong_value"
    facts = {"setting": setting, "text": detail["msg"], **detail.get("ctx", {})}
    return ConfigError(f"{setting}: {detail['msg']}", kind, **facts)


def _no_setting(setting: str, likely: str) -> ConfigError:
    code = "no_setting_but" if likely else "no_setting"
    return ConfigError(
        f"{setting} is no setting{_did_you_mean(likely)}", code, setting=setting, likely=likely
    )


def _did_you_mean(likely: str) -> str:
    return f"; did you mean {likely!r}?" if likely else ""


def _likely(name: str, known: Mapping[str, object] | set[str]) -> str:
    """The known name that this one is nearest to; empty when it is near to none."""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.6)), "")
