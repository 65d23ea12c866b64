"""The producer's door in Redis as any language sees it: codes, limits, and bytes that stay as they are (design §3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.adapters.ledger.bench import TASK, RedisBench, take_in, worker
from worker.adapters.ledger import door
from worker.domain.errors import ContractError, LedgerError

pytestmark = pytest.mark.server

ENTRY = "fiscalq:{kassa-1}"


@pytest.fixture
def crm(redis_bench: RedisBench) -> Iterator[redis.Redis]:
    """A plain client, as the CRM's language has one."""
    with redis.Redis.from_url(redis_bench.url) as client:
        yield client


def call(crm: redis.Redis, *arguments: str | bytes, key: str = ENTRY) -> Any:
    """FCALL, with nothing of ours in between."""
    return crm.execute_command("FCALL", "fiscalq_enqueue", 1, key, *arguments)  # type: ignore[no-untyped-call]


def nested(depth: int) -> bytes:
    """A task object of so many levels."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def of_size(size: int) -> bytes:
    """A task of so many bytes."""
    return b'{"a":"%b"}' % (b"x" * (size - 8))


REFUSED: list[tuple[str, str, list[str | bytes]]] = [
    ("no id", "FISCALQ_BAD_ID", []),
    ("an empty id", "FISCALQ_BAD_ID", ["", TASK]),
    ("65 characters", "FISCALQ_BAD_ID", ["x" * 65, TASK]),
    ("a space", "FISCALQ_BAD_ID", ["a b", TASK]),
    ("a line break", "FISCALQ_BAD_ID", ["a\n", TASK]),
    ("a zero byte", "FISCALQ_BAD_ID", [b"a\0b", TASK]),
    ("a Russian id", "FISCALQ_BAD_ID", ["чек-1", TASK]),
    ("a star", "FISCALQ_BAD_ID", ["*", TASK]),
    ("our own prefix", "FISCALQ_BAD_ID", ["fiscalq.z-report", TASK]),
    ("no task", "FISCALQ_BAD_JSON", ["a"]),
    ("a fourth argument", "FISCALQ_BAD_JSON", ["a", TASK, "{}", "{}"]),
    ("an empty task", "FISCALQ_BAD_JSON", ["a", ""]),
    ("a list", "FISCALQ_BAD_JSON", ["a", "[]"]),
    ("a word", "FISCALQ_BAD_JSON", ["a", '"sell"']),
    ("NaN", "FISCALQ_BAD_JSON", ["a", '{"price":NaN}']),
    ("65 levels", "FISCALQ_BAD_JSON", ["a", nested(65)]),
    ("60,000 levels", "FISCALQ_BAD_JSON", ["a", nested(60_000)]),
    ("128 KiB and a byte", "FISCALQ_TOO_LARGE", ["a", of_size(128 * 1024 + 1)]),
    ("200 KiB of nonsense", "FISCALQ_TOO_LARGE", ["a", b"\xff" * 200 * 1024]),
    ("options of 4 KiB and a byte", "FISCALQ_TOO_LARGE", ["a", TASK, b"{" + b" " * 4095 + b"}"]),
    ("options that are a list", "FISCALQ_BAD_JSON", ["a", TASK, "[]"]),
    ("an empty text as options", "FISCALQ_BAD_JSON", ["a", TASK, ""]),
    ("an option that we do not know", "FISCALQ_BAD_JSON", ["a", TASK, '{"priority":"high"}']),
    ("an option that is no text", "FISCALQ_BAD_JSON", ["a", TASK, '{"sequence":1}']),
    ("an option that is null", "FISCALQ_BAD_JSON", ["a", TASK, '{"producer":null}']),
    ("an option of 65 characters", "FISCALQ_BAD_JSON", ["a", TASK, json.dumps({"producer": "ж" * 65})]),
    ("half a character", "FISCALQ_BAD_JSON", ["a", TASK, '{"producer":"\\ud83d"}']),
]


@pytest.mark.parametrize(
    ("code", "arguments"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_fault_21_what_is_refused_has_a_code_as_its_first_word_and_stores_nothing(
    crm: redis.Redis, redis_bench: RedisBench, code: str, arguments: list[str | bytes]
) -> None:
    """A Redis error whose first word is the code, in every client of every language."""
    before = set(redis_bench.client.keys())
    with pytest.raises(redis.ResponseError, match=rf"^{code} [^\r\n]+$"):
        call(crm, *arguments)
    assert set(redis_bench.client.keys()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["x" * 64, TASK],
        ["Aa0._:-", TASK],
        ["fiscalq", TASK],
        ["a", b"{}"],
        ["a", nested(64)],
        ["a", of_size(128 * 1024)],
        ["a", TASK, b"{" + b" " * 4094 + b"}"],
        ["a", TASK, json.dumps({"producer": "ж" * 64, "sequence": "😀" * 64})],
    ],
    ids=[
        "64 characters",
        "every sign",
        "not our prefix",
        "{}",
        "64 levels",
        "128 KiB",
        "4 KiB",
        "64 characters each",
    ],
)
def test_what_is_just_inside_of_the_limits_is_accepted(
    crm: redis.Redis, arguments: list[str | bytes]
) -> None:
    answer = json.loads(call(crm, *arguments))
    assert answer == {"job": arguments[0], "register": "kassa-1", "state": "queued", "duplicate": False}


@pytest.mark.parametrize(
    "key",
    [
        "fiscalq:{kassa-2}",
        "fiscalq:{kassa-1}:inbox",
        "fiscalq:{KASSA-1}",
        "kassa-1",
        "",
        "fiscalq:{" + "a" * 33 + "}",
    ],
)
def test_a_register_that_nobody_entered_is_unknown(
    crm: redis.Redis, redis_bench: RedisBench, key: str
) -> None:
    """For both functions; the text says what to do."""
    redis_bench.enqueue("a")
    with pytest.raises(redis.ResponseError, match=r"^FISCALQ_UNKNOWN_REGISTER "):
        call(crm, "a", TASK, key=key)
    with pytest.raises(redis.ResponseError, match=r"^FISCALQ_UNKNOWN_REGISTER "):
        crm.execute_command("FCALL_RO", "fiscalq_status", 1, key, "a")  # type: ignore[no-untyped-call]


def test_a_register_that_is_not_installed_is_told_how(crm: redis.Redis) -> None:
    with pytest.raises(redis.ResponseError, match=r"kassa-2 .*`fiscalq install`"):
        call(crm, "a", TASK, key="fiscalq:{kassa-2}")


def test_the_bytes_of_a_task_are_never_written_anew(crm: redis.Redis, redis_bench: RedisBench) -> None:
    """No digit is cut, no empty list becomes an object; only the space around it goes."""
    task = '{"items":[],"price": 0.10,"big":12345678901234567890.10,"e":1E+2,"é":"\\u00e9\\/","a":1,"a":2}'.encode()
    call(crm, "a", b"\r\n\t " + task + b" \n", ' {"producer":"shop"} ')
    entry = b'{"id":"a","task":' + task + b',"options":{"producer":"shop"}}'
    assert redis_bench.client.lrange(redis_bench.keys.inbox, 0, -1) == [entry]
    ledger = worker(redis_bench)
    take_in(ledger)
    assert ledger.task("a") == task
    assert redis_bench.client.hget(redis_bench.keys.task("a"), "options") == b'{"producer":"shop"}'


def test_a_byte_order_mark_is_no_part_of_the_task(crm: redis.Redis) -> None:
    """The register drops one too, and `fiscalq check` takes it: the same job with and without."""
    call(crm, "order-1", b"\xef\xbb\xbf" + b'{"type":"reportX"}')
    assert json.loads(call(crm, "order-1", '{"type":"reportX"}'))["duplicate"] is True


def test_a_refused_text_is_told_where_it_breaks(crm: redis.Redis) -> None:
    """By the offset of the byte, from 0."""
    for text, said in [
        (b'{"a":"\xd0\x96",}', r"a name and a colon are expected at byte offset 10"),
        (b'{"a":1 2}', r"a comma or a closing bracket is expected at byte offset 7"),
        (b'{"a":+1}', r"a value is expected at byte offset 5"),
        (b'{"a":"\xc0\x80"}', r"no UTF-8 at byte offset 6"),
        (b'{"a":"\\x"}', r"no escape of JSON at byte offset 6"),
        (b'{"a":"\x01"}', r"a control character at byte offset 6"),
        (b"{} {}", r"something follows the object at byte offset 3"),
        (b'{"a":[}', r"a value is expected at byte offset 6"),
        (nested(65), r"nested deeper than 64 at byte offset 68"),
    ]:
        with pytest.raises(redis.ResponseError, match=rf"^FISCALQ_BAD_JSON task-json: {said}$"):
            call(crm, "a", text)


def test_a_reserved_job_has_every_member_of_the_status_answer(
    crm: redis.Redis, redis_bench: RedisBench
) -> None:
    """The CRM need not tell a job that waits in the inbox from one in the ledger."""
    redis_bench.enqueue("a")
    assert redis_bench.status("a") == {
        "job": "a",
        "register": "kassa-1",
        "type": None,
        "state": "queued",
        "verdict": None,
        "reason": None,
        "submissions": 0,
        "accepted_at": None,
        "updated_at": None,
        "fiscal": None,
        "result": None,
    }


def test_the_status_is_asked_by_a_read_only_call(crm: redis.Redis) -> None:
    """A replica answers it too; the door is refused there."""
    with pytest.raises(redis.ResponseError, match=r"(?i)write"):
        crm.execute_command("FCALL_RO", "fiscalq_enqueue", 1, ENTRY, "a", TASK)  # type: ignore[no-untyped-call]


def test_our_own_tools_raise_what_the_contract_says(redis_bench: RedisBench) -> None:
    """A refusal is the CRM's, a missing library or server is ours."""
    with pytest.raises(ContractError) as refused:
        door.enqueue(redis_bench.client, "kassa-1", "a b", TASK)
    assert refused.value.code == "FISCALQ_BAD_ID"
    with pytest.raises(ContractError, match="FISCALQ_UNKNOWN_REGISTER"):
        door.status(redis_bench.client, "kassa-2", "a")
    answer = door.enqueue(redis_bench.client, "kassa-1", "a", TASK, '{"sequence":"order-1"}')
    assert answer["duplicate"] is False
    redis_bench.client.function_flush()
    with pytest.raises(LedgerError, match="`fiscalq install`"):
        door.enqueue(redis_bench.client, "kassa-1", "a", TASK)
