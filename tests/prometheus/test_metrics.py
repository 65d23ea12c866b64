"""What Prometheus is told: by the worker of its own work, by the ledger of the line, and nothing of a buyer."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from ops.chaos.shop import KEY, OPEN_SHIFT, Shop, sale, until
from ops.prometheus.collector import GAUGES
from ops.runbook.handbook import CODES
from tests.acceptance.conftest import MakeShop
from worker.app.celery_app import ticket_template
from worker.app.metrics import COUNTERS, HISTOGRAMS
from worker.app.standstill import Cause
from worker.domain.outlook import Sign

ROOT = Path(__file__).parents[2]
README = (ROOT / "ops/prometheus/README.md").read_text("utf-8")
RULES = ROOT / "ops/prometheus/alerts.yml"
SITUATIONS = Path(__file__).with_name("alerts_test.yml")
NAME = re.compile(r"\bfiscalq_[a-z_]+\b")
PHONE = "+79161234567"
PROMTOOL = shutil.which("promtool")


def known() -> set[str]:
    """Every metric of the code, as Prometheus sees it."""
    parts = {f"{name}_{part}" for name in HISTOGRAMS for part in ("bucket", "sum", "count")}
    return {*GAUGES, *COUNTERS, *parts}


def samples(text: str) -> Mapping[tuple[str, ...], float]:
    """Values by name and labels."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def once(shop: Shop) -> str:
    """`fiscalq metrics --once`, as an operator of that shop."""
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli.main", "metrics", "--once"],
        env={
            **os.environ,
            "FISCALQ_REDIS_URL": shop.redis_url,
            "FISCALQ_REGISTERS__KASSA_1__URL": f"http://127.0.0.1:{shop.port}",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.mark.server
def test_a_worker_counts_what_it_prints_and_a_dead_one_is_seen_without_it(make_shop: MakeShop) -> None:
    """The ledger is asked by another process: an alarm must not hang on what it is about."""
    port = free_port()
    shop = make_shop(FISCALQ_METRICS_LISTEN=f"127.0.0.1:{port}", FISCALQ_LOG_LEVEL="error")
    shop.install()
    shop.start_simulator()
    shop.start_worker()
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue("order-1", {**sale(), "clientInfo": {"emailOrPhone": PHONE}})
    shop.enqueue("order-2", {"type": "sell"})
    assert [shop.end_of(job)["verdict"] for job in ("shift", "order-1", "order-2")] == [
        "printed",
        "printed",
        "not_printed",
    ]

    def scrape() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())

    until(
        lambda: samples(scrape()).get(("fiscalq_jobs_ended_total", "", "kassa-1", "printed")) == 2, 10, "both"
    )
    told = scrape()
    counted = samples(told)
    assert counted["fiscalq_jobs_ended_total", "task_refused", "kassa-1", "not_printed"] == 1
    assert counted["fiscalq_submissions_total", "first", "kassa-1"] == 2
    assert counted["fiscalq_proofs_total", "kassa-1", "printed"] == 2
    assert counted["fiscalq_job_waited_seconds_count", "kassa-1"] == 3
    assert counted["fiscalq_job_seconds_count", "kassa-1"] == 2
    taken = counted["fiscalq_register_answers_total", "taken", "post", "kassa-1"]
    assert taken == counted["fiscalq_register_call_seconds_count", "post", "kassa-1"] >= 2
    shop.client.lpush(
        f"{KEY}:queue", ticket_template(f"{KEY}:queue").replace("@JOB@", "order-1").replace("@TAG@", "2")
    )
    until(
        lambda: samples(scrape()).get(("fiscalq_log_events_total", "ticket.spent", "kassa-1")),
        10,
        "the ticket that came twice (fault 12)",
    )
    assert {name for name, *_ in counted} <= known()

    alive = once(shop)
    assert samples(alive)["fiscalq_worker_alive", "kassa-1"] == 1
    assert samples(alive)["fiscalq_jobs", "dead", "kassa-1"] == 1
    shop.kill("worker")
    shop.enqueue("order-3", sale())
    shop.client.delete(f"{KEY}:lease")  # as ten seconds do
    dead = samples(once(shop))
    assert (dead["fiscalq_up", "kassa-1"], dead["fiscalq_worker_alive", "kassa-1"]) == (1, 0)
    assert dead["fiscalq_jobs", "inbox", "kassa-1"] == 1
    for text in (told, alive):
        assert not [word for word in (PHONE, PHONE[1:], "order-", "Пакет") if word in text]


