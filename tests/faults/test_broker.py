"""Faults 12 to 16, 20, 21 and 24: Redis repeats, forgets, fails over or is full; a second worker; a deaf one; poison."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from ops.chaos.shop import KEY, OPEN_SHIFT, sale, until
from ops.redis.server import RunningRedis, durable_redis
from tests.faults.conftest import MakeScene
from tests.faults.scene import Scene

pytestmark = [pytest.mark.server, pytest.mark.slow]
both = pytest.mark.parametrize("scene", ["v1", "v2"], indirect=True)


def printed_once(scene: Scene, *jobs: str, **allowed: set[Any]) -> None:
    """Each of them printed, by its first submission; and the checker has nothing to say."""
    for job in jobs:
        status = scene.settled(job)
        assert (status["verdict"], status["submissions"]) == ("printed", 1), json.dumps(status)
    assert scene.findings(**allowed) == []


def test_fault_12_a_message_that_redis_delivers_twice_leads_to_no_second_call(scene: Scene) -> None:
    """While the first run lives, and again behind it: the second leaves without a call to the register."""
    held = scene.web.rule(scene.look_at("order-1"), "hold", behind=scene.post_of("order-1"), count=None)
    scene.enqueue("order-1", sale("1.00"))
    assert held.caught.wait(10)
    tickets = scene.client.hvals(f"{KEY}:unacked")
    assert len(tickets) == 1
    message = json.dumps(json.loads(tickets[0])[0])
    scene.client.lpush(f"{KEY}:queue", message, message)
    held.count = 0
    held.release()
    printed_once(scene, "order-1")
    calls = len(scene.web.requests)
    until(lambda: not scene.client.llen(f"{KEY}:queue"), 10, "an empty queue")
    until(lambda: not scene.client.hlen(f"{KEY}:unacked"), 10, "nothing in hand")
    assert len(scene.web.requests) == calls
    assert scene.web.seen(scene.post_of("order-1")) == 1
    assert scene.receipts() == ["1.00"]


def test_fault_12_a_worker_whose_connection_to_redis_is_cut_in_mid_print_goes_on(scene: Scene) -> None:
    """The broker takes the ticket for lost and hands it out again; so does the rebuild."""
    held = scene.web.rule(scene.look_at("order-1"), "hold", behind=scene.post_of("order-1"))
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    assert held.caught.wait(10)
    scene.wire.cut()
    held.release()
    printed_once(scene, "order-1", "order-2")
    assert scene.receipts() == ["1.00", "2.00"]


@both
def test_fault_13_a_wiped_redis_is_built_anew_from_the_register(scene: Scene) -> None:
    """One job printed, one in mid-print, one waiting; the CRM sends all again: same uuids, 409, recorded."""
    scene.enqueue("order-1", sale("1.00"))
    assert scene.end_of("order-1")["verdict"] == "printed"
    held = scene.web.rule(scene.look_at("order-2"), "hold", behind=scene.post_of("order-2"))
    scene.enqueue("order-2", sale("2.00"))
    scene.enqueue("order-3", sale("3.00"))
    assert held.caught.wait(10)
    scene.client.flushdb()
    held.release()
    for number in (1, 2, 3):
        scene.enqueue_at_last(f"order-{number}", sale(f"{number}.00"))
    printed_once(scene, "order-1", "order-2", "order-3", sent_again={"order-1", "order-2", "order-3"})
    assert scene.receipts() == ["1.00", "2.00", "3.00"]


def test_fault_13_a_redis_whose_file_has_lost_its_end(
    make_scene: MakeScene, redis_server: RunningRedis
) -> None:
    """A power cut and a disk that lied: the last writes are gone, the CRM sends again what it has not seen final."""
    scene = make_scene()
    scene.begin()
    size = tail_of(redis_server).stat().st_size
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    assert scene.end_of("order-2")["verdict"] == "printed"
    redis_server.kill()
    os.truncate(tail_of(redis_server), size)
    redis_server.start()
    for number in (1, 2):
        scene.enqueue_at_last(f"order-{number}", sale(f"{number}.00"))
    printed_once(scene, "order-1", "order-2", sent_again={"order-1", "order-2"})
    assert scene.receipts() == ["1.00", "2.00"]


def tail_of(server: RunningRedis) -> Path:
    """The append-only file to which the server writes now."""
    return max(
        (server.directory / "appendonlydir").glob("*.incr.aof"), key=lambda path: path.stat().st_mtime_ns
    )


@pytest.mark.parametrize(("api", "moment"), [("v1", "before"), ("v2", "amid")])
def test_fault_14_a_stale_replica_is_promoted(
    make_scene: MakeScene, tmp_path: Path, api: str, moment: str
) -> None:
    """What has printed is pending again there, or is in mid-print: asked for, not sent."""
    scene = make_scene(api)
    with (
        durable_redis(tmp_path / "replica", server="own") as other,
        redis.Redis.from_url(other.url) as replica,
    ):
        scene.client.config_set("repl-diskless-sync-delay", 0)  # it would wait for more replicas
        replica.replicaof("127.0.0.1", urlsplit(scene.redis_url).port)
        scene.begin()
        stuck = scene.web.rule(
            scene.post_of("order-1"), "hold", "request" if moment == "before" else "answer"
        )
        scene.enqueue("order-1", sale("1.00"))
        scene.enqueue("order-2", sale("2.00"))
        assert stuck.caught.wait(10)
        until(lambda: replica.zcard(f"{KEY}:open") == 2, 10, "the replica to know both")
        replica.replicaof("NO", "ONE")
        stuck.release()
        assert scene.end_of("order-2")["verdict"] == "printed"
        scene.wire.target = urlsplit(other.url).port or 0
        scene.wire.cut()
        scene.move_crm(other.url)
        printed_once(scene, "order-1", "order-2", sent_again={"order-1", "order-2"})
        assert scene.receipts() == ["1.00", "2.00"]
        assert scene.web.seen(scene.post_of("order-2")) <= 2
        scene.kill("worker")


def test_fault_15_a_worker_that_wakes_up_with_its_post_behind_another_worker(make_scene: MakeScene) -> None:
    """The zombie's POST has the same uuid and meets 409; its write is refused; started anew, it is refused too."""
    scene = make_scene(LEASE_SECONDS="1.5")
    scene.begin()
    zombie = scene.processes["worker"]
    late = scene.web.rule(scene.post_of("order-1"), "hold", "request")
    scene.enqueue("order-1", sale("1.00"))
    assert late.caught.wait(10)
    zombie.send_signal(signal.SIGSTOP)
    scene.start_worker("second")
    printed_once(scene, "order-1")
    late.release()
    assert late.passed.wait(5)
    zombie.send_signal(signal.SIGCONT)
    assert zombie.wait(20) == 75
    scene.enqueue("order-2", sale("2.00"))
    printed_once(scene, "order-2")
    assert scene.receipts() == ["1.00", "2.00"]
    holder = str(scene.client.get(f"{KEY}:lease")).split()[0]
    assert holder in scene.log_of()


