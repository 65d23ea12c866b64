"""`--help` and wrong usage in the language of the environment: our own words by `texts/help.ru.toml`, typer's by `[help]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typer.core import TyperCommand, TyperGroup

from ops.cli.language import Texts, choose, help_words

EXAMPLES = "Examples:"


class _InWords:
    """What a command and a group of them have in common."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Tell it in the reader's language."""
        _translate(self, ctx)
        super().format_help(ctx, formatter)  # type: ignore[misc]  # of what it stands beside

    def get_usage(self, ctx: Any) -> str:
        """Its first line, which stands above help and above each error."""
        return _usage(super().get_usage(ctx))  # type: ignore[misc]


class Command(_InWords, TyperCommand):
    """One command."""


class Group(_InWords, TyperGroup):
    """All commands."""


def _translate(told: Any, ctx: Any) -> None:
    texts = Texts(choose(None))
    words = dict(help_words(texts.language))
    for part in (told, *told.params, *getattr(told, "commands", {}).values()):
        said = " ".join((getattr(part, "help", None) or "").split())
        if said in words:
            part.help = words[said]
    if (option := told.get_help_option(ctx)) is not None:
        option.help = texts("help.show")
    words[EXAMPLES] = texts("help.examples")
    told.epilog = "\n".join(_in_words(line, words) for line in (told.epilog or "").split("\n"))


def _in_words(line: str, words: Mapping[str, str]) -> str:
    """A line of the examples: a command stays, and what it is for is told."""
    command, mark, purpose = line.rpartition("  # ")
    return command + mark + words.get(purpose, purpose)


def _usage(line: str) -> str:
    """What typer says around our words is set where it is about to be said: to load it costs more than most commands."""
    from typer import rich_utils

    texts = Texts(choose(None))
    for name in ("ARGUMENTS_PANEL", "OPTIONS_PANEL", "COMMANDS_PANEL", "ERRORS_PANEL"):
        setattr(rich_utils, f"{name}_TITLE", texts(f"help.{name.lower()}"))
    for name in ("REQUIRED_LONG_STRING", "DEFAULT_STRING", "ENVVAR_STRING", "RICH_HELP"):
        setattr(rich_utils, name, texts(f"help.{name.lower()}"))
    return line.replace("Usage:", texts("help.usage"), 1)
