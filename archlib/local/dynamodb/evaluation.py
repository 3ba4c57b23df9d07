"""How well-formed conditions and updates are evaluated, where moto fails or is wrong.

Sources: Amazon DynamoDB API Reference, "Condition" (values of different types are not equal, and
none of them is the larger one); Amazon DynamoDB Developer Guide, "Condition and filter
expressions, operators, and functions in DynamoDB" and "Using update expressions in DynamoDB".
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from typing import Any, Final

from archlib.local.patches import Patches

_ORDERED: Final = frozenset({"S", "N", "B"})
_CLAUSES: Final = ("Set", "Remove", "Add", "Delete")
_SIZED: Final = frozenset({"S", "SS", "NS", "B", "BS", "L", "M"})


def install(patches: Patches) -> None:
    """Put the rules into moto until ``patches`` are undone."""
    from moto.dynamodb import comparisons
    from moto.dynamodb.parsing import ast_nodes, executors, validators

    for name, holds in (
        ("OpLessThan", operator.lt),
        ("OpLessThanOrEqual", operator.le),
        ("OpGreaterThan", operator.gt),
        ("OpGreaterThanOrEqual", operator.ge),
    ):
        patches.set(getattr(comparisons, name), "expr", _ordering(holds))
    patches.set(comparisons.OpEqual, "expr", lambda op, item: _equal(op.lhs, op.rhs, item))
    patches.set(comparisons.OpNotEqual, "expr", lambda op, item: not _equal(op.lhs, op.rhs, item))
    patches.set(comparisons.FuncBetween, "expr", _between)
    patches.set(comparisons.FuncIn, "expr", _in)
    patches.set(comparisons.FuncSize, "expr", _size)
    patches.set(comparisons.FuncSize, "get_type", _size_type)
    base: Any = executors.NodeExecutor
    given = base.get_action_value
    # What is assigned is a copy, not the same list or map at two places.
    patches.set(base, "get_action_value", lambda one: copy.deepcopy(given(one)))
    actions = tuple(getattr(ast_nodes, f"UpdateExpression{clause}Action") for clause in _CLAUSES)
    keys: Any = validators.UpdateHashRangeKeyValidator
    patches.set(keys, "_processing_map", _of_targets(actions))
    patches.set(executors.RemoveExecutor, "execute", _removing(executors.RemoveExecutor.execute))


def _ordering(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda op, item: _ordered(op.lhs, op.rhs, item, holds)


def _ordered(left: Any, right: Any, item: Any, holds: Callable[[Any, Any], bool]) -> bool:
    kind = left.get_type(item)
    if kind not in _ORDERED or kind != right.get_type(item):
        return False
    return holds(left.expr(item), right.expr(item))


def _equal(left: Any, right: Any, item: Any) -> bool:
    """An attribute that is not there equals nothing, not even NULL."""
    kind = left.get_type(item)
    return (
        kind is not None
        and kind == right.get_type(item)
        and bool(left.expr(item) == right.expr(item))
    )


def _between(func: Any, item: Any) -> bool:
    return _ordered(func.start, func.attr, item, operator.le) and _ordered(
        func.attr, func.end, item, operator.le
    )


def _in(func: Any, item: Any) -> bool:
    return any(_equal(func.attr, value, item) for value in func.possible_values)


def _size(func: Any, item: Any) -> int | None:
    return len(func.attr.expr(item)) if func.attr.get_type(item) in _SIZED else None


def _size_type(func: Any, item: Any) -> str | None:
    """What has no size is as if it were not there: no comparison with it holds."""
    return "N" if func.attr.get_type(item) in _SIZED else None


def _of_targets(actions: tuple[Any, ...]) -> Callable[[Any], Any]:
    """No part of the key is updated, but any may be read: ``SET copy = id``."""

    def processing(validator: Any) -> Any:
        def target(action: Any) -> Any:
            validator.check_for_hash_or_range_key(action.children[0])
            return action

        return dict.fromkeys(actions, target)

    return processing


def _removing(execute: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def checked(one: Any, item: Any) -> None:
        from moto.dynamodb.exceptions import InvalidUpdateExpressionInvalidDocumentPath

        try:
            execute(one, item)
        except (TypeError, AttributeError):  # a place in what is neither list nor map
            raise InvalidUpdateExpressionInvalidDocumentPath from None

    return checked
