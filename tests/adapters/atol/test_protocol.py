"""What each HTTP reply is taken for, in both generations: the tables of reference §2, §3, §4 and §15."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from worker.adapters.atol.protocol import V1, V2, Generation
from worker.adapters.atol.replies import BODY_MAX_BYTES, Reply
from worker.domain.answers import (
    Fault,
    Final,
    Known,
    Missing,
    NotNow,
    Outcome,
    Pending,
    Removed,
    Silent,
    Stage,
    Strange,
    Taken,
    TooLate,
    Turned,
    Unanswered,
)

BOTH = pytest.mark.parametrize("generation", [V1, V2], ids=["v1", "v2"])


def page(status: int, words: str) -> Reply:
    """An error page as v1's server writes it."""
    body = f"<html><head><title>Error {status} {words}</title></head><body><h2>HTTP ERROR {status}</h2></body></html>"
    return Reply(status, body.encode(), words)


def envelope(status: int, words: str) -> Reply:
    """An error as v2 says it."""
    return Reply(status, json.dumps({"error": {"code": 505, "description": words}}).encode(), "Some Reason")


def in_manner_of(generation: Generation, status: int, words: str) -> Reply:
    return envelope(status, words) if generation is V2 else page(status, words)


def results(*items: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps({"results": items}, ensure_ascii=False).encode())


def flat(status: str, code: int = 0, text: str = "", result: object = None) -> dict[str, Any]:
    return {"result": result, "errorDescription": text, "errorCode": code, "status": status}


def nested(status: str, code: int = 0, text: str = "", result: object = None) -> dict[str, Any]:
    return {"result": result, "error": {"code": code, "description": text}, "status": status}


FORMS = pytest.mark.parametrize("item", [flat, nested])


def test_a_task_is_posted_as_an_array_of_one_with_exact_numbers() -> None:
    task = {"type": "sell", "items": [{"price": Decimal("0.10"), "quantity": 3, "amount": Decimal("0.30")}]}
    request = V1.posting("u-1", task, device="x")
    assert (request.method, request.path) == ("POST", "/requests")
    assert request.body == (
        b'{"uuid":"u-1","request":[{"type":"sell","items":[{"price":0.10,"quantity":3,"amount":0.30}]}]}'
    )


def test_russian_text_is_posted_as_utf8_without_a_byte_order_mark() -> None:
    request = V2.posting("u-1", {"type": "nonFiscal", "items": [{"type": "text", "text": "Хлеб №1"}]}, None)
    assert request.body is not None
    assert "Хлеб №1".encode() in request.body
    assert request.body.startswith(b"{")


def test_a_float_is_never_posted() -> None:
    with pytest.raises(TypeError):
        V1.posting("u-1", {"type": "cashIn", "cashSum": 0.1}, None)


def test_the_device_goes_with_every_call_of_v2_and_with_none_of_v1() -> None:
    """A look with another device id answers 404 for a task that exists (reference 3.3)."""
    task = {"type": "getFnStatus"}
    calls = [V2.posting("u/1", task, "kassa_2"), V2.polling("u/1", "kassa_2"), V2.deleting("u/1", "kassa_2")]
    assert [call.path for call in calls] == [
        "/api/v2/requests?deviceID=kassa_2",
        "/api/v2/requests/u%2F1?deviceID=kassa_2",
        "/api/v2/requests/u%2F1?deviceID=kassa_2",
    ]
    assert V2.polling("u", None).path == "/api/v2/requests/u"
    assert V1.polling("u", "kassa_2").path == "/requests/u"


# POST


@BOTH
def test_201_is_stored_whatever_the_body_says(generation: Generation) -> None:
    assert generation.read_post(Reply(201)) == Taken()
    assert generation.read_post(Reply(201, b'{"number":7,"uuid":"u","isBlocked":true}')) == Taken()


@BOTH
@pytest.mark.parametrize("status", [200, 202, 204])
def test_another_2xx_is_no_proof_that_a_task_is_stored(generation: Generation, status: int) -> None:
    """A page that answers 200 to everything stores nothing; an emulator that means it is found out by the poll."""
    assert isinstance(generation.read_post(Reply(status, b"{}")), Unanswered)


