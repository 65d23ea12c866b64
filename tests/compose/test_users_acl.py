"""users.acl.example on a real server: who is meant to do something can, and nobody can do more."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
import requests
from fiscalq_producer import Producer

from ops.chaos.shop import OPEN_SHIFT, Shop, sale, until
from tests.compose.conftest import ROOT, StartFlower, StartRedis
from worker.app.settings import load_settings
from worker.app.wiring import prepare_server

pytestmark = pytest.mark.server

EXAMPLE = ROOT / "ops" / "redis" / "users.acl.example"
PASSWORD = "made-up"
KEY = "fiscalq:{kassa-1}"
INSIDE = re.compile(r"permission|user executing the script")  # a right that is missing inside a function


class Rights:
    """A server on which the example's users exist and both registers are entered."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        registers = {f"FISCALQ_REGISTERS__KASSA_{n}__URL": "http://127.0.0.1:1" for n in (1, 2)}
        settings = load_settings({"FISCALQ_REDIS_URL": self.url("worker"), **registers})
        prepare_server(settings, "kassa-1", "kassa-2")()

    def url(self, user: str) -> str:
        """Give the address with a user of the example."""
        return f"redis://{user}:{PASSWORD}@{self._address}/0"

    def can(self, user: str, command: str) -> bool:
        """Try it; a refusal for another reason than rights means that the rights were there."""
        with redis.Redis.from_url(self.url(user)) as client:
            try:
                client.execute_command(*command.split())
            except redis.exceptions.NoPermissionError:
                return False
            except redis.ResponseError as refusal:
                return not INSIDE.search(str(refusal))
            return True


def _users(text: str) -> str:
    return "".join(f"{line}\n" for line in text.splitlines() if line.startswith("user "))


def _start(start_redis: StartRedis, directory: Path) -> Rights:
    """Do what the example's head says: take the users' lines, set passwords, start Redis with them."""
    users = directory / "users.acl"
    users.write_text(_users(EXAMPLE.read_text("utf-8")).replace("CHANGE-ME", f">{PASSWORD}"), "utf-8")
    return Rights(start_redis("--aclfile", str(users)))


@pytest.fixture(scope="module")
def rights(start_redis: StartRedis, tmp_path_factory: pytest.TempPathFactory) -> Rights:
    """Give one server for all that is only tried."""
    return _start(start_redis, tmp_path_factory.mktemp("users"))


def test_a_password_that_was_forgotten_is_refused_by_redis(start_redis: StartRedis, tmp_path: Path) -> None:
    """Otherwise every shop that forgot one would have the same."""
    users = tmp_path / "users.acl"
    users.write_text(_users(EXAMPLE.read_text("utf-8")), "utf-8")
    with pytest.raises(AssertionError, match="gave up"):
        start_redis("--aclfile", str(users))


@pytest.mark.parametrize(
    "command",
    [
        f"FCALL fiscalq_enqueue 1 {KEY} A-1 {{}}",
        f"FCALL_RO fiscalq_status 1 {KEY} A-1",
        f"LPUSH {KEY}:inbox {{}}",
        f"XREAD STREAMS {KEY}:events 0",
    ],
)
def test_a_producer_can_hand_over_and_see_what_became_of_it(rights: Rights, command: str) -> None:
    assert rights.can("producer-kassa-1", command)


