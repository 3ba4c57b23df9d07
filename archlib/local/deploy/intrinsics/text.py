"""Functions on text: joined, split, encoded."""

from __future__ import annotations

import base64 as encoding
from typing import TYPE_CHECKING, Any

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics.values import Unknown, as_text, known, pair

if TYPE_CHECKING:
    from archlib.local.deploy.intrinsics.evaluator import Evaluator


def join(scope: Evaluator, argument: Any) -> Any:
    """``Fn::Join``."""
    delimiter, items = pair(argument, "Fn::Join", "a delimiter and a list of strings")
    if not isinstance(delimiter, str):
        raise StackError("Template error: the delimiter of Fn::Join must be a string")
    items = scope.value(items)
    if isinstance(items, Unknown):
        return items
    if not isinstance(items, list):
        raise StackError(
            "Template error: every Fn::Join object requires two parameters, (1) a string "
            "delimiter and (2) a list of strings to be joined or a function that returns a list of "
            "strings (such as Fn::GetAZs) to be joined."
        )
    return known(items) or delimiter.join(as_text(item, "Fn::Join") for item in items)


def split(scope: Evaluator, argument: Any) -> Any:
    """``Fn::Split``."""
    delimiter, source = pair(argument, "Fn::Split", "a delimiter and a string")
    text = scope.text(source, "Fn::Split")
    if isinstance(text, Unknown):
        return text
    if not isinstance(delimiter, str) or not delimiter:
        raise StackError("Template error: the delimiter of Fn::Split must be a non-empty string")
    return text.split(delimiter)


def base64(scope: Evaluator, argument: Any) -> Any:
    """``Fn::Base64``."""
    text = scope.text(argument, "Fn::Base64")
    return text if isinstance(text, Unknown) else encoding.b64encode(text.encode()).decode()
