"""Whatever comes over the wire: the readers answer, and what they answer can be written down."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from worker.adapters.atol.documents import read_document
from worker.adapters.atol.protocol import V1, V2, Generation
from worker.adapters.atol.replies import Reply, read_object
from worker.domain.answers import Final
from worker.domain.events import Found, Printed, dump
from worker.domain.tasks import dumps

TAGS = [
    "1040",
    "1012",
    "1020",
    "1077",
    "1054",
    "1192",
    "1084",
    "1086",
    "1038",
    "short",
    "fiscalDocumentType",
    "qr",
]
WORDS = [
    "wait",
    "inProgress",
    "ready",
    "error",
    "blocked",
    "interrupted",
    "canceled",
    "results",
    "result",
    "status",
]
KEYS = [
    *TAGS,
    *WORDS,
    "error",
    "code",
    "description",
    "errorCode",
    "errorDescription",
    "documentTLV",
    "fiscalParams",
]

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([*WORDS, "receipt", "3", "5", "2031-03-01T12:41:00+03:00", "3104AABBCCDD", "\ud800"])
    | st.integers(0, 10)
)
values = st.recursive(
    leaves,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from(KEYS), parts, max_size=6),
    max_leaves=25,
)
items = st.fixed_dictionaries(
    {"status": st.sampled_from(WORDS) | values}, optional={key: values for key in KEYS if key != "status"}
)
bodies = (
    st.binary(max_size=200)
    | values.map(lambda value: json.dumps(value).encode())
    | st.lists(items, min_size=1, max_size=2).map(lambda found: json.dumps({"results": found}).encode())
)
replies = st.builds(Reply, st.integers(100, 599), bodies, st.text(max_size=20)) | st.builds(
    Reply, st.just(200), bodies
)


@given(reply=replies, generation=st.sampled_from([V1, V2]))
@example(reply=Reply(200, b'{"results":[{"status":"error","errorCode":-0}]}'), generation=V1)
def test_the_readers_never_raise_and_what_they_say_can_be_stored(
    reply: Reply, generation: Generation
) -> None:
    generation.is_proven_by(reply)
    for answer in (generation.read_post(reply), generation.read_delete(reply), generation.read_poll(reply)):
        getattr(answer, "text", "").encode()
        if isinstance(answer, Final):
            dumps(answer.result).encode()
            dump(Printed(at="", result=answer.result)).encode()
            dump(Found(at="", outcome=answer.outcome, code=answer.code, text=answer.text)).encode()


@given(tags=st.dictionaries(st.sampled_from(TAGS), values, max_size=12), number=st.integers(0, 10))
@example(tags={"qr": "\ud800"}, number=0)
def test_no_document_breaks_its_reader(tags: dict[str, Any], number: int) -> None:
    """As it comes over the wire: half a character is none any more behind the reading of the body."""
    body = json.dumps({"documentTLV": {**tags, "1040": number}}).encode()
    document = read_document(read_object(body), number)
    if document is not None:
        dump(Printed(at="", fiscal=document.fiscal))
