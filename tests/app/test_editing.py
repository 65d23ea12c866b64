"""The edited replay in the loop's world: what it refuses, what the register gets, what is written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.app.test_operating import IVANOVA, REFUSED, doubt
from tests.app.world import REGISTER, SALE, World
from worker.app import operating
from worker.app.editing import Edit, EditedReplay, replay_edited, to_contact, to_task
from worker.app.operating import Missing, Word
from worker.domain import events
from worker.domain.answers import Strange
from worker.domain.errors import OperatorError, PlaceTaken
from worker.domain.events import Replayed
from worker.domain.job import State
from worker.domain.ports import Act
from worker.domain.tasks import Defaults
from worker.domain.verdicts import Verdict

POSITION: Mapping[str, Any] = SALE["items"][0]  # type: ignore[assignment]
BUYER = {**SALE, "clientInfo": {"emailOrPhone": "wrong@example.com"}}
CONTACT = "right@example.com"


@pytest.fixture
def world() -> World:
    """A register that has printed once, and refused a receipt whose buyer has a wrong address."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    world.register.on_run(REFUSED, of="sell", nth=1)
    world.accept("order-1", BUYER)
    world.work("order-1")
    return world


def edit(world: World, job: str, edit: Edit, *, dry_run: bool = False, word: Word = IVANOVA) -> EditedReplay:
    return replay_edited(world.ledger, world.clock, job, edit, word, dry_run=dry_run)


def contact(world: World, job: str, address: str = CONTACT, *, dry_run: bool = False) -> EditedReplay:
    return edit(world, job, to_contact(address, world.defaults), dry_run=dry_run)


def whole(world: World, task: Mapping[str, Any] | bytes) -> Edit:
    text = task if isinstance(task, bytes) else json.dumps(task).encode()
    return to_task(text, world.defaults)


def test_another_contact_reaches_the_register_and_prints_once(world: World) -> None:
    """The same job, marker and total under the next submission; the history keeps who, why and where, not what."""
    before, sales = world.job("order-1"), world.sales
    assert contact(world, "order-1").changes[0].path == "clientInfo.emailOrPhone"
    done = world.work("order-1").job
    assert (done.state, done.submission, world.sales) == (State.PRINTED, 2, sales + 1)
    assert (done.marker, done.total, done.type) == (before.marker, before.total, before.type)
    task = json.loads(world.ledger.task("order-1"))
    assert task == {**BUYER, "clientInfo": {"emailOrPhone": CONTACT}}
    (replayed,) = (one for one in world.ledger.history("order-1") if isinstance(one, Replayed))
    assert (replayed.by, replayed.edited) == ("Ivanova", ("clientInfo.emailOrPhone",))


def test_no_record_of_an_edit_holds_what_was_edited(world: World) -> None:
    """Style §9: the buyer's address is in the task alone, and in none of what is listed, logged or told to the CRM."""
    contact(world, "order-1")
    world.work("order-1")
    kept = [
        *map(events.dump, world.ledger.history("order-1")),
        *(str(act) for act in world.ledger.acts(9)),
        str(world.ledger.status("order-1")),
        *world.notes,
    ]
    assert kept
    assert not [text for text in kept if CONTACT in text or "wrong@example.com" in text]
    assert world.ledger.acts(1)[0]["act"] == "edit"


def test_a_dry_run_says_what_would_change_and_writes_nothing(world: World) -> None:
    before = world.job("order-1")
    (change,) = contact(world, "order-1", dry_run=True).changes
    assert (change.before, change.after) == ("wrong@example.com", CONTACT)
    assert (world.job("order-1"), world.ledger.acts(9)) == (before, [])
    assert json.loads(world.ledger.task("order-1")) == BUYER


def test_p8_an_edit_refuses_what_a_replay_refuses_and_writes_nothing(world: World) -> None:
    """A task that was refused at the door has no kind and no marker: its document could not be proven afterwards."""
    doubt(world, "doubtful")
    world.accept("open", BUYER)
    world.accept("wrong", {"type": "sell", "clientInfo": {"emailOrPhone": 7}})
    lacks = {
        "doubtful": Missing.PROOF,
        "open": Missing.WAITING,
        "order-0": Missing.PRINTED,
        "wrong": Missing.TASK,
        "nobody": Missing.UNKNOWN,
    }
    told = {job: contact(world, job).lack for job in lacks}
    assert {job: lack and lack.missing for job, lack in told.items()} == lacks
    assert world.ledger.acts(9) == []


OTHERS: Mapping[str, Mapping[str, Any]] = {
    "items[0].price": {**BUYER, "items": [{**POSITION, "price": 12}]},
    "payments": {**BUYER, "payments": "electronically"},
    "type": {**BUYER, "type": "sellReturn"},
    "items[1]": {**BUYER, "items": [POSITION, {"type": "additionalAttribute", "value": "x"}]},
    "clientInfo.vatin": {
        **BUYER,
        "clientInfo": {"emailOrPhone": CONTACT, "name": "x", "vatin": "7707083893"},
    },
    "taxationType": {**BUYER, "taxationType": "osn"},
}


@pytest.mark.parametrize(("path", "task"), OTHERS.items(), ids=OTHERS)
def test_another_receipt_is_refused_by_its_path(world: World, path: str, task: Mapping[str, Any]) -> None:
    before = world.job("order-1")
    with pytest.raises(OperatorError) as refused:
        edit(world, "order-1", whole(world, task))
    assert refused.value.code == "another_receipt"
    assert any(change.startswith(f"{path}: ") for change in refused.value.facts["changes"])  # type: ignore[attr-defined]
    assert (world.job("order-1"), json.loads(world.ledger.task("order-1"))) == (before, BUYER)


