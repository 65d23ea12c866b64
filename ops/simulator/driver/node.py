"""One object of a task with its path, and the three ways in which the script complains about a field (reference §8.1)."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, NoReturn, TypeVar, overload

from ops.simulator.errors import PARSE_ERROR, DriverError
from ops.simulator.jsontext import Fields

T = TypeVar("T", str, bool, list[Any])
NAMES: dict[type, str] = {str: "string", bool: "boolean", list: "array", dict: "object", Decimal: "number"}


class Node:
    """
    An object inside a task.

    Args:
        fields: the object itself.
        path: where it stands, such as `items[0].tax`; empty for the task.
    """

    def __init__(self, fields: Fields, path: str) -> None:
        self.fields, self.path = fields, path

    @overload
    def take(self, key: str, kind: type[T]) -> T | None: ...
    @overload
    def take(self, key: str, kind: type[T], *, required: bool) -> T: ...
    def take(self, key: str, kind: type[T], *, required: bool = False) -> T | None:
        """Give a field of that type; None when it is missing and may be. Raises: DriverError 501."""
        value = self._present(key, required=required)
        if value is not None and not isinstance(value, kind):
            self._mistyped(key, NAMES.get(kind, "array"))
        return value

    def number(self, key: str, *, required: bool = False) -> Decimal | None:
        """Give a number; true and false are none. Raises: DriverError 501."""
        value = self._present(key, required=required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self._mistyped(key, "number")
        return Decimal(value)

    def word(self, key: str, allowed: Collection[str], *, required: bool = False) -> str | None:
        """Give a string out of `allowed`. Raises: DriverError 501."""
        value = self._present(key, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            self._mistyped(key, "string")
        if value not in allowed:
            self.wrong(key, value)
        return value

    def node(self, key: str) -> Node | None:
        """Give an inner object, None when it is missing. Raises: DriverError 501."""
        value = self._present(key, required=False)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._mistyped(key, "object")
        return Node(value, self._at(key))

    def must(self, key: str) -> Node:
        """Give an inner object that has to be there. Raises: DriverError 501."""
        return self.node(key) or self.missing(key)

    def nodes(self, key: str, *, required: bool = False) -> list[Node] | None:
        """Give the objects of an array, None when it is missing. Raises: DriverError 501."""
        value = self._present(key, required=required)
        if value is None:
            return None
        if not isinstance(value, list):
            self._mistyped(key, "array")
        for place, inner in enumerate(value):
            if not isinstance(inner, dict):
                self._mistyped(f"{key}[{place}]", "object")
        return [Node(inner, self._at(f"{key}[{place}]")) for place, inner in enumerate(value)]

    def missing(self, key: str) -> NoReturn:
        """Complain that a field is absent."""
        raise DriverError(PARSE_ERROR, f'Поле "{self._at(key)}" отсутствует')

    def wrong(self, key: str, value: object) -> NoReturn:
        """Complain about a value."""
        raise DriverError(PARSE_ERROR, f'Некорректное значение поля "{self._at(key)}" ({value})')

    def _mistyped(self, key: str, expected: str) -> NoReturn:
        raise DriverError(PARSE_ERROR, f'Поле "{self._at(key)}" имеет неверный тип (ожидается "{expected}")')

    def _present(self, key: str, *, required: bool) -> Any:
        # Absent, null and {} are all missing, so that any optional field may be null (8.1).
        value = self.fields.get(key)
        if value is None or value == {}:
            if required:
                self.missing(key)
            return None
        return value

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key
