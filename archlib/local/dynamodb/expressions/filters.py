"""What the filter of a Query may not be about: the key that the Query is by.

Source: Amazon DynamoDB Developer Guide, "Filter expressions for the Query operation in
DynamoDB": "A filter expression cannot contain partition key or sort key attributes."
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archlib.local.dynamodb.expressions.conditions import parse_condition
from archlib.local.dynamodb.expressions.placeholders import Placeholders, invalid
from archlib.local.dynamodb.expressions.tree import leaves, paths


def check_filter(params: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Refuse a filter on the keys of the table, or of the index that is queried.

    Raises:
        ApiRefusal: the filter names one (``ValidationException``).
    """
    placeholders, names = Placeholders(params), set(keys)
    for leaf in leaves(parse_condition(params["FilterExpression"]).condition):
        for path in paths(leaf.operands):
            name = placeholders.path(path)[0]
            if name in names:
                raise invalid(
                    "Filter Expression can only contain non-primary key attributes: Primary key "
                    f"attribute: {name}"
                )
