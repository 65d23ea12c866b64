"""What was met on the FN before the ledger knew a job of it is kept until the job is on record (promises §2, guard 7)."""

from __future__ import annotations

from typing import Any

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.world import REGISTER, World
from worker.app import met, operating
from worker.app.met import MET
from worker.app.surveying import look_at_register
from worker.domain.identity import marker
from worker.domain.proof import Document
from worker.domain.verdicts import Verdict

OURS = marker(REGISTER, "order-1")
NEW_FN = "9999078900009999"


def kept(world: World) -> dict[str, str]:
    return {name: text for name, text in world.ledger.recall().items() if name.startswith(MET)}


@pytest.fixture
def forgotten() -> World:
    """Redis and the register have forgotten a printed job; a worker has read the FN, and was ended."""
    world = World()
    world.accept("order-1")
    world.work("order-1")
    fresh = World()
    fresh.register, fresh.clock = world.register, world.clock
    fresh.register.lose_store()
    fresh.start_worker()
    look_at_register(fresh.line)
    fresh.start_worker()
    return fresh


def test_what_a_worker_met_before_it_ended_is_not_printed_again(forgotten: World) -> None:
    """The CRM sends it once more; the document is read again, so that all its data are told."""
    assert kept(forgotten) == {MET + OURS: "1"}
    forgotten.accept("order-1")
    job = forgotten.work("order-1").job
    assert job.fiscal is not None
    assert (job.verdict, job.fiscal.document_number, job.fiscal.sign is None) == (Verdict.PRINTED, 1, False)
    assert len(forgotten.register.slips_of(OURS)) == 1
    assert kept(forgotten) == {}


def test_what_was_met_is_told_by_its_number_when_the_fn_gives_it_no_more(
    forgotten: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an old document it gives a few fields only, and no marker."""
    read = forgotten.register.read_document

    def short(result: Any, number: int) -> Document | None:
        return None if number == 1 else read(result, number)

    monkeypatch.setattr(forgotten.register, "read_document", short)
    forgotten.accept("order-1")
    job = forgotten.work("order-1").job
    assert job.fiscal is not None
    assert (job.verdict, job.fiscal.document_number) == (Verdict.PRINTED, 1)
    assert len(forgotten.register.slips_of(OURS)) == 1


def test_numbers_of_an_fn_that_was_taken_out_are_forgotten(forgotten: World) -> None:
    """Each FN counts from 1."""
    forgotten.register.swap_fn(NEW_FN)
    operating.accept_fn(forgotten.ledger, forgotten.clock, NEW_FN, "Ivanova")
    look_at_register(forgotten.line)
    assert kept(forgotten) == {}


def test_of_too_many_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's facts are read with every reading: they must stay few."""
    monkeypatch.setattr(met, "MET_MAX", 2)
    world = World()
    for number in range(1, 5):
        world.line.met.keep(
            Document(number, "sell", markers=frozenset({marker(REGISTER, str(number)), "crm"}))
        )
    assert sorted(kept(world).values()) == ["3", "4"]


def test_a_job_that_is_proven_in_its_turn_leaves_nothing_behind() -> None:
    """Its document is met before the job is on record."""
    world = World()
    world.accept("order-1")
    world.register.on_run(TaskRun(code=2, registered=True), of="sell")
    remembered: list[str] = []
    remember = world.ledger.remember

    def listening(**facts: str | None) -> None:
        remembered.extend(name for name in facts if name.startswith(MET))
        remember(**facts)

    world.ledger.remember = listening  # type: ignore[method-assign]
    assert world.work("order-1").job.verdict is Verdict.PRINTED
    assert remembered == [MET + OURS, MET + OURS]
    assert kept(world) == {}
