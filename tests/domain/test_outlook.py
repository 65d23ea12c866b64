"""What comes to an end is told in time: one day before each border and on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from worker.domain.outlook import Condition, Notice, Sign, notices

NOW = datetime.fromisoformat("2031-03-01T12:00:00")
DAY = timedelta(days=1)


def test_a_register_in_order_is_passed_over_in_silence() -> None:
    well = Condition(NOW, 0, None, NOW + 300 * DAY, frozenset(), paper=True, cover_open=False)
    assert notices(well, NOW) == ()
    assert notices(Condition(), None) == ()


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (2, ()),
        (3, (Notice(Sign.UNSENT, False, 3),)),
        (9, (Notice(Sign.UNSENT, False, 9),)),
        (10, (Notice(Sign.UNSENT, True, 10),)),
    ],
)
def test_unsent_documents_are_told_from_the_third_day_and_urgent_from_the_tenth(
    days: int, told: tuple[Notice, ...]
) -> None:
    """Fiscal rule 11: on the thirtieth the register blocks."""
    assert notices(Condition(NOW, 7, NOW - days * DAY), NOW) == told


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (31, ()),
        (30, (Notice(Sign.FN_LIFE, False, 30),)),
        (3, (Notice(Sign.FN_LIFE, True, 3),)),
        (-1, (Notice(Sign.FN_LIFE, True, 0),)),
    ],
)
def test_the_end_of_the_fn_is_told_thirty_days_before(days: int, told: tuple[Notice, ...]) -> None:
    """Fiscal rule 12."""
    assert notices(Condition(NOW, valid_until=NOW + days * DAY), NOW) == told


@pytest.mark.parametrize(("minutes", "seconds"), [(5, None), (6, 360), (-6, -360)])
def test_a_clock_that_goes_wrong_is_told_from_five_minutes_on(minutes: int, seconds: int | None) -> None:
    """Fiscal rule 19: its time stands on every receipt."""
    told = notices(Condition(NOW + timedelta(minutes=minutes)), NOW)
    assert told == (() if seconds is None else (Notice(Sign.CLOCK, False, seconds),))


def test_what_needs_a_hand_is_urgent() -> None:
    flags = frozenset({"memoryOverflow", "criticalError", "ofdTimeout"})
    told = notices(Condition(NOW, flags=flags, paper=False, cover_open=True), NOW)
    assert [(one.sign, one.urgent) for one in told] == [
        (Sign.FN_MEMORY, True),
        (Sign.FN_REPLACE, True),
        (Sign.OFD_SILENT, False),
        (Sign.PAPER, True),
        (Sign.COVER, True),
    ]


@pytest.mark.parametrize(
    ("sum_", "most", "told"),
    [("50000", 50000, ()), ("50000.01", 50000, (Notice(Sign.DRAWER, False, 50000),)), ("50000.01", None, ())],
)
def test_a_full_drawer_is_told_where_the_shop_wants_it(
    sum_: str, most: int | None, told: tuple[Notice, ...]
) -> None:
    assert notices(Condition(drawer=Decimal(sum_)), None, most) == told
