"""PartiQL as moto's parser can read it: blanks around comparators, and what it fails at refused.

AWS: Amazon DynamoDB Developer Guide, "PartiQL - a SQL-compatible query language for Amazon
DynamoDB" (names in double quotes, texts in single ones, either doubled to hold itself).
"""

from __future__ import annotations

import re
from typing import Any, Final

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Result

_PIECES: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\s*(<>|<=|>=|!=|[=<>])\s*""")
_TABLE: Final = re.compile(r'\b(from|into|update)\s+"([\w.-]+)"', re.IGNORECASE)
_FAILURES: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def statement(call: ApiCall) -> Result:
    """ExecuteStatement, BatchExecuteStatement, ExecuteTransaction.

    Capacity is not computed; who asks for it is told so.

    Raises:
        Unsupported: for ReturnConsumedCapacity, and for what moto cannot evaluate.
    """
    if call.params.get("ReturnConsumedCapacity", "NONE") != "NONE":
        raise Unsupported(
            f"dynamodb:{call.operation} does not compute consumed capacity",
            where="ReturnConsumedCapacity",
            hint="use the item operations to measure capacity",
        )
    call.hop.detail["capacity_units"] = None
    _rewrite(call.params)
    try:
        return call.proceed()
    except _FAILURES as error:
        raise Unsupported(
            f"dynamodb:{call.operation}: the local cloud cannot evaluate this PartiQL",
            hint="use the item operations, Query or Scan",
        ) from error


def _rewrite(params: dict[str, Any]) -> None:
    if "Statement" in params:
        params["Statement"] = spaced(params["Statement"])
    for many in ("Statements", "TransactStatements"):
        if many in params:
            # In batches moto takes a table's quotes for a part of its name.
            params[many] = [
                {**one, "Statement": _TABLE.sub(r"\1 \2", spaced(one["Statement"]))}
                for one in params[many]
            ]


def spaced(text: str) -> str:
    """A statement with one blank around its comparators: ``a='b=c'`` -> ``a = 'b=c'``."""
    return _PIECES.sub(lambda found: f" {found[1]} " if found[1] else found[0], text)
