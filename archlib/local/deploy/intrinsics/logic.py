"""Condition functions, and those that only rules have.

Source: "Condition functions" and "Rule-specific intrinsic functions" in the AWS CloudFormation User
Guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics.values import as_text, pair, short

if TYPE_CHECKING:
    from archlib.local.deploy.intrinsics.evaluator import Evaluator


def equals(scope: Evaluator, argument: Any) -> bool:
    """``Fn::Equals``."""
    left, right = (scope.value(part) for part in pair(argument, "Fn::Equals", "two values"))
    if isinstance(left, (dict, list)) or isinstance(right, (dict, list)):
        return bool(left == right)
    return as_text(left, "Fn::Equals") == as_text(right, "Fn::Equals")


def _several(argument: Any, function: str) -> list[Any]:
    if not isinstance(argument, list) or not 2 <= len(argument) <= 10:
        raise StackError(
            f"Template error: every {function} object requires a list of 2 to 10 conditions"
        )
    return argument


def not_(scope: Evaluator, argument: Any) -> bool:
    """``Fn::Not``."""
    if not isinstance(argument, list) or len(argument) != 1:
        raise StackError(
            "Template error: every Fn::Not object requires a boolean parameter in a list of one"
        )
    return not scope.test(argument[0])


def and_(scope: Evaluator, argument: Any) -> bool:
    """``Fn::And``; every part is evaluated, so that a mistake in any is found."""
    return all([scope.test(part) for part in _several(argument, "Fn::And")])


def or_(scope: Evaluator, argument: Any) -> bool:
    """``Fn::Or``; every part is evaluated."""
    return any([scope.test(part) for part in _several(argument, "Fn::Or")])


def condition(scope: Evaluator, argument: Any) -> bool:
    """``Condition``: another condition by name."""
    return scope.condition(argument)


def contains(scope: Evaluator, argument: Any) -> bool:
    """``Fn::Contains``: whether a list has a value."""
    values, value = pair(scope.value(argument), "Fn::Contains", "a list and a value")
    return value in _texts(values, "Fn::Contains")


def each_member_equals(scope: Evaluator, argument: Any) -> bool:
    """``Fn::EachMemberEquals``: whether all values of a list are one value."""
    form = "Fn::EachMemberEquals"
    values, value = pair(scope.value(argument), form, "a list and a value")
    return all(item == value for item in _texts(values, form))


def each_member_in(scope: Evaluator, argument: Any) -> bool:
    """``Fn::EachMemberIn``: whether all values of a list are in another."""
    form = "Fn::EachMemberIn"
    values, allowed = pair(scope.value(argument), form, "two lists")
    return set(_texts(values, form)) <= set(_texts(allowed, form))


def _texts(values: Any, function: str) -> list[str]:
    if not isinstance(values, list):
        raise StackError(f"Template error: {function} takes a list, found {short(values)}")
    return [as_text(value, function) for value in values]
