"""What a proof may stand on: readings that are fresh, of one FN, and documents that are nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.world import LIMITS, SALE, World
from worker.app.reading import Reader
from worker.app.recovering import LeaseKeeper, settle_doubts
from worker.app.station import Station
from worker.domain.answers import Fault, Outcome, PostAnswer, Stage, Strange
from worker.domain.errors import Fenced
from worker.domain.events import Evidence, Found, PrintStarted, SubmitStarted
from worker.domain.job import Job
from worker.domain.tasks import Defaults
from worker.domain.verdicts import Verdict


@pytest.fixture
def world() -> World:
    """A register that has printed once, so that the FN is known."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    return world


def overhear(
    world: World, monkeypatch: pytest.MonkeyPatch, heard: Callable[[str], None] = lambda _: None
) -> list[str]:
    """The types of all tasks that are posted from now on; `heard` is called right before each."""
    types: list[str] = []
    post = world.register.post

    def posting(uuid: str, task: Mapping[str, Any]) -> PostAnswer:
        types.append(task["type"])
        heard(task["type"])
        return post(uuid, task)

    monkeypatch.setattr(world.register, "post", posting)
    return types


def test_an_fn_that_is_changed_while_its_documents_are_read_proves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard 14: the new FN has documents under the same numbers, and none of them is ours."""
    world.accept("order-1")
    world.register.on_run(TaskRun(code=2, registered=True))
    swapped: list[str] = []

    def swap(task_type: str) -> None:
        if task_type == "getFnDocument" and not swapped:
            swapped.append(world.register.driver.fn_number)
            world.register.swap_fn("9999078900009999")
            for _ in range(5):
                world.register.print_foreign()

    overhear(world, monkeypatch, swap)
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT
    assert swapped


def test_after_a_doubt_the_fn_is_read_again_before_the_next_job_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A doubt keeps its own evidence for its own proof; other submissions read afresh after it."""
    world = World(LIMITS.model_copy(update={"doubt_hold_seconds": 0.0}))
    for job in ("order-0", "order-1", "order-2"):
        world.accept(job)
    world.work("order-0")
    world.register.on_poll(Strange("odd"), of="sell")
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT
    posted = overhear(world, monkeypatch)
    assert world.work("order-2").job.verdict is Verdict.PRINTED
    assert posted[0].startswith("get")


def test_what_leaves_a_doubt_open_is_no_ground_for_the_next_submission(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promises §2: evidence is not reused after a doubt, nor is what was read in the attempt to settle it."""
    world.accept("order-1")
    world.register.on_run(TaskRun(code=2, registered=True))
    monkeypatch.setattr(world.register, "read_document", lambda *_: None)
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT
    settle_doubts(world.line, {})
    assert world.job("order-1").verdict is Verdict.IN_DOUBT
    assert world.line.evidence is None


def test_a_reading_from_before_a_post_is_waited_for_and_not_used(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard 3: status first, FN second. What was asked before the POST says nothing of what came after it."""
    reader, task = Reader(world.line), {"type": "getFnStatus"}
    world.register.stand_still()
    assert reader.turn("fn_status", task).final is None
    world.register.go_on()
    reader.afresh()
    posted = overhear(world, monkeypatch)
    assert reader.turn("fn_status", task).final is not None
    assert posted == ["getFnStatus"]


def test_a_reading_that_others_pass_is_taken_out_and_asked_anew(world: World) -> None:
    """Fault 6: one task of the register's queue may wait for ever; a reading must not stop the line by that."""
    world.start_worker()
    world.register.on_stored(of="getFnInfo")
    world.accept("order-1")
    assert world.work("order-1").job.verdict is Verdict.PRINTED
    assert [verb for verb, _ in world.register.calls].count("delete") == 1
    assert not world.line.asked_at


def test_a_document_that_is_on_record_for_one_job_does_not_prove_another() -> None:
    """One document proves at most one job; two of equal content without a marker are told apart by the record."""
    world = World(defaults=Defaults(marker="off"))
    world.accept("order-1")
    world.accept("order-2")
    fn = world.register.driver.fn_number
    assert world.work("order-1").job.fiscal is not None
    job = world.job("order-2")
    for event in (
        SubmitStarted(at="", submission=1, evidence=Evidence(fn_number=fn, document=0), door="v1 fake"),
        PrintStarted(at="", stage=Stage.RUNNING),
        Found(at="", outcome=Outcome.ERROR, code=2, fault=Fault.TRANSIENT, doubtful=True),
    ):
        job = world.ledger.append(job, event)
    proof = Reader(world.line).prove(job)
    assert proof is not None
    assert proof.verdict is Verdict.NOT_PRINTED


def test_no_post_leaves_a_worker_whose_lease_has_run_out() -> None:
    """Fault 15: a worker that was frozen past its lease wakes up, and another one may hold the register."""
    world = World()
    keeper = LeaseKeeper(world.ledger, world.clock, 10.0, pytest.fail)
    try:
        assert keeper.acquire("host:1") is None
        keeper.guard()
        world.clock.pause(9.8)
        with pytest.raises(Fenced):
            keeper.guard()
    finally:
        keeper.release()


def test_p4_a_ticket_out_of_turn_prints_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Celery delivers, the head of the line is next."""
    world.accept("order-1")
    world.accept("order-2")
    station = Station(world.line, world.clock, object())  # type: ignore[arg-type]
    world.line.guard = lambda: None
    posted = overhear(world, monkeypatch)

    def run(job: str) -> Job | None:
        return station.run(job, lambda *_, **__: None)

    assert run("order-2") is None
    assert posted == []
    assert run("order-1") is not None
    assert run("order-2") is not None
    assert posted.count(SALE["type"]) == 2  # type: ignore[arg-type]


def test_a_409_to_a_post_that_the_ledger_knows_nothing_of_voids_the_evidence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promises §2: somebody has sent it before us, and nobody knows when; what was read meanwhile may be younger."""
    world.accept("order-1")
    post = world.register.post

    def posted_before(uuid: str, task: Mapping[str, Any]) -> PostAnswer:
        if task["type"] == SALE["type"]:
            post(uuid, task)
        return post(uuid, task)

    monkeypatch.setattr(world.register, "post", posted_before)
    job = world.work("order-1").job
    assert (job.verdict, job.evidence) == (Verdict.PRINTED, None)
    assert world.sales == 2  # order-0 and order-1
