"""
The contract of `ports.Register`, held by the adapter on a simulator of each generation, and by the register in memory.

The register in memory earns its trust here: what the loop is tested with must answer as the real one does.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest

from tests.adapters.atol.register_bench import (
    Bench,
    MemoryBench,
    SimulatorBench,
    posted,
    read,
    sale,
    seen,
    settled,
)
from tests.simulator.desk import Desk
from worker.adapters.atol.register import AtolRegister
from worker.domain.answers import (
    Fault,
    Final,
    Known,
    Missing,
    NeverSent,
    Outcome,
    Pending,
    Removed,
    Silent,
    Stage,
    Taken,
    TooLate,
)
from worker.domain.policy import Limits
from worker.domain.proof import fiscal_of

MARKER = "fqabcdefghijklmn"
OTHER = "fqbbbbbbbbbbbbbb"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One process for the whole file."""
    desk = Desk(tmp_path_factory.mktemp("register"), "--seed", "11").start()
    yield desk
    desk.stop()


@pytest.fixture(params=["memory", "v1", "v2"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each register in turn."""
    if request.param == "memory":
        return MemoryBench()
    return SimulatorBench(request.getfixturevalue("desk"), request.param)


def last_document(bench: Bench) -> int:
    number: int = read(bench, {"type": "getFnStatus"})["fnStatus"]["fiscalDocumentNumber"]
    return number


def test_a_receipt_ends_ready_with_its_fiscal_data(bench: Bench) -> None:
    before = last_document(bench)
    answer = settled(bench, posted(bench, sale(MARKER)))
    assert isinstance(answer, Final)
    assert (answer.outcome, answer.code, answer.fault, answer.doubtful) == (Outcome.READY, 0, None, False)
    fiscal = fiscal_of("sell", answer.result)
    assert fiscal is not None
    assert fiscal.document_number == before + 1
    assert fiscal.total == Decimal("149.90")
    assert fiscal.sign
    assert fiscal.fn_number == read(bench, {"type": "getFnInfo"})["fnInfo"]["serial"]
    assert fiscal.qr is not None
    assert bench.markers() == [MARKER]


def test_a_submission_is_pending_until_it_is_final(bench: Bench) -> None:
    bench.linger_next()
    uuid = posted(bench, sale(MARKER))
    assert isinstance(bench.register.poll(uuid), Pending)
    assert seen(bench, uuid, Stage.RUNNING)
    assert isinstance(bench.register.delete(uuid), TooLate)
    assert isinstance(settled(bench, uuid), Final)


def test_the_same_uuid_is_known_and_never_prints_again(bench: Bench) -> None:
    uuid = posted(bench, sale(MARKER))
    assert isinstance(bench.register.post(uuid, sale(OTHER)), Known)
    first = settled(bench, uuid)
    assert isinstance(bench.register.post(uuid, sale(MARKER)), Known)
    assert settled(bench, uuid) == first
    assert bench.markers() == [MARKER]


def test_submissions_print_in_the_order_of_their_posts(bench: Bench) -> None:
    markers = [f"fq{number:014}" for number in range(5)]
    uuids = [posted(bench, sale(marker)) for marker in markers]
    assert isinstance(settled(bench, uuids[-1]), Final)
    assert bench.markers() == markers


def test_an_unknown_uuid_is_missing(bench: Bench) -> None:
    unknown = str(uuid4())
    assert bench.register.poll(unknown) == Missing()
    assert bench.register.delete(unknown) == Missing()


def test_what_waits_can_be_removed_and_never_prints(bench: Bench) -> None:
    bench.stand_still()
    uuid = posted(bench, sale(MARKER))
    assert bench.register.poll(uuid) == Pending(Stage.WAITING)
    assert bench.register.delete(uuid) == Removed()
    bench.go_on()
    fence = posted(bench, {"type": "getFnStatus"})
    assert isinstance(settled(bench, fence), Final)
    answer = bench.register.poll(uuid)
    assert isinstance(answer, Final)
    assert (answer.outcome, answer.doubtful, answer.result) == (Outcome.CANCELED, False, None)
    assert isinstance(bench.register.delete(uuid), TooLate)
    assert isinstance(bench.register.post(uuid, sale(MARKER)), Known)
    assert bench.markers() == []


def test_what_stands_still_prints_when_the_register_works_again(bench: Bench) -> None:
    bench.stand_still()
    uuid = posted(bench, sale(MARKER))
    bench.clock.pause(0.3)
    assert bench.register.poll(uuid) == Pending(Stage.WAITING)
    bench.go_on()
    assert isinstance(settled(bench, uuid), Final)
    assert bench.markers() == [MARKER]


def test_what_is_final_cannot_be_removed(bench: Bench) -> None:
    uuid = posted(bench, sale(MARKER))
    answer = settled(bench, uuid)
    assert isinstance(bench.register.delete(uuid), TooLate)
    assert bench.register.poll(uuid) == answer


def test_a_document_is_read_back_by_its_number(bench: Bench) -> None:
    told = settled(bench, posted(bench, sale(MARKER, "0.70")))
    assert isinstance(told, Final)
    number = last_document(bench)
    document = bench.register.read_document(
        read(bench, {"type": "getFnDocument", "fiscalDocumentNumber": number}), number
    )
    assert document is not None
    assert (document.type, document.total, document.markers) == ("sell", Decimal("0.70"), frozenset({MARKER}))
    fiscal = fiscal_of("sell", told.result)
    assert fiscal is not None
    assert (document.fiscal.sign, document.fiscal.datetime) == (fiscal.sign, fiscal.datetime)
    assert document.fiscal.receipt_number == fiscal.receipt_number
    assert document.fiscal.qr in {None, fiscal.qr}


def test_a_shift_report_is_read_back_by_its_kind(bench: Bench) -> None:
    assert isinstance(
        settled(bench, posted(bench, {"type": "closeShift", "operator": {"name": "Кассир"}})), Final
    )
    number = last_document(bench)
    document = bench.register.read_document(
        read(bench, {"type": "getFnDocument", "fiscalDocumentNumber": number}), number
    )
    assert document is not None
    assert (document.type, document.total, document.markers) == ("closeShift", None, frozenset())


def test_a_document_that_is_not_there_is_an_error_that_does_not_pass(bench: Bench) -> None:
    task = {"type": "getFnDocument", "fiscalDocumentNumber": 9999}
    answer = settled(bench, posted(bench, task))
    assert isinstance(answer, Final)
    assert (answer.outcome, answer.code, answer.doubtful) == (Outcome.ERROR, 123, False)
    assert answer.fault is not None
    assert not answer.fault.passes
    assert bench.register.read_document(answer.result, 9999) is None


def test_a_refusal_comes_with_its_fault(bench: Bench) -> None:
    task = sale(MARKER)
    task["payments"] = [{"type": "cash", "sum": Decimal("1.00")}]
    answer = settled(bench, posted(bench, task))
    assert answer == Final(Outcome.ERROR, 66, "Чек оплачен не полностью", Fault.PAYLOAD)
    assert bench.markers() == []


def test_an_error_before_the_close_leaves_no_document(bench: Bench) -> None:
    bench.err_next(44, registered=False)
    before = last_document(bench)
    answer = settled(bench, posted(bench, sale(MARKER)))
    assert isinstance(answer, Final)
    assert (answer.outcome, answer.code, answer.fault) == (Outcome.ERROR, 44, Fault.PERSON)
    assert answer.doubtful
    assert last_document(bench) == before


def test_an_error_after_the_close_proves_nothing_about_the_document(bench: Bench) -> None:
    """On v1, 241 does not block: `error`, and the receipt is on the FN all the same. v2 finds out (reference §10)."""
    bench.err_next(241, registered=True)
    answer = settled(bench, posted(bench, sale(MARKER)))
    assert isinstance(answer, Final)
    if (bench.register.door or "").startswith("v2"):
        assert answer.outcome is Outcome.READY
    else:
        assert (answer.outcome, answer.code, answer.fault) == (Outcome.ERROR, 241, Fault.TRANSIENT)
        assert answer.doubtful
    assert bench.markers() == [MARKER]


def test_a_blocked_submission_is_pending_until_the_register_has_found_out(bench: Bench) -> None:
    bench.block_next()
    uuid = posted(bench, sale(MARKER))
    assert seen(bench, uuid, Stage.BLOCKED)
    assert isinstance(bench.register.delete(uuid), TooLate)
    answer = settled(bench, uuid)
    assert isinstance(answer, Final)
    assert answer.outcome is Outcome.READY
    assert bench.markers() == [MARKER]


def test_cash_in_tells_the_drawers_sum(bench: Bench) -> None:
    answer = read(bench, {"type": "cashIn", "cashSum": Decimal("100.50")})
    assert answer["counters"]["cashSum"] == Decimal("100.5")
    assert read(bench, {"type": "getCashDrawerStatus"})["counters"]["cashSum"] == Decimal("100.5")


def test_a_register_that_is_off_was_never_reached(bench: Bench) -> None:
    register = bench.unreachable()
    assert isinstance(register.post(str(uuid4()), sale(MARKER)), NeverSent)
    assert isinstance(register.poll(str(uuid4())), Silent)
    assert isinstance(register.delete(str(uuid4())), Silent)


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_the_generation_of_a_simulator_is_found_out(
    tmp_path_factory: pytest.TempPathFactory, api: str
) -> None:
    desk = Desk(tmp_path_factory.mktemp(api), "--api", api).start()
    try:
        register = AtolRegister(desk.url, limits=Limits())
        assert register.knock() == f"{api} {desk.url}"
        assert register.post(str(uuid4()), {"type": "getFnStatus"}) == Taken()
    finally:
        desk.stop()
