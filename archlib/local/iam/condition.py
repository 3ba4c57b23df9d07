"""Condition operators: one table entry per operator AWS documents.

AWS: "IAM JSON policy elements: Condition operators", "Set operators for multivalued context
keys". An operator compares one request value with one policy value; the qualifiers
(``ForAllValues:``, ``ForAnyValue:``, ``...IfExists``) and negation are applied around it.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from archlib.local.iam import pattern
from archlib.local.iam.pattern import Keys, Part, PolicyError, UnresolvedVariable

Test = Callable[[str], bool]
"""Does one request value match one policy value?"""

Compile = Callable[[tuple[Part, ...]], Test]
"""Turn a policy value into its test; raises ValueError when it cannot be read."""


@dataclass(frozen=True)
class Operator:
    """One comparison.

    Attributes:
        compile: prepares the policy's value.
        negated: the operator is true when no value matches.
        variables: policy variables may be used in the value.
    """

    compile: Compile
    negated: bool = False
    variables: bool = False


def _equals(parts: tuple[Part, ...]) -> Test:
    wanted = pattern.plain(parts)
    return lambda given: given == wanted


def _equals_ignore_case(parts: tuple[Part, ...]) -> Test:
    wanted = pattern.plain(parts).casefold()
    return lambda given: given.casefold() == wanted


def _like(parts: tuple[Part, ...]) -> Test:
    match = pattern.compiled(pattern.glob_source(parts)).fullmatch
    return lambda given: match(given) is not None


def _arn_like(parts: tuple[Part, ...]) -> Test:
    match = pattern.compiled(pattern.arn_source(parts)).fullmatch
    return lambda given: match(given) is not None


def _bool(parts: tuple[Part, ...]) -> Test:
    wanted = pattern.plain(parts).lower()
    if wanted not in ("true", "false"):
        raise ValueError("must be true or false")
    return lambda given: given.lower() == wanted


def _binary(parts: tuple[Part, ...]) -> Test:
    try:
        wanted = base64.b64decode(pattern.plain(parts), validate=True)
    except binascii.Error as error:
        raise ValueError("must be base64") from error

    def test(given: str) -> bool:
        try:
            return base64.b64decode(given, validate=True) == wanted
        except binascii.Error:
            return False

    return test


def _ip_address(parts: tuple[Part, ...]) -> Test:
    network = ipaddress.ip_network(pattern.plain(parts), strict=False)

    def test(given: str) -> bool:
        try:
            return ipaddress.ip_address(given) in network
        except ValueError:
            return False

    return test


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError("must be a number") from error
    if not number.is_finite():
        raise ValueError("must be a number")
    return number


_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")
_EPOCH = re.compile(r"-?\d{5,}(\.\d+)?")


def _date(text: str) -> Decimal:
    """Epoch seconds of a W3C date (from a year to fractions of a second) or of epoch text."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        return Decimal(text)
    if _YEAR.fullmatch(text):
        text += "-01-01"
    elif _MONTH.fullmatch(text):
        text += "-01"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("must be an ISO 8601 date or epoch seconds") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Decimal(str(moment.timestamp()))


def _ordered(read: Callable[[str], Decimal], holds: Callable[[Decimal, Decimal], bool]) -> Compile:
    def compile_value(parts: tuple[Part, ...]) -> Test:
        wanted = read(pattern.plain(parts))

        def test(given: str) -> bool:
            try:
                return holds(read(given), wanted)
            except ValueError:
                return False

        return test

    return compile_value


_ORDERS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "Equals": lambda given, wanted: given == wanted,
    "LessThan": lambda given, wanted: given < wanted,
    "LessThanEquals": lambda given, wanted: given <= wanted,
    "GreaterThan": lambda given, wanted: given > wanted,
    "GreaterThanEquals": lambda given, wanted: given >= wanted,
}

OPERATORS: Mapping[str, Operator] = {
    "StringEquals": Operator(_equals, variables=True),
    "StringNotEquals": Operator(_equals, negated=True, variables=True),
    "StringEqualsIgnoreCase": Operator(_equals_ignore_case, variables=True),
    "StringNotEqualsIgnoreCase": Operator(_equals_ignore_case, negated=True, variables=True),
    "StringLike": Operator(_like, variables=True),
    "StringNotLike": Operator(_like, negated=True, variables=True),
    "ArnEquals": Operator(_arn_like, variables=True),
    "ArnLike": Operator(_arn_like, variables=True),
    "ArnNotEquals": Operator(_arn_like, negated=True, variables=True),
    "ArnNotLike": Operator(_arn_like, negated=True, variables=True),
    "Bool": Operator(_bool, variables=True),
    "BinaryEquals": Operator(_binary),
    "IpAddress": Operator(_ip_address),
    "NotIpAddress": Operator(_ip_address, negated=True),
    **{f"Numeric{name}": Operator(_ordered(_number, holds)) for name, holds in _ORDERS.items()},
    "NumericNotEquals": Operator(_ordered(_number, _ORDERS["Equals"]), negated=True),
    **{f"Date{name}": Operator(_ordered(_date, holds)) for name, holds in _ORDERS.items()},
    "DateNotEquals": Operator(_ordered(_date, _ORDERS["Equals"]), negated=True),
}
"""Every operator but ``Null``, which tests presence and not a value."""

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
