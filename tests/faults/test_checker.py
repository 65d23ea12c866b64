"""The checker finds each kind of violation, and nothing where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from ops.chaos.checker import Accepted, Finding, Kind, check, marker, uuids

REGISTER = "kassa-1"
SALE, RETURN = Accepted("order-1", "sell", "order-1"), Accepted("order-1.return", "sellReturn", "order-1")
OTHER = Accepted("order-2", "sell")


def slip(fd: int, job: str, kind: str = "sell", total: str = "1.10") -> dict[str, Any]:
    carried = marker(REGISTER, job) if kind != "openShift" else None
    return {"fd": fd, "type": kind, "total": total, "uuid": uuids(REGISTER, job)[0], "marker": carried}


def printed(fd: int, total: str = "1.10", *warnings: str) -> dict[str, Any]:
    fiscal = {"document_number": fd, "total": total, "warnings": list(warnings)}
    return {"state": "printed", "verdict": "printed", "fiscal": fiscal}


WAITING = {"state": "waiting", "verdict": None, "fiscal": None}
PROVEN = {"state": "dead", "verdict": "not_printed", "fiscal": None, "reason": {"code": "wait_exceeded"}}
DOUBT = {"state": "dead", "verdict": "in_doubt", "fiscal": None, "reason": {"code": "post_unanswered"}}


def kinds(findings: list[Finding]) -> list[tuple[Kind, str | None]]:
    return sorted((finding.kind, finding.job) for finding in findings)


def test_a_day_on_which_all_went_well_has_no_findings() -> None:
    """A doubt that settles, a dead one, a shift that opens by itself and a stranger that is known break nothing."""
    accepted = [Accepted("shift", "openShift"), SALE, RETURN, OTHER, Accepted("order-3", "sell")]
    seen = {
        "shift": [printed(1, "0")],
        "order-1": [WAITING, printed(3), printed(3)],
        "order-1.return": [DOUBT, printed(4)],
        "order-2": [DOUBT, PROVEN],
        "order-3": [printed(7)],
    }
    slips = [
        slip(1, "shift", "openShift", "0"),
        slip(2, "order-1", "openShift"),
        slip(3, "order-1"),
        slip(4, "order-1.return", "sellReturn"),
        {"fd": 5, "type": "sell", "total": "9.00", "uuid": None, "marker": None},
        slip(7, "order-3"),
    ]
    assert check(REGISTER, accepted, seen, slips, foreign={5}) == []


@pytest.mark.parametrize(
    ("told", "options", "expected"),
    [
        (printed(1), {}, [(Kind.TWICE, "order-1")]),
        (printed(1), {"again_by_register": {"order-1"}}, [(Kind.TWICE_BY_REGISTER_UNDETECTED, "order-1")]),
        (printed(1, "1.10", "doubled:2"), {"again_by_register": {"order-1"}}, []),
        (printed(1, "1.10", "doubled:2"), {}, [(Kind.TWICE, "order-1")]),
    ],
)
def test_two_documents_of_one_job(
    told: dict[str, Any], options: dict[str, Any], expected: list[tuple[Kind, str]]
) -> None:
    """Never twice by us; twice by the register only with a flag that names the second one."""
    slips = [slip(1, "order-1"), slip(2, "order-1")]
    assert kinds(check(REGISTER, [SALE], {"order-1": [told]}, slips, **options)) == expected


def test_a_second_document_without_a_marker_is_known_by_its_submission() -> None:
    slips = [slip(1, "order-1") | {"marker": None}, slip(2, "order-1") | {"marker": None}]
    assert (Kind.TWICE, "order-1") in kinds(check(REGISTER, [SALE], {"order-1": [printed(1)]}, slips))


def test_a_document_without_a_job() -> None:
    assert kinds(check(REGISTER, [], {}, [slip(1, "order-9")])) == [(Kind.STRANGER, None)]


def test_a_line_out_of_order_but_for_what_left_its_place() -> None:
    seen = {"order-1": [printed(2)], "order-2": [printed(1)]}
    slips = [slip(1, "order-2"), slip(2, "order-1")]
    assert kinds(check(REGISTER, [SALE, OTHER], seen, slips)) == [(Kind.OUT_OF_ORDER, "order-2")]
    assert check(REGISTER, [SALE, OTHER], seen, slips, left_place={"order-1"}) == []


def test_a_return_before_its_sale_is_out_of_order_whatever_left_its_place() -> None:
    seen = {"order-1": [printed(2)], "order-1.return": [printed(1)]}
    slips = [slip(1, "order-1.return", "sellReturn"), slip(2, "order-1")]
    found = check(REGISTER, [SALE, RETURN], seen, slips, replayed={"order-1"}, left_place={"order-1"})
    assert kinds(found) == [(Kind.OUT_OF_ORDER, "order-1.return")]


@pytest.mark.parametrize("history", [[], [{}], [WAITING]])
def test_a_job_that_has_no_end_is_lost(history: list[dict[str, Any]]) -> None:
    assert kinds(check(REGISTER, [SALE], {"order-1": history}, [])) == [(Kind.LOST, "order-1")]


def test_a_doubt_that_could_be_settled() -> None:
    seen = {"order-1": [DOUBT]}
    assert kinds(check(REGISTER, [SALE], seen, [])) == [(Kind.DOUBTED, "order-1")]
    assert check(REGISTER, [SALE], seen, [], doubts_allowed={"order-1"}) == []


@pytest.mark.parametrize(
    ("history", "slips"),
    [
        ([printed(1), WAITING, printed(1)], [slip(1, "order-1")]),
        ([printed(1), DOUBT, printed(1)], [slip(1, "order-1")]),
        ([PROVEN, printed(1)], [slip(1, "order-1")]),
        ([PROVEN, WAITING, printed(1)], [slip(1, "order-1")]),
        ([PROVEN, DOUBT, PROVEN], []),
        ([DOUBT, WAITING, printed(1)], [slip(1, "order-1")]),
        ([printed(2), printed(1)], [slip(1, "order-1")]),
        ([PROVEN], [slip(1, "order-1")]),
        ([printed(1)], []),
        ([printed(2)], [slip(1, "order-1")]),
        ([printed(1, "2.00")], [slip(1, "order-1")]),
    ],
)
def test_an_answer_that_is_contradicted_later_or_by_the_paper(
    history: list[dict[str, Any]], slips: list[dict[str, Any]]
) -> None:
    found = kinds(check(REGISTER, [SALE], {"order-1": history}, slips))
    assert found
    assert set(found) == {(Kind.DISHONEST, "order-1")}


def test_a_replay_is_no_contradiction() -> None:
    history: list[dict[str, Any]] = [PROVEN, WAITING, printed(1)]
    assert check(REGISTER, [SALE], {"order-1": history}, [slip(1, "order-1")], replayed={"order-1"}) == []


def test_a_job_sent_again_after_a_wipe_must_come_to_the_same_end() -> None:
    again: list[dict[str, Any]] = [printed(1), WAITING, printed(1)]
    assert check(REGISTER, [SALE], {"order-1": again}, [slip(1, "order-1")], sent_again={"order-1"}) == []
    for end in (PROVEN, DOUBT, printed(2)):
        history: list[dict[str, Any]] = [printed(1), WAITING, end]
        found = check(REGISTER, [SALE], {"order-1": history}, [], sent_again={"order-1"})
        assert (Kind.DISHONEST, "order-1") in kinds(found)
