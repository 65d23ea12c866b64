"""
Limits: how long fiscalq waits for what, with the reason for each number.

All durations are seconds and are measured by the monotonic clock. They are settings (`FISCALQ_LIMITS__…`); the
relations between them are asserted when they are read, so that a wrong pair never starts a worker.
"""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError


class Limits(BaseModel):
    """The limits of one worker. Every field ends with its unit or counts things."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wait_max_seconds: float = Field(
        60, gt=0, description="A submission that stays in `wait` longer is withdrawn."
    )
    withdraw_max_seconds: float = Field(
        30, gt=0, description="DELETE and fence must be through by then; else: in doubt."
    )
    print_max_seconds: float = Field(
        60, gt=0, description="Under way for longer: a younger reading tells whether it still is."
    )
    proof_max_seconds: float = Field(
        60, gt=0, description="The FN must have been read by then; else: in doubt."
    )
    evidence_max_seconds: float = Field(
        5,
        gt=0,
        description="What is known of the FN is asked for afresh after a longer gap between two jobs.",
    )
    doubt_hold_seconds: float = Field(
        300, ge=0, description="A doubt holds its line so long; a shop must be able to sell."
    )
    doubt_look_seconds: float = Field(
        15,
        gt=0,
        description="A doubt is asked for so often: it settles within 30 s of the register's answer.",
    )
    submissions_max: int = Field(
        50, ge=1, description="Submissions of one job, each behind the proof that the last left nothing."
    )
    backoff_first_seconds: float = Field(
        0.5, gt=0, description="The first pause after a setback; doubled each time."
    )
    backoff_max_seconds: float = Field(
        30, gt=0, description="A longer pause would keep a shop waiting after its register is back."
    )
    connect_max_seconds: float = Field(
        3, gt=0, description="A register in the same house answers a connection at once."
    )
    read_max_seconds: float = Field(
        15, gt=0, description="The register's server answers from a database; it does not wait for paper."
    )
    poll_max_seconds: float = Field(
        0.5, gt=0, le=0.5, description="While it prints, nobody waits longer than this for our look."
    )
    count_every_seconds: float = Field(5, gt=0, description="How much counted waiting a crash may forget.")
    lease_seconds: float = Field(10, gt=0, description="A dead worker's register is free after this long.")
    tickets: int = Field(
        100, ge=2, description="Celery messages kept in the queue; the rest stay in the ledger alone."
    )
    queue_max: int = Field(
        100_000, ge=1, description="Jobs waiting for one register before enqueue refuses more."
    )
    deaf_seconds: float = Field(
        30, gt=0, description="Open jobs and nothing begun for so long: the worker ends itself."
    )
    events_kept: int = Field(
        100_000, ge=1, description="Entries of the stream of events; who was away longer asks for the status."
    )

    @model_validator(mode="after")
    def _relations_hold(self) -> Self:
        """Two limits that contradict each other would show only on a bad day."""
        if self.backoff_first_seconds > self.backoff_max_seconds:
            raise PydanticCustomError(
                "backoff_backwards", "backoff_first_seconds must not exceed backoff_max_seconds"
            )
        if self.lease_seconds < 3 * RENEWALS_MARGIN_SECONDS:
            raise PydanticCustomError(
                "lease_short",
                "lease_seconds must leave room for three renewals of {margin} s",
                {"margin": RENEWALS_MARGIN_SECONDS},
            )
        if self.count_every_seconds > self.wait_max_seconds:
            raise PydanticCustomError(
                "count_seldom",
                "count_every_seconds must not exceed wait_max_seconds, or a crash forgets the whole wait",
            )
        return self

    def backoff(self, setbacks: int) -> float:
        """Seconds to pause after `setbacks` (from 1) in a row, before jitter: doubled each time, up to the cap."""
        doubled: float = self.backoff_first_seconds * 2 ** min(setbacks - 1, 16)
        return min(doubled, self.backoff_max_seconds)


RENEWALS_MARGIN_SECONDS = 0.2  # a renewal on a local network, with room for a slow disk sync

FIRST_LOOK_SHARE = 0.8  # look first when most jobs of this kind are nearly done …
LATER_LOOKS = 12  # … then so often per usual duration, so that the answer is at most a twelfth of it late


def poll_pause(waited: float, usual: float | None, floor: float, ceiling: float) -> float:
    """
    Seconds until the next look at a submission: tight when an answer is due, wide before and long after.

    Args:
        waited: seconds since the POST was answered.
        usual: seconds that this register's jobs of this type have usually taken; None when unknown.
        floor: seconds that the register's own server sleeps between its looks: earlier cannot help (reference §15).
        ceiling: seconds; nobody waits longer than this for our look.

    """
    if usual is None:
        return min(max(floor, waited / 4), ceiling)
    if waited < usual * FIRST_LOOK_SHARE:
        return min(max(floor, usual * FIRST_LOOK_SHARE - waited), ceiling)
    lateness = max(waited, usual) / LATER_LOOKS
    return min(max(floor, lateness), ceiling)
