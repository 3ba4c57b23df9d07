"""ProjectionExpression, read.

Source: Amazon DynamoDB Developer Guide, "Using projection expressions in DynamoDB".
"""

from __future__ import annotations

from archlib.local.dynamodb.expressions.operands import Reader
from archlib.local.dynamodb.expressions.tree import Path


def parse_projection(text: str) -> tuple[Path, ...]:
    """Read the document paths.

    Raises:
        Malformed: it has a syntax error.
    """
    reader = Reader(text, frozenset())
    paths = [reader.path()]
    while reader.tokens.taken(","):
        paths.append(reader.path())
    reader.tokens.expect_end()
    return tuple(paths)