def test_fault_15_a_worker_that_sleeps_between_its_check_and_its_post(make_scene: MakeScene) -> None:
    """Stopped before the guard, awake behind the other's print: it posts nothing of the job any more."""
    scene = make_scene(LEASE_SECONDS="1.5")
    scene.begin()
    zombie = scene.processes["worker"]
    asleep = scene.wire.rule("fiscalq_append.*submit_started", "hold", "answer")
    scene.enqueue("order-1", sale("1.00"))
    assert asleep.caught.wait(10)
    zombie.send_signal(signal.SIGSTOP)
    asleep.release()
    assert asleep.passed.wait(5)
    scene.start_worker("second")
    printed_once(scene, "order-1")
    posts = scene.web.seen(scene.post_of("order-1"))
    zombie.send_signal(signal.SIGCONT)
    assert zombie.wait(20) == 75
    assert scene.web.seen(scene.post_of("order-1")) == posts
    assert scene.receipts() == ["1.00"]


def test_fault_15_a_worker_cut_off_from_redis_alone_prints_nothing_more(make_scene: MakeScene) -> None:
    """A partition: it may finish asking, but no POST of it leaves behind its lease; the second one takes over."""
    scene = make_scene(LEASE_SECONDS="1.5")
    scene.begin()
    held = scene.web.rule(scene.look_at("order-1"), "hold", behind=scene.post_of("order-1"), count=None)
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    assert held.caught.wait(10)
    scene.wire.refuse()
    held.count = 0
    held.release()
    scene.start_worker("second", FISCALQ_REDIS_URL=scene.redis_url)
    printed_once(scene, "order-1", "order-2")
    assert scene.web.seen(scene.post_of("order-2")) == 1
    assert scene.receipts() == ["1.00", "2.00"]
    scene.wire.accept()
    assert scene.processes["worker"].wait(20) == 75


def test_fault_16_an_id_that_comes_again(scene: Scene) -> None:
    """Same bytes: the same job and its stored answer. Other bytes: refused at the function, kept at the raw door."""
    first = scene.enqueue("order-1", sale("1.00"))
    assert not first["duplicate"]
    printed_once(scene, "order-1")
    again = scene.enqueue("order-1", sale("1.00"))
    assert (again["duplicate"], again["state"]) == (True, "printed")
    with pytest.raises(redis.ResponseError, match="FISCALQ_CONFLICT"):
        scene.enqueue("order-1", sale("7.00"))
    kept = len(scene.quarantined())
    entry = json.dumps({"id": scene.id("order-1"), "task": sale("8.00")})
    scene.client.lpush(f"{KEY}:inbox", entry)
    until(lambda: scene.quarantined()[kept:] == [entry], 10, "the loser in quarantine")
    scene.logged("entry.quarantined")
    printed_once(scene, "order-1")
    assert scene.receipts() == ["1.00"]


