"""The pages that stop a line and let it go on: held by a person, or because another FN was seen."""

from __future__ import annotations

from starlette.responses import Response

from ops.cli.language import refused
from ops.console.acting import to, word_of
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

    def hold(self, visit: Visit) -> Response:
        """Stop it before its next job."""
        register, ledger = self._looking.of(visit)
        try:
            operating.hold(ledger, self._clock, word_of(visit))
        except OperatorError as error:
            return self._looking.register(visit, said=refused(error, visit.texts), status=400)
        return to(f"/r/{register}", done="held")

    def release(self, visit: Visit) -> Response:
        """Let it go on; pressed twice, it goes on."""
        register, ledger = self._looking.of(visit)
        operating.release(ledger, self._clock, word_of(visit))
        return to(f"/r/{register}", done="released")

    def accept_fn(self, visit: Visit) -> Response:
        """Let it go on with another FN, by the number on the register's own paper."""
        register, ledger = self._looking.of(visit)
        try:
            operating.accept_fn(ledger, self._clock, visit.said("number"), visit.user.name)
        except OperatorError as error:
            return self._looking.register(visit, said=refused(error, visit.texts), status=409)
        return to(f"/r/{register}", done="accepted")
