"""
The exhaustive walk: every state of the small world that can be reached.

Breadth first, so that the first way to a broken promise is a shortest one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.domain.walk.hands import Broken, Worker
from tests.domain.walk.world import FENCE, Left, World, happenings
from worker.domain.errors import IllegalEvent
from worker.domain.job import Job
from worker.domain.verdicts import Verdict


@dataclass
class Walk:
    """
    What was met.

    Args:
        states: how many different ones.
        broken: the first broken promise, None when all held.
        way: the shortest way to it, or to a state that has no way out.
        stuck: states from which no end can be reached once the faults have stopped.

    """

    states: int = 0
    broken: str | None = None
    way: Sequence[str] = ()
    stuck: int = 0
    ends: dict[str, int] = field(default_factory=dict)

    def told(self) -> str:
        """For the reader of a failure."""
        steps = "\n".join(f"  {number:2}. {step}" for number, step in enumerate(self.way, 1))
        return f"{self.states} states; {self.broken or f'{self.stuck} without a way out'}\n{steps}"


def walk(accepted: Sequence[Job], left: Left, *, states_max: int = 5_000_000) -> Walk:
    """
    Walk from the jobs as they were accepted, with so many faults.

    Args:
        accepted: one or two jobs, ids of one letter.
        left: the faults that may happen on the way.
        states_max: more than these is an error, not a result.

    """
    worker = Worker(accepted)
    start = World(worker.accepted, left)
    came: dict[World, tuple[World, str] | None] = {start: None}
    back: dict[World, list[World]] = {}
    ends: list[World] = []
    found = Walk()
    queue = deque([start])
    while queue:
        world = queue.popleft()
        try:
            _keep_promises(world, worker)
            following = [*happenings(world), *worker.steps(world)]
        except (Broken, IllegalEvent) as error:
            found.broken, found.way, found.states = str(error), _way(came, world), len(came)
            return found
        if _is_end(world, worker):
            ends.append(world)
        for told, is_fault, after_all in following:
            after = _swept(after_all, worker)
            if after not in came:
                came[after] = (world, told)
                queue.append(after)
                if len(came) > states_max:
                    raise MemoryError(f"more than {states_max} states: give the world fewer faults")
            if not is_fault and after != world:
                back.setdefault(after, []).append(world)
    found.states = len(came)
    _look_for_ways_out(found, came, back, ends)
    return found


def _look_for_ways_out(
    found: Walk,
    came: dict[World, tuple[World, str] | None],
    back: dict[World, list[World]],
    ends: Sequence[World],
) -> None:
    """Backwards from every end, along what happens without faults: whoever is not met has no way out."""
    out, queue = set(ends), deque(ends)
    while queue:
        for before in back.get(queue.popleft(), ()):
            if before not in out:
                out.add(before)
                queue.append(before)
    stuck = [world for world in came if world not in out]
    found.stuck = len(stuck)
    if stuck:
        found.way = [*_way(came, stuck[0]), str(stuck[0])]


def _way(came: dict[World, tuple[World, str] | None], world: World) -> list[str]:
    steps: list[str] = []
    at: World = world
    while (before := came[at]) is not None:
        at, told = before
        steps.append(told)
    return steps[::-1]


def _swept(world: World, worker: Worker) -> World:
    """Without readings that are done and that nobody waits for: they would only multiply the states."""
    views = [*world.jobs, world.hands.view, *([world.zombie.view] if world.zombie else [])]
    fences = {int(fence) for view in views if (fence := worker.jobs[view].fence)}
    kept = tuple(
        entry for entry in world.store if entry.uuid[0] != FENCE or entry.queued or entry.uuid[1] in fences
    )
    return world if len(kept) == len(world.store) else world._replace(store=kept)


def _is_end(world: World, worker: Worker) -> bool:
    """Printed, or dead and proven; a doubt only where the FN was taken out, or content alone would have to tell."""
    if world.hands.job >= 0 or world.zombie is not None or world.air or world.is_busy:
        return False
    jobs = [worker.jobs[number] for number in world.jobs]
    return all(job.is_final and (not job.in_doubt or world.serial or _is_open(world, job)) for job in jobs)


def _is_open(world: World, job: Job) -> bool:
    """
    Nobody but a person can tell.

    Without a marker two equal documents tell nothing; and a false `ready`, when a wipe took the evidence from before it,
    may stand on an FN that was there before this one.
    """
    false_ready = any(entry.stage == "recovered" for entry in world.store)
    return (job.marker is None and len(world.documents(job.id)) > 1) or (world.blind and false_ready)


def _keep_promises(world: World, worker: Worker) -> None:
    """Raise Broken when a promise is broken here."""
    proven: set[tuple[str | None, int]] = set()
    for number in world.jobs:
        job = worker.jobs[number]
        slips = world.documents(job.id)
        ours = [slip for slip in slips if not slip.endswith("+")]
        if len(ours) > 1:
            raise Broken(f"{job.id} was printed twice by us: {', '.join(ours)}")
        if job.verdict is Verdict.NOT_PRINTED and slips:
            raise Broken(f"{job.id} was told not printed, and {slips[0]} is on the FN")
        if job.verdict is not Verdict.PRINTED:
            continue
        document = (job.fiscal.fn_number, job.fiscal.document_number or 0) if job.fiscal else (None, 0)
        here = world.fn if document[0] in {None, f"fn{world.serial}"} else world.gone
        if not slips or not 0 < document[1] <= len(here) or here[document[1] - 1][0] != job.id:
            raise Broken(f"{job.id} was told printed by document {document[1]}, which is not its own")
        if document in proven:
            raise Broken(f"document {document[1]} proves two jobs")
        proven.add(document)
        if len(slips) > 1 and not job.doubled and not world.blind:
            raise Broken(f"{job.id} was printed twice by the register, and nobody says so")
