"""
The places where a worker may die: each durable write, HTTP call and acknowledgement stands inside a `step`.

Nothing happens there, unless a test has set `hook`: it ends the worker before and after each of them in turn, and then
asks whether a document was lost or printed twice (tests/crash). No setting reaches the hook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Side = Literal["before", "after"]
hook: Callable[[str, Side], None] | None = None


@contextmanager
def step(label: str) -> Iterator[None]:
    """What the block does has not happened before it, and has happened, or failed, after it."""
    if hook is not None:
        hook(label, "before")
    try:
        yield
    finally:
        if hook is not None:
            hook(label, "after")
