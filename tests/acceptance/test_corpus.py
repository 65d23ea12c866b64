"""Real tasks of real clients: through Redis to the register's paper, and every total back to the kopeck."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ops.chaos.shop import OPEN_SHIFT, ROOT, Shop
from worker.domain.tasks import Defaults, Kind, check_document

pytestmark = [pytest.mark.server, pytest.mark.slow]

CORPUS = Path(os.environ.get("FISCALQ_CORPUS") or ROOT.parent / "shared" / "data" / "atol-tasks")


def receipts() -> list[tuple[str, dict[str, Any]]]:
    """Every receipt and correction that the index calls valid, by its file's name; the task without its envelope."""
    found = []
    index = json.loads((CORPUS / "index.json").read_text("utf-8"))["files"]
    for path in sorted(CORPUS / case["file"] for case in index if case["verdict"] == "valid"):
        raw = path.read_bytes()
        checked = check_document(raw, Defaults())
        if checked.task is None or checked.task.kind not in {Kind.RECEIPT, Kind.CORRECTION}:
            continue
        request = json.loads(raw, parse_float=Decimal)["request"]
        found.append((path.stem, request[0] if isinstance(request, list) else request))
    return found


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}: set FISCALQ_CORPUS")
def test_every_receipt_of_the_corpus_prints_with_its_total(shop: Shop) -> None:
    """Reference 8.7: the answer read back by FCALL_RO says what the paper says."""
    tasks = receipts()
    assert tasks
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue("cash", {"type": "cashIn", "cashSum": 100000})
    for name, task in tasks:
        shop.enqueue(name, json.dumps(task, ensure_ascii=False, default=float))
    shop.end_of(tasks[-1][0], 60)
    documents = {document["fd"]: document for document in shop.documents()}
    for name, task in tasks:
        status = shop.end_of(name)
        assert status["verdict"] == "printed", (name, status)
        paid = task["payments"]
        expected = task.get("total") or sum(
            (round(Decimal(str(item["amount"])), 2) for item in task.get("items", []) if "amount" in item),
            Decimal(),
        )
        if not task.get("items"):
            expected = sum(Decimal(str(payment["sum"])) for payment in paid)
        assert Decimal(status["fiscal"]["total"]) == Decimal(str(expected)), name
        document = documents[status["fiscal"]["document_number"]]
        assert (document["total"], document["type"]) == (status["fiscal"]["total"], task["type"]), name
