"""A shift older than 24 hours, and one that is closed, with the autopilot, on real processes."""

from __future__ import annotations

import pytest

from ops.chaos.shop import OPEN_SHIFT, sale
from tests.faults.conftest import MakeScene
from tests.faults.scene import Scene

pytestmark = [pytest.mark.server, pytest.mark.slow]


def begin(make_scene: MakeScene, api: str) -> Scene:
    scene = make_scene(api)
    scene.environment["FISCALQ_REGISTERS__KASSA_1__SHIFT_AUTOPILOT"] = "true"
    scene.begin()
    return scene


def told(scene: Scene) -> list[str]:
    return [slip["type"] for slip in scene.slips()]


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_fault_11_a_receipt_that_meets_an_old_shift_prints_behind_its_closing(
    make_scene: MakeScene, api: str
) -> None:
    """Proven → close, open, next submission: each receipt once, in its order, and nobody had to do anything."""
    scene = begin(make_scene, api)
    scene.enqueue("order-1", sale("1.00"))
    assert scene.end_of("order-1")["verdict"] == "printed"
    scene.turn(shift_hours=25)  # while the worker still believes that it is new
    for number in (2, 3):
        scene.enqueue(f"order-{number}", sale(f"{number}.00"))
    assert scene.end_of("order-3", 40)["verdict"] == "printed"
    assert told(scene) == ["openShift", "sell", "closeShift", "openShift", "sell", "sell"]
    assert scene.status("order-2")["submissions"] == 2
    assert "shift 2 is open; it is closed by itself" in scene.fiscalq("doctor").stdout
    assert scene.findings() == []


def test_fault_11_a_worker_killed_while_it_closes_the_shift(make_scene: MakeScene) -> None:
    scene = begin(make_scene, "v1")
    scene.turn(shift_hours=25)
    stuck = scene.web.rule(f"{scene.posts}.*closeShift", "hold", "answer")
    scene.enqueue("order-1", sale("1.00"))
    assert stuck.caught.wait(20)
    scene.kill("worker")
    stuck.drop()
    scene.start_worker()
    assert scene.end_of("order-1", 40)["verdict"] == "printed"
    assert told(scene) == ["openShift", "closeShift", "openShift", "sell"]
    assert scene.findings() == []


def test_a_shift_report_that_is_done_already_is_answered_kindly(make_scene: MakeScene) -> None:
    """The CRM opens and closes without looking."""
    scene = begin(make_scene, "v1")
    scene.enqueue("open-again", OPEN_SHIFT)
    scene.enqueue("close", {"type": "closeShift"})
    scene.enqueue("close-again", {"type": "closeShift"})
    scene.enqueue("order-1", sale("1.00"))
    assert scene.end_of("order-1", 40)["verdict"] == "printed"
    assert scene.status("open-again")["fiscal"]["warnings"] == ["already_open"]
    assert scene.status("close-again")["fiscal"]["warnings"] == ["already_closed"]
    assert told(scene) == ["openShift", "closeShift", "openShift", "sell"]
