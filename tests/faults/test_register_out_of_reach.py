"""Faults 1, 2, 3, 4, 17 and 23: the register's server is down, silent, late, forgetful, or somebody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.acceptance.shop import REGISTER, sale, until
from tests.faults.checker import uuids
from tests.faults.conftest import MakeScene
from tests.faults.scene import Scene

pytestmark = [pytest.mark.server, pytest.mark.slow]
both = pytest.mark.parametrize("api", ["v1", "v2"])


def prints_once(scene: Scene, job: str, total: str, *, submissions: int = 1) -> None:
    """The end of most of these: one document, one submission, and the checker has nothing to say."""
    status = scene.end_of(job, 20)
    assert (status["verdict"], status["submissions"]) == ("printed", submissions), status
    assert scene.receipts().count(total) == 1
    assert scene.findings() == []


@both
def test_fault_01_a_register_whose_server_is_down_gets_all_in_order_when_it_is_back(
    make_scene: MakeScene, api: str
) -> None:
    """Not sent: the same uuid again, and no submission number is spent."""
    scene = make_scene(api)
    scene.begin()
    scene.kill("simulator")
    for number in range(3):
        scene.enqueue(f"order-{number}", sale(f"{number + 1}.00"))
    scene.logged("register.unreachable")
    scene.power_on_register()
    assert [scene.end_of(f"order-{number}")["submissions"] for number in range(3)] == [1, 1, 1]
    assert scene.receipts() == ["1.00", "2.00", "3.00"]
    assert scene.findings() == []


def test_fault_01_a_connection_refused_at_the_very_post_spends_no_number(make_scene: MakeScene) -> None:
    """The evidence has been carried over, so that the first thing to fail is the POST."""
    scene = make_scene()
    scene.begin()
    scene.web.refuse()
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    scene.logged("order-1", "not_sent")
    scene.web.accept()
    prints_once(scene, "order-1", "1.00")
    prints_once(scene, "order-2", "2.00")
    assert scene.receipts() == ["1.00", "2.00"]


@both
@pytest.mark.parametrize("kind", ["post_answer_lost", "post_500_stored", "post_dropped", "post_500"])
def test_fault_02_a_post_without_an_answer_is_asked_for_and_never_sent_under_another_uuid(
    make_scene: MakeScene, api: str, kind: str
) -> None:
    """Stored or not: GET, else the same uuid again."""
    scene = make_scene(api)
    scene.begin()
    scene.arm(kind, type="sell")
    scene.enqueue("order-1", sale("1.00"))
    prints_once(scene, "order-1", "1.00")
    assert scene.struck(kind) == 1


@both
def test_fault_02_a_post_that_lands_after_our_look_said_404(make_scene: MakeScene, api: str) -> None:
    """The same uuid is sent again, and the late one meets a 409."""
    scene = make_scene(api)
    scene.begin()
    scene.arm("post_delayed", type="sell", seconds=1.5, reset=True)
    scene.enqueue("order-1", sale("1.00"))
    prints_once(scene, "order-1", "1.00")
    scene.enqueue("order-2", sale("2.00"))
    prints_once(scene, "order-2", "2.00")
    until(lambda: scene.struck("post_delayed"), 10, "the late POST")
    assert scene.receipts() == ["1.00", "2.00"]


def test_fault_02_a_post_held_back_by_the_network_lands_after_the_second_one(make_scene: MakeScene) -> None:
    """The worker gives up on the first POST, sends the same uuid and prints; then the first one arrives."""
    scene = make_scene()
    scene.begin()
    late = scene.web.rule(scene.post_of("order-1"), "hold", "request")
    scene.enqueue("order-1", sale("1.00"))
    prints_once(scene, "order-1", "1.00")
    late.release()
    assert late.passed.wait(5)
    scene.enqueue("order-2", sale("2.00"))
    prints_once(scene, "order-2", "2.00")
    assert scene.receipts() == ["1.00", "2.00"]


def test_fault_02_a_post_that_the_network_doubles(make_scene: MakeScene) -> None:
    """The answer that comes back is the 409 to the second one."""
    scene = make_scene()
    scene.begin()
    scene.web.rule(scene.post_of("order-1"), "double", "request")
    scene.enqueue("order-1", sale("1.00"))
    prints_once(scene, "order-1", "1.00")


@pytest.mark.parametrize("side", ["request", "answer"])
def test_fault_02_a_post_cut_in_the_middle(make_scene: MakeScene, side: str) -> None:
    """Thirty bytes arrived, of the request or of the answer: neither proves anything."""
    scene = make_scene()
    scene.begin()
    rule = scene.web.rule(scene.post_of("order-1"), "cut", side, after=30)  # type: ignore[arg-type]
    scene.enqueue("order-1", sale("1.00"))
    prints_once(scene, "order-1", "1.00")
    assert rule.caught.is_set()


@both
@pytest.mark.parametrize("lands", ["never", "before the next worker", "after the next POST"])
def test_fault_03_a_worker_killed_between_evidence_and_post(
    make_scene: MakeScene, api: str, lands: str
) -> None:
    """The next worker asks, then posts the same uuid, wherever the first POST has got stuck."""
    scene = make_scene(api)
    scene.begin()
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
    prints_once(scene, "order-1", "1.00")
    if lands == "after the next POST":
        stuck.release()
        assert stuck.passed.wait(5)
        scene.enqueue("order-2", sale("2.00"))
        prints_once(scene, "order-2", "2.00")
    assert scene.web.seen(scene.look_at("order-1"))


@both
@pytest.mark.parametrize("uuid_gone", [False, True])
def test_fault_04_a_worker_killed_after_the_print_and_before_the_record(
    make_scene: MakeScene, api: str, uuid_gone: bool
) -> None:
    """Asked for by uuid and recorded; when the uuid is gone, proven by the FN."""
    scene = make_scene(api)
    scene.begin()
    scene.web.rule(scene.look_at("order-1"), "hold", "answer", count=None)
    scene.enqueue("order-1", sale("1.00"))
    until(scene.receipts, 10, "the receipt")
    until(lambda: scene.task_of(uuids(REGISTER, "order-1")[0]) == "ready", 10, "the register's own record")
    scene.kill("worker")
    assert scene.status("order-1")["state"] in {"submitting", "waiting", "printing"}
    if uuid_gone:
        scene.tell_register("/_sim/purge", {"uuid": uuids(REGISTER, "order-1")[0]})
    scene.web.disarm()
    scene.start_worker()
    prints_once(scene, "order-1", "1.00")
    assert scene.web.seen(scene.post_of("order-1")) == 1


@both
@pytest.mark.parametrize("printed", [True, False])
def test_fault_17_a_register_that_has_forgotten_every_uuid(
    make_scene: MakeScene, api: str, printed: bool
) -> None:
    """404 after accepted: the FN is read before anything is posted; proven unprinted → the same uuid."""
    scene = make_scene(api, WAIT_MAX_SECONDS="20")
    scene.begin()
    if printed:
        scene.arm("database_wiped", type="sell")
    else:
        scene.turn(power=False)
    scene.enqueue("order-1", sale("1.00"))
    if not printed:
        scene.in_state("order-1", "waiting")
        scene.tell_register("/_sim/wipe", {})
        scene.turn(power=True)
    prints_once(scene, "order-1", "1.00")
    assert scene.web.seen(scene.post_of("order-1")) == (1 if printed else 2)


@both
@pytest.mark.parametrize("kind", ["get_html", "get_truncated", "get_500", "get_stale", "get_dropped"])
def test_fault_23_what_is_no_answer_is_asked_again(make_scene: MakeScene, api: str, kind: str) -> None:
    """HTML, truncated JSON, 500 and an old answer, three times in a row, then the truth."""
    scene = make_scene(api)
    scene.begin()
    scene.arm(kind, uuid=uuids(REGISTER, "order-1")[0], count=3)
    scene.enqueue("order-1", sale("1.00"))
    prints_once(scene, "order-1", "1.00")
    assert scene.struck(kind)


def test_fault_23_a_status_word_that_nobody_knows_is_in_doubt_and_settles(make_scene: MakeScene) -> None:
    """It may still print: never sent again, told to the operator, settled once the register speaks plainly."""
    scene = make_scene()
    scene.begin()
    scene.arm("get_unknown_status", uuid=uuids(REGISTER, "order-1")[0], text="dreaming")
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
    make_scene: MakeScene, stranger: int
) -> None:
    """A 200 with a page is no answer to a POST; when the register is back, the same uuid goes out."""
    scene = make_scene(WAIT_MAX_SECONDS="20")
    scene.begin()
    scene.web.target = stranger
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    scene.logged("order-1", "register.unclear")
    scene.web.target = scene.port
    prints_once(scene, "order-1", "1.00")
    prints_once(scene, "order-2", "2.00")
