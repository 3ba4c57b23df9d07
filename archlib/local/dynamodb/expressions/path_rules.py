"""Paths of one expression must not reach into each other.

Source: Amazon DynamoDB Developer Guide, "Using update expressions in DynamoDB" and "Using
projection expressions in DynamoDB".
"""

from __future__ import annotations

from collections.abc import Iterable

from archlib.local.dynamodb.expressions.placeholders import Resolved, text_of
from archlib.local.dynamodb.expressions.problems import Problems

_RULE = "must remove or rewrite one of these paths"


def check_apart(paths: Iterable[Resolved], problems: Problems) -> None:
    """Note paths that overlap, and paths that take one place for a list and for a map."""
    seen: list[Resolved] = []
    for path in paths:
        for other in seen:
            quoted = f"{_RULE}; path one: {text_of(other)}, path two: {text_of(path)}"
            relation = _relation(other, path)
            if relation is not None:
                problems.add(relation, f"Two document paths {relation} with each other; {quoted}")
        seen.append(path)


def _relation(one: Resolved, two: Resolved) -> str | None:
    for left, right in zip(one, two, strict=False):
        if isinstance(left, int) != isinstance(right, int):
            return "conflict"
        if left != right:
            return None
    return "overlap"