@BOTH
def test_409_says_that_the_uuid_or_the_device_must_be_looked_at(generation: Generation) -> None:
    assert generation.read_post(in_manner_of(generation, 409, "уже есть")).__class__ is Known
    assert generation.read_post(page(409, "[SQLITE_CONSTRAINT]")) == Known("Error 409 [SQLITE_CONSTRAINT]")


@BOTH
@pytest.mark.parametrize("status", [401, 403, 404, 408])
def test_what_is_not_accepted_now_may_be_sent_again(generation: Generation, status: int) -> None:
    answer = generation.read_post(in_manner_of(generation, status, "said so"))
    assert isinstance(answer, NotNow)
    assert answer.code == status
    assert "said so: " in answer.text  # and behind it, what to do


@BOTH
@pytest.mark.parametrize("status", [400, 420])
def test_a_refusal_for_what_the_task_says_is_final(generation: Generation, status: int) -> None:
    answer = generation.read_post(in_manner_of(generation, status, "Too many fiscal sub-tasks - 2"))
    assert isinstance(answer, Turned)
    assert answer.code == status
    assert answer.text.endswith("Too many fiscal sub-tasks - 2")


@BOTH
def test_a_refusal_in_the_other_generations_manner_proves_nothing(generation: Generation) -> None:
    """Nginx answers 400 with a page to plain HTTP on a TLS port; a job must not die of a changed address."""
    other = V1 if generation is V2 else V2
    assert isinstance(generation.read_post(in_manner_of(other, 400, "Bad Request")), Unanswered)


@BOTH
def test_413_is_final_whoever_says_it(generation: Generation) -> None:
    assert generation.read_post(page(413, "Request Entity Too Large")).__class__ is Turned


@BOTH
@pytest.mark.parametrize("status", [301, 302, 307, 402, 405, 418, 429, 500, 501, 502, 503, 504, 599])
@pytest.mark.parametrize("manner", [page, envelope])
def test_everything_else_leaves_a_post_open(generation: Generation, status: int, manner: Any) -> None:
    answer = generation.read_post(manner(status, "Server Error"))
    assert isinstance(answer, Unanswered)
    assert "Server Error" in answer.text


# polls


@BOTH
@FORMS
@pytest.mark.parametrize(
    ("word", "stage"), [("wait", Stage.WAITING), ("inProgress", Stage.RUNNING), ("blocked", Stage.BLOCKED)]
)
def test_what_is_not_final_is_pending(generation: Generation, item: Any, word: str, stage: Stage) -> None:
    assert generation.read_poll(results(item(word, 2 if word == "blocked" else 0, "Нет связи"))) == Pending(
        stage
    )


@BOTH
@FORMS
def test_ready_brings_its_result_with_exact_sums(generation: Generation, item: Any) -> None:
    reply = results(item("ready", 0, "Ошибок нет", {"fiscalParams": {"total": "TOTAL"}, "warnings": None}))
    answer = generation.read_poll(Reply(200, reply.body.replace(b'"TOTAL"', b"149.90")))
    assert answer == Final(
        Outcome.READY,
        0,
        "Ошибок нет",
        result={"fiscalParams": {"total": Decimal("149.90")}, "warnings": None},
    )


def test_v2_leaves_the_result_out_where_there_is_none() -> None:
    reply = results({"error": {"code": 66, "description": "Чек оплачен не полностью"}, "status": "error"})
    assert V2.read_poll(reply) == Final(Outcome.ERROR, 66, "Чек оплачен не полностью", Fault.PAYLOAD)


@BOTH
@FORMS
@pytest.mark.parametrize(
    ("code", "fault", "doubtful"),
    [
        (66, Fault.PAYLOAD, False),
        (68, Fault.SHIFT, False),
        (501, Fault.PAYLOAD, False),
        (44, Fault.PERSON, True),
        (241, Fault.TRANSIENT, True),
        (777, Fault.UNKNOWN, True),
        (0, Fault.UNKNOWN, True),
    ],
)
def test_an_error_comes_with_its_fault_and_its_doubt(
    generation: Generation, item: Any, code: int, fault: Fault, doubtful: bool
) -> None:
    answer = generation.read_poll(results(item("error", code, "as the driver says")))
    assert answer == Final(Outcome.ERROR, code, "as the driver says", fault, doubtful)


