"""A person's word may be wrong: what the FN says against it is found before anything prints again, and is no second print."""

from __future__ import annotations

from contextlib import suppress

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from ops.chaos.virtual.fake_scripts import Scripts
from tests.app.world import World
from worker.app import operating
from worker.app.operating import Word
from worker.app.reading import Reader
from worker.app.recovering import settle_doubts
from worker.app.surveying import survey
from worker.domain.errors import PlaceTaken
from worker.domain.identity import marker
from worker.domain.job import State
from worker.domain.proof import Document
from worker.domain.verdicts import UNFORESEEN, Verdict

IVANOVA = Word("Ivanova", "no paper")
OURS = marker("kassa-1", "order-1")


def doubtful(*, registered: bool) -> World:
    """A receipt whose FN could not be read, and which the register has forgotten: in doubt."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    world.accept("order-1")
    world.register.on_run(TaskRun(code=2, registered=registered), of="sell")
    for nth in range(1, 400):
        world.register.on_run(TaskRun(code=2), of="getFnInfo", nth=nth)
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT
    world.register.lose_store()
    world.register._scripts = Scripts()
    return world


@pytest.fixture
def world() -> World:
    """It has printed, as document 2."""
    return doubtful(registered=True)


def resolve(world: World, verdict: Verdict, document: int | None = None) -> None:
    operating.resolve(world.ledger, world.clock, "order-1", verdict, IVANOVA, document=document)


def replay(world: World) -> None:
    done = operating.replay(world.ledger, world.clock, ["order-1"], IVANOVA, dry_run=False)
    assert done.moved == ("order-1",)


def test_a_receipt_that_printed_against_a_persons_word_is_not_repeated(world: World) -> None:
    """The register has forgotten it, and the worker that met its document was ended: the FN is looked through once more."""
    assert survey(world.line, Reader(world.line), world.job("order-1")) is None
    world.start_worker()
    resolve(world, Verdict.NOT_PRINTED)
    replay(world)
    job = world.work("order-1").job
    assert (job.state, job.doubled, len(world.register.slips_of(OURS))) == (State.PRINTED, (), 1)


def test_a_receipt_of_which_it_was_said_that_it_did_not_print_is_told_printed(world: World) -> None:
    """The next look at the FN meets its document: the word is set right aloud, and nobody can have it printed again."""
    resolve(world, Verdict.NOT_PRINTED)
    world.accept("order-2")
    assert world.work("order-2").job.state is State.PRINTED
    job = world.job("order-1")
    assert job.fiscal is not None
    assert (job.state, job.fiscal.document_number, job.fiscal.warnings) == (State.PRINTED, 2, (UNFORESEEN,))
    assert any("job.unforeseen" in note and "FD 2" in note for note in world.notes)
    done = operating.replay(world.ledger, world.clock, ["order-1"], IVANOVA, dry_run=False)
    assert done.refused["order-1"].missing is operating.Missing.PRINTED


def test_a_replay_that_a_person_asks_for_while_its_document_is_met_prints_nothing_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the two one is written; the replay then finds the document."""
    resolve(world, Verdict.NOT_PRINTED)
    read = world.register.read_document

    def replayed_meanwhile(result: object, number: int) -> Document | None:
        document = read(result, number)  # type: ignore[arg-type]
        if document is not None and OURS in document.markers and world.job("order-1").is_final:
            operating.replay(world.ledger, world.clock, ["order-1"], IVANOVA, dry_run=False)
        return document

    monkeypatch.setattr(world.register, "read_document", replayed_meanwhile)
    world.accept("order-2")
    world.work("order-2")
    job = world.work("order-1").job
    assert (job.state, len(world.register.slips_of(OURS))) == (State.PRINTED, 1)


