"""Expressions as DAX sends them: parsed by the client into nested arrays.

Turned back into text for DynamoDB, every name behind a ``#`` and every value behind a ``:``
placeholder of our own, so that one meaning has one text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from archlib.local.dax import cbor
from archlib.local.dax.values import AttributeValue, Item, from_cbor

Path = tuple[str | int, ...]

_COMPARATORS: Final = {0: "=", 1: "<>", 2: "<", 3: ">=", 4: ">", 5: "<="}
_FUNCTIONS: Final = {
    11: "attribute_exists",
    12: "attribute_not_exists",
    13: "attribute_type",
    14: "begins_with",
    15: "contains",
    16: "size",
    23: "if_not_exists",
    24: "list_append",
}
_AND, _OR, _NOT, _BETWEEN, _IN, _VARIABLE, _PATH = 6, 7, 8, 9, 10, 17, 18
_ACTIONS: Final = {19: "SET", 20: "ADD", 21: "DELETE", 22: "REMOVE"}
_PLUS, _MINUS = 25, 26
_JOIN: Final = {"SET": " = ", "ADD": " ", "DELETE": " ", "REMOVE": ""}


class Expressions:
    """Collects one request's expressions, names and values."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, AttributeValue] = {}
        self._variables: list[Any] = []

    def parameters(self) -> dict[str, Any]:
        """``ExpressionAttributeNames`` and ``ExpressionAttributeValues``, where needed."""
        found: dict[str, Any] = {}
        if self._names:
            found["ExpressionAttributeNames"] = {v: k for k, v in self._names.items()}
        if self._values:
            found["ExpressionAttributeValues"] = dict(self._values)
        return found

    def condition(self, data: bytes) -> str:
        """A condition, key condition or filter."""
        _, tree, self._variables = cbor.Reader(data).read()
        return self._term(tree)

    def update(self, data: bytes) -> str:
        """An update expression."""
        _, actions, self._variables = cbor.Reader(data).read()
        clauses: dict[str, list[str]] = {}
        for code, *arguments in actions:
            verb = _ACTIONS[code]
            text = _JOIN[verb].join(self._term(argument) for argument in arguments)
            clauses.setdefault(verb, []).append(text)
        return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items())

    def _term(self, tree: list[Any]) -> str:
        code, *arguments = tree
        if (build := _SPECIAL.get(code)) is not None:
            return build(self, arguments)
        if code in _COMPARATORS:
            left, right = map(self._term, arguments)
            return f"{left} {_COMPARATORS[code]} {right}"
        if code in _FUNCTIONS:
            return f"{_FUNCTIONS[code]}({', '.join(map(self._term, arguments))})"
        raise cbor.Malformed(f"unknown expression function {code}")

    def _path(self, components: list[Any]) -> str:
        text = ""
        for component in components:
            if isinstance(component, cbor.Ordinal):
                text += f"[{component.index}]"
            else:
                placeholder = self._names.setdefault(component, f"#n{len(self._names)}")
                text += f".{placeholder}" if text else placeholder
        return text

    def _variable(self, arguments: list[Any]) -> str:
        value = from_cbor(self._variables[arguments[0]])
        for placeholder, known in self._values.items():
            if known == value:
                return placeholder
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = value
        return placeholder

    def _many(self, word: str, arguments: list[Any]) -> str:
        return f" {word} ".join(
            f"({self._term(argument)})" if argument[0] in (_AND, _OR) else self._term(argument)
            for argument in arguments
        )

    def _between(self, arguments: list[Any]) -> str:
        value, low, high = map(self._term, arguments)
        return f"{value} BETWEEN {low} AND {high}"

    def _in(self, arguments: list[Any]) -> str:
        value, options = arguments
        return f"{self._term(value)} IN ({', '.join(map(self._term, options))})"

    def _sum(self, sign: str, arguments: list[Any]) -> str:
        left, right = map(self._term, arguments)
        return f"{left} {sign} {right}"


_SPECIAL: Mapping[int, Callable[[Expressions, list[Any]], str]] = {
    _AND: lambda self, arguments: self._many("AND", arguments),
    _OR: lambda self, arguments: self._many("OR", arguments),
    _NOT: lambda self, arguments: f"NOT ({self._term(arguments[0])})",
    _BETWEEN: Expressions._between,
    _IN: Expressions._in,
    _VARIABLE: Expressions._variable,
    _PATH: Expressions._path,
    _PLUS: lambda self, arguments: self._sum("+", arguments),
    _MINUS: lambda self, arguments: self._sum("-", arguments),
}


def projection(data: bytes) -> tuple[Path, ...]:
    """The document paths of a projection, in the order the client wrote them."""
    _, paths = cbor.Reader(data).read()
    return tuple(
        tuple(part.index if isinstance(part, cbor.Ordinal) else part for part in path[1:])
        for path in paths
    )


def project(item: Item, paths: tuple[Path, ...]) -> dict[int, AttributeValue]:
    """What an item has at each path, by the path's number; absent ones are left out."""
    found = {}
    for number, path in enumerate(paths):
        value: Any = {"M": item}
        for part in path:
            inner = value.get("L" if isinstance(part, int) else "M")
            if inner is None:
                value = None
            elif isinstance(part, int):
                value = inner[part] if part < len(inner) else None
            else:
                value = inner.get(part)
            if value is None:
                break
        if value is not None:
            found[number] = value
    return found
