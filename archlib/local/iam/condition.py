"""Conditions: keys, values and qualifiers around the operators.

AWS: "IAM JSON policy elements: Condition operators", "Set operators for multivalued context
keys" (``ForAllValues:``, ``ForAnyValue:``), ``...IfExists`` and ``Null``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from archlib.local.iam import pattern
from archlib.local.iam.operators import OPERATORS, Operator, Test
from archlib.local.iam.pattern import Keys, Part, PolicyError, UnresolvedVariable

_NAMES = {name.lower(): name for name in (*OPERATORS, "Null")}
_QUALIFIED = re.compile(r"(?:(?P<each>ForAllValues|ForAnyValue):)?(?P<name>\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Values:
    """The policy's values of one key: tests made at compile time, and those with variables."""

    operator: Operator
    constant: tuple[Test, ...]
    varying: tuple[tuple[Part, ...], ...]

    def tests(self, keys: Keys) -> tuple[Test, ...] | None:
        """The tests for this request; None when a negated comparison cannot be resolved.

        "If AWS cannot resolve a variable, this might cause the entire statement to be
        invalid": a positive comparison simply does not match such a value.
        """
        if not self.varying:
            return self.constant
        tests = list(self.constant)
        for parts in self.varying:
            try:
                tests.append(self.operator.compile(pattern.resolve(parts, keys)))
            except UnresolvedVariable:
                if self.operator.negated:
                    return None
            except ValueError:
                continue
        return tuple(tests)


@dataclass(frozen=True)
class Condition:
    """One key under one operator. ``each`` is "", "forallvalues" or "foranyvalue"."""

    key: str
    values: Values
    each: str
    if_exists: bool

    def holds(self, keys: Keys) -> bool:
        """Whether the condition is true for a request with these keys."""
        found = keys.get(self.key)
        if self.each and found is not None:
            found = _not_empty(found)
        if found is None or found == ():
            return self._when_absent()
        tests = self.values.tests(keys)
        if tests is None:
            return False
        given = (found,) if isinstance(found, str) else found
        negated = self.values.operator.negated
        if self.each == "forallvalues":
            return all(any(test(one) for test in tests) is not negated for one in given)
        if self.each == "foranyvalue":
            return any(any(test(one) for test in tests) is not negated for one in given)
        return any(test(one) for one in given for test in tests) is not negated

    def _when_absent(self) -> bool:
        if self.if_exists or self.each == "forallvalues":
            return True
        return self.values.operator.negated and self.each != "foranyvalue"


@dataclass(frozen=True)
class NullCondition:
    """``Null``: true asks that the key is absent, false that it has a value."""

    key: str
    wanted: frozenset[bool]

    def holds(self, keys: Keys) -> bool:
        """Whether the key's absence is as asked for."""
        found = keys.get(self.key)
        return (found is None or found == ()) in self.wanted


AnyCondition = Condition | NullCondition


def _not_empty(found: str | tuple[str, ...]) -> tuple[str, ...]:
    """The values that a set operator sees: an empty string counts as an empty set."""
    given = (found,) if isinstance(found, str) else found
    return tuple(one for one in given if one != "")


def parse_conditions(block: object, where: str, *, variables: bool) -> tuple[AnyCondition, ...]:
    """Read a ``Condition`` element.

    Args:
        block: the element's JSON value.
        where: its place, for errors.
        variables: whether the document's version knows policy variables.

    Raises:
        PolicyError: an unknown operator, or a value the operator cannot read.
    """
    if not isinstance(block, Mapping):
        raise PolicyError("must map operators to keys", where=where)
    conditions: list[AnyCondition] = []
    for operator, entries in block.items():
        place = f"{where}.{operator}"
        name = _operator_name(str(operator), place)
        if not isinstance(entries, Mapping) or not entries:
            raise PolicyError("must map condition keys to values", where=place)
        for key, given in entries.items():
            at = f"{place}.{key}"
            conditions.append(_condition(name, str(key).lower(), _texts(given, at), at, variables))
    return tuple(conditions)


def _texts(given: object, where: str) -> tuple[str, ...]:
    listed = given if isinstance(given, list) else [given]
    if not all(isinstance(one, str | bool | int | float) for one in listed):
        raise PolicyError("must be text, a number, true or false, or a list of them", where=where)
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in listed)


@dataclass(frozen=True)
class _Name:
    """An operator's name taken apart: ``ForAnyValue:StringLikeIfExists``."""

    operator: str
    each: str
    if_exists: bool


def _operator_name(text: str, where: str) -> _Name:
    found = _QUALIFIED.fullmatch(text)
    name = (found["name"] if found else text).lower()
    if_exists = name.endswith("ifexists")
    known = _NAMES.get(name.removesuffix("ifexists"))
    if found is None or known is None:
        raise PolicyError(f"unknown condition operator '{text}'", where=where)
    each = (found["each"] or "").lower()
    if known == "Null" and (each or if_exists):
        raise PolicyError("Null takes no qualifier and no IfExists", where=where)
    return _Name(known, each, if_exists)


def _condition(
    name: _Name, key: str, given: tuple[str, ...], where: str, variables: bool
) -> AnyCondition:
    if name.operator == "Null":
        if not given or not set(given) <= {"true", "false"}:
            raise PolicyError("must be true or false", where=where)
        return NullCondition(key, frozenset(one == "true" for one in given))
    chosen = OPERATORS[name.operator]
    parsed = tuple(_parts(one, where, variables and chosen.variables) for one in given)
    try:
        constant = tuple(chosen.compile(parts) for parts in parsed if pattern.is_constant(parts))
    except ValueError as error:
        raise PolicyError(f"{error}", where=where) from error
    varying = tuple(parts for parts in parsed if not pattern.is_constant(parts))
    return Condition(key, Values(chosen, constant, varying), name.each, name.if_exists)


def _parts(text: str, where: str, variables: bool) -> tuple[Part, ...]:
    try:
        return pattern.parse(text, variables=variables)
    except PolicyError as error:
        raise PolicyError(error.message, where=where, hint=error.hint) from error
