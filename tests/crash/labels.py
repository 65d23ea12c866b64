"""What the worker's source says of its steps: where they stand, and which of its calls stand outside of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

WORKER = Path(__file__).parents[2] / "worker"
WRITES = frozenset(
    {
        # Redis
        *(
            "fcall",
            "function_load",
            "xadd",
            "hset",
            "hsetnx",
            "hdel",
            "hincrby",
            "lpush",
            "rpush",
            "zadd",
            "zrem",
        ),
        *("setex", "setnx", "incr", "flushdb", "evalsha", "eval", "xtrim", "execute_command"),
        # the register, and Celery
        *("request", "urlopen", "basic_ack", "basic_reject", "_deliver", "ack", "reject"),
        # files
        *("write", "write_text", "write_bytes", "writelines", "truncate", "fsync", "touch", "rmtree"),
    }
)
"""Methods that change something which outlives the worker, or ask somebody else to."""
LEDGER_WRITES = frozenset({"set", "delete", "expire", "pexpire", "rename", "blmove", "rpoplpush", "ltrim"})
"""The same, where a name says it only beside a Redis client."""
SYSTEM_WRITES = frozenset({"os.replace", "os.rename", "os.write", "os.remove", "os.unlink", "os.truncate"})
NO_STEPS = {
    "adapters/ledger/door.py": "the CRM's side of the contract: it runs in the CRM's process",
}
"""Files whose writes are none of the worker's."""
NO_WRITES = {
    "self._client.blmove": "from the end of the inbox to the same end: it waits, and moves nothing",
}
"""Calls that are named like a write and change nothing."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    """The worker's files, by their path under worker/."""
    for path in sorted(WORKER.rglob("*.py")):
        yield path.relative_to(WORKER).as_posix(), ast.parse(path.read_text("utf-8"))


def outside(name: str, tree: ast.Module) -> list[str]:
    """The writes of one file that stand outside of every step, each with its line."""
    guarded = {
        inner
        for block in ast.walk(tree)
        if isinstance(block, ast.With) and any(_is_step(item.context_expr) for item in block.items)
        for inner in ast.walk(block)
    }
    return [
        f"worker/{name}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node not in guarded and _is_write(name, node)
    ]


def labels() -> list[str]:
    """Every label of the worker, from its source; `*` for what is only known when it runs."""
    found: set[str] = set()
    for _, tree in sources():
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            if _is_step(call) or ast.unparse(call.func) == "Request":
                found.add(_text(call.args[0]))
            elif ast.unparse(call.func) in {"self._write", "self._call"}:
                finer = ".*" if any(keyword.arg == "of" for keyword in call.keywords) else ""
                found.add(f"ledger.{_text(call.args[0])}{finer}")
    return sorted(found - {"*", "ledger.*", "ledger.*.*"})


def _is_step(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "step"


def _is_write(name: str, node: ast.Attribute) -> bool:
    if name in NO_STEPS or ast.unparse(node) in NO_WRITES:
        return False
    is_ledgers = name.startswith("adapters/ledger/")
    return (
        node.attr in WRITES
        or (is_ledgers and node.attr in LEDGER_WRITES)
        or ast.unparse(node) in SYSTEM_WRITES
    )


def _text(argument: ast.expr) -> str:
    """A label as far as the source says it."""
    match argument:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str() as text), *_]):
            return f"{text}*"
        case _:
            return "*"
