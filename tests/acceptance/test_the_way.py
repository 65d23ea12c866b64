"""The whole way of a job on real parts: from one Redis command to paper, and back to the CRM."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from ops.chaos.shop import KEY, OPEN_SHIFT, Shop, sale, until
from tests.acceptance.conftest import MakeShop

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_a_receipt_goes_from_one_command_to_paper_and_back(make_shop: MakeShop, api: str) -> None:
    """Both generations of the register, found by itself."""
    shop = make_shop()
    shop.install()
    shop.start_simulator("--api", api)
    shop.start_worker()
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue("order-1", sale("1.10", ["Пакет", "Пакет большой"]))
    status = shop.end_of("order-1")
    assert (status["state"], status["verdict"], status["submissions"]) == ("printed", "printed", 1)
    assert [document["type"] for document in shop.documents()] == ["openShift", "sell"]
    document = shop.documents()[1]
    assert status["fiscal"]["document_number"] == document["fd"]
    assert status["fiscal"]["total"] == document["total"] == "1.10"
    assert status["fiscal"]["qr"].endswith("&n=1")
    assert document["marker"].startswith("fq")


def test_a_tax_system_that_the_register_does_not_have_is_refused_before_it_is_sent(shop: Shop) -> None:
    """The register tells for which it is registered; the job behind it prints."""
    shop.tell_register("/_sim/state", {"taxation_types": ["osn", "patent"]})
    shop.enqueue("order-1", sale())
    assert shop.end_of("order-1")["verdict"] == "printed"
    shop.enqueue("order-2", {**sale(), "taxationType": "usnIncome"})
    shop.enqueue("order-3", {**sale(), "taxationType": "patent"})
    refused = shop.end_of("order-2")
    assert (refused["submissions"], refused["reason"]["problems"][0]["code"]) == (0, "foreign_taxation_type")
    assert shop.end_of("order-3")["verdict"] == "printed"


def test_a_worker_killed_in_the_middle_of_ten_receipts_prints_ten_in_order(shop: Shop) -> None:
    """`kill -9`, start again: ten documents, in order, none twice."""
    shop.enqueue("shift", OPEN_SHIFT)
    for number in range(10):
        shop.enqueue(f"order-{number}", sale(f"{number + 1}.00"))
    for printed in (2, 5, 8):
        until(lambda printed=printed: len(shop.documents()) > printed, 60, f"{printed} receipts")  # type: ignore[misc]
        shop.kill("worker")
        shop.start_worker()
    assert shop.end_of("order-9", 60)["verdict"] == "printed"
    assert [document["total"] for document in shop.documents()[1:]] == [
        f"{number + 1}.00" for number in range(10)
    ]


def test_a_redis_killed_in_the_middle_loses_nothing(shop: Shop, redis_server: object) -> None:
    """What enqueue has answered is on disk."""
    shop.enqueue("shift", OPEN_SHIFT)
    for number in range(6):
        shop.enqueue(f"order-{number}", sale(f"{number + 1}.00"))
    until(lambda: len(shop.documents()) >= 3, 60, "two receipts")
    redis_server.kill()  # type: ignore[attr-defined]
    redis_server.start()  # type: ignore[attr-defined]
    assert shop.end_of("order-5", 60)["verdict"] == "printed"
    assert [document["total"] for document in shop.documents()[1:]] == [
        f"{number + 1}.00" for number in range(6)
    ]


def test_a_stop_in_order_hands_over_and_gives_the_lease_back(shop: Shop) -> None:
    """SIGTERM in the middle of a print: the next worker goes on at once, with one document."""
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue("order-1", sale("5.00"))
    until(
        lambda: shop.status("order-1").get("state") in {"waiting", "printing", "printed"},
        30,
        "the submission",
    )
    assert shop.stop("worker") == 0
    assert shop.client.get(f"{KEY}:lease") is None
    shop.start_worker("second")
    assert shop.end_of("order-1")["verdict"] == "printed"
    assert [document["type"] for document in shop.documents()] == ["openShift", "sell"]


def test_a_second_worker_is_refused_and_names_the_holder(make_shop: MakeShop) -> None:
    """Exit 75 after one life of the lease."""
    shop = make_shop(FISCALQ_LIMITS__LEASE_SECONDS="2")
    shop.install()
    shop.start_simulator()
    shop.start_worker()
    until(lambda: shop.client.get(f"{KEY}:lease"), 20, "the lease")
    second = shop.start_worker("second")
    assert second.wait(20) == 75
    holder = str(shop.client.get(f"{KEY}:lease")).split()[0]
    assert holder in shop.log_of("second")


def test_the_raw_door_prints_too(shop: Shop) -> None:
    entry = {"id": "raw-1", "task": OPEN_SHIFT, "options": {"producer": "till"}}
    shop.client.lpush(f"{KEY}:inbox", json.dumps(entry))
    assert until(lambda: shop.status("raw-1"), 20, "the job")["job"] == "raw-1"
    assert shop.end_of("raw-1")["verdict"] == "printed"


def test_what_breaks_a_rule_is_dead_with_every_problem_named_and_the_line_moves_on(shop: Shop) -> None:
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue(
        "bad", {"type": "sell", "items": [{"name": "x", "price": "1.00", "quantity": -1}], "payments": "cash"}
    )
    shop.client.lpush(f"{KEY}:inbox", b"\xff\xfe not JSON at all")
    shop.enqueue("good", sale("3.00"))
    assert shop.end_of("good")["verdict"] == "printed"
    bad = shop.status("bad")
    assert (bad["state"], bad["verdict"], bad["reason"]["code"]) == ("dead", "not_printed", "task_refused")
    assert {"items[0].price", "items[0].quantity"} <= {
        problem["path"] for problem in bad["reason"]["problems"]
    }
    assert bad["reason"]["message_ru"]
    assert shop.client.exists(f"{KEY}:quarantine")
    assert shop.client.hget(f"{KEY}:task:bad", "task")


def test_a_register_that_comes_late_prints_all_in_order(make_shop: MakeShop) -> None:
    """Fault 1: nothing is lost and no submission number is spent while its server is down."""
    shop = make_shop(FISCALQ_LIMITS__BACKOFF_MAX_SECONDS="0.5")
    shop.install()
    shop.start_worker()
    shop.enqueue("shift", OPEN_SHIFT)
    for number in range(3):
        shop.enqueue(f"order-{number}", sale(f"{number + 1}.00"))
    until(lambda: "line.register_unreachable" in shop.log_of(), 20, "the setback")
    shop.start_simulator()
    last = shop.end_of("order-2")
    assert (last["verdict"], last["submissions"]) == ("printed", 1)
    assert [document["total"] for document in shop.documents()[1:]] == ["1.00", "2.00", "3.00"]


def test_a_permanent_refusal_is_a_dead_letter_at_once(shop: Shop) -> None:
    """The register will not have it: the FN agrees, dead and proven; the line moves on."""
    shop.enqueue("shift", OPEN_SHIFT)
    shop.end_of("shift")
    shop.tell_register("/_sim/faults", {"kind": "driver_error", "type": "sell", "code": 148})
    shop.enqueue("refused", sale())
    shop.enqueue("order-1", sale())
    refused = shop.end_of("refused")
    assert (refused["verdict"], refused["reason"]["register_code"], refused["submissions"]) == (
        "not_printed",
        148,
        1,
    )
    assert shop.end_of("order-1")["verdict"] == "printed"


def test_what_waits_too_long_is_withdrawn_behind_the_fence(make_shop: MakeShop) -> None:
    """
    Fault 6b: the register is switched off under a waiting submission.

    The fence waits too, so it is a doubt; when the register works again the doubt settles to proven, nothing is
    printed, and the line goes on.
    """
    shop = make_shop(
        FISCALQ_LIMITS__WAIT_MAX_SECONDS="2",
        FISCALQ_LIMITS__WITHDRAW_MAX_SECONDS="2",
        FISCALQ_LIMITS__COUNT_EVERY_SECONDS="1",
    )
    shop.install()
    shop.start_simulator()
    shop.start_worker()
    shop.enqueue("shift", OPEN_SHIFT)
    assert shop.end_of("shift")["verdict"] == "printed"
    shop.tell_register("/_sim/state", {"power": False})
    shop.enqueue("order-1", sale("7.00"))
    shop.enqueue("order-2", sale("8.00"))
    doubt = shop.end_of("order-1")
    assert (doubt["verdict"], doubt["reason"]["code"]) == ("in_doubt", "withdraw_unproven")
    assert shop.status("order-2")["state"] == "queued"
    shop.tell_register("/_sim/state", {"power": True})
    assert shop.end_of("order-2")["verdict"] == "printed"
    assert shop.status("order-1")["verdict"] == "not_printed"
    assert [document["total"] for document in shop.documents()[1:]] == ["8.00"]


def test_a_queue_that_stands_still_costs_one_job(make_shop: MakeShop) -> None:
    """Decision 3: nothing is sent without evidence; one job dies proven, the rest stay queued until it works again."""
    shop = make_shop(FISCALQ_LIMITS__WAIT_MAX_SECONDS="2", FISCALQ_LIMITS__COUNT_EVERY_SECONDS="1")
    shop.install()
    shop.start_simulator()
    shop.tell_register("/_sim/state", {"power": False})
    shop.start_worker()
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue("second", OPEN_SHIFT)
    dead = shop.end_of("shift")
    assert (dead["verdict"], dead["reason"]["code"], dead["submissions"]) == (
        "not_printed",
        "register_not_working",
        0,
    )
    shop.tell_register("/_sim/state", {"power": True})
    assert shop.end_of("second")["verdict"] == "printed"
    assert len(shop.documents()) == 1


def test_a_hundred_enqueued_at_once_are_printed_in_the_order_of_acceptance(make_shop: MakeShop) -> None:
    """By many connections at once, as plain `redis-cli` does it; none lost, none twice."""
    shop = make_shop()
    shop.install()
    shop.start_simulator()
    shop.tell_register("/_sim/state", {"pace": 0})
    shop.start_worker()
    shop.enqueue("shift", OPEN_SHIFT)
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda number: shop.enqueue(f"order-{number}", sale(f"{number + 1}.00")), range(100)))
    until(lambda: len(shop.documents()) == 101, 100, "a hundred receipts")
    totals = [document["total"] for document in shop.documents()[1:]]
    assert sorted(totals, key=float) == [f"{number + 1}.00" for number in range(100)]
    numbers = {
        status["fiscal"]["document_number"]: status
        for status in map(shop.end_of, (f"order-{n}" for n in range(100)))
    }
    accepted = [numbers[document["fd"]]["accepted_at"] for document in shop.documents()[1:]]
    assert accepted == sorted(accepted)
