"""What a look at a line says in figures; a register that cannot be told of hides no other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from ops.prometheus.collector import LineCollector
from worker.app.standstill import Cause
from worker.domain.errors import LedgerError
from worker.domain.glance import Glance
from worker.domain.outlook import Sign

NOW = 1_900_000_000.0
AN_HOUR_AGO = "2030-03-17T16:46:40.000Z"
ZONES = {"kassa-1": "Europe/Moscow", "kassa-2": "Europe/Moscow"}


def gauge(told: CollectorRegistry, name: str, register: str = "kassa-1", **labels: str) -> float | None:
    return told.get_sample_value(f"fiscalq_{name}", {"register": register, **labels})


def told_of(glances: Mapping[str, Glance | Exception]) -> CollectorRegistry:
    """A scrape; an exception is what the look ends with."""

    def look(register: str) -> Glance:
        seen = glances[register]
        if isinstance(seen, Exception):
            raise seen
        return seen

    registry = CollectorRegistry()
    registry.register(LineCollector({name: ZONES[name] for name in glances}, look))
    return registry


def glance(**facts: Any) -> Glance:
    return Glance(NOW, {"open": 2, "quarantine": 1}, {name: json.dumps(fact) for name, fact in facts.items()})


def test_a_line_in_order_is_told_without_alarm() -> None:
    told = told_of(
        {"kassa-1": Glance(NOW, {"open": 0, "inbox": 0, "quarantine": 0}, is_served=True, leases=3)}
    )
    assert gauge(told, "up") == gauge(told, "worker_alive") == 1
    assert (
        gauge(told, "held")
        == gauge(told, "jobs", group="quarantine")
        == gauge(told, "oldest_open_seconds")
        == 0
    )
    assert gauge(told, "leases_total") == 3
    assert gauge(told, "doubled_jobs") == 0
    said = generate_latest(told).decode()
    assert "fiscalq_standstill_seconds{" not in said
    assert "fiscalq_outlook{" not in said


def test_ages_are_told_in_seconds_by_the_ledgers_clock() -> None:
    seen = Glance(NOW, {}, accepted_at=AN_HOUR_AGO, doubtful_since=NOW - 61, moved_at=NOW - 7)
    told = told_of({"kassa-1": seen})
    assert gauge(told, "oldest_open_seconds") == 3600
    assert gauge(told, "oldest_doubt_seconds") == 61
    assert gauge(told, "idle_seconds") == 7
    ahead = told_of({"kassa-1": Glance(NOW - 7200, {}, accepted_at=AN_HOUR_AGO)})
    assert gauge(ahead, "oldest_open_seconds") == 0


@pytest.mark.parametrize("cause", list(Cause))
def test_a_standstill_is_told_with_its_cause_and_without_its_words(cause: Cause) -> None:
    kept = {"cause": cause.value, "text": "http://10.0.0.7 order-1042", "since": AN_HOUR_AGO}
    told = told_of({"kassa-1": glance(standstill=kept, held="Иванова: перерыв")})
    assert gauge(told, "standstill_seconds", cause=cause.value) == 3600
    assert gauge(told, "held") == 1
    said = generate_latest(told).decode()
    assert not any(word in said for word in ("10.0.0.7", "order-1042", "Иванова"))


@pytest.mark.parametrize("sign", list(Sign))
def test_each_sign_is_told_with_its_figure(sign: Sign) -> None:
    told = told_of({"kassa-1": glance(outlook=[{"sign": sign.value, "urgent": True, "number": 12}])})
    assert gauge(told, "outlook", sign=sign.value, urgent="yes") == 12


def test_an_open_shift_is_told_with_what_is_left_of_it_by_the_registers_clock() -> None:
    """20:46:40 in Moscow is 17:46:40 UTC, which is NOW."""
    shift = {
        "state": "opened",
        "number": 7,
        "ends": "2030-03-17T21:16:40",
        "closes_by": "2030-03-17T20:46:40",
    }
    told = told_of({"kassa-1": glance(shift=shift)})
    assert gauge(told, "shift_ends_seconds") == 1800
    closed = told_of({"kassa-1": glance(shift={**shift, "state": "closed"})})
    assert gauge(closed, "shift_ends_seconds") is None
    peoples = told_of({"kassa-1": glance(shift={**shift, "seen": "2031-03-01T06:00:00Z"})})
    assert gauge(peoples, "shift_ends_seconds") is None  # it may have been closed since it was seen


@pytest.mark.parametrize(
    "garbage",
    [
        {"standstill": "no JSON"},
        {"standstill": '{"cause": "melted", "since": "now"}'},
        {"standstill": '{"cause": "held", "since": "now"}'},
        {"shift": '{"state": ["opened"], "number": 1, "ends": 5, "closes_by": null}'},
        {"shift": '{"state": "opened", "number": 1, "ends": 5, "closes_by": null}'},
        {"outlook": '[{"sign": "melted", "urgent": 1, "number": 1}, 5]'},
        {"outlook": '[{"sign": "unsent", "urgent": 1, "number": "many"}]'},
        {"outlook": "5"},
    ],
)
def test_garbage_under_one_register_hides_neither_itself_nor_another(garbage: dict[str, str]) -> None:
    """A scrape that ends with an error would hide the alarms of all registers."""
    told = told_of({"kassa-1": Glance(NOW, {}, garbage), "kassa-2": Glance(NOW, {})})
    assert gauge(told, "up") in {0, 1}
    assert gauge(told, "up", "kassa-2") == 1


def test_a_ledger_that_does_not_answer_is_up_nought_and_nothing_else() -> None:
    """Old figures would be taken for new ones."""
    said = generate_latest(told_of({"kassa-1": LedgerError("away")})).decode()
    samples = [line for line in said.splitlines() if not line.startswith("#")]
    assert samples == ['fiscalq_up{register="kassa-1"} 0.0']


def test_a_scrape_is_bounded_however_many_registers_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that hangs costs its time-out: the first ones use the time up, and the rest are not asked."""
    passed, asked = iter(range(0, 100, 3)), list[str]()
    monkeypatch.setattr("ops.prometheus.collector.time.monotonic", lambda: float(next(passed)))

    def hang(register: str) -> Glance:
        asked.append(register)
        raise LedgerError("timed out")

    registry = CollectorRegistry()
    names = {f"kassa-{nth}": "Europe/Moscow" for nth in range(1, 9)}
    registry.register(LineCollector(names, hang))
    said = generate_latest(registry).decode()
    assert len(asked) == 1
    assert said.count("} 0.0") == 8
