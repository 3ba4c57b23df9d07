"""Requests with expressions: malformed ones are refused, and what moto cannot do is said."""

from __future__ import annotations

from archlib.errors import Unsupported
from archlib.local.api import ApiCall, Handler, Result
from archlib.local.dynamodb.expressions.requests import expressions_of, read

#: What moto raises for an expression that DynamoDB knows and moto does not.
_FAILURES = (
    AssertionError,
    AttributeError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)


def well_formed(handler: Handler) -> Handler:
    """Refuse malformed expressions first, as DynamoDB does before it looks for the table."""

    def checked(call: ApiCall) -> Result:
        plain = read(call.operation, call.params)
        expressions = expressions_of(call.operation, call.params)
        if not expressions:
            return handler(call)
        call.params.update(plain)
        try:
            return handler(call)
        except _FAILURES as error:
            raise _unsupported(expressions) from error
        except Exception as error:
            if "Bad Filter Expression" in str(error):
                raise _unsupported(expressions) from error
            raise

    return checked


def _unsupported(expressions: tuple[tuple[str, str], ...]) -> Unsupported:
    members = dict.fromkeys(name for name, _ in expressions)
    texts = dict.fromkeys(f"'{text}'" for _, text in expressions)
    return Unsupported(
        f"the local cloud cannot evaluate {', '.join(texts)}",
        where=", ".join(members),
        hint="say it in simpler terms: size() as an operand of a comparison only, values of the "
        "types that the attributes have",
    )
