"""Condition operators: one table entry per operator AWS documents.

AWS: "IAM JSON policy elements: Condition operators". An operator compares one request value
with one policy value; qualifiers and negation are applied around it, in
:mod:`~archlib.local.iam.condition`.
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
from archlib.local.iam.pattern import Part

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
