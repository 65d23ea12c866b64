"""Where a command's words go: the answer to standard output, everything else to standard error."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    "queued": "dim",
    "submitting": "cyan",
    "waiting": "cyan",
    "printing": "cyan",
    "printed": "green",
    "dead": "bold red",
    "in_doubt": "bold yellow",
}  # of a job's states; a doubt is not a refusal, and must not look like one

MOMENT = "%Y-%m-%d %H:%M:%S"  # below a heading that names the zone
MOMENT_ZONED = f"{MOMENT} %z"
YES = frozenset({"y", "yes", "д", "да"})


def speak_utf8() -> None:
    """Write UTF-8 whatever the locale: a pipe on Windows, or a container without a locale, would break Russian."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def console(*, stderr: bool = False) -> Console:
    """A rich console that marks nothing up by itself: a job's id is shown as it is."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def answer(text: str) -> None:
    """One line of the answer, at once: whoever reads the pipe waits for it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def answer_json(value: Any) -> None:
    """The answer as one line of JSON."""
    answer(json.dumps(value, ensure_ascii=False))


def complain(text: str) -> None:
    """Say on standard error what went wrong."""
    sys.stderr.write(f"fiscalq: {text}\n")
    sys.stderr.flush()


def agreed(question: str) -> bool:
    """Whether whoever sits at the terminal says yes, on either keyboard; where nobody answers, nobody has agreed."""
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    said = sys.stdin.readline()
    if not said:
        sys.stderr.write("\n")
    return said.strip().lower() in YES


def local(at: str, zone: tzinfo | None = None, form: str = MOMENT_ZONED) -> str:
    """
    Give a moment for people to read; what is no moment, as it came.

    Args:
        at: ISO 8601, UTC where it names no zone.
        zone: whose clock it is told by; None for the reader's own.
        form: how it is written, as `strftime` has it.

    """
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return at
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(zone).strftime(form)


def plain(text: str) -> str:
    """The text without what would steer a terminal: a name of a product may hold anything."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def unseen_escaped(text: str) -> str:
    """JSON text that means the same, in which whatever would steer a terminal is written by its number."""
    return "".join(
        sign if sign.isprintable() or sign in "\n\r\t" else json.dumps(sign)[1:-1] for sign in text
    )


def examples(*lines: tuple[str, str] | str, ending: str = "") -> str:
    """Help's last part: commands that can be copied, each with what it is for where that is not plain."""
    pairs = [(line, "") if isinstance(line, str) else line for line in lines]
    width = max((len(command) for command, purpose in pairs if purpose), default=0)
    shown = [
        f"$ {command:<{width}}  # {purpose}" if purpose else f"$ {command}" for command, purpose in pairs
    ]
    text = "\n".join(["Examples:", *shown]) + (f"\n\n{ending}" if ending else "")
    return text.replace("[", r"\[")
