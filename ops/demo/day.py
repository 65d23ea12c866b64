"""
The day: what a shop's CRM enqueues from the morning to the evening.

Each task is the text that a CRM would keep and send again; positions' types and sums, the cashier and the tax are left
to the register's settings where they are the same on every receipt (design §3).
"""

from __future__ import annotations

from dataclasses import dataclass

CASHIER = "Кассир Тестовый"
TAXATION = "osn"
TAX = "vat22"


@dataclass(frozen=True)
class Step:
    """
    One job of the day.

    Args:
        title: name of its text in `ops/cli/texts`.
        job: the id under which the CRM enqueues it.
        task: the JSON text.
        sequence: jobs of one order stay behind each other.

    """

    title: str
    job: str
    task: str
    sequence: str | None = None


BAGS = """\
"items":[{"name":"Пакет большой","price":0.70,"quantity":1},{"name":"Пакет малый","price":0.40,"quantity":1}],\
"payments":"cash","total":1.10"""

MIXED = """\
"items":[\
{"name":"Сыр Российский, весовой","price":789.90,"quantity":0.345,"measurementUnit":"kilogram","tax":{"type":"vat10"}},\
{"name":"Кружка","price":350.00,"quantity":2,"tax":{"type":"vat22"}}],\
"payments":[{"type":"electronically","sum":900.00},{"type":"cash","sum":72.52}],"total":972.52"""

DAY = (
    Step("demo.day_open", "shift-1-open", '{"type":"openShift"}'),
    Step("demo.day_bags", "order-1001-sell", f'{{"type":"sell",{BAGS}}}', "order-1001"),
    Step("demo.day_mixed", "order-1002-sell", f'{{"type":"sell",{MIXED}}}', "order-1002"),
    Step("demo.day_return", "order-1001-return", f'{{"type":"sellReturn",{BAGS}}}', "order-1001"),
    Step("demo.day_report", "shift-1-report", '{"type":"reportX"}'),
    Step("demo.day_close", "shift-1-close", '{"type":"closeShift"}'),
)