@pytest.mark.server
def test_a_redis_that_is_away_is_a_figure_and_no_error(make_shop: MakeShop) -> None:
    """Whoever scrapes must be able to tell it from a program that does not run."""
    shop = make_shop()
    shop.redis_url = f"redis://127.0.0.1:{free_port()}/0"
    assert samples(once(shop)) == {("fiscalq_up", "kassa-1"): 0}


def test_each_metric_stands_in_the_table_and_the_table_has_no_other() -> None:
    """Each row is what the code says: the name, its labels beside `register`, and what it tells."""
    code = {**GAUGES, **COUNTERS, **{name: row[:2] for name, row in HISTOGRAMS.items()}}
    rows = [
        f"| `{name}` | {', '.join(f'`{label}`' for label in labels)} | {text} |"
        for name, (text, labels) in code.items()
    ]
    assert [line for line in README.splitlines() if line.startswith("| `")] == rows


def test_alarms_and_dashboard_ask_for_metrics_that_exist_and_name_pages_that_exist() -> None:
    """A query for a name that is gone raises nothing, for ever."""
    rules = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
    board = json.loads((ROOT / "ops/grafana/fiscalq.json").read_text("utf-8"))
    queries = [rule["expr"] for rule in rules]
    queries += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked = {name for query in queries for name in NAME.findall(query)}
    assert asked
    assert asked <= known()
    assert set(GAUGES) <= {
        name for target in board["panels"] for name in NAME.findall(str(target["targets"]))
    }
    for rule in rules:
        page = rule["labels"]["page"]
        assert set(Cause) <= set(CODES) if page == "{{ $labels.cause }}" else page in CODES, rule["alert"]
        assert {"summary", "summary_ru"} == set(rule["annotations"])


def test_no_alarm_hangs_on_a_worker_that_is_asked() -> None:
    """Its endpoint is off by default and its counts begin anew with its process, when an alarm matters most."""
    rules = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
    assert {name for rule in rules for name in NAME.findall(rule["expr"])} <= set(GAUGES)


def test_whatever_comes_to_an_end_has_an_alarm_and_each_alarm_a_situation_that_raises_it() -> None:
    """A new sign without one would be seen on the page alone."""
    rules = yaml.safe_load(RULES.read_text("utf-8"))["groups"][0]["rules"]
    queries = " ".join(rule["expr"] for rule in rules)
    assert [sign for sign in Sign if f'sign="{sign.value}"' not in queries] == []
    situations = yaml.safe_load(SITUATIONS.read_text("utf-8"))["tests"]
    raised = [
        sample["labels"]
        for one in situations
        for look in one["promql_expr_test"]
        for sample in look["exp_samples"]
    ]
    assert {rule["alert"] for rule in rules} == set(re.findall(r"Fiscalq\w+", " ".join(raised)))


def test_no_label_is_there_for_what_belongs_to_one_job() -> None:
    """Each label that there is has a closed list of values; a new one must be thought of here."""
    closed = {"group", "cause", "sign", "urgent", "event", "verdict", "reason", "number", "call", "answer"}
    tables = [*GAUGES.values(), *COUNTERS.values(), *HISTOGRAMS.values()]
    assert {label for _, labels, *_ in tables for label in labels} == closed


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not on this machine: the alarms are not tried")
@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", str(RULES)), ("test", "rules", str(SITUATIONS))],
)
def test_the_alarms_are_raised_by_what_they_are_for(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [str(PROMTOOL), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
