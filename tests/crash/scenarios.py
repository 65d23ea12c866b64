"""What a worker goes through while it is ended: each brings the CRM's jobs to their end, whatever happens to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ops.chaos.shop import sale, until
from tests.faults.scene import Scene

END_SECONDS = 90.0  # the longest way of a job takes 40 on a machine with nothing else to do: lease run out, withdrawal begun anew
IMPATIENT = {"FISCALQ_LIMITS__WAIT_MAX_SECONDS": "1"}
CASH_IN = {"type": "cashIn", "cashSum": 100}


@dataclass(frozen=True)
class Scenario:
    """
    One way of some jobs.

    Args:
        name: for the test's id.
        run: brings it to its end on the scene.
        printed: the jobs that paper must show, whatever happened; of the others the checker asks for the truth alone.
        allowed: what the checker is to allow.
        environment: of the worker.

    """

    name: str
    run: Callable[[Scene], None]
    printed: frozenset[str] = frozenset()
    allowed: Mapping[str, Iterable[str]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def _end(scene: Scene, *jobs: str) -> None:
    for job in jobs:
        scene.settled(job, END_SECONDS)


def _sale(scene: Scene) -> None:
    scene.enqueue_at_last("order-1", sale("1.00"))
    _end(scene, "order-1")


def _cash_in(scene: Scene) -> None:
    scene.enqueue_at_last("cash", CASH_IN)
    _end(scene, "cash")


def _refused(scene: Scene) -> None:
    scene.arm("paper_out_before_registration", type="sell")
    scene.enqueue_at_last("order-1", sale("1.00"))
    until(lambda: scene.struck("paper_out_before_registration"), END_SECONDS, "the end of the paper")
    scene.turn(paper=True)
    _end(scene, "order-1")


def _withdrawn(scene: Scene) -> None:
    scene.arm("task_stuck", type="sell")
    scene.enqueue_at_last("order-1", sale("1.00"))
    scene.enqueue("order-2", sale("2.00"))
    _end(scene, "order-1", "order-2")


def _unanswered(scene: Scene) -> None:
    for kind in ("post_answer_lost", "post_dropped"):
        scene.arm(kind, uuid=scene.uuid(kind))
        scene.enqueue_at_last(kind, sale("1.00"))
    _end(scene, "post_answer_lost", "post_dropped")


def _doubted(scene: Scene) -> None:
    late = scene.web.rule(f'{scene.post_of("order-1")}.*"sell"', "hold", "request", count=None)
    deaf = scene.web.rule(scene.look_at("order-1"), "cut", behind=scene.post_of("order-1"), count=None)
    scene.enqueue_at_last("order-1", sale("1.00"))
    scene.in_state("order-1", "in_doubt", seconds=END_SECONDS)
    deaf.count = 0
    _end(scene, "order-1")
    late.release()
    scene.enqueue("order-2", sale("2.00"))
    _end(scene, "order-2")


def _wiped(scene: Scene) -> None:
    scene.enqueue_at_last("order-1", sale("1.00"))
    _end(scene, "order-1")
    scene.client.flushdb()
    for number in (1, 2):
        scene.enqueue_at_last(f"order-{number}", sale(f"{number}.00"))
    _end(scene, "order-1", "order-2")


def _old_shift(scene: Scene) -> None:
    scene.turn(shift_hours=25)
    scene.enqueue_at_last("order-1", sale("1.00"))
    _end(scene, "order-1")


SCENARIOS = (
    Scenario("sale", _sale, frozenset({"order-1"})),
    Scenario("cash_in", _cash_in, frozenset({"cash"})),
    Scenario("refused", _refused, frozenset({"order-1"})),
    Scenario(
        "withdrawn",
        _withdrawn,
        frozenset({"order-2"}),
        {"left_place": ["order-1"]},
        IMPATIENT,
    ),
    Scenario("unanswered", _unanswered, frozenset({"post_answer_lost", "post_dropped"})),
    Scenario(
        "old_shift",
        _old_shift,
        frozenset({"order-1"}),
        environment={"FISCALQ_REGISTERS__KASSA_1__SHIFT_AUTOPILOT": "true"},
    ),
    Scenario("doubted", _doubted, frozenset({"order-2"}), {"left_place": ["order-1"]}, IMPATIENT),
    Scenario("wiped", _wiped, frozenset({"order-1", "order-2"}), {"sent_again": ["order-1", "order-2"]}),
)
