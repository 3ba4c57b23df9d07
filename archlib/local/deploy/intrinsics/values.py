"""What functions compute with: known values, unknown ones, none at all.

What is not known yet (the id of a resource that does not exist) is an :class:`Unknown`, and
everything computed from it is one too; so a template can be checked whole before its first
resource is made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archlib.local.deploy.errors import StackError


@dataclass(frozen=True)
class Unknown:
    """A value that only the deployment will tell; ``sources`` are the logical ids it needs."""

    sources: frozenset[str] = frozenset()


class _NoValue:
    """``AWS::NoValue``: the property or list item that holds it is not there."""

    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE = _NoValue()


def unknowns(value: Any) -> frozenset[str]:
    """The logical ids that ``value`` still waits for; empty when all of it is known."""
    if isinstance(value, Unknown):
        return value.sources or frozenset({""})
    if isinstance(value, dict):
        return frozenset().union(*(unknowns(item) for item in value.values()))
    if isinstance(value, list):
        return frozenset().union(*(unknowns(item) for item in value))
    return frozenset()


def as_text(value: Any, function: str) -> str:
    """A scalar the way CloudFormation prints it inside a string (``true``, ``8080``)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise StackError(
        f"Template error: every value of {function} must be a string, not {short(value)}"
    )


def short(node: Any) -> str:
    """A value as an error message shows it."""
    text = json.dumps(node, default=repr)
    return text if len(text) < 80 else text[:77] + "..."


def known(values: Iterable[Any]) -> Unknown | None:
    """The union of the unknowns among ``values``, None when all are known."""
    unknown = [value for value in values if isinstance(value, Unknown)]
    if not unknown:
        return None
    return Unknown(frozenset().union(*(value.sources for value in unknown)))


def pair(argument: Any, function: str, form: str, count: int = 2) -> list[Any]:
    """The arguments of a function that takes ``count`` of them; ``form`` says which."""
    if not isinstance(argument, list) or len(argument) != count:
        raise StackError(f"Template error: {function} takes {form}, found {short(argument)}")
    return argument
