"""What depends on the day: each rate and each tax system one day before and one day after (fiscal rules 5 to 7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.domain.task_samples import LEAVE_OUT, NOTHING, correction, found, item, raw, receipt
from worker.domain.tasks import Known, check

PREPAID = [{"type": "prepaid", "sum": 150}]
TAX = "items[0].tax.type"


def codes(task: Any, day: str | None) -> set[str]:
    """What is said of the rates and the tax system of a task on that day; whether a driver is new is no matter of days."""
    answer = check(raw(task), NOTHING, Known(today=date.fromisoformat(day) if day else None))
    assert answer.valid, answer.problems
    return {code for _, code in found(answer.warnings)} - {"driver_version"}


def of(rate: str, **changes: Any) -> dict[str, Any]:
    """A receipt of one position at that rate, by a payer of the simplified system where the rate is theirs."""
    system = "usnIncome" if rate in {"vat5", "vat105", "vat7", "vat107"} else "osn"
    return receipt(item(tax={"type": rate}), **{"taxationType": system, **changes})


@pytest.mark.parametrize(
    ("rates", "before", "since"),
    [
        ("vat22 vat122", "2025-12-31", "2026-01-01"),
        ("vat5 vat105 vat7 vat107", "2024-12-31", "2025-01-01"),
        ("vat20 20 vat120 120", "2018-12-31", "2019-01-01"),
    ],
)
@pytest.mark.parametrize("kind", ["sell", "sellReturn", "buy", "buyReturn"])
def test_a_rate_is_too_early_the_day_before_it_comes(rates: str, before: str, since: str, kind: str) -> None:
    """425-FZ, 176-FZ, 303-FZ: also a return cannot have the rate of a sale that was not possible yet."""
    for rate in rates.split():
        assert codes(of(rate, type=kind), before) == {"early_rate"}
        assert codes(of(rate, type=kind), since) == set()


@pytest.mark.parametrize("rate", ["vat20", "20", "vat120", "120"])
@pytest.mark.parametrize("kind", ["sell", "buy"])
def test_twenty_per_cent_ends_with_2025_for_sales(rate: str, kind: str) -> None:
    """425-FZ; until 31 March 2026 the tax service tolerated it (fiscal rule 6). Never refused: only the shop knows why."""
    assert codes(of(rate, type=kind), "2025-12-31") == set()
    for day in ("2026-01-01", "2026-03-31", "2026-04-01", None):
        assert codes(of(rate, type=kind), day) == {"old_rate"}


def test_the_tolerated_quarter_is_told_of_while_it_lasts() -> None:
    said = {
        day: check(raw(of("vat20")), NOTHING, Known(today=date.fromisoformat(day))).warnings[0].message
        for day in ("2026-03-31", "2026-04-01")
    }
    assert "tolerated" in said["2026-03-31"]
    assert "tolerated" not in said["2026-04-01"]


@pytest.mark.parametrize("kind", ["sellReturn", "buyReturn"])
def test_a_return_keeps_the_rate_of_its_sale(kind: str) -> None:
    """20 per cent is right in any year for what was sold at 20."""
    assert codes(of("vat20", type=kind), "2026-11-23") == set()


def test_an_offset_prepayment_keeps_its_rate() -> None:
    """Goods of 2026 that were paid in 2025: the part that is offset (fiscal rule 6), and no more than that."""
    assert codes(of("vat20", payments=PREPAID), "2026-11-23") == set()
    part = [{"type": "prepaid", "sum": 100}, {"type": "cash", "sum": 50}]
    assert codes(of("vat20", payments=part), "2026-11-23") == {"old_rate"}
    mixed = receipt(
        item(price=100, amount=100, tax={"type": "vat20"}), item(price=50, amount=50), payments=part
    )
    assert codes(mixed, "2026-11-23") == set()


@pytest.mark.parametrize(
    ("kind", "rate", "day", "expected"),
    [
        ("sellCorrection", "vat20", "2025.12.31", set()),
        ("sellCorrection", "vat20", "2026.01.01", {"old_rate"}),
        ("buyCorrection", "vat20", "2026-01-01", {"old_rate", "date_separator"}),
        ("sellReturnCorrection", "vat20", "2026.01.01", set()),
        ("sellCorrection", "vat22", "2025.12.31", {"early_rate"}),
        ("sellCorrection", "vat22", "2026.01.01", set()),
        ("sellCorrection", "vat18", "2018.12.31", set()),
        ("sellCorrection", "vat18", "2019.01.01", {"old_rate"}),
        ("sellReturnCorrection", "vat18", "2019.01.01", set()),
        ("sellCorrection", "vat20", "2018.12.31", {"early_rate"}),
    ],
)
def test_a_correction_follows_the_law_of_the_day_that_it_corrects(
    kind: str, rate: str, day: str, expected: set[str]
) -> None:
    """Tag 1178, whatever the day of the correction is."""
    task = correction(item(tax={"type": rate}), type=kind, correctionBaseDate=day)
    assert codes(task, "2026-11-23") == expected
    assert codes(task, "2018-01-01") - {"future_day"} == expected


@pytest.mark.parametrize("kind", ["sellCorrection", "sellReturnCorrection", "buyCorrection"])
def test_a_correction_of_a_day_that_has_not_been_is_warned_of(kind: str) -> None:
    """54-FZ art. 4.3 p. 4, tag 1178. Warned and not refused: the register looks at its form alone, and clocks differ."""
    for day, expected in (
        ("2026.11.23", set()),
        ("2026.11.24", {"future_day"}),
        ("2031.02.14", {"future_day"}),
    ):
        assert codes(correction(type=kind, correctionBaseDate=day), "2026-11-23") == expected
        assert codes(correction(type=kind, correctionBaseDate=day), None) == set()


def test_a_correction_that_names_no_day_is_not_asked_for_its_rate() -> None:
    """It is missed by a rule of its own."""
    assert codes(correction(item(tax={"type": "vat20"}), correctionBaseDate=LEAVE_OUT), "2026-11-23") == {
        "no_grounds"
    }


@pytest.mark.parametrize("kind", ["sell", "sellReturn", "buy", "buyReturn"])
@pytest.mark.parametrize("rate", ["vat18", "118"])
def test_eighteen_per_cent_is_for_corrections_alone(kind: str, rate: str) -> None:
    """303-FZ: it ended with 2018."""
    for day in ("2019-01-01", "2026-11-23", None):
        assert codes(of(rate, type=kind), day) == {"old_rate"}
    assert codes(of(rate, type=kind), "2018-12-31") == set()


def test_the_flag_for_eighteen_per_cent_is_for_corrections_alone() -> None:
    assert codes(receipt(useVAT18=True), "2026-11-23") == {"old_rate"}
    assert codes(correction(useVAT18=True), "2026-11-23") == set()


@pytest.mark.parametrize("system", ["osn", "esn", "patent"])
def test_five_and_seven_per_cent_are_of_the_simplified_system(system: str) -> None:
    """176-FZ; whoever applies it may also have the ordinary rates."""
    for rate in ("vat5", "vat105", "vat7", "vat107"):
        assert codes(of(rate, taxationType=system), "2026-11-23") == {"usn_rate"}
        assert codes(of(rate, taxationType="usnIncomeOutcome"), "2026-11-23") == set()
    assert codes(of("vat22", taxationType="usnIncome"), "2026-11-23") == set()


def test_the_tax_on_imputed_income_ended_with_2020() -> None:
    assert codes(receipt(taxationType="envd"), "2020-12-31") == set()
    for day in ("2021-01-01", None):
        assert codes(receipt(taxationType="envd"), day) == {"old_taxation_type"}
    for day, expected in (("2020.12.31", set()), ("2021.01.01", {"old_taxation_type"})):
        assert codes(correction(taxationType="envd", correctionBaseDate=day), "2026-11-23") == expected
    late = correction(taxationType="envd", type="sellReturnCorrection", correctionBaseDate="2021.01.01")
    assert codes(late, "2026-11-23") == set(), "a return keeps the tax system of its sale"
    assert codes(correction(taxationType="envd", correctionBaseDate=None), "2026-11-23") == {"no_grounds"}


def test_a_tax_system_that_is_none_is_not_missed_as_well() -> None:
    """One mistake, one word."""
    answer = check(raw(receipt(taxationType="usn")), NOTHING)
    assert (found(answer.problems), found(answer.warnings)) == ([("taxationType", "unknown_value")], [])


@pytest.mark.parametrize("method", ["fullPrepayment", "prepayment", "advance", "1", "2", "3"])
@pytest.mark.parametrize("rate", ["vat10", "vat22", "10"])
def test_a_prepayment_has_the_calculated_rate(method: str, rate: str) -> None:
    """Tax code, art. 164 p. 4."""
    said = {"paymentMethod": method, "paymentObject": "payment"}
    right = {"vat10": "vat110", "10": "110", "vat22": "vat122"}[rate]
    assert codes(receipt(item(tax={"type": rate}, **said)), "2026-11-23") == {"prepayment_rate"}
    assert codes(receipt(item(tax={"type": right}, **said)), "2026-11-23") == set()
    assert codes(receipt(item(tax={"type": "none"}, **said)), "2026-11-23") == set()


def test_rates_that_clash_are_named_once() -> None:
    """219, whatever else stands in the receipt."""
    rates = [item(tax={"type": rate}) for rate in ("none", "vat18", "vat20", "vat10", "vat120")]
    answer = check(raw(receipt(*rates, type="sellReturn")), NOTHING)
    assert found(answer.problems) == [("items[2].tax.type", "rates_clash")]


def test_each_old_rate_is_told_with_its_own_end() -> None:
    """Not with that of the other one."""
    task = correction(item(tax={"type": "vat18"}), correctionBaseDate="2019.01.01")
    assert "ended with 2018" in check(raw(task), NOTHING).warnings[0].message


def test_no_rate_is_ever_changed() -> None:
    """What is wrong is told; what is sent is what was said."""
    for rate in ("vat18", "vat20", "vat22", "vat5", "120", "none"):
        answer = check(raw(of(rate)), NOTHING, Known(today=date(2018, 1, 1)))
        assert answer.task is not None
        assert answer.task.body["items"][0]["tax"] == {"type": rate}
