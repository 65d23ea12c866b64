"""What both APIs do alike with a task on its way in, looked at and canceled, and the faults that lie in wait there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from ops.simulator import vocabulary
from ops.simulator.faults import Fault
from ops.simulator.jsontext import Fields
from ops.simulator.line.executor import halt
from ops.simulator.line.store import WAITING, Duplicate, Item, Task
from ops.simulator.web.answers import Dropped, page

if TYPE_CHECKING:
    from ops.simulator.server import Simulator

POST_DELAY_SECONDS = 5.0
LOST_BEFORE = {"post_dropped": 0, "post_500": 500, "post_408": 408}  # HTTP code; 0 cuts the connection
LOST_AFTER = {"post_answer_lost": 0, "post_500_stored": 500}


async def store(
    simulator: Simulator, generation: str, uuid: str | None, subtasks: list[Fields]
) -> Response | int | None:
    """
    Store a task, unless a fault is in the way.

    Returns: None when all went well; else the answer to give instead, or its HTTP code.
    Raises: Duplicate.
    """
    kind = _kind(generation, subtasks)
    fault = simulator.faults.strike("post_arrives", task_type=kind, uuid=uuid, generation=generation)
    if fault and fault.kind in LOST_BEFORE:
        return LOST_BEFORE[fault.kind] or Dropped()
    if fault:  # post_delayed
        seconds = POST_DELAY_SECONDS if fault.seconds is None else fault.seconds
        if fault.reset:
            late = asyncio.ensure_future(_later(simulator, generation, uuid, subtasks, seconds))
            simulator.later.add(late)  # the loop itself would let it be collected
            late.add_done_callback(simulator.later.discard)
            return Dropped()
        await asyncio.sleep(seconds)
    simulator.store.add(uuid, generation, subtasks)
    fault = simulator.faults.strike("post_stored", task_type=kind, uuid=uuid, generation=generation)
    if fault and fault.kind == "server_halts_after_store":
        halt()
    return (LOST_AFTER[fault.kind] or Dropped()) if fault else None


def look(simulator: Simulator, uuid: str) -> Fault | None:
    """Pass the moment of a GET. Returns the fault that spoils its answer."""
    task = simulator.store.task(uuid)
    kind = _kind(task.generation, task.subtasks) if task else None
    generation = task.generation if task else None
    if simulator.faults.strike("get_look", task_type=kind, uuid=uuid, generation=generation):
        simulator.store.forget(uuid)
    return simulator.faults.strike("get", task_type=kind, uuid=uuid, generation=generation)


def spoiled(fault: Fault, path: str) -> Response | None:
    """Give the answer of a fault that needs no task; None for those that only alter it."""
    match fault.kind:
        case "get_dropped":
            return Dropped()
        case "get_500":
            return page(500, path)
        case "get_html":
            return HTMLResponse(
                "<html><head><title>It works!</title></head><body><h1>It works!</h1></body></html>"
            )
        case _:
            return None


def altered(items: list[Item], fault: Fault | None) -> list[Item]:
    """Give the items as a fault wants them seen."""
    if fault and fault.kind == "get_stale":
        return [WAITING] * len(items)
    if fault and fault.kind == "get_unknown_status":
        return [replace(item, status=fault.text or "paused") for item in items]
    return items


def cut(text: str, fault: Fault | None) -> str:
    """Give the text, or half of it."""
    return text[: len(text) // 2] if fault and fault.kind == "get_truncated" else text


def canceled(simulator: Simulator, task: Task, item: Item) -> Response | None:
    """Cancel a waiting task. Returns the answer of a fault, None when it is done."""
    kind = _kind(task.generation, task.subtasks)
    fault = simulator.faults.strike("delete", task_type=kind, uuid=task.uuid, generation=task.generation)
    if fault and fault.kind == "delete_dropped":
        return Dropped()
    if fault and fault.kind == "delete_refused":
        return page(405, f"/requests/{task.uuid}", "Task in progress")
    simulator.store.cancel(task.uuid, item)
    if fault:  # the race: the executor had it in hand already
        simulator.executor.seize(task.uuid)
    return None


async def _later(
    simulator: Simulator, generation: str, uuid: str | None, subtasks: list[Fields], seconds: float
) -> None:
    await asyncio.sleep(seconds)
    try:
        simulator.store.add(uuid, generation, subtasks)
    except Duplicate:
        return  # the client was faster with its second try


def _kind(generation: str, subtasks: list[Fields]) -> str | None:
    """Give the type that a fault is matched with: the fiscal sub-task's, else the first one's."""
    kinds = [kind for subtask in subtasks if isinstance(kind := subtask.get("type"), str)]
    fiscal = [kind for kind in kinds if kind in vocabulary.FISCAL[generation]]
    return next(iter([*fiscal, *kinds]), None)
