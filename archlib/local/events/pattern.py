"""Event patterns: which events a rule, a filter or a subscription wants.

AWS: "Comparison operators for use in event patterns in Amazon EventBridge"; "Control which
events Lambda sends to your function" (event filtering); "Amazon SNS subscription filter
policies". A pattern is compiled once into tests; matching only looks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from archlib.local.events.operators import MISSING, OPERATORS, PatternError, Test, equal_to

__all__ = ["EVENTBRIDGE", "LAMBDA", "Dialect", "Pattern", "PatternError", "compile_pattern"]


@dataclass(frozen=True)
class Dialect:
    """What one service makes of the syntax: the operators it has, and how numbers compare.

    EventBridge compares a bare number as it is written (300 is not 300.0); SNS as a number.
    """

    name: str
    operators: frozenset[str]
    numbers_as_written: bool = True


EVENTBRIDGE = Dialect("EventBridge", frozenset(OPERATORS))

#: "Filter rule syntax" in Lambda's page lists no wildcards and no addresses.
LAMBDA = Dialect("Lambda event filtering", frozenset(OPERATORS) - {"wildcard", "cidr"})

Matcher = Callable[[Any], bool]


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern."""

    text: str
    matches: Matcher


@lru_cache(maxsize=512)
def compile_pattern(text: str, dialect: Dialect = EVENTBRIDGE) -> Pattern:
    """Compile the JSON text of a pattern.

    Raises:
        PatternError: the text is no JSON object or breaks the syntax, in AWS's words.
    """
    try:
        document = json.loads(text)
    except ValueError:
        raise PatternError("Filter is not an object") from None
    if not isinstance(document, dict):
        raise PatternError("Filter is not an object")
    if not document:
        raise PatternError("Empty pattern is not allowed")
    return Pattern(text, _object(document, dialect, ()))


def _object(document: Mapping[str, Any], dialect: Dialect, path: tuple[str, ...]) -> Matcher:
    fields: list[tuple[str, Matcher]] = []
    branches: list[tuple[Matcher, ...]] = []
    for name, wanted in document.items():
        if name == "$or":
            branches.append(_branches(wanted, dialect, path))
        else:
            fields.append((name, _field(name, wanted, dialect, path)))

    def one(event: Any) -> bool:
        if not isinstance(event, Mapping):
            return False
        return all(test(event.get(name, MISSING)) for name, test in fields) and all(
            any(branch(event) for branch in group) for group in branches
        )

    def matches(event: Any) -> bool:
        if isinstance(event, list):
            # "If the value in the event is an array", one of its objects must match as a whole.
            return any(matches(item) for item in event)
        return one({} if event is MISSING else event)

    return matches


def _branches(wanted: Any, dialect: Dialect, path: tuple[str, ...]) -> tuple[Matcher, ...]:
    if not isinstance(wanted, list) or len(wanted) < 2:
        raise PatternError('"$or" must be an array of at least two objects')
    if not all(isinstance(item, dict) and item for item in wanted):
        raise PatternError('"$or" must contain objects')
    return tuple(_object(item, dialect, path) for item in wanted)


def _field(name: str, wanted: Any, dialect: Dialect, path: tuple[str, ...]) -> Matcher:
    path = (*path, name)
    if isinstance(wanted, dict):
        if not wanted:
            raise PatternError(f'"{".".join(path)}" must be a non-empty object')
        return _object(wanted, dialect, path)
    if not isinstance(wanted, list):
        raise PatternError(f'"{name}" must be an object or an array')
    if not wanted:
        raise PatternError("Empty arrays are not allowed")
    tests = [_test(item, dialect) for item in wanted]

    def matches(value: Any) -> bool:
        leaves = list(_leaves(value)) or [MISSING]
        return any(test(leaf) for leaf in leaves for test in tests)

    return matches


def _leaves(value: Any) -> Iterator[Any]:
    """The scalars that a pattern's leaf is compared with; an object or empty array has none."""
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif not isinstance(value, Mapping):
        yield value


def _test(wanted: Any, dialect: Dialect) -> Test:
    if not isinstance(wanted, dict):
        if isinstance(wanted, list):
            raise PatternError("Match value must be String, number, true, false, or null")
        return equal_to(wanted, as_written=dialect.numbers_as_written)
    if len(wanted) != 1:
        raise PatternError("Only one key allowed in match expression")
    ((name, argument),) = wanted.items()
    if name not in dialect.operators:
        raise PatternError(f"Unrecognized match type {name}")
    return OPERATORS[name](argument)
