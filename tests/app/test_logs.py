"""What belongs to a buyer, a cashier or a login is in no log line, whatever the code around it does."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from worker.app import logs

SECRETS = ("buyer@example.com", "+79161234567", "89161234567", "Иванова А. П.", "hush", "123456789047")

TASK = {
    "type": "sell",
    "operator": {"name": "Иванова А. П.", "vatin": "123456789047"},
    "clientInfo": {"emailOrPhone": "buyer@example.com"},
}


@pytest.fixture
def stream() -> io.StringIO:
    """Where the log goes, as JSON."""
    target = io.StringIO()
    logs.set_up("json", "debug", target)
    return target


def test_a_line_is_one_json_object_with_its_facts_as_keys(stream: io.StringIO) -> None:
    logs.logger().info("job.printed", job="order-1", submissions=1)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["job"], line["submissions"], line["level"]) == (
        "job.printed",
        "order-1",
        1,
        "info",
    )
    assert line["timestamp"].endswith("Z")


def test_payload_contact_cashier_and_credentials_are_masked(stream: io.StringIO) -> None:
    log = logs.logger()
    log.info("a.b", task=TASK, password="hush", phone="+79161234567")
    log.info("a.b", detail={"deep": [{"clientInfo": "buyer@example.com"}, "write to buyer@example.com"]})
    log.info("a.b", reason="redis://user:hush@host:6379/0 said no to 89161234567")
    log.info("a.b", cashier="Иванова А. П.", operator={"vatin": "123456789047"})
    logging.getLogger("urllib3").warning("retrying with %s", "buyer@example.com", extra={"auth": "hush"})
    try:
        int("sent to buyer@example.com and +7 916 123-45-67")
    except ValueError:
        log.exception("a.b")
    said = stream.getvalue()
    assert said.count("\n") == 6
    for secret in (*SECRETS, "123-45-67"):
        assert secret not in said


def test_fiscal_figures_and_ids_are_not_masked(stream: io.StringIO) -> None:
    logs.logger().info(
        "job.printed", job="order-1042.sell", document=1207, total="1.10", fn_number="9999078900001234"
    )
    said = stream.getvalue()
    for fact in ("order-1042.sell", "1207", "1.10", "9999078900001234"):
        assert fact in said


@given(
    where=st.recursive(
        st.just(TASK),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    )
)
def test_a_task_is_masked_wherever_it_hides(where: Any) -> None:
    masked = json.dumps(logs.redact(None, "info", {"event": "a.b", "facts": where}), ensure_ascii=False)
    for secret in ("buyer@example.com", "Иванова А. П.", "123456789047"):
        assert secret not in masked


def test_the_redactor_stands_in_the_chain_that_is_configured() -> None:
    """`capture_logs` with our processors shows what a renderer would get."""
    logs.set_up("json", "debug", io.StringIO())
    with capture_logs(processors=[logs.redact]) as captured:
        logs.logger().info("a.b", password="hush")
    assert captured[0]["password"] == logs.MASK