@BOTH
@FORMS
@pytest.mark.parametrize(
    ("word", "code", "outcome"),
    [("interrupted", 502, Outcome.INTERRUPTED), ("canceled", 503, Outcome.CANCELED)],
)
def test_what_was_never_started_leaves_no_doubt_by_its_number(
    generation: Generation, item: Any, word: str, code: int, outcome: Outcome
) -> None:
    """v1 puts 0 beside `canceled`, v2 puts 503: the status decides (reference 13)."""
    for number in (0, code):
        answer = generation.read_poll(results(item(word, number, "")))
        assert answer == Final(outcome, number, "", Fault.TRANSIENT, doubtful=False)


@BOTH
@pytest.mark.parametrize("word", ["interrupted ", "WAIT", "Ready", "done", "paused", "", "wait\n"])
def test_an_unknown_status_word_may_still_print(generation: Generation, word: str) -> None:
    assert isinstance(generation.read_poll(results(flat(word))), Strange)


@BOTH
def test_an_unknown_uuid_is_missing_when_this_generation_says_so(generation: Generation) -> None:
    assert generation.read_poll(in_manner_of(generation, 404, "Задание не найдено")) == Missing()
    assert generation.read_delete(in_manner_of(generation, 404, "Задание не найдено")) == Missing()


def test_a_404_of_another_product_or_of_the_other_generation_is_not_missing() -> None:
    """A 404 begins a proof and frees a job: it must come from the server that would know."""
    for reply in (
        page(404, "Not Found"),
        Reply(404),
        Reply(404, b"[]"),
        Reply(404, b'{"detail":"Not Found"}'),
    ):
        assert isinstance(V2.read_poll(reply), Silent)
        assert isinstance(V2.read_delete(reply), Silent)
    assert isinstance(V1.read_poll(envelope(404, "Метод не найден")), Silent)
    assert isinstance(V1.read_delete(envelope(404, "Метод не найден")), Silent)


def test_v1_says_404_without_a_body_too() -> None:
    assert V1.read_poll(Reply(404, b"", "Not Found")) == Missing()
    assert V1.read_delete(Reply(404, b"", "Not Found")) == Missing()


@BOTH
@pytest.mark.parametrize("status", [201, 204, 301, 302, 400, 401, 403, 405, 408, 409, 500, 502, 503])
def test_no_other_status_answers_a_poll(generation: Generation, status: int) -> None:
    body = results(flat("ready", 0, "", {"fiscalParams": {}})).body
    assert isinstance(generation.read_poll(Reply(status, body)), Silent)


GARBAGE = [
    b"",
    b"   ",
    b"<html><title>Router login</title></html>",
    b'{"results": [{"status": "rea',
    b'{"results": [{"status": "ready"}]',
    b'{"results": [{"status": "ready"}]} trailing',
    b"[]",
    b'"ready"',
    b"null",
    b"{}",
    b'{"results": null}',
    b'{"results": {}}',
    b'{"results": "ready"}',
    b'{"results": []}',
    b'{"results": [null]}',
    b'{"results": ["ready"]}',
    b'{"results": [{"status": "ready"}, {"status": "ready"}]}',
    b'{"results": [{}]}',
    b'{"results": [{"status": 2}]}',
    b'{"results": [{"status": null}]}',
    b'{"results": [{"status": "error", "errorCode": "66"}]}',
    b'{"results": [{"status": "error", "errorCode": 66.5}]}',
    b'{"results": [{"status": "error", "errorCode": true}]}',
    b'{"results": [{"status": "error", "error": {"code": []}}]}',
    b'{"results": [{"status": "ready", "result": {"total": NaN}}]}',
    b'{"results": [{"status": "ready", "result": {"total": 1e999999999}}]}',
    b'{"results": [{"status": "ready", "result": {"n": ' + b"9" * 5000 + b"}}]}",
    b'{"results": [{"status": "ready", "result": ' + b"[" * 70 + b"]" * 70 + b"}]}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"\xff\xfe{}",
    b'{"results": [{"status": "\xe2\x28"}]}',
]


@BOTH
@pytest.mark.parametrize("body", GARBAGE, ids=[str(body[:40]) for body in GARBAGE])
def test_garbage_is_no_answer_to_a_poll(generation: Generation, body: bytes) -> None:
    answer = generation.read_poll(Reply(200, body))
    assert isinstance(answer, Silent)
    assert answer.text