@pytest.mark.parametrize(
    "command",
    [
        "FCALL fiscalq_enqueue 1 fiscalq:{kassa-2} A-1 {}",
        "FCALL_RO fiscalq_status 1 fiscalq:{kassa-2} A-1",
        "LPUSH fiscalq:{kassa-2}:inbox {}",
        "XREAD STREAMS fiscalq:{kassa-2}:events 0",
        f"FCALL fiscalq_lease 1 {KEY} me nonce 1000",
        f"FCALL fiscalq_release 1 {KEY} me",
        f"HGET {KEY}:task:A-1 task",
        f"XRANGE {KEY}:history:A-1 - +",
        f"LRANGE {KEY}:inbox 0 -1",
        f"RPOP {KEY}:inbox",
        f"DEL {KEY}:open",
        f"ZADD {KEY}:open 1 A-1",
        f"HSET {KEY}:job:A-1 state printed",
        f"HSET {KEY} queue_max 0",
        f"DEL {KEY}",
        f"SET {KEY}:reserved:A-1 x",
        f"DEL {KEY}:reserved:A-1",
        f"LPUSH {KEY}:queue x",
        f"LLEN {KEY}:queue",
        f"GET {KEY}:lease",
        f"XADD {KEY}:events * job A-1",
        f"XTRIM {KEY}:events MAXLEN 0",
        "FUNCTION FLUSH",
        "EVAL return 0",
        "CONFIG GET *",
        "KEYS *",
        "SCAN 0",
        "MONITOR",
        "FLUSHALL",
        "SHUTDOWN",
        "PUBLISH x y",
    ],
)
def test_a_producer_can_do_nothing_else(rights: Rights, command: str) -> None:
    assert not rights.can("producer-kassa-1", command)


@pytest.mark.parametrize(
    "command", ["FLUSHALL", "FLUSHDB", "SHUTDOWN", "CONFIG SET appendfsync no", "KEYS *", "ACL LIST"]
)
def test_the_worker_cannot_empty_end_or_loosen_the_server(rights: Rights, command: str) -> None:
    assert not rights.can("worker", command)


@pytest.mark.parametrize(
    "command",
    [
        f"HGET {KEY}:task:A-1 task",
        f"XRANGE {KEY}:history:A-1 - +",
        f"LPUSH {KEY}:queue x",
        f"LPUSH {KEY}:inbox x",
        f"DEL {KEY}:queue",
        f"FCALL fiscalq_status 1 {KEY} A-1",
        "FLUSHALL",
        "CONFIG GET *",
    ],
)
def test_flower_sees_no_task_and_changes_no_job(rights: Rights, command: str) -> None:
    assert not rights.can("flower", command)


def test_who_has_no_name_can_only_ask_whether_redis_is_there(rights: Rights) -> None:
    with redis.Redis.from_url(rights.url("").replace(f":{PASSWORD}@", "")) as nobody:
        assert nobody.ping()
        with pytest.raises(redis.exceptions.NoPermissionError):
            nobody.get(KEY)


@pytest.mark.slow
def test_a_receipt_finds_its_way_under_these_rights(
    start_redis: StartRedis, start_flower: StartFlower, tmp_path: Path
) -> None:
    """Worker, Flower and the shipped producer, each with its own user: printed, and found by the CRM's id."""
    rights = _start(start_redis, tmp_path)
    shop = Shop(tmp_path, rights.url("worker"))
    try:
        shop.start_simulator()
        shop.start_worker()
        until(lambda: "line.opened" in shop.log_of(), 30, "the worker at its line")
        flower = start_flower(FISCALQ_REDIS_URL=rights.url("flower"), FISCALQ_FLOWER_PASSWORD=PASSWORD)
        us = ("operator", PASSWORD)
        until(
            lambda: requests.get(f"{flower}/api/workers", auth=us, timeout=10).json(),
            30,
            "the worker in Flower",
        )

        crm = Producer(rights.url("producer-kassa-1"), register="kassa-1", producer="crm")
        crm.enqueue("A-1", OPEN_SHIFT)
        accepted = crm.enqueue("A-2", sale("0.70"))
        assert (accepted.state, accepted.duplicate) == ("queued", False)
        assert crm.enqueue("A-2", sale("0.70")).duplicate
        ended = crm.wait("A-2", timeout_seconds=60)
        assert ended.verdict == "printed", shop.log_of()

        def seen() -> bool:
            task = requests.get(f"{flower}/api/task/info/A-2", auth=us, timeout=10)
            return task.ok and task.json()["state"] == "SUCCESS"

        until(seen, 30, "the job in Flower")
        queues = requests.get(f"{flower}/api/queues/length", auth=us, timeout=10).json()["active_queues"]
        assert {"name": f"{KEY}:queue", "messages": 0} in queues
        assert shop.stop("worker") == 0
    finally:
        shop.close()
    assert "permission" not in shop.log_of().lower()
