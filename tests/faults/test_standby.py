"""A hot standby on another host: it takes over when the first worker dies, and at once when it stops in order."""

from __future__ import annotations

import signal
import time

import pytest

from ops.chaos.shop import sale
from tests.faults.conftest import MakeScene
from tests.faults.scene import Scene

pytestmark = [pytest.mark.server, pytest.mark.slow]

LEASE_SECONDS = 5.0


def begin(make_scene: MakeScene) -> Scene:
    """A worker that has printed, and a standby beside it that waits."""
    scene = make_scene(LEASE_SECONDS=str(LEASE_SECONDS))
    scene.begin()
    scene.start_worker("standby", FISCALQ_STANDBY="1")
    scene.logged("lease.held_elsewhere", name="standby")
    return scene


def take_over(scene: Scene, end: signal.Signals) -> float:
    """End the first worker, and wait until the standby has opened the line. Returns the seconds that it took."""
    began = time.monotonic()
    scene.processes["worker"].send_signal(end)
    scene.logged("line.opened", name="standby", seconds=4 * LEASE_SECONDS)
    return time.monotonic() - began


def test_a_standby_takes_over_within_twice_the_lease_of_a_worker_that_dies(make_scene: MakeScene) -> None:
    """Issue of the lease: it runs out by itself, and nothing else tells a dead worker from a slow one."""
    scene = begin(make_scene)
    late = scene.web.rule(scene.post_of("order-1"), "hold", "answer")
    for number in (1, 2):
        scene.enqueue(f"order-{number}", sale(f"{number}.00"))
    assert late.caught.wait(20)
    assert take_over(scene, signal.SIGKILL) < 2 * LEASE_SECONDS
    late.drop()
    assert {scene.end_of(f"order-{number}")["verdict"] for number in (1, 2)} == {"printed"}
    assert scene.receipts() == ["1.00", "2.00"]
    assert scene.findings() == []


def test_a_standby_takes_over_at_once_from_a_worker_that_stops_in_order(make_scene: MakeScene) -> None:
    """The lease is given back: a deploy costs the shop nothing that a buyer would notice."""
    scene = begin(make_scene)
    assert take_over(scene, signal.SIGTERM) < LEASE_SECONDS
    scene.enqueue("order-1", sale("1.00"))
    assert scene.end_of("order-1")["verdict"] == "printed"
    assert scene.findings() == []
