"""
How long a search on the page takes: `python -m tests.console.search_bench [JOBS]`, 20,000 printed jobs without a number.

The jobs are taken in by the ledger's own step, each with its whole history; the page is asked over HTTP, as a browser does.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter

from ops.console.app import make_app
from ops.console.entry.users import Role, Users
from ops.console.gate import Manner
from ops.redis.server import durable_redis
from tests.console.conftest import PASSWORD, Browser, served
from tests.console.stock import FN, Stock, sale
from worker.app.settings import load_settings
from worker.domain.events import Accepted, Event, Evidence, Printed, SubmitStarted
from worker.domain.lifecycle import fold
from worker.domain.ports import Candidate
from worker.domain.tasks import Kind
from worker.domain.verdicts import Fiscal

JOBS = 20_000
TIMES = 5
AT = "2026-11-23T07:00:00.000Z"


def fill(stock: Stock, jobs: int) -> None:
    """So many printed jobs, in order."""
    for number in range(jobs):
        if number % 100 == 0:
            stock.work()
        job, document = f"order-{number:05}-sell", 1000 + number
        task = json.dumps(sale(price=1 + number)).encode()
        fiscal = Fiscal(document_number=document, sign=f"{3_000_000_000 + document}", fn_number=FN)
        evidence = Evidence(fn_number=FN, document=document - 1)
        history: list[Event] = [
            Accepted(at=AT, type="sell", kind=Kind.RECEIPT, total=Decimal(1 + number)),
            SubmitStarted(at=AT, submission=1, evidence=evidence, door="v2"),
            Printed(at=AT, fiscal=fiscal),
        ]
        entry = b'{"id":"%b","task":%b,"options":{}}' % (job.encode(), task)
        stock.client.lpush(f"fiscalq:{{{stock.register}}}:inbox", entry)
        digest = hashlib.sha1(task, usedforsecurity=False).hexdigest()
        stock.ledger.admit(Candidate(entry, fold(job, stock.register, history), history, task, digest))


def main(jobs: int) -> None:
    """Fill, ask, and print the median of each search in seconds."""
    with tempfile.TemporaryDirectory() as folder, durable_redis(Path(folder)) as server:
        os.environ["FISCALQ_REDIS_URL"] = server.url
        os.environ["FISCALQ_REGISTERS__KASSA_1__URL"] = "http://127.0.0.1:9"
        os.environ["FISCALQ_REGISTERS__KASSA_1__TAXATION_TYPE"] = "osn"
        settings, users = load_settings(), Users(Path(folder) / "users.json")
        users.add("viewer", Role.VIEWER, PASSWORD)
        stock, began = Stock(settings), perf_counter()
        stock.client.config_set("appendonly", "no")  # nothing here outlives the bench
        fill(stock, jobs)
        sys.stdout.write(f"{jobs} jobs written in {perf_counter() - began:.1f} s\n")
        with served(make_app(settings, users, Manner())) as home:
            browser = Browser(home)
            browser.sign_in("viewer")
            last = f"order-{jobs // 2:05}-sell"
            words = {
                "exact id": last,
                "part of an id": last[6:11],
                "sum": f"{1 + jobs // 3},00",
                "nothing": "nowhere",
            }
            for what, said in words.items():
                seconds = []
                for _ in range(TIMES):
                    began = perf_counter()
                    page = browser.ask("/find", q=said)
                    seconds.append(perf_counter() - began)
                    assert page.status_code == 200
                hits = page.text.count('class="row"')
                sys.stdout.write(f"{what}: {median(seconds):.2f} s, {hits} found\n")
        stock.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else JOBS)
