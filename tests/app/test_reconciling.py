"""At every closing both sides are laid beside each other, and nothing of that may cost a receipt."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.test_doubts import doubt, speak_plainly
from tests.app.world import SALE, CrashedError, World
from worker.app.reconciling import reconcile_closed, reconcile_left, reconciliation
from worker.app.recovering import settle_doubts
from worker.domain.errors import OperatorError
from worker.domain.events import Printed
from worker.domain.job import State
from worker.domain.ports import Act
from worker.domain.reconciliation import Note, Reconciliation
from worker.domain.sides import Stranger
from worker.domain.verdicts import Fiscal, Verdict

FN = "9999078900001234"
CLOSE = {"type": "closeShift"}


@pytest.fixture
def world() -> World:
    """The second shift of a register, opened by fiscalq."""
    world = World()
    world.reconciles = True
    world.register.driver.shift_state = "closed"
    world.accept("open", {"type": "openShift"})
    world.serve()
    return world


def sell(world: World, *jobs: str) -> None:
    for job in jobs:
        world.accept(job)
    world.serve()


def close(world: World, job: str = "close") -> None:
    world.accept(job, CLOSE)
    world.serve()
    assert world.job(job).state is State.PRINTED


def now(world: World, shift: int | None = None) -> Reconciliation:
    """As `fiscalq reconcile` would show it."""
    return reconciliation(world.ledger, world.defaults, None, shift, None)


def told(world: World) -> dict[str, object]:
    facts: dict[str, object] = json.loads(world.ledger.recall()["reconciled"])
    return facts


def posted(world: World) -> list[str]:
    """The types of all tasks that the register was given, in order."""
    store = world.register._store
    return [store[uuid].task["type"] for what, uuid in world.register.calls if what == "post"]


def test_a_shift_that_agrees_is_kept_as_zeros(world: World) -> None:
    """Ledger, register's totals and the FN's counters."""
    sell(world, "order-1", "order-2")
    close(world)
    found = now(world)
    assert (found.is_zero, found.fn_number, found.shift, found.notes) == (True, FN, 2, ())
    figures = {(row.kind, row.what): (row.ledger, row.register_side) for row in found.rows}
    assert figures["sell", "count"] == figures["receipts", "count"] == (Decimal(2), Decimal(2))
    assert told(world) == {"fn": FN, "shift": 2, "zero": True, "doubts": []}
    assert "closing" not in world.ledger.recall()


def test_the_totals_are_asked_for_once_and_before_the_closing_is_sent(world: World) -> None:
    sell(world, "order-1")
    close(world)
    assert posted(world).count("getShiftTotals") == 1
    assert posted(world).index("getShiftTotals") < posted(world).index("closeShift")


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_register_that_does_not_tell_its_totals_closes_all_the_same(world: World, nth: int) -> None:
    """What was not read is said to be missing, and is no difference."""
    sell(world, "order-1")
    for _ in range(nth):
        world.register.on_run(TaskRun(code=148), of="getShiftTotals")
    close(world)
    found = now(world)
    assert (found.is_zero, found.notes) == (True, (Note.TOTALS_NOT_READ,))


def test_a_ledger_that_fails_beside_the_closing_does_not_keep_it_from_printing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of this book-keeping is told, and costs no receipt."""
    sell(world, "order-1")
    with monkeypatch.context() as broken:
        broken.setattr(type(world.ledger), "keep_shift", lambda *_: 1 / 0)
        close(world)
    assert any("reconciliation.hindered ZeroDivisionError" in note for note in world.notes)
    reconcile_left(world.line)
    assert told(world)["zero"] is True


@pytest.mark.parametrize("crash", ["submit_started", "shown", "printed"])
def test_a_worker_killed_while_it_closes_compares_with_what_was_read_before(world: World, crash: str) -> None:
    """The totals outlive the process, and are read anew only for a new POST; what was left undone is done while nothing prints."""
    sell(world, "order-1")
    world.accept("close", CLOSE)
    world.ledger.crash_after = crash
    with pytest.raises(CrashedError):
        world.serve()
    world.start_worker()
    world.serve()
    reconcile_left(world.line)
    assert posted(world).count("getShiftTotals") == (2 if crash == "submit_started" else 1)
    assert (told(world)["zero"], now(world).notes) == (True, ())


def test_comparing_once_more_changes_nothing(world: World) -> None:
    sell(world, "order-1")
    close(world)
    before = (world.ledger.recall(), now(world))
    reconcile_closed(world.line, world.job("close"))
    reconcile_left(world.line)
    assert (world.ledger.recall(), now(world)) == before


def test_a_document_that_we_did_not_print_is_named_with_kind_and_sum(world: World) -> None:
    sell(world, "order-1")
    world.register.print_foreign()
    foreign = world.register.slips[-1].number
    sell(world, "order-2")
    close(world)
    found = now(world)
    assert found.strangers == (Stranger(document=foreign, kind="sell", total=Decimal("1.00")),)
    assert told(world)["zero"] is False


