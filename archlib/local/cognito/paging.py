"""Pages of a list: a limit, and a token that says where the next page begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from archlib.local.cognito import refusals

T = TypeVar("T")


def page(
    items: Sequence[T], limit: int | None, token: str | None, token_name: str = "NextToken"
) -> tuple[Sequence[T], dict[str, Any]]:
    """The page at ``token`` and, when more follow, ``{token_name: where}``.

    Raises InvalidParameterException for a token that no page gave out.
    """
    if token is not None and not token.isdecimal():
        raise refusals.invalid("Invalid pagination token.")
    begin = int(token or 0)
    end = begin + (limit or 60)
    return items[begin:end], ({token_name: str(end)} if end < len(items) else {})