def test_fault_20_a_worker_that_hears_nothing_of_its_queue_restarts_itself(make_scene: MakeScene) -> None:
    """The consumer's connection has gone silent without closing: open jobs, nothing begun, so it begins anew."""
    scene = make_scene(DEAF_SECONDS="2")
    scene.begin()
    pid = scene.processes["worker"].pid
    silent = scene.wire.rule(r"\$5\r\nBRPOP\r\n", "hold", "answer", count=None)
    assert silent.caught.wait(10)
    scene.enqueue("order-1", sale("1.00"))
    scene.logged("queue.rebuilt")
    scene.logged("worker.restarted", "nothing begun")
    silent.count = 0
    silent.drop()
    printed_once(scene, "order-1")
    assert scene.processes["worker"].pid == pid
    assert scene.processes["worker"].poll() is None


REFUSED: list[tuple[str, str, str]] = [
    ("no JSON", "{'type': 'sell'", "FISCALQ_BAD_JSON"),
    ("no object", "[1, 2]", "FISCALQ_BAD_JSON"),
    (
        "NaN",
        '{"type":"sell","items":[{"name":"x","price":NaN,"quantity":1}],"payments":"cash"}',
        "FISCALQ_BAD_JSON",
    ),
    ("too deep", '{"type":"sell","items":' + "[" * 200 + "]" * 200 + "}", "FISCALQ_BAD_JSON"),
    ("200 KiB", json.dumps({"type": "sell", "note": "x" * 200 * 1024}), "FISCALQ_TOO_LARGE"),
]
DEAD: list[tuple[str, Any]] = [
    ("unknown-type", {"type": "sellEverything"}),
    ("no-type", {"items": []}),
    ("wrong-shape", {"type": "sell", "items": "all of them", "payments": "cash"}),
    (
        "wrong-price",
        {"type": "sell", "items": [{"name": "x", "price": "one", "quantity": -1}], "payments": "cash"},
    ),
]


def test_fault_21_poison_is_refused_or_dead_and_the_line_moves_on(scene: Scene) -> None:
    """Through both doors: refused with its code, or dead under its id with paths, or in quarantine; bytes kept."""
    for name, text, code in REFUSED:
        with pytest.raises(redis.ResponseError, match=code):
            scene.enqueue("poison", text)
        assert not scene.status("poison"), name
    for name, task in DEAD:
        scene.enqueue(name, task)
    kept = len(scene.quarantined())
    garbage = ["", "\x00\x01", "{}", '{"id":"a b","task":{}}', '{"id":"x"}', "[" * 5000]
    for entry in garbage:
        scene.client.lpush(f"{KEY}:inbox", entry)
    raw = [(f"raw-{number}", text) for number, (_, text, _) in enumerate(REFUSED)]
    for name, text in raw:
        scene.client.lpush(f"{KEY}:inbox", f'{{"id":"{scene.id(name)}","task":{text}}}')
    scene.enqueue("good", sale("1.00"))
    assert scene.settled("good")["verdict"] == "printed"
    for name, task in DEAD:
        dead = scene.status(name)
        assert (dead["state"], dead["verdict"], dead["reason"]["code"]) == (
            "dead",
            "not_printed",
            "task_refused",
        )
        assert dead["reason"]["problems"], name
        assert scene.client.hget(f"{KEY}:task:{scene.id(name)}", "task") == json.dumps(
            task, ensure_ascii=False
        )
    quarantined = scene.quarantined()[kept:]
    assert set(garbage) <= set(quarantined)
    dead_raw = [name for name, _ in raw if scene.status(name).get("state") == "dead"]
    assert len(quarantined) == len(garbage) + len(raw) - len(dead_raw)
    assert scene.receipts() == ["1.00"]
    assert scene.findings() == []


def test_fault_24_a_register_whose_clock_steps_back_an_hour(scene: Scene) -> None:
    """Order and limits do not depend on any wall clock; what the register refuses is proven, never guessed."""
    scene.enqueue("order-1", sale("1.00"))
    printed_once(scene, "order-1")
    scene.turn(clock_offset_seconds=-3600)
    scene.enqueue("order-2", sale("2.00"))
    scene.in_state("order-2", "queued", "submitting", "waiting", "dead", "printed")
    scene.turn(clock_offset_seconds=0)
    scene.enqueue("order-3", sale("3.00"))
    assert scene.settled("order-2")["verdict"] == "printed"
    assert scene.settled("order-3")["verdict"] == "printed"
    assert scene.receipts() == ["1.00", "2.00", "3.00"]
    assert scene.findings() == []


