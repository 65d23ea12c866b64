"""The JSON reader in Lua against Python's: the two doors must agree on every text, however strange it is."""

from __future__ import annotations

import json
from itertools import count
from typing import cast

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.adapters.ledger.bench import RedisBench
from worker.adapters.ledger import envelope
from worker.domain.errors import ContractError

pytestmark = pytest.mark.server

CASES, BATCH = 5_000, 25  # one round trip per batch

GOOD = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    '"a"',
    '"":',
    "{}",
    "[]",
    '{"b":1}',
    "0",
    "-0",
    "1",
    "0.5",
    "1e5",
    "1E+07",
]
GOOD += [
    "-1.0e-9",
    "true",
    "false",
    "null",
    r'"\n"',
    r'"\u0416"',
    r'"\ud800"',
    r"\\",
    r"\"",
    "é",
    "Ж",
    "€",
    "😀",
    " ",
    "\t",
    "\r\n",
]
BAD = [
    "-",
    "01",
    "1.",
    ".5",
    "e+3",
    "nul",
    "True",
    "NaN",
    "Infinity",
    "-Infinity",
    r'"\u12"',
    r'"\x"',
    "/**/",
    "\xa0",
    "\ufeff",
]
BAD += ["\x00", "\x0b", "\x1f", "\x7f", "\u2028"]
NO_UTF8 = [
    b"\xc0\x80",
    b"\xe0\x80\x80",
    b"\xed\xa0\x80",
    b"\xf0\x80\x80\x80",
    b"\xf4\x90\x80\x80",
    b"\xff",
    b"\xd0",
    b"\x80",
]
PIECES = [*(piece.encode() for piece in GOOD + BAD), *NO_UTF8]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """A JSON object as some library writes it, whole or with a piece put in, taken out or put over another."""
    value = draw(st.dictionaries(st.text(max_size=4), values, max_size=4))
    text = json.dumps(value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    raw = text.encode("utf-8", "surrogatepass")
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        place, taken = draw(st.integers(0, len(raw))), draw(st.integers(0, 2))
        raw = raw[:place] + draw(st.sampled_from([b"", *PIECES])) + raw[place + taken :]
    return raw


@st.composite
def soups(draw: st.DrawFn) -> bytes:
    """Pieces of JSON in any order, with or without an object around them."""
    pieces = draw(st.lists(st.sampled_from(PIECES), max_size=8))
    return (
        draw(st.sampled_from([b"", b'{"a":', b'{"a":[', b'{"a":"']))
        + b"".join(pieces)
        + draw(st.sampled_from([b"", b"}", b"]}", b'"}']))
    )


def test_the_door_in_redis_reads_json_as_strictly_as_python(redis_bench: RedisBench) -> None:
    """The same verdict, and the same bytes kept, for whole documents, broken ones and plain nonsense."""
    numbers = count()
    verdicts: list[bool] = []
    redis_bench.client.hset(redis_bench.keys.registry, "queue_max", 10 * CASES)

    @settings(
        max_examples=CASES // BATCH,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.one_of(documents(), documents(), soups()), min_size=BATCH, max_size=BATCH))
    def agree(texts: list[bytes]) -> None:
        jobs = [f"j{next(numbers)}" for _ in texts]
        with redis_bench.client.pipeline(transaction=False) as door:
            for job, text in zip(jobs, texts, strict=True):
                door.execute_command("FCALL", "fiscalq_enqueue", 1, redis_bench.keys.registry, job, text)  # type: ignore[no-untyped-call]
            answers = door.execute(raise_on_error=False)
        inbox = cast("list[bytes] | None", redis_bench.client.lpop(redis_bench.keys.inbox, BATCH)) or []
        entries = (entry.removeprefix(b'{"id":"').partition(b'","task":') for entry in inbox)
        kept = {job.decode(): rest.removesuffix(b',"options":{}}') for job, _, rest in entries}
        for job, text, answer in zip(jobs, texts, answers, strict=True):
            accepted = not isinstance(answer, redis.ResponseError)
            verdicts.append(accepted)
            assert accepted or str(answer).startswith("FISCALQ_BAD_JSON "), (text, answer)
            assert kept.get(job) == read_by_python(text), (text, answer)

    agree()
    assert len(verdicts) >= CASES
    assert 0.2 < sum(verdicts) / len(verdicts) < 0.8, "the texts are nearly all good or nearly all bad"


def read_by_python(text: bytes) -> bytes | None:
    """The task as the ledger in memory keeps it; None when it is refused."""
    try:
        return envelope.task_text(text)
    except ContractError as error:
        return None if error.code == "FISCALQ_BAD_JSON" else error.code.encode()
