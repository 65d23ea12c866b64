"""Looks ahead while nothing prints: what comes to an end is told in time, in the log and to `fiscalq doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from worker.app.line import Line
from worker.app.reading import Reader
from worker.domain.job import Job
from worker.domain.outlook import Notice, notices

LOOK_SECONDS = 600.0  # none of it changes by the minute
IDLE_SECONDS = 60.0  # the register is left alone between two jobs of a busy day


class Foresight:
    """
    What was last seen of one register, so that each sign is logged once.

    Args:
        line: the register's.
        zone: the name of the time zone in which its clock is set.
        drawer_max: roubles that its drawer shall hold at most; None: it is not asked.

    """

    def __init__(self, line: Line, zone: str, drawer_max: int | None = None) -> None:
        self._line, self._zone, self._drawer_max = line, ZoneInfo(zone), drawer_max
        self._looked_at = float("-inf")
        self._told: tuple[Notice, ...] = ()

    def look(self, idle_seconds: float) -> None:
        """Ask the register, if it is time to and nothing has printed for so long; it may be that it cannot be asked."""
        clock = self._line.clock
        if idle_seconds < IDLE_SECONDS or clock.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = clock.monotonic()
        seen = Reader(self._line).condition(drawer=self._drawer_max is not None)
        if seen is None:
            return
        here = datetime.fromisoformat(clock.now()).astimezone(self._zone)
        found = notices(seen, here.replace(tzinfo=None), self._drawer_max)
        self._line.ledger.remember(
            outlook=json.dumps([asdict(notice) for notice in found]) if found else None
        )
        for notice in found:
            if notice not in self._told:
                self._line.watch(
                    Job("", self._line.ledger.register), f"outlook.{notice.sign.value} {notice.number}"
                )
        self._told = found
