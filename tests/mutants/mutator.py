"""
Small changes to a module, one at a time, made on its syntax tree.

Ours and small: mutmut 3 wants the tests in a copy that it lays out itself and knows no layout of several packages with
one pyproject; cosmic-ray wants a session database and a distributor. Both mutate constants and log texts by the hundred;
what decides a receipt's fate here are conditions, rows of `match` and fields of `replace`, so these are what is changed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

Change = Callable[[], None]

OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True)
class Mutant:
    """A changed module: `place` is file:line, `told` what was changed, `text` the whole module."""

    place: str
    told: str
    text: str


def unchanged(text: str) -> str:
    """The module as a mutant would be written, with nothing changed: its tests must pass."""
    return ast.unparse(ast.parse(text))


def mutants(file: str, text: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(text)
    count = sum(1 for _ in _changes(tree))
    for number in range(count):
        copy = deepcopy(tree)
        node, told, change = list(_changes(copy))[number]
        before = ast.unparse(node).splitlines()[0][:90]
        change()
        yield Mutant(
            f"{file}:{node.lineno}", f"{told}: {before}", ast.unparse(ast.fix_missing_locations(copy))
        )


Place = tuple[ast.expr | ast.stmt, str, Change]


def _changes(tree: ast.Module) -> Iterator[Place]:
    for node in ast.walk(tree):
        match node:
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp() | ast.BinOp():
                yield from _operators(node)
            case ast.If() | ast.IfExp() | ast.While():
                for truth in (True, False):
                    yield node, f"always {truth}", _setting(node, "test", ast.Constant(truth))
            case ast.Return(value=value) if value is not None and not _is_none(value):
                yield node, "returns None", _setting(node, "value", ast.Constant(None))
            case ast.Call():
                for place, keyword in enumerate(node.keywords):
                    if keyword.arg == "frozen":
                        continue
                    rest = node.keywords[:place] + node.keywords[place + 1 :]
                    yield node, f"without {keyword.arg}=", _setting(node, "keywords", rest)
            case ast.Match() | ast.Dict():
                yield from _rows(node)
            case _:
                pass


def _operators(node: ast.Compare | ast.BoolOp | ast.UnaryOp | ast.BinOp) -> Iterator[Place]:
    match node:
        case ast.Compare(ops=[op]):
            yield node, f"{type(op).__name__} turned", _setting(node, "ops", [OPPOSITES[type(op)]()])
        case ast.BoolOp():
            for place in range(len(node.values)):
                rest = node.values[:place] + node.values[place + 1 :]
                yield node, f"without term {place + 1}", _setting(node, "values", rest)
        case ast.UnaryOp(op=ast.Not()):
            yield node, "not taken away", _setting(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
        case ast.BinOp(op=ast.Add() | ast.Sub() as op):
            other = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
            yield node, f"{type(other).__name__} for {type(op).__name__}", _setting(node, "op", other)
        case _:
            pass


def _rows(node: ast.Match | ast.Dict) -> Iterator[Place]:
    if isinstance(node, ast.Dict):
        for place, key in enumerate(node.keys):
            if isinstance(key, ast.Name):
                yield node, f"without row {key.id}", _dropping(node, place)
        return
    for place, case in enumerate(node.cases[:-1]):
        rest = node.cases[:place] + node.cases[place + 1 :]
        yield node, f"without case {ast.unparse(case.pattern)[:60]}", _setting(node, "cases", rest)
    for case in node.cases:
        if case.guard is not None:
            yield node, f"without if {ast.unparse(case.guard)[:60]}", _setting(case, "guard", None)


def _setting(node: ast.AST, field: str, value: object) -> Change:
    return lambda: setattr(node, field, value)


def _dropping(node: ast.Dict, place: int) -> Change:
    def drop() -> None:
        del node.keys[place], node.values[place]

    return drop


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
