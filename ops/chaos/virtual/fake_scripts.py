"""What was planned for the fake register's calls and runs, and when it strikes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

READING = "get"  # how the names of readings begin


@dataclass
class _Script:
    verb: str
    value: Any
    of: str | None
    nth: int

    def strikes(self, verb: str, task_type: str) -> bool:
        """Count this call, and say whether it is the one."""
        is_meant = self.of == task_type or (self.of is None and not task_type.startswith(READING))
        if verb == self.verb and is_meant:
            self.nth -= 1
        return verb == self.verb and is_meant and self.nth == 0


@dataclass
class Scripts:
    """Each strikes once; every one counts the calls since it was added."""

    _left: list[_Script] = field(default_factory=list)

    def add(self, verb: str, value: Any, of: str | None, nth: int) -> None:
        """Plan a value for the nth call of a verb, of tasks of one type or of any but readings."""
        self._left.append(_Script(verb, value, of, nth))

    def strike(self, verb: str, task_type: str) -> Any:
        """Give what was planned for this call, None for an ordinary one."""
        struck = [script for script in self._left if script.strikes(verb, task_type)]
        if not struck:
            return None
        if struck[1:]:
            raise ValueError(f"two plans for one {verb} of {task_type}: give the second another nth")
        self._left.remove(struck[0])
        return struck[0].value