def test_fault_24_a_redis_that_is_full_refuses_at_the_door_and_loses_nothing(scene: Scene) -> None:
    """
    No room in memory: enqueue is refused, which the CRM knows; what was accepted is recorded, and never sent twice.

    Celery's own writes are refused too: the worker may end, and its supervisor starts the next one.
    """
    worker = scene.processes["worker"]
    late = scene.wire.rule("fiscalq_append.*submit_started", "hold", "request")
    scene.enqueue("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    assert late.caught.wait(10)
    scene.client.config_set("maxmemory", 1)
    try:
        late.release()
        with pytest.raises(redis.OutOfMemoryError):
            scene.enqueue("order-3", sale("3.00"))
        scene.settled("order-1")
        until(
            lambda: worker.poll() is not None or scene.status("order-2")["state"] == "printed", 10, "an end"
        )
    finally:
        scene.client.config_set("maxmemory", 0)
    if worker.poll() is not None:
        assert worker.returncode != 0
        scene.start_worker()
    printed_once(scene, "order-1", "order-2")
    assert scene.receipts() == ["1.00", "2.00"]


def test_fault_24_a_disk_that_is_full_ends_redis_and_lets_nothing_out(
    make_scene: MakeScene, redis_server: RunningRedis
) -> None:
    """`appendfsync always` and no room: Redis ends rather than promise; with room again it and the worker go on."""
    resource = pytest.importorskip("resource")
    if redis_server.pid is None or not hasattr(resource, "prlimit"):
        pytest.skip("needs a Redis of our own and prlimit")
    scene = make_scene()
    scene.begin()
    late = scene.wire.rule("fiscalq_append.*submit_started", "hold", "request")
    scene.enqueue("order-1", sale("1.00"))
    assert late.caught.wait(10)
    size = tail_of(redis_server).stat().st_size
    resource.prlimit(redis_server.pid, resource.RLIMIT_FSIZE, (size, size))
    late.release()
    until(lambda: redis_server.pid is None, 10, "the end of Redis")
    assert scene.web.seen(scene.post_of("order-1")) == 0
    redis_server.start()
    printed_once(scene, "order-1")
    assert scene.receipts() == ["1.00"]


@both
def test_fault_24_a_deploy_in_the_middle_of_a_print_hands_over(scene: Scene) -> None:
    """SIGTERM: the loop lets go at once, the lease is given back, the next worker goes on with the same submission."""
    scene.turn(delays={"close": 1.0}, pace=1)
    for number in (1, 2):
        scene.enqueue(f"order-{number}", sale(f"{number}.00"))
    scene.in_state("order-1", "printing", "waiting")
    assert scene.stop("worker") == 0
    assert scene.client.get(f"{KEY}:lease") is None
    scene.start_worker()
    printed_once(scene, "order-1", "order-2")
    assert scene.receipts() == ["1.00", "2.00"]
    assert scene.web.seen(scene.post_of("order-1")) == 1


@pytest.mark.parametrize(("api", "moment"), [("v1", "submitting"), ("v2", "printing")])
def test_fault_24_a_power_cut_of_the_whole_shop(
    make_scene: MakeScene, redis_server: RunningRedis, api: str, moment: str
) -> None:
    """Worker, register and Redis die at once, in mid-job; all start again by themselves."""
    scene = make_scene(api, WAIT_MAX_SECONDS="20")
    scene.begin()
    how: Callable[[], None]
    if moment == "submitting":
        stuck = scene.web.rule(scene.post_of("order-1"), "hold", "request")
        how = stuck.drop
    else:
        scene.turn(delays={"close": 1.5}, pace=1)
        how = scene.web.disarm
    for number in (1, 2, 3):
        scene.enqueue(f"order-{number}", sale(f"{number}.00"))
    scene.in_state("order-1", moment)
    scene.kill("worker")
    scene.kill("simulator")
    redis_server.kill()
    how()
    redis_server.start()
    scene.power_on_register()
    scene.turn(delays={"close": 0.0})
    scene.start_worker()
    printed_once(scene, "order-1", "order-2", "order-3")
    assert scene.receipts() == ["1.00", "2.00", "3.00"]


def test_fault_24_a_shop_that_starts_in_any_order(make_scene: MakeScene, redis_server: RunningRedis) -> None:
    """In the morning the worker may be the first: it waits for Redis, then for the register."""
    scene = make_scene()
    scene.install()
    scene.enqueue("shift", OPEN_SHIFT)
    redis_server.stop()
    scene.start_worker()
    scene.logged("Cannot connect to redis")
    redis_server.start()
    scene.logged("line.register_unreachable")
    scene.power_on_register()
    printed_once(scene, "shift")
