"""What the shell completes: registers that are set up, their jobs, and the reasons of dead ones. A completion cannot complain."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import typer

OFFERED_MAX = 50  # jobs of a group: who looks for an older one knows its id


def register_names(incomplete: str) -> list[str]:
    """Give the names that begin so; none when the settings are wrong."""
    from worker.app.settings import load_settings
    from worker.domain.errors import ConfigError

    with suppress(ConfigError):
        return [name for name in sorted(load_settings().registers) if name.startswith(incomplete)]
    return []


def jobs_in(*groups: str) -> Callable[[typer.Context, str], list[str]]:
    """Complete the ids of the register's jobs in these groups (`open`, `stopped`, `doubts`, `dead`, `done`), the latest of each."""

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        from worker.app.settings import load_settings
        from worker.app.wiring import make_ledger
        from worker.domain.errors import FiscalqError
        from worker.domain.ports import Group

        with suppress(FiscalqError):
            register = context.params.get("register") or next(
                iter(context.args), ""
            )  # behind an option: not told apart
            ledger = make_ledger(load_settings(), register)
            found = [job for group in groups for job in ledger.listed(Group(group), OFFERED_MAX)]
            return [job for job in dict.fromkeys(found) if job.startswith(incomplete)]
        return []

    return complete


def reasons(incomplete: str) -> list[str]:
    """Give the codes that begin so."""
    from worker.domain.verdicts import ReasonCode

    return [code.value for code in ReasonCode if code.value.startswith(incomplete)]
