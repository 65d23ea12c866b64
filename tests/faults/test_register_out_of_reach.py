"""Faults 1, 2, 3, 4, 17 and 23: the register's server is down, silent, late, forgetful, or somebody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ops.chaos.checker import uuids
from ops.chaos.shop import REGISTER, sale, until
from tests.faults.scene import Scene

pytestmark = [pytest.mark.server, pytest.mark.slow]
both = pytest.mark.parametrize("scene", ["v1", "v2"], indirect=True)


def prints_once(scene: Scene, *jobs: str, submissions: int = 1) -> None:
    """The end of most of these: each job one document, by one submission; and the checker has nothing to say."""
    for job in jobs:
        status = scene.settled(job)
        assert (status["verdict"], status["submissions"]) == ("printed", submissions), status
    assert scene.findings() == []


@both
def test_fault_01_a_register_whose_server_is_down_gets_all_in_order_when_it_is_back(scene: Scene) -> None:
    """Not sent: the same uuid again, and no submission number is spent."""
    scene.kill("simulator")
    scene.web.refuse()  # as the system does for a port that nobody has
    for number in range(3):
        scene.enqueue(f"order-{number}", sale(f"{number + 1}.00"))
    scene.logged("line.register_unreachable")
    scene.power_on_register()
    scene.web.accept()
    assert [scene.end_of(f"order-{number}")["submissions"] for number in range(3)] == [1, 1, 1]
    assert scene.receipts() == ["1.00", "2.00", "3.00"]
    assert scene.findings() == []


def test_fault_01_a_connection_refused_at_the_very_post_spends_no_number(scene: Scene) -> None:
    """The evidence has been carried over and the uuid is unknown, so that the first thing to fail is the POST."""
    last_look = uuids(REGISTER, scene.id("order-1"))[1]
    look = scene.web.rule(f"GET /\\S*{last_look}", "hold")
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    assert look.caught.wait(10)
    scene.web.refuse(cut=False)
    look.release()
    scene.logged("order-1", "not_sent")
    scene.web.accept()
    prints_once(scene, "order-1", "order-2")
    assert scene.receipts() == ["1.00", "2.00"]


@both
def test_fault_02_a_post_without_an_answer_is_asked_for_and_never_sent_under_another_uuid(
    scene: Scene,
) -> None:
    """Stored or not, cut off or 500: GET, else the same uuid again."""
    kinds = ["post_answer_lost", "post_500_stored", "post_dropped", "post_500"]
    for kind in kinds:
        scene.arm(kind, uuid=scene.uuid(kind))
        scene.enqueue(kind, sale("1.00"))
    prints_once(scene, *kinds)
    assert [scene.struck(kind) for kind in kinds] == [1, 1, 1, 1]


@both
def test_fault_02_a_post_that_lands_after_our_look_said_404(scene: Scene) -> None:
    """The same uuid is sent again, and the late one meets a 409."""
    scene.arm("post_delayed", type="sell", seconds=1.5, reset=True)
    scene.enqueue("order-1", sale("1.00"))
    prints_once(scene, "order-1")
    scene.enqueue("order-2", sale("2.00"))
    prints_once(scene, "order-2")
    until(lambda: scene.struck("post_delayed"), 10, "the late POST")
    assert scene.receipts() == ["1.00", "2.00"]


def test_fault_02_a_post_held_back_by_the_network_lands_after_the_second_one(scene: Scene) -> None:
    """The worker gives up on the first POST, sends the same uuid and prints; then the first one arrives."""
    late = scene.web.rule(scene.post_of("order-1"), "hold", "request")
    scene.enqueue("order-1", sale("1.00"))
    prints_once(scene, "order-1")
    late.release()
    assert late.passed.wait(5)
    scene.enqueue("order-2", sale("2.00"))
    prints_once(scene, "order-2")
    assert scene.receipts() == ["1.00", "2.00"]


def test_fault_02_a_post_given_up_for_good_finds_its_place_taken(scene: Scene) -> None:
    """The tombstone (guard 1): before a 404 settles a doubt, a reading lies under the uuid, and the late POST meets 409."""
    late = scene.web.rule(f'{scene.post_of("order-1")}.*"sell"', "hold", "request", count=None)
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    assert late.caught.wait(10)
    deaf = scene.web.rule(scene.look_at("order-1"), "cut", behind=scene.post_of("order-1"), count=None)
    scene.in_state("order-1", "in_doubt")
    deaf.count = 0
    assert scene.settled("order-1")["verdict"] == "not_printed"
    late.release()
    assert late.passed.wait(5)
    assert scene.settled("order-2")["verdict"] == "printed"
    scene.enqueue("order-3", sale("3.00"))
    assert scene.settled("order-3")["verdict"] == "printed"
    assert scene.receipts() == ["2.00", "3.00"]
    assert scene.findings(left_place={"order-1"}) == []


def test_fault_02_a_post_that_the_network_doubles(scene: Scene) -> None:
    """The answer that comes back is the 409 to the second one."""
    scene.web.rule(scene.post_of("order-1"), "double", "request")
    scene.enqueue("order-1", sale("1.00"))
    prints_once(scene, "order-1")


def test_fault_02_a_slow_network_costs_time_alone(scene: Scene) -> None:
    """Each answer comes 0.3 s late, the one to the first POST later than we wait."""
    scene.web.rule(scene.post_of("order-1"), "delay", seconds=2)
    scene.web.rule("", "delay", count=None, seconds=0.3)
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    prints_once(scene, "order-1", "order-2")
    assert scene.receipts() == ["1.00", "2.00"]


def test_fault_02_a_post_cut_in_the_middle(scene: Scene) -> None:
    """Thirty bytes arrived, of the request or of the answer: neither proves anything."""
    rules = [
        scene.web.rule(scene.post_of("order-1"), "cut", "request", after=30),
        scene.web.rule(scene.post_of("order-2"), "cut", "answer", after=30),
    ]
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    prints_once(scene, "order-1", "order-2")
    assert all(rule.caught.is_set() for rule in rules)


@pytest.mark.parametrize(
    ("scene", "lands"),
    [("v1", "never"), ("v1", "after the next POST"), ("v2", "before the next worker")],
    indirect=["scene"],
)
def test_fault_03_a_worker_killed_between_evidence_and_post(scene: Scene, lands: str) -> None:
    """The next worker asks, then posts the same uuid, wherever the first POST has got stuck."""
    stuck = scene.web.rule(scene.post_of("order-1"), "hold", "request")
    scene.enqueue("order-1", sale("1.00"))
    assert stuck.caught.wait(10)
    scene.kill("worker")
    assert scene.status("order-1")["state"] == "submitting"
    if lands == "never":
        stuck.drop()
    elif lands == "before the next worker":
        stuck.release()
        until(scene.receipts, 10, "the first POST's receipt")
    scene.start_worker()
    prints_once(scene, "order-1")
    if lands == "after the next POST":
        stuck.release()
        assert stuck.passed.wait(5)
        scene.enqueue("order-2", sale("2.00"))
        prints_once(scene, "order-2")
    assert scene.web.seen(scene.look_at("order-1"))


@pytest.mark.parametrize(
    ("scene", "uuid_gone"), [("v1", True), ("v2", False), ("v2", True)], indirect=["scene"]
)
def test_fault_04_a_worker_killed_after_the_print_and_before_the_record(
    scene: Scene, uuid_gone: bool
) -> None:
    """Asked for by uuid and recorded; when the uuid is gone, proven by the FN."""
    scene.web.rule(scene.look_at("order-1"), "hold", behind=scene.post_of("order-1"), count=None)
    scene.enqueue("order-1", sale("1.00"))
    until(scene.receipts, 10, "the receipt")
    until(lambda: scene.task_of(scene.uuid("order-1")) == "ready", 10, "the register's own record")
    scene.kill("worker")
    assert scene.status("order-1")["state"] in {"submitting", "waiting", "printing"}
    if uuid_gone:
        scene.tell_register("/_sim/purge", {"uuid": scene.uuid("order-1")})
    scene.web.disarm()
    scene.start_worker()
    prints_once(scene, "order-1")
    assert scene.web.seen(scene.post_of("order-1")) == 1


@pytest.mark.parametrize(
    ("scene", "printed"), [("v1", True), ("v1", False), ("v2", False)], indirect=["scene"]
)
def test_fault_17_a_register_that_has_forgotten_every_uuid(scene: Scene, printed: bool) -> None:
    """404 after accepted: the FN is read before anything is posted; proven unprinted → the same uuid."""
    if printed:
        scene.arm("database_wiped", type="sell")
    else:
        scene.turn(power=False)
    scene.enqueue("order-1", sale("1.00"))
    if not printed:
        scene.in_state("order-1", "waiting")
        scene.tell_register("/_sim/wipe", {})
        scene.turn(power=True)
    prints_once(scene, "order-1")
    assert scene.web.seen(scene.post_of("order-1")) == (1 if printed else 2)


@both
def test_fault_23_what_is_no_answer_is_asked_again(scene: Scene) -> None:
    """HTML, truncated JSON, 500, an old answer and none, three times in a row, then the truth."""
    kinds = ["get_html", "get_truncated", "get_500", "get_stale", "get_dropped"]
    for kind in kinds:
        scene.arm(kind, uuid=scene.uuid(kind), count=3)
        scene.enqueue(kind, sale("1.00"))
    prints_once(scene, *kinds)
    assert all(scene.struck(kind) for kind in kinds)


def test_fault_23_a_status_word_that_nobody_knows_is_in_doubt_and_settles(scene: Scene) -> None:
    """It may still print: never sent again, told to the operator, settled once the register speaks plainly."""
    scene.arm(
        "get_unknown_status", uuid=scene.uuid("order-1"), text="dreaming", nth=2
    )  # the first look is before it
    scene.enqueue("order-1", sale("1.00"))
    doubt = scene.in_state("order-1", "dead", "printed")
    assert (doubt["verdict"], doubt["reason"]["code"]) == ("in_doubt", "status_unknown")
    scene.enqueue("order-2", sale("2.00"))
    assert scene.end_of("order-2")["verdict"] == "printed"
    assert scene.status("order-1")["verdict"] == "printed"
    assert scene.receipts() == ["1.00", "2.00"]
    assert scene.findings() == []


class Stranger(BaseHTTPRequestHandler):
    """Another product's page at the register's address, whatever is asked."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        page = b"<html><title>Router</title>It works!</html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the standard library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """The test's output is not its place."""


@pytest.fixture
def stranger() -> Iterator[int]:
    """The port of another product's web server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_fault_23_another_product_at_the_registers_address_is_sent_nothing_twice(
    scene: Scene, stranger: int
) -> None:
    """A 200 with a page is no answer to a POST; when the register is back, the same uuid goes out."""
    scene.web.target = stranger
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    scene.logged("order-1", "line.register_unreachable")
    scene.web.target = scene.port
    prints_once(scene, "order-1", "order-2")