def test_a_word_that_is_given_while_the_fn_is_read_repeats_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading leaves the line on fresh evidence, behind a document that nobody has taken to heart."""
    read = world.register.read_document
    asked: list[int] = []

    def decided_meanwhile(result: object, number: int) -> Document | None:
        if not asked:
            asked.append(number)
            resolve(world, Verdict.NOT_PRINTED)
            replay(world)
        return read(result, number)  # type: ignore[arg-type]

    monkeypatch.setattr(world.register, "read_document", decided_meanwhile)
    with suppress(PlaceTaken):
        settle_doubts(world.line, {})
    assert asked
    job = world.work("order-1").job
    assert (job.state, job.doubled, len(world.register.slips_of(OURS))) == (State.PRINTED, (), 1)


def test_a_receipt_that_did_not_print_is_printed_on_a_persons_word() -> None:
    """The look before it is no obstacle to whoever was right."""
    world = doubtful(registered=False)
    resolve(world, Verdict.NOT_PRINTED)
    replay(world)
    assert world.work("order-1").job.state is State.PRINTED
    assert len(world.register.slips_of(OURS)) == 1


def test_a_number_that_a_person_read_wrong_is_set_right(world: World) -> None:
    """Nobody is told to take back the only receipt; the CRM and the operator are told the job's own document."""
    resolve(world, Verdict.PRINTED, 4711)
    world.accept("order-2")
    world.work("order-2")
    job = world.job("order-1")
    assert job.fiscal is not None
    assert (job.fiscal.document_number, job.fiscal.warnings, job.doubled) == (2, ("misnamed:4711",), ())
    assert job.fiscal.sign is not None
    assert any("job.misnamed" in note and "FD 2" in note for note in world.notes)


def test_a_number_that_is_set_right_is_free_for_the_job_whose_it_is(world: World) -> None:
    """Else its own receipt could not be named by anybody."""
    resolve(world, Verdict.PRINTED, 3)
    world.accept("order-2")
    for nth in range(3, 400):
        world.register.on_run(TaskRun(code=2), of="getFnInfo", nth=nth)
    world.register.on_run(TaskRun(code=2, registered=True), of="sell")
    assert world.work("order-2").job.verdict is Verdict.IN_DOUBT
    named = operating.resolve(
        world.ledger, world.clock, "order-2", Verdict.PRINTED, IVANOVA, document=3
    ).fiscal
    assert named is not None
    assert named.document_number == 3


def test_a_number_beyond_the_last_document_is_not_asked_for(world: World) -> None:
    """A register that answers such a question with an error that passes would stop the line for ever."""
    resolve(world, Verdict.PRINTED, 4711)
    for nth in range(2, 400):
        world.register.on_run(TaskRun(code=2), of="getFnDocument", nth=nth)
    world.accept("order-2")
    began = world.clock.monotonic()
    assert world.work("order-2").job.state is State.PRINTED
    assert world.clock.monotonic() - began < world.limits.backoff_max_seconds


def test_what_a_person_named_rightly_is_told_as_it_stands_on_the_fn(world: World) -> None:
    """The buyer's QR string and the fiscal sign are not on every receipt that a person reads out."""
    resolve(world, Verdict.PRINTED, 2)
    world.accept("order-2")
    world.work("order-2")
    fiscal = world.job("order-1").fiscal
    assert fiscal is not None
    assert (fiscal.document_number, fiscal.warnings, fiscal.sign is None) == (2, (), False)


def test_a_second_print_behind_a_persons_right_word_is_told(world: World) -> None:
    """Fault 5: both documents carry the marker."""
    resolve(world, Verdict.PRINTED, 2)
    world.register.print_foreign(marker=OURS)
    world.accept("order-2")
    world.work("order-2")
    assert world.job("order-1").doubled == (3,)


def test_what_cannot_be_read_now_is_no_ground_for_either(world: World) -> None:
    """The document that the person named is asked for until the register gives it."""
    resolve(world, Verdict.PRINTED, 2)
    world.register.print_foreign(marker=OURS)
    for nth in range(1, 4):
        world.register.on_run(TaskRun(code=2), of="getFnDocument", nth=nth)
    world.accept("order-2")
    world.work("order-2")
    assert world.job("order-1").doubled == (3,)


def test_a_number_is_not_taken_by_a_document_of_the_fn_before() -> None:
    """Each FN counts its documents from 1; within one, a document proves one job."""
    world = World()
    for number in range(3):
        world.accept(f"old-{number}")
        world.work(f"old-{number}")
    world.register.swap_fn("9999078900009999")
    operating.accept_fn(world.ledger, world.clock, "9999078900009999", "Ivanova")
    for number in range(1, 400):
        world.register.on_run(TaskRun(code=2), of="getFnDocument", nth=number)
    world.start_worker()
    world.accept("order-1")
    world.register.on_run(TaskRun(code=2, registered=True), of="sell")
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT
    resolve(world, Verdict.PRINTED, 1)
    assert world.job("order-1").state is State.PRINTED
