"""What the demonstration and its keeper agree on; light to import, so that the keeper is started at once."""

from __future__ import annotations

NOTE = "stage.json"  # written by the keeper when all is ready, or when something is not
LOCK = "keeper.lock"  # held by the keeper for life, with its process id in it
READY_SECONDS = 30.0  # a cold start of both programs takes two; a slow machine ten
STOP_SECONDS = 20.0  # the worker hands over at once; what may take its time is one answer of the register


class NotStarted(Exception):
    """Something did not come up, or ended by itself. `name` is a text of `ops/cli/texts`, `facts` its blanks."""

    def __init__(self, name: str, **facts: object) -> None:
        """Keep both for whoever speaks the operator's language."""
        super().__init__(name)
        self.name, self.facts = name, facts
