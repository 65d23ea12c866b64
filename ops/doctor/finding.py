"""A finding: one thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.runbook.symptoms import Symptom
    from worker.app.standstill import Cause
    from worker.domain.outlook import Sign
    from worker.domain.verdicts import ReasonCode


@dataclass(frozen=True)
class Finding:
    """
    One thing that was looked at.

    Args:
        name: what was looked at; stays the same whatever is found.
        ok: nothing to be done.
        text: how it is, or what to do.
        page: of the handbook, for what is to be put right now or in time.

    """

    name: str
    ok: bool
    text: str
    page: Symptom | Cause | Sign | ReasonCode | None = None
