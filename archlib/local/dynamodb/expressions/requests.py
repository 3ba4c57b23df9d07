"""Which expressions a request has, and the refusal of what is malformed in them.

Sources: Amazon DynamoDB API Reference, pages of the operations, "ConditionExpression",
"Expected", "AttributeUpdates" …; Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB",
"Expression parameters" (4 KB and 300 operators or functions an expression).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from archlib.local.dynamodb.expressions.condition_rules import check_condition
from archlib.local.dynamodb.expressions.conditions import parse_condition
from archlib.local.dynamodb.expressions.key_conditions import check_key_condition
from archlib.local.dynamodb.expressions.path_rules import check_apart
from archlib.local.dynamodb.expressions.placeholders import (
    NAMES,
    VALUES,
    Placeholders,
    invalid,
)
from archlib.local.dynamodb.expressions.problems import Problems
from archlib.local.dynamodb.expressions.projections import parse_projection
from archlib.local.dynamodb.expressions.tokens import Malformed
from archlib.local.dynamodb.expressions.tree import operators
from archlib.local.dynamodb.expressions.update_rules import check_update
from archlib.local.dynamodb.expressions.updates import parse_update
from archlib.local.dynamodb.expressions.writing import condition_text, path_text, update_text

MAX_BYTES: Final = 4096
MAX_OPERATORS: Final = 300

#: In the order in which they are read.
_EXPRESSIONS: Final = (
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
)
#: What the expressions took the place of.
_LEGACY: Final = (
    "AttributesToGet",
    "AttributeUpdates",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
    "ConditionalOperator",
)
#: The expressions of an operation that may hold values.
_VALUED: Final[Mapping[str, tuple[str, ...]]] = {
    "PutItem": ("ConditionExpression",),
    "UpdateItem": ("UpdateExpression", "ConditionExpression"),
    "DeleteItem": ("ConditionExpression",),
    "Query": ("FilterExpression", "KeyConditionExpression"),
    "Scan": ("FilterExpression",),
}


def read(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The request with its expressions in plain form; nothing of ``params`` is changed.

    Raises:
        ApiRefusal: an expression is malformed (``ValidationException``).
    """
    if operation == "BatchGetItem":
        tables = params["RequestItems"].items()
        return {**params, "RequestItems": {name: _read(operation, one) for name, one in tables}}
    if operation.startswith("Transact"):
        entries = params["TransactItems"]
        plain = [{k: _read(operation, part) for k, part in entry.items()} for entry in entries]
        return {**params, "TransactItems": plain}
    return _read(operation, params)


def _read(operation: str, part: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_combination(_VALUED.get(operation, ()), part)
    placeholders = Placeholders(part)
    placeholders.refuse_invalid()
    given = [name for name in _EXPRESSIONS if part.get(name) is not None]
    plain = {name: _plain(name, part[name], placeholders) for name in given}
    placeholders.refuse_unused()
    return {**part, **plain}


def expressions_of(operation: str, params: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The expressions of a request, by member."""
    return tuple(
        (name, part[name])
        for part in _parts(operation, params)
        for name in _EXPRESSIONS
        if part.get(name) is not None
    )


def _parts(operation: str, params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What has expressions of its own: the request, or each of its parts."""
    if operation == "BatchGetItem":
        yield from params["RequestItems"].values()
    elif operation.startswith("Transact"):
        for entry in params["TransactItems"]:
            yield from entry.values()
    else:
        yield params


def _refuse_combination(valued: tuple[str, ...], part: Mapping[str, Any]) -> None:
    given = [name for name in _EXPRESSIONS if part.get(name) is not None]
    legacy = [name for name in _LEGACY if part.get(name) is not None]
    if given and legacy:
        raise invalid(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(legacy)}}} "
            f"Expression parameters: {{{', '.join(given)}}}"
        )
    if part.get(NAMES) is not None and not given:
        raise invalid(f"{NAMES} can only be specified when using expressions")
    if part.get(VALUES) is not None and not (set(given) - {"ProjectionExpression"}):
        missing = f": {' and '.join(valued)} {'are' if len(valued) > 1 else 'is'} null"
        raise invalid(
            f"{VALUES} can only be specified when using expressions{missing if valued else ''}"
        )


def _plain(name: str, text: str, placeholders: Placeholders) -> str:
    try:
        if not text:
            raise Malformed("The expression can not be empty;")
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > MAX_BYTES:
            raise Malformed(
                f"Expression size has exceeded the maximum allowed size; expression size: {size}"
            )
        return _READERS[name](text, placeholders)
    except Malformed as wrong:
        raise invalid(f"Invalid {name}: {wrong}") from None


def _refuse_many(count: int) -> None:
    if count > MAX_OPERATORS:
        # DynamoDB stops to count there.
        raise Malformed(
            f"The expression contains too many operators; operator count: {MAX_OPERATORS + 1}"
        )


def _condition(text: str, placeholders: Placeholders) -> str:
    parsed = parse_condition(text)
    _refuse_many(operators(parsed.condition))
    check_condition(parsed, placeholders)
    return condition_text(parsed.condition)


def _key_condition(text: str, placeholders: Placeholders) -> str:
    parsed = parse_condition(text)
    check_condition(parsed, placeholders)
    check_key_condition(parsed.condition, placeholders)
    return text  # its plain form needs the table's key


def _update(text: str, placeholders: Placeholders) -> str:
    clauses = parse_update(text)
    _refuse_many(sum(action.operators for _, actions in clauses for action in actions))
    check_update(clauses, placeholders)
    return update_text(clauses)


def _projection(text: str, placeholders: Placeholders) -> str:
    paths = parse_projection(text)
    problems = Problems("reserved", "name", "overlap", "conflict")
    resolved = []
    for path in paths:
        problems.reserved(path)
        try:
            resolved.append(placeholders.path(path))
        except Malformed as missing:
            problems.add("name", str(missing))
    check_apart(resolved, problems)
    problems.raise_first()
    return ", ".join(map(path_text, paths))


_READERS: Final[Mapping[str, Callable[[str, Placeholders], str]]] = {
    "UpdateExpression": _update,
    "ConditionExpression": _condition,
    "FilterExpression": _condition,
    "KeyConditionExpression": _key_condition,
    "ProjectionExpression": _projection,
}
