"""
What a CRM written in Python needs of fiscalq: enqueue a job, ask for its status, wait for its end, follow the events.

    from fiscalq_producer import Producer

    kassa = Producer("redis://127.0.0.1:6379/0", register="kassa-1", producer="shop")
    kassa.enqueue("order-1042.sell", {"type": "sell", "items": [{"name": "Bag", "price": 0.7, "quantity": 1}], "payments": "cash"})
    status = kassa.wait("order-1042.sell", timeout_seconds=120)
    if status.verdict == "printed":
        print(status.fiscal["qr"])

The job's id is the idempotency key: derive it from the business fact (order and kind), never draw it. Repeating an
enqueue with the same id and the same content is always safe. The contract in full: `producers/README.md`.
"""

from fiscalq_producer.client import Producer
from fiscalq_producer.errors import Conflict, QueueFull, Refused, Unreachable
from fiscalq_producer.words import Accepted, Event, Status

__all__ = ["Accepted", "Conflict", "Event", "Producer", "QueueFull", "Refused", "Status", "Unreachable"]
