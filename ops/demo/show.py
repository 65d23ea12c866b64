"""
What the demonstration shows: a job's states on the left as they change, the paper on the right as it comes out.

It only ever adds lines, so that it reads the same on a terminal, in a pipe and in a log.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from ops.cli.language import Texts
from ops.cli.screen import STYLES, console
from ops.demo.day import Step

PAPER_COLUMN = 34  # where the paper begins: the longest state fits before it
PAPER_WIDTH = 42  # characters on the roll; with the edge it fits into 80 columns
PAPER = "black on bright_white"


class Show:
    """Writes to standard output, or to standard error when the output belongs to a program."""

    def __init__(self, texts: Texts, *, stderr: bool) -> None:
        """Nothing is shown yet."""
        self._texts = texts
        self._screen = console(stderr=stderr)
        self._paper_is_open = False

    def opening(self) -> None:
        """Say what this is, while the stage is being built."""
        self._line((self._texts("demo.title"), "bold"))

    def stage(self, facts: dict[str, Any]) -> None:
        """Say what runs where."""
        lent = facts["redis"]["kind"] == "external"
        rows = (
            ("redis", facts["redis"]["version"], "" if lent else facts["redis"]["url"]),
            ("simulator", facts["simulator"]["url"], ""),
            ("worker", facts["register"], f"Celery, pid {facts['worker']['pid']}"),
        )
        for name, what, more in rows:
            ready = self._texts("demo.ready", seconds=f"{facts['took'][name]:.1f}")
            self._line(
                (f"  {self._texts(f'demo.{name}'):<10}", "dim"),
                f"{what}  {more}".rstrip(),
                (f"  {ready}", "dim"),
            )
        if lent:
            self._line((f"  {self._texts('demo.lent')}", "yellow"))

    def step(self, step: Step) -> None:
        """Announce a job."""
        self._line()
        self._line((f"▸ {self._texts(step.title)}", "bold"), (f"  {step.job}", "cyan"))

    def state(self, seconds: float, state: str, verdict: str | None) -> None:
        """Show that a job has come to a state, so many seconds after it was enqueued."""
        style = STYLES.get(verdict or "", STYLES.get(state, ""))
        self._line((f"  {seconds:6.2f}  ", "dim"), (self._texts.of("states", state), style))

    def paper(self, lines: Sequence[str]) -> None:
        """Show what has come out of the register."""
        for line in lines:
            if not self._paper_is_open:
                self._edge()
            self._paper_is_open = True
            # The QR's text is longer than the roll is wide.
            for piece in textwrap.wrap(line, PAPER_WIDTH) or [""]:
                self._line(" " * PAPER_COLUMN, (f" {piece:<{PAPER_WIDTH}} ", PAPER))

    def end(self, answer: Mapping[str, Any]) -> None:
        """Show how a job has ended, with what the CRM reads of it."""
        if self._paper_is_open:
            self._edge()
        self._paper_is_open = False
        fiscal, reason = answer["fiscal"], answer["reason"]
        if fiscal is not None:
            text = self._texts("demo.document", number=fiscal["document_number"], sign=fiscal["sign"])
            text += "" if fiscal["total"] is None else f", {fiscal['total']} ₽"
            self._line((f"  {text}", "green"))
        elif reason is None:
            self._line((f"  {self._texts('demo.paper_only')}", "green"))
        else:
            self._line((f"  {reason[f'message_{self._texts.language}']}", "bold red"))

    def summary(self, counted: dict[str, Any]) -> None:
        """Show what the day came to."""
        self._line()
        self._line(
            (
                self._texts("demo.sum", **counted),
                "bold" if counted["printed"] == counted["jobs"] else "bold red",
            )
        )

    def hints(self, *lines: tuple[str, str]) -> None:
        """Show what to do next: a sentence, and a command that can be copied."""
        for name, command in lines:
            if name:
                self._line()
                self._line((self._texts(name), "bold"))
            if command:
                self._line(f"  {command}")

    def _edge(self) -> None:
        self._line(" " * PAPER_COLUMN, ("┄" * (PAPER_WIDTH + 2), "dim"))

    def _line(self, *parts: str | tuple[str, str]) -> None:
        self._screen.print(Text.assemble(*parts))