@BOTH
def test_a_body_beyond_all_measure_is_no_answer(generation: Generation) -> None:
    body = results(flat("ready")).body + b" " * BODY_MAX_BYTES
    assert isinstance(generation.read_poll(Reply(200, body)), Silent)


def test_half_a_character_in_an_answer_can_still_be_stored() -> None:
    r"""JSON can say "\ud83d" alone, and no ledger could write it."""
    reply = Reply(
        200, rb'{"results":[{"status":"ready","errorDescription":"\ud83d","result":{"a\udc00":["\ud83d!"]}}]}'
    )
    answer = V1.read_poll(reply)
    assert isinstance(answer, Final)
    assert answer.result == {"a?": ["?!"]}
    assert answer.text == "?"


def test_a_result_that_is_no_object_is_kept_as_a_value() -> None:
    """`validateMarks` answers with an array (reference 9.2)."""
    answer = V1.read_poll(results(flat("ready", result=[{"ready": True}])))
    assert isinstance(answer, Final)
    assert answer.result == {"value": [{"ready": True}]}


def test_an_error_without_words_gets_those_of_the_table() -> None:
    answer = V1.read_poll(results(flat("error", 66, "")))
    assert isinstance(answer, Final)
    assert answer.text == "Чек оплачен не полностью"


# DELETE


@BOTH
@pytest.mark.parametrize("reply", [Reply(200), Reply(200, b"{}"), Reply(200, b"\n"), Reply(204)])
def test_a_delete_that_was_done_is_a_claim(generation: Generation, reply: Reply) -> None:
    assert generation.read_delete(reply) == Removed()


@BOTH
@pytest.mark.parametrize(
    "reply",
    [Reply(200, b"<html></html>"), envelope(200, "no"), Reply(202), Reply(301), page(500, "x"), Reply(401)],
)
def test_a_delete_that_brought_no_answer_is_silence(generation: Generation, reply: Reply) -> None:
    assert isinstance(generation.read_delete(reply), Silent)


@BOTH
@pytest.mark.parametrize("status", [405, 409])
def test_a_delete_that_is_refused_came_too_late(generation: Generation, status: int) -> None:
    answer = generation.read_delete(in_manner_of(generation, status, "Task in progress"))
    assert isinstance(answer, TooLate)
    assert answer.text.endswith("Task in progress")


def test_v1_refuses_a_delete_with_an_empty_body() -> None:
    assert V1.read_delete(Reply(405, b"", "Task done or canceled")) == TooLate("Task done or canceled")


def test_another_products_405_does_not_keep_a_withdrawal_going() -> None:
    assert isinstance(V2.read_delete(page(405, "Not Allowed")), Silent)


# probes


def test_v2_is_believed_by_its_server_info_alone() -> None:
    assert V2.probing().path == "/api/v2/serverInfo"
    assert V2.is_proven_by(Reply(200, b'{"serverVersion":"1.0.4.0","driverVersion":"10.10","os":"linux"}'))
    assert V2.is_proven_by(Reply(200, b'{"driverVersion":"10.10"}'))


def test_v1_is_believed_by_its_statistics_alone() -> None:
    assert V1.probing().path == "/stat/requests"
    body = (
        b'{"not_ready_count":0,"block_request_uuid":"","is_blocked":false,"ready_count":2,"canceled_count":1}'
    )
    assert V1.is_proven_by(Reply(200, body))


@BOTH
@pytest.mark.parametrize(
    "body", [*GARBAGE, b'{"status":"ok"}', b'{"ready_count":1}', b'{"version":"1"}'], ids=repr
)
def test_nothing_else_is_believed(generation: Generation, body: bytes) -> None:
    assert not generation.is_proven_by(Reply(200, body[:1000]))


@BOTH
@pytest.mark.parametrize("status", [201, 301, 401, 404, 500])
def test_a_probe_is_believed_with_200_only(generation: Generation, status: int) -> None:
    body = b'{"serverVersion":"1","not_ready_count":0,"is_blocked":false,"ready_count":2}'
    assert not generation.is_proven_by(Reply(status, body))
