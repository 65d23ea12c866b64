"""What the register in memory does beyond the contract: the troubles that tests of the loop ask of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ops.chaos.virtual.fake_clock import FakeClock
from ops.chaos.virtual.fake_register import FakeRegister, Run
from worker.domain.answers import (
    Fault,
    Final,
    Known,
    Missing,
    NeverSent,
    NotNow,
    Outcome,
    Pending,
    PollAnswer,
    Removed,
    Silent,
    Stage,
    Strange,
    Taken,
    Unanswered,
)

LOST = Unanswered("the answer was lost")
SALE: dict[str, Any] = {
    "type": "sell",
    "items": [
        {"type": "position", "name": "Хлеб", "amount": Decimal("1.50")},
        {"type": "additionalAttribute", "value": "fqabcdefghijklmn"},
    ],
    "payments": [{"type": "cash", "sum": Decimal("1.50")}],
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def register(clock: FakeClock) -> FakeRegister:
    return FakeRegister(clock)


def after(register: FakeRegister, uuid: str, seconds: float = 10.0) -> PollAnswer:
    """The answer to a look some seconds later."""
    register.clock.pause(seconds)
    return register.poll(uuid)


def outcome(answer: PollAnswer) -> Outcome:
    assert isinstance(answer, Final), answer
    return answer.outcome


def test_time_passes_only_while_somebody_waits(clock: FakeClock) -> None:
    seen: list[float] = []
    clock.at(5, lambda: seen.append(clock.monotonic()))
    clock.at(3, lambda: clock.at(4, lambda: seen.append(clock.monotonic())))
    assert not clock.pause(4.5)
    assert (clock.monotonic(), seen) == (4.5, [4])
    clock.pause(1)
    assert seen == [4, 5]
    assert clock.now() == "2031-03-01T06:00:05.500Z"


def test_a_worker_that_is_told_to_stop_does_not_wait_on(clock: FakeClock) -> None:
    clock.at(2, lambda: setattr(clock, "stopped", True))
    assert clock.pause(100)
    assert clock.monotonic() == 2


def test_the_answer_to_the_second_post_is_lost(register: FakeRegister) -> None:
    register.on_post(LOST, nth=2, stored=True)
    assert register.post("r", {"type": "getFnStatus"}) == Taken()
    assert [register.post("a", SALE), register.post("b", SALE), register.post("c", SALE)] == [
        Taken(),
        LOST,
        Taken(),
    ]
    assert outcome(after(register, "b")) is Outcome.READY
    assert [slip.uuid for slip in register.slips] == ["a", "b", "c"]
    assert len(register.slips_of("fqabcdefghijklmn")) == 3


def test_a_post_that_was_lost_on_its_way_stores_nothing(register: FakeRegister) -> None:
    register.on_post(NotNow(408, "busy"))
    assert register.post("a", SALE) == NotNow(408, "busy")
    assert after(register, "a") == Missing()
    assert register.slips == []


def test_a_post_may_land_after_it_was_asked_for(register: FakeRegister) -> None:
    register.on_post(LOST, stored=True, after=5)
    register.post("a", SALE)
    assert after(register, "a", 4) == Missing()
    assert after(register, "a", 1.05) == Pending(Stage.WAITING)
    assert isinstance(register.post("a", SALE), Known)
    assert outcome(after(register, "a")) is Outcome.READY
    assert len(register.slips) == 1


def test_a_late_post_of_a_uuid_that_is_there_changes_nothing(register: FakeRegister) -> None:
    register.on_post(LOST, stored=True, after=5)
    register.post("a", SALE)
    assert register.post("a", SALE) == Taken()
    register.clock.pause(20)
    assert len(register.slips) == 1


@pytest.mark.parametrize("answer", [Silent("HTML"), Strange("paused"), Missing()])
def test_a_look_may_bring_anything(register: FakeRegister, answer: PollAnswer) -> None:
    register.on_poll(answer, nth=2)
    register.post("a", SALE)
    assert isinstance(register.poll("a"), Pending)
    assert register.poll("a") == answer
    assert isinstance(register.poll("a"), Pending)


def test_the_second_run_of_a_receipt_meets_an_error(register: FakeRegister) -> None:
    register.on_run(Run(code=44), of="sell", nth=2)
    for uuid in "abc":
        register.post(uuid, SALE)
    assert outcome(after(register, "c")) is Outcome.READY
    assert register.poll("b") == Final(Outcome.ERROR, 44, "Нет бумаги", Fault.PERSON, doubtful=True)
    assert [slip.uuid for slip in register.slips] == ["a", "c"]


def test_an_error_may_hide_a_document(register: FakeRegister) -> None:
    register.on_run(Run(code=241, registered=True))
    register.post("a", SALE)
    assert outcome(after(register, "a")) is Outcome.ERROR
    assert len(register.slips) == 1


@pytest.mark.parametrize(("registered", "end"), [(True, Outcome.READY), (False, Outcome.ERROR)])
def test_a_block_ends_with_what_the_register_found_out(
    register: FakeRegister, registered: bool, end: Outcome
) -> None:
    register.on_run(Run(code=2, registered=registered, blocked=60))
    register.post("a", SALE)
    register.post("b", SALE)
    assert after(register, "a", 30) == Pending(Stage.BLOCKED)
    assert register.poll("b") == Pending(Stage.WAITING)
    assert outcome(after(register, "a", 30.5)) is end
    assert [slip.uuid for slip in register.slips] == (["a"] if registered else [])


def test_the_server_may_run_a_task_twice(register: FakeRegister) -> None:
    register.on_run(Run(times=2))
    register.post("a", SALE)
    answer = after(register, "a")
    assert isinstance(answer, Final)
    assert answer.result is not None
    assert answer.result["fiscalParams"]["fiscalDocumentNumber"] == 2
    assert [slip.uuid for slip in register.slips] == ["a", "a"]


def test_ready_may_come_without_a_result(register: FakeRegister) -> None:
    register.on_run(Run(bare=True))
    register.post("a", SALE)
    assert after(register, "a") == Final(Outcome.READY, 0, "Ошибок нет")
    assert len(register.slips) == 1


def test_a_delete_may_lose_the_race(register: FakeRegister) -> None:
    register.on_delete()
    register.post("a", SALE)
    assert register.delete("a") == Removed()
    assert outcome(register.poll("a")) is Outcome.CANCELED
    assert outcome(after(register, "a")) is Outcome.READY
    assert len(register.slips) == 1


def test_a_register_may_be_off_silent_or_forgetful(register: FakeRegister) -> None:
    register.post("a", SALE)
    register.reachable = False
    assert isinstance(register.post("b", SALE), NeverSent)
    register.reachable, register.silent = True, True
    assert isinstance(register.post("b", SALE), Unanswered)
    assert isinstance(register.poll("a"), Silent)
    register.silent = False
    assert outcome(after(register, "a")) is Outcome.READY
    register.lose_store()
    assert register.poll("a") == Missing()
    assert register.post("a", SALE) == Taken()
    register.clock.pause(10)
    assert len(register.slips) == 2
    assert [call for call in register.calls if call[0] == "post"] == [("post", uuid) for uuid in "abba"]


def test_a_shift_that_is_too_long_refuses_receipts(register: FakeRegister) -> None:
    register.driver.shift_state = "expired"
    register.post("a", SALE)
    register.post("b", {"type": "closeShift"})
    register.post("c", {"type": "openShift"})
    register.post("d", SALE)
    assert outcome(after(register, "d")) is Outcome.READY
    refused = register.poll("a")
    assert isinstance(refused, Final)
    assert (refused.code, refused.fault) == (68, Fault.SHIFT)
    assert [slip.type for slip in register.slips] == ["closeShift", "openShift", "sell"]


def test_another_fn_and_a_foreign_document(register: FakeRegister) -> None:
    register.post("a", SALE)
    register.clock.pause(10)
    register.print_foreign(Decimal("7.00"))
    assert [(slip.uuid, slip.total) for slip in register.slips] == [
        ("a", Decimal("1.50")),
        ("", Decimal("7.00")),
    ]
    register.swap_fn("9999078900009999")
    assert register.slips == []
    register.post("i", {"type": "getFnInfo"})
    answer = after(register, "i")
    assert isinstance(answer, Final)
    assert answer.result is not None
    assert answer.result["fnInfo"]["serial"] == "9999078900009999"


def test_two_plans_for_one_call_are_a_mistake_of_the_test(register: FakeRegister) -> None:
    register.on_post(LOST)
    register.on_post(NotNow(403, "inactive"))
    with pytest.raises(ValueError, match="two plans"):
        register.post("a", SALE)