def test_a_doubt_that_is_settled_after_the_closing_is_counted_in_its_own_shift(world: World) -> None:
    """Compared without it first, which differs; once it is settled, the shift is compared anew by itself."""
    sell(world, "order-1")
    doubt(world, "late", SALE)
    held: dict[str, float] = {}
    settle_doubts(world.line, held)
    close(world)
    assert told(world) == {"fn": FN, "shift": 2, "zero": False, "doubts": ["late"]}
    assert now(world).doubts == ("late",)
    reconcile_left(world.line)
    assert told(world)["zero"] is False
    speak_plainly(world)
    settle_doubts(world.line, {})
    assert world.job("late").verdict is Verdict.PRINTED
    reconcile_left(world.line)
    assert told(world)["zero"] is True
    assert now(world).is_zero


def test_a_doubt_that_a_person_settles_by_number_alone_is_counted_where_the_number_stands(
    world: World,
) -> None:
    sell(world, "order-1")
    doubt(world, "late", SALE)
    settle_doubts(world.line, {})
    close(world)
    number = world.register.slips[-2].number
    printed = Printed(at=world.clock.now(), fiscal=Fiscal(document_number=number), by="Ivanova", why="seen")
    world.ledger.act(world.job("late"), printed, Act("resolve", "Ivanova", "seen", world.clock.now()))
    assert now(world).is_zero


def test_a_shift_that_was_closed_already_is_not_compared(world: World) -> None:
    """The CRM closes without looking: there is no report to compare with."""
    sell(world, "order-1")
    close(world)
    before = told(world)
    close(world, "close-again")
    assert told(world) == before
    assert "closing" not in world.ledger.recall()


def test_the_open_shift_shows_the_ledger_alone_and_says_so(world: World) -> None:
    sell(world, "order-1")
    found = now(world, 2)
    assert (found.notes, found.is_zero) == ((Note.OPEN,), True)
    assert {row.register_side for row in found.rows} == {None}


def test_a_shift_that_nobody_knows_is_refused(world: World) -> None:
    with pytest.raises(OperatorError, match="no_shift_closed"):
        now(world)
    with pytest.raises(OperatorError, match="shift 40"):
        now(world, 40)


def test_every_shift_is_compared_with_its_own_receipts(world: World) -> None:
    """Three shifts in one ledger; the middle one is asked for afterwards."""
    for shift, jobs in ((2, ["a"]), (3, ["b", "c"]), (4, ["d"])):
        if shift > 2:
            world.accept(f"open-{shift}", {"type": "openShift"})
        sell(world, *jobs)
        close(world, f"close-{shift}")
        assert now(world).shift == shift
    found = now(world, 3)
    assert found.is_zero
    assert next(row.ledger for row in found.rows if row.kind == "receipts") == 2


def test_a_receipt_that_the_register_printed_twice_is_known_twice(world: World) -> None:
    """The second one is on record, too: the register's count agrees, and the job's warning tells of it."""
    world.register.on_run(TaskRun(code=2, registered=True, times=2), of="sell")
    sell(world, "order-1")
    close(world)
    assert len(world.job("order-1").doubled) == 1
    assert now(world).is_zero


def test_a_shift_that_was_opened_and_closed_by_hand_is_none_of_the_next_one(world: World) -> None:
    """Tag 1111 of the closing report says where the shift began when the ledger does not."""
    sell(world, "order-1")
    close(world)
    driver, at = world.register.driver, world.clock.monotonic()
    for task in ("openShift", "closeShift", "openShift"):
        driver.carry_out("", {"type": task}, at)
    sell(world, "order-2")
    close(world, "close-4")
    found = now(world)
    assert (found.shift, found.is_zero, found.strangers) == (4, True, ())


def test_a_shift_that_was_closed_by_hand_is_not_called_open(world: World) -> None:
    sell(world, "order-1")
    driver, at = world.register.driver, world.clock.monotonic()
    for task in ("closeShift", "openShift"):
        driver.carry_out("", {"type": task}, at)
    sell(world, "order-2")
    found = now(world, 2)
    assert (found.is_open, found.notes) == (False, (Note.CLOSED_UNSEEN,))
    assert now(world, 3).is_open


def test_a_mistake_that_stays_is_told_once_while_nothing_prints(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every two seconds would fill the log; `fiscalq reconcile` can still be asked."""
    sell(world, "order-1")
    monkeypatch.setattr(type(world.ledger), "keep_shift", lambda *_: 1 / 0)
    close(world)
    for _ in range(3):
        reconcile_left(world.line)
    assert sum("reconciliation.hindered" in note for note in world.notes) == 2
    assert world.job("close").state is State.PRINTED
