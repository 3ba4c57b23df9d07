"""The comparison operators of event patterns: one entry each.

AWS: "Comparison operators for use in event patterns in Amazon EventBridge". A test gets one
scalar of the event, or :data:`MISSING`.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

MISSING: Any = object()
Test = Callable[[Any], bool]

#: "The values must be between -5.0e9 and 5.0e9 inclusive."
LARGEST = 5_000_000_000


class PatternError(Exception):
    """A pattern that breaks the syntax; the text is the reason that AWS gives."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal_to(wanted: Any, *, as_written: bool = True) -> Test:
    """A bare value: equal in type and value; numbers as they are written, unless told otherwise."""
    if _is_number(wanted) and not as_written:
        return lambda value: _is_number(value) and value == wanted
    written = json.dumps(wanted)
    return lambda value: value is not MISSING and json.dumps(value) == written


def _text(name: str, argument: Any) -> str:
    if not isinstance(argument, str):
        raise PatternError(f"{name} match pattern must be a string")
    return argument


def _strings(test: Callable[[str], bool]) -> Test:
    return lambda value: isinstance(value, str) and test(value)


def _ignoring_case(argument: Any) -> Test:
    wanted = _text("equals-ignore-case", argument).lower()
    return _strings(lambda value: value.lower() == wanted)


def _end(name: str, argument: Any, at_end: Callable[[str, str], bool]) -> Test:
    """``prefix`` and ``suffix``; their argument may be ``{"equals-ignore-case": …}``."""
    if isinstance(argument, Mapping):
        if set(argument) != {"equals-ignore-case"}:
            raise PatternError(f"Unsupported {name} match: {', '.join(argument)}")
        wanted = _text(name, argument["equals-ignore-case"]).lower()
        return _strings(lambda value: at_end(value.lower(), wanted))
    wanted = _text(name, argument)
    if not wanted:
        raise PatternError("Null prefix/suffix not allowed")
    return _strings(lambda value: at_end(value, wanted))


def _prefix(argument: Any) -> Test:
    return _end("prefix", argument, str.startswith)


def _suffix(argument: Any) -> Test:
    return _end("suffix", argument, str.endswith)


def _wildcard(argument: Any) -> Test:
    """``*`` stands for any characters; ``\\*`` and ``\\\\`` for themselves."""
    text = _text("wildcard", argument)
    if "**" in text:
        raise PatternError("Consecutive wildcard characters at pos " + str(text.index("**")))
    pieces: list[str] = []
    position = 0
    while position < len(text):
        letter = text[position]
        if letter == "\\":
            position += 1
            if position >= len(text) or text[position] not in "*\\":
                raise PatternError(f"Invalid escape character at pos {position - 1}")
            pieces.append(re.escape(text[position]))
        else:
            pieces.append(".*" if letter == "*" else re.escape(letter))
        position += 1
    compiled = re.compile("".join(pieces), re.DOTALL)
    return _strings(lambda value: compiled.fullmatch(value) is not None)


_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def _numeric(argument: Any) -> Test:
    if not isinstance(argument, list) or not argument:
        raise PatternError("Value of numeric must be an array.")
    bounds = []
    for operator, bound in zip(argument[::2], [*argument[1::2], None], strict=False):
        if operator not in _COMPARISONS:
            raise PatternError(f"Unrecognized numeric range operator: {operator}")
        if not _is_number(bound):
            raise PatternError(f"Value of {operator} must be numeric")
        if abs(bound) > LARGEST:
            raise PatternError(f"Value must be between -5.0E9 and 5.0E9, inclusive: {bound}")
        bounds.append((operator, bound))
    names = [operator for operator, _ in bounds]
    if len(bounds) > 2 or (len(bounds) == 2 and "=" in names):
        raise PatternError("Too many elements in numeric expression")
    if len(bounds) == 2:
        if not (names[0].startswith(">") and names[1].startswith("<")):
            raise PatternError(f"Bad numeric range operator: {names[1]}")
        if bounds[0][1] >= bounds[1][1]:
            raise PatternError("Bottom must be less than top")
    return lambda value: (
        _is_number(value)
        and all(_COMPARISONS[operator](value, bound) for operator, bound in bounds)
    )


def _exists(argument: Any) -> Test:
    if not isinstance(argument, bool):
        raise PatternError("exists match pattern must be either true or false.")
    return lambda value: (value is not MISSING) is argument


def _cidr(argument: Any) -> Test:
    text = _text("cidr", argument)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise PatternError(f"Malformed CIDR, one '/' required: {text}") from None

    def inside(value: str) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return _strings(inside)


#: What may stand inside ``anything-but``.
_NEGATED = ("prefix", "suffix", "equals-ignore-case", "wildcard")


def _anything_but(argument: Any) -> Test:
    """Any value that is there and is none of these."""
    if isinstance(argument, Mapping):
        if len(argument) != 1 or next(iter(argument)) not in _NEGATED:
            raise PatternError(f"Unsupported anything-but pattern: {', '.join(argument)}")
        ((name, inner),) = argument.items()
        unwanted = [OPERATORS[name](item) for item in _listed(inner)]
    else:
        listed = _listed(argument)
        if any(not isinstance(item, str) and not _is_number(item) for item in listed):
            raise PatternError("Inside anything but list, start|null|boolean is not supported.")
        if len({isinstance(item, str) for item in listed}) > 1:
            raise PatternError("Inside anything but list, either all values are number or string, "
                               "mixed type is not supported")  # fmt: skip
        unwanted = [equal_to(item) for item in listed]
    return lambda value: value is not MISSING and not any(test(value) for test in unwanted)


def _listed(argument: Any) -> list[Any]:
    listed = argument if isinstance(argument, list) else [argument]
    if not listed:
        raise PatternError("Empty arrays are not allowed")
    return listed


#: Operator -> what makes its test from the argument.
OPERATORS: dict[str, Callable[[Any], Test]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _ignoring_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