def test_each_path_of_another_receipt_is_named_once(world: World) -> None:
    other = {**BUYER, "type": "sellReturn", "items": [{**POSITION, "price": 9.99}], "total": 9.99}
    with pytest.raises(OperatorError) as refused:
        edit(world, "order-1", whole(world, other))
    paths = [change.partition(":")[0] for change in refused.value.facts["changes"]]  # type: ignore[attr-defined]
    assert {"type", "total"} <= set(paths)
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    ("task", "code"),
    [
        (b'{"type":"sell"', "edited_refused"),
        (b"[]", "edited_refused"),
        (json.dumps({**BUYER, "electronically": "yes"}).encode(), "edited_refused"),
        (json.dumps({**BUYER, "clientInfo": {"emailOrPhone": "nobody"}}).encode(), "edited_refused"),
        (json.dumps({**SALE, "electronically": True}).encode(), "edited_refused"),  # no paper, and no address
        (json.dumps(BUYER, indent=2).encode(), "nothing_edited"),
    ],
)
def test_an_edited_task_that_would_not_do_is_refused(world: World, task: bytes, code: str) -> None:
    """Our rules hold for it as for every task, and nobody edits a receipt so that nobody gets it."""
    with pytest.raises(OperatorError) as refused:
        edit(world, "order-1", whole(world, task))
    assert (refused.value.code, world.job("order-1").state) == (code, State.DEAD)


def test_a_contact_is_wanted_and_must_look_like_one(world: World) -> None:
    with pytest.raises(OperatorError, match="contact"):
        to_contact("  ", Defaults())
    with pytest.raises(OperatorError, match="edited_refused"):
        contact(world, "order-1", "not an address")
    with pytest.raises(OperatorError, match="nothing_edited"):
        contact(world, "order-1", " wrong@example.com ")


@pytest.mark.parametrize("word", [Word(), Word("Ivanova"), Word(" ", "why")])
def test_nothing_is_edited_without_a_name_and_a_reason(world: World, word: Word) -> None:
    with pytest.raises(OperatorError, match=r"^(who|why)$"):
        edit(world, "order-1", to_contact(CONTACT, world.defaults), word=word)
    assert world.job("order-1").state is State.DEAD


def test_an_edit_mends_a_task_that_the_worker_refused_by_its_rules(world: World) -> None:
    """It was accepted, so its kind and marker are known; a plain replay would only be refused again."""
    world.accept("order-2", BUYER)
    before = {**BUYER, "clientInfo": {"emailOrPhone": 7}}  # what a rule of today would not take any more
    world.ledger.store.jobs["order-2"].task = json.dumps(before).encode()
    assert world.work("order-2").job.reason.code == "task_refused"  # type: ignore[union-attr]
    plain = operating.replay(world.ledger, world.clock, ["order-2"], IVANOVA, dry_run=True)
    assert plain.refused["order-2"].missing is Missing.TASK
    assert contact(world, "order-2").lack is None
    assert world.work("order-2").job.state is State.PRINTED


def test_fault_19_of_a_replay_and_an_edited_one_exactly_one_moves(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked at the same dead job; who comes second changes neither history nor task."""
    before = world.job("order-1")
    operating.replay(world.ledger, world.clock, ["order-1"], IVANOVA, dry_run=False)
    monkeypatch.setattr(world.ledger, "load", lambda _: before)
    second = contact(world, "order-1")
    assert (second.lack and second.lack.missing, second.changes) == (Missing.OPEN, ())
    assert json.loads(world.ledger.task("order-1")) == BUYER


def test_an_edit_between_the_look_and_the_write_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody edits, and it dies again, while the second still holds the job as it was: the place is taken."""
    stale = world.job("order-1")
    contact(world, "order-1")
    world.register.on_run(REFUSED, of="sell", nth=1)
    world.work("order-1")
    monkeypatch.setattr(world.ledger, "load", lambda _: stale)
    with pytest.raises(PlaceTaken):
        world.ledger.act(stale, Replayed(at="", by="Petrov", why="x"), Act("edit", "Petrov", "x", ""), b"{}")
    assert contact(world, "order-1", "third@example.com").lack is not None


def test_the_crm_that_repeats_its_bytes_is_told_the_same_job(world: World) -> None:
    """Design §3: its bytes are kept and known by their hash, whatever a person edited since."""
    contact(world, "order-1")
    said = world.ledger.enqueue("order-1", json.dumps(BUYER).encode())
    assert (said["duplicate"], said["register"], world.ledger.store.quarantine) == (True, REGISTER, [])


def test_an_old_text_that_printed_after_all_is_the_same_receipt(world: World) -> None:
    """A person's word was wrong: what printed bears the contact from before, is found by its marker, and stays the only one."""
    world.register.on_poll(Strange("gone fishing"), of="sell", nth=1)
    world.accept("order-2", BUYER)
    assert world.work("order-2").job.verdict is Verdict.IN_DOUBT
    operating.resolve(world.ledger, world.clock, "order-2", Verdict.NOT_PRINTED, IVANOVA)
    assert contact(world, "order-2").lack is None
    done = world.work("order-2").job
    assert (done.state, done.submission) == (State.PRINTED, 1)
    assert len(world.register.slips_of(done.marker or "")) == 1
