"""Flower, as `fiscalq flower` starts it: the register in its column, tasks after a restart, and no buyer anywhere."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from flower.urls import handlers

from ops.chaos.shop import OPEN_SHIFT, ROOT, Shop, sale, until
from tests.compose.conftest import flower_environment

pytestmark = [pytest.mark.server, pytest.mark.slow]

PASSWORD = "a long password"
US = ("operator", PASSWORD)
CONSOLE = "http://console.shop:8790"
PHONE, GOODS, MAIL, CASHIER = "+79161234567", "Тайная покупка", "buyer@example.com", "Иванова"
PRIVATE = (PHONE, PHONE[1:], GOODS, MAIL, CASHIER, "clientInfo", "items")
COLUMNS = ("uuid", "register", "state", "result", "exception", "received", "started", "runtime", "worker")

Start = Callable[[], str]


@pytest.fixture
def fiscalq_flower(shop: Shop, tmp_path: Path) -> Iterator[Start]:
    """`fiscalq flower` with one place for its state; started again, the one before is ended in order."""
    running: list[subprocess.Popen[bytes]] = []

    def end() -> None:
        while running:
            program = running.pop()
            program.send_signal(signal.SIGTERM)
            program.wait(30)

    def start() -> str:
        end()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = flower_environment(
            FISCALQ_REDIS_URL=shop.redis_url,
            FISCALQ_STATE_DIR=str(tmp_path / "flower-state"),
            FISCALQ_FLOWER_PASSWORD=PASSWORD,
            FISCALQ_FLOWER_CONSOLE=f"{CONSOLE}/",
        )
        (tmp_path / "flower-state").mkdir(exist_ok=True)
        command = [sys.executable, "-m", "ops.cli.main", "flower", "--port", str(port)]
        with (tmp_path / "flower.log").open("ab") as log:
            running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log))
        address = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            assert running[0].poll() is None, (tmp_path / "flower.log").read_text("utf-8")
            try:
                return requests.get(f"{address}/healthcheck", timeout=1).ok
            except requests.ConnectionError:
                return False

        until(answers, 30, "Flower answers")
        until(
            lambda: shop.client.pubsub_numpat() or shop.client.execute_command("PUBSUB", "CHANNELS"),  # type: ignore[no-untyped-call]
            20,
            "Flower listens",
        )
        return address

    yield start
    end()


def get(address: str, path: str, **parameters: str) -> requests.Response:
    return requests.get(address + path, auth=US, params=parameters, timeout=30)


def row_of(address: str, job: str) -> dict[str, Any]:
    """A task's row on the page, as its table asks for it."""
    asked = {"draw": "1", "start": "0", "length": "100", "order[0][column]": "0", "order[0][dir]": "asc"}
    rows = get(address, "/tasks/datatable", **asked, **{"columns[0][data]": "uuid"}).json()["data"]
    return next((row for row in rows if row["uuid"] == job), {})


def has_ended(address: str, job: str) -> bool:
    return row_of(address, job).get("state") in {"SUCCESS", "FAILURE"}


def sell_to_a_buyer(shop: Shop, address: str) -> str:
    """A receipt that prints and one that dies, both with a buyer; returns the worker's name."""
    buyer = {"clientInfo": {"emailOrPhone": PHONE}}
    until(lambda: get(address, "/api/workers").json(), 30, "Flower knows the worker")
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue("order-1", {**sale(names=[GOODS]), **buyer})
    wrong = {**sale(names=[GOODS]), "clientInfo": {"emailOrPhone": MAIL}, "taxationType": "patent"}
    shop.tell_register("/_sim/state", {"taxation_types": ["osn"]})
    shop.enqueue("order-2", wrong)
    for job in ("order-1", "order-2"):
        shop.end_of(job)
    for job in ("order-1", "order-2"):
        until(partial(has_ended, address, job), 20, f"{job} in Flower")
    return str(next(iter(get(address, "/api/workers").json())))


def test_no_page_and_no_api_of_flower_names_a_buyer(
    shop: Shop, fiscalq_flower: Start, tmp_path: Path
) -> None:
    """Every path that this Flower has, found in its own list; and what it keeps on the disk."""
    address = fiscalq_flower()
    worker = sell_to_a_buyer(shop, address)
    paths = set()
    for handler in handlers:
        pattern = handler.regex.pattern.rstrip("$") if hasattr(handler, "regex") else handler[0]
        for word in (worker, "order-1", "order-2", "fiscalq.print", "js/flower.js"):
            paths.add(pattern.replace("/?", "").replace("(.+)", word).replace("(.*)", word))
    seen = 0
    for path in sorted(paths - {".*"}):
        answer = get(address, path, refresh="1")
        seen += answer.ok and ("order-1" in answer.text or "order-2" in answer.text)
        for private in PRIVATE[:-2]:
            assert private not in answer.text, (path, private)
        if "/task/" in path or "/api/tasks" in path:
            assert not any(private in answer.text for private in PRIVATE), path
    assert seen >= 3  # tasks, and each task's own page and API
    assert row_of(address, "order-1")["state"] == "SUCCESS"
    fiscalq_flower()  # it has saved what it knew
    kept = list((tmp_path / "flower-state").glob("flower*"))
    assert kept
    for file in kept:
        held = file.read_bytes()
        assert b"order-1" in held or file.suffix in {".dir", ".bak"}
        assert not any(private.encode() in held for private in (PHONE, PHONE[1:], GOODS, MAIL, CASHIER))


def test_a_task_has_its_register_and_is_there_after_a_restart(shop: Shop, fiscalq_flower: Start) -> None:
    """Columns are ours, and the links to the console; the window outlives the program."""
    address = fiscalq_flower()
    sell_to_a_buyer(shop, address)
    page = get(address, "/tasks").text
    assert "Register" in page
    row = row_of(address, "order-1")
    assert row["register"] == "kassa-1"
    assert set(COLUMNS) <= set(row)
    assert f'href="{CONSOLE}/">' in page
    assert f'href="{CONSOLE}/r/kassa-1/job?id=order-1">' in get(address, "/task/order-1").text
    again = fiscalq_flower()
    assert row_of(again, "order-1") == row
    refused = requests.post(f"{again}/api/task/revoke/order-1", auth=US, timeout=10)
    assert refused.status_code == 403


def test_a_dead_letter_is_seen_with_its_verdict_and_reason_alone(shop: Shop, fiscalq_flower: Start) -> None:
    """`not_printed: CODE`: enough to look it up by `fiscalq explain`."""
    address = fiscalq_flower()
    sell_to_a_buyer(shop, address)
    told = str(row_of(address, "order-2").get("exception"))
    verdict, code = shop.status("order-2")["verdict"], shop.status("order-2")["reason"]["code"]
    assert f"{verdict}: {code}" in told


def test_flower_is_not_started_without_a_password(redis_url: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ops.cli.main", "flower"],
        cwd=ROOT,
        env=flower_environment(FISCALQ_REDIS_URL=redis_url, FISCALQ_STATE_DIR=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode not in {0, None}
    assert "FISCALQ_FLOWER_PASSWORD" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_damaged_state_file_does_not_keep_flower_from_starting(
    shop: Shop, fiscalq_flower: Start, tmp_path: Path
) -> None:
    """A power cut in the middle of saving costs the window, not the dashboard."""
    (tmp_path / "flower-state").mkdir()
    (tmp_path / "flower-state" / "flower").write_bytes(os.urandom(2000))
    assert get(fiscalq_flower(), "/tasks").ok
