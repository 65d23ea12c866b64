"""
What comes to an end if nobody looks: documents that are not sent, the FN, paper, a clock that goes wrong. Pure.

Told in days and with time to spare, because the end of each of them stops a shop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

UNSENT_DAYS = 3  # the register blocks after 30 (fiscal rule 11): told from the third day
UNSENT_URGENT_DAYS = 10
FN_DAYS = 30  # before its end (fiscal rule 12)
FN_URGENT_DAYS = 3
DRIFT = timedelta(minutes=5)  # the register's time stands on every receipt (fiscal rule 19)


class Sign(StrEnum):
    """What is seen. Each has a text in both languages with one next step (`ops/cli/texts`, `outlook`)."""

    UNSENT = "unsent"  # documents that the OFD operator has not got
    FN_LIFE = "fn_life"  # the FN's term ends
    FN_MEMORY = "fn_memory"  # the FN is nearly full
    FN_REPLACE = "fn_replace"  # the FN asks to be replaced, or is in a critical error
    OFD_SILENT = "ofd_silent"  # the OFD operator's answer is overdue
    CLOCK = "clock"  # the register's clock differs from the worker's
    PAPER = "paper"  # there is none
    COVER = "cover"  # it is open
    DRAWER = "drawer"  # it holds more cash than the shop wants in it


@dataclass(frozen=True)
class Condition:
    """
    What the register says of itself (reference 8.5, 8.6); None for what it does not say.

    Args:
        now: its clock, without an offset, like all times here.
        unsent: documents that were not sent to the OFD operator.
        unsent_since: time of the first of them.
        valid_until: end of the FN's term.
        flags: raised warnings of the FN.
        paper: whether there is any.
        cover_open: whether it is.
        drawer: roubles of cash in it.

    """

    now: datetime | None = None
    unsent: int = 0
    unsent_since: datetime | None = None
    valid_until: datetime | None = None
    flags: frozenset[str] = frozenset()
    paper: bool | None = None
    cover_open: bool | None = None
    drawer: Decimal | None = None


@dataclass(frozen=True)
class Notice:
    """One sign, whether it can wait, and its figure: days, seconds of the clock, or roubles."""

    sign: Sign
    urgent: bool = False
    number: int = 0


def notices(seen: Condition, clock: datetime | None, drawer_max: int | None = None) -> tuple[Notice, ...]:
    """
    Say what approaches.

    Args:
        seen: the register's words.
        clock: the worker's, in the register's time zone, when they were read; None where it is not known.
        drawer_max: roubles that the drawer shall hold at most; None: as much as it likes.

    """
    return (*_of_time(seen, clock), *_of_the_fn(seen), *_of_the_hand(seen, drawer_max))


def _of_time(seen: Condition, clock: datetime | None) -> Iterator[Notice]:
    if seen.now is None:
        return
    if (
        seen.unsent
        and seen.unsent_since is not None
        and (days := (seen.now - seen.unsent_since).days) >= UNSENT_DAYS
    ):
        yield Notice(Sign.UNSENT, days >= UNSENT_URGENT_DAYS, days)
    if seen.valid_until is not None and (left := (seen.valid_until - seen.now).days) <= FN_DAYS:
        yield Notice(Sign.FN_LIFE, left <= FN_URGENT_DAYS, max(left, 0))
    if clock is not None and abs(seen.now - clock) > DRIFT:
        yield Notice(Sign.CLOCK, urgent=False, number=int((seen.now - clock).total_seconds()))


def _of_the_fn(seen: Condition) -> Iterator[Notice]:
    if "memoryOverflow" in seen.flags:
        yield Notice(Sign.FN_MEMORY, urgent=True)
    if seen.flags & {"needReplacement", "resourceExhausted", "criticalError"}:
        yield Notice(Sign.FN_REPLACE, urgent=True)
    if "ofdTimeout" in seen.flags:
        yield Notice(Sign.OFD_SILENT)


def _of_the_hand(seen: Condition, drawer_max: int | None) -> Iterator[Notice]:
    if seen.paper is False:
        yield Notice(Sign.PAPER, urgent=True)
    if seen.cover_open:
        yield Notice(Sign.COVER, urgent=True)
    if drawer_max is not None and seen.drawer is not None and seen.drawer > drawer_max:
        yield Notice(Sign.DRAWER, number=int(seen.drawer))
