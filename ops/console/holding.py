"""The pages that stop a line and let it go on: held by a person, or because another FN was seen."""

from __future__ import annotations

from threading import Lock

from starlette.responses import Response

from ops.console.acting import refused_here, to, word_of
from ops.console.gate import Visit
from ops.console.looking import Looking
from worker.app import operating
from worker.app.clock import RealClock
from worker.domain.errors import OperatorError


class Holding:
    """What people decide of a line."""

    def __init__(self, looking: Looking) -> None:
        """What is refused is shown on the register's page."""
        self._looking, self._clock = looking, RealClock()
        self._one_at_a_time = Lock()

    def hold(self, visit: Visit) -> Response:
        """Stop it before its next job; pressed twice, it is one act, and nobody's hold takes the place of another's."""
        register, ledger = self._looking.of(visit)
        word = word_of(visit)
        try:
            with self._one_at_a_time:
                held = ledger.recall().get("held")
                if held is None:
                    operating.hold(ledger, self._clock, word)
        except OperatorError as error:
            return self._looking.register(visit, said=refused_here(error, visit.texts), status=400)
        if held not in {None, f"{word.by}: {word.why}"}:
            return self._looking.register(visit, said=visit.texts("page.held_moved"), status=409)
        return to(f"/r/{register}", done="held")

    def release(self, visit: Visit) -> Response:
        """Let it go on, if it is held for what was shown; pressed twice, it is one act."""
        register, ledger = self._looking.of(visit)
        with self._one_at_a_time:
            held = ledger.recall().get("held", "")
            meant = held.split() == visit.said("held").split()  # a form has its own ends of lines
            if held and meant:
                operating.release(ledger, self._clock, word_of(visit))
        if held and not meant:
            return self._looking.register(visit, said=visit.texts("page.held_moved"), status=409)
        return to(f"/r/{register}", done="released")

    def accept_fn(self, visit: Visit) -> Response:
        """Let it go on with another FN, by the number on the register's own paper."""
        register, ledger = self._looking.of(visit)
        try:
            operating.accept_fn(ledger, self._clock, visit.said("number"), visit.user.name)
        except OperatorError as error:
            return self._looking.register(visit, said=refused_here(error, visit.texts), status=409)
        return to(f"/r/{register}", done="accepted")
