"""Functions that a transform brings, and the one that calls a macro in place.

Source: "AWS::LanguageExtensions transform" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics.values import Unknown, unknowns

if TYPE_CHECKING:
    from archlib.local.deploy.intrinsics.evaluator import Evaluator


def length(scope: Evaluator, argument: Any) -> Any:
    """``Fn::Length``."""
    _needs_extensions(scope, "Fn::Length")
    items = scope.value(argument)
    if isinstance(items, Unknown):
        return items
    if not isinstance(items, list):
        raise StackError("Template error: Fn::Length takes a list")
    return len(items)


def to_json_string(scope: Evaluator, argument: Any) -> Any:
    """``Fn::ToJsonString``."""
    _needs_extensions(scope, "Fn::ToJsonString")
    value = scope.value(argument)
    if not isinstance(value, (dict, list)):
        raise StackError("Template error: Fn::ToJsonString takes an object or a list")
    unknown = unknowns(value)
    if unknown:
        return Unknown(unknown)
    return json.dumps(value, separators=(",", ":"))


def _needs_extensions(scope: Evaluator, function: str) -> None:
    if not scope.extended:
        raise StackError(
            f"Template error: {function} needs the transform AWS::LanguageExtensions in this "
            "template"
        )


def transform(scope: Evaluator, argument: Any) -> Any:
    """``Fn::Transform``."""
    name = argument.get("Name") if isinstance(argument, dict) else argument
    raise StackError(
        f"Transform {name} is not supported inside a template section by the local cloud"
    )
