"""What the doctor finds in Redis: the library, the worker, the line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest
import redis

from ops.cli.door import Door
from ops.cli.language import Texts
from ops.doctor.broker import look
from ops.doctor.finding import Finding
from tests.console.stock import FN, Stock, sale
from tests.simulator.desk import until
from worker.app.settings import Settings
from worker.app.wiring import enqueue, make_ledger, prepare_server
from worker.domain.events import Accepted, Doubled
from worker.domain.lifecycle import fold
from worker.domain.ports import Candidate, Lease
from worker.domain.verdicts import Fiscal

pytestmark = pytest.mark.server

REPORT = b'{"type":"reportX"}'


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """One register, and little patience with a worker that begins nothing."""
    return Settings.model_validate(
        {"redis_url": redis_url, "registers": {"kassa-1": {}}, "limits": {"deaf_seconds": 0.3}}
    )


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def findings(settings: Settings) -> dict[str, Finding]:
    with Door(settings) as door:
        found = look(settings, door, ["kassa-1"], Texts("en"))
        return {finding.name.removeprefix("kassa-1."): finding for finding in found}


def page(settings: Settings, name: str) -> str | None:
    finding = findings(settings)[name]
    assert finding.ok == (finding.page is None)
    return finding.page and str(finding.page)


def enter(settings: Settings) -> None:
    """What `fiscalq install` does."""
    prepare_server(settings, "kassa-1")()


def queue_one(client: redis.Redis, settings: Settings, job: str) -> None:
    """Enqueue a job and take it in as a worker does, which stays and does nothing more."""
    enqueue(client, "kassa-1", job, REPORT, None)
    ledger = make_ledger(settings, "kassa-1", '{"id":"@JOB@","tag":"@TAG@"}')
    assert isinstance(ledger.acquire("shop:1", "nonce"), Lease)
    entry = ledger.peek(1)
    assert entry is not None
    history = [Accepted(at="2026-01-31T10:00:00.000Z", type="reportX", kind="report")]
    ledger.admit(
        Candidate(entry, fold(job, "kassa-1", history), history, REPORT, hashlib.sha1(REPORT).hexdigest())
    )


def test_what_is_missing_in_redis_is_named(settings: Settings) -> None:
    """No library, no register entered, no worker: each with its page."""
    found = {name: page(settings, name) for name in findings(settings)}
    assert found["library"] == "library_missing"
    assert found["entered"] == "register_not_entered"
    assert found["held"] == "no_worker"
    enter(settings)
    assert page(settings, "library") is None
    assert page(settings, "entered") is None


def test_a_library_of_another_version_is_told_with_what_to_do(
    settings: Settings, client: redis.Redis
) -> None:
    """An older one is replaced by `fiscalq install`; for a newer one this program is the old part."""
    enter(settings)
    (library,) = client.function_list("fiscalq", withcode=True)
    facts = dict(zip(library[::2], library[1::2], strict=True))
    code = facts[b"library_code"].decode()
    with Door(settings) as door:
        there, ours = door.library_versions() or (0, 0)
    assert there == ours > 0
    assert f"local VERSION = {ours}" in code
    for version, advice in ((ours - 1, "fiscalq install"), (ours + 1, "update fiscalq")):
        client.function_load(
            code.replace(f"local VERSION = {ours}", f"local VERSION = {version}"), replace=True
        )
        finding = findings(settings)["library"]
        assert (finding.ok, str(finding.page), advice in finding.text) == (False, "library_missing", True)


def test_a_worker_that_holds_the_register_and_begins_nothing_is_found(
    settings: Settings, client: redis.Redis
) -> None:
    """A job stands first, nobody has begun it, no cause is shown, and nothing has happened for `deaf_seconds`."""
    enter(settings)
    queue_one(client, settings, "A-1")
    until(lambda: page(settings, "line") == "deaf_worker", patience=8)
    assert page(settings, "held") is None


def test_a_line_that_has_just_moved_is_not_called_deaf(settings: Settings, client: redis.Redis) -> None:
    patient = settings.model_copy(
        update={"limits": settings.limits.model_copy(update={"deaf_seconds": 60.0})}
    )
    enter(settings)
    queue_one(client, settings, "A-1")
    assert page(patient, "line") is None


def test_unreadable_entries_are_counted(settings: Settings, client: redis.Redis) -> None:
    enter(settings)
    client.xadd("fiscalq:{kassa-1}:quarantine", {"entry": b"?"})
    assert page(settings, "quarantine") == "unreadable_entries"


def test_a_standstill_names_its_own_page(settings: Settings, client: redis.Redis) -> None:
    """What the worker has noted goes before every guess of ours."""
    enter(settings)
    queue_one(client, settings, "A-1")
    kept = {"cause": "refused_for_now", "text": "no paper", "since": "2026-01-31T10:00:00.000Z"}
    client.hset("fiscalq:{kassa-1}:line", "standstill", json.dumps(kept))
    finding = findings(settings)["line"]
    assert (finding.ok, str(finding.page), "no paper" in finding.text) == (False, "refused_for_now", True)


def test_what_the_register_printed_twice_is_told_until_somebody_takes_it_back(settings: Settings) -> None:
    """It is the buyer's money: the job is named, and the command that prepares what takes the second document back."""
    stock = Stock(settings)
    try:
        second = stock.print("A-1") + 1
        assert "doubled" not in findings(settings)
        repeat = Fiscal(document_number=second, sign="1", datetime="2026-11-23T10:21:00+03:00", fn_number=FN)
        stock.write("A-1", Doubled(at=stock.now, document=second, fiscal=repeat))
        told = findings(settings)["doubled"]
        assert (told.ok, str(told.page)) == (False, "printed_twice")
        assert told.text.endswith("fiscalq correct kassa-1 A-1")
        stock.accept(f"A-1.reversal-{second}", sale() | {"type": "sellReturn"})
        assert "doubled" not in findings(settings)
    finally:
        stock.close()


def test_a_redis_that_is_away_is_one_finding() -> None:
    settings = Settings.model_validate({"redis_url": "redis://127.0.0.1:9/0", "registers": {"kassa-1": {}}})
    assert {name: str(found.page) for name, found in findings(settings).items()} == {
        "redis": "redis_unreachable"
    }
