"""Functions that name something: a parameter, a resource, another stack's export."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics.values import NO_VALUE, Unknown, as_text, known

if TYPE_CHECKING:
    from archlib.local.deploy.intrinsics.evaluator import Evaluator


def ref(scope: Evaluator, argument: Any) -> Any:
    """``Ref``."""
    if not isinstance(argument, str):
        raise StackError("Template format error: Ref must be a string")
    if argument == "AWS::NoValue":
        return NO_VALUE
    if argument in scope.names:
        return scope.names[argument]
    return scope.resources.ref(argument)


def get_att(scope: Evaluator, argument: Any) -> Any:
    """``Fn::GetAtt``."""
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) < 2 or not isinstance(argument[0], str):
        raise StackError(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, "
            "the resource name and the resource attribute"
        )
    name = scope.value(argument[1]) if len(argument) == 2 else ".".join(argument[1:])
    return scope.resources.attribute(argument[0], str(name))


VARIABLE = re.compile(r"\$\{(!?)([^{}!][^{}]*)\}")


def sub_variables(argument: Any) -> tuple[str, dict[str, Any]]:
    """The text and the local variables of a ``Fn::Sub``."""
    if isinstance(argument, str):
        return argument, {}
    if (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[0], str)
        and isinstance(argument[1], dict)
    ):
        return argument[0], argument[1]
    raise StackError(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. "
        "Specify a string as first argument, and an optional second argument to specify a mapping "
        "of values to replace in the string"
    )


def sub(scope: Evaluator, argument: Any) -> Any:
    """``Fn::Sub``."""
    text, local = sub_variables(argument)
    values = {name: scope.text(node, "Fn::Sub") for name, node in local.items()}
    unknown: list[Unknown] = []

    def replace(match: re.Match[str]) -> str:
        value: Any
        if match.group(1):
            return "${" + match.group(2) + "}"
        name = match.group(2).strip()
        if name in values:
            value = values[name]
        elif name in scope.names or "." not in name:
            value = ref(scope, name)
        else:
            value = get_att(scope, name)
        if isinstance(value, Unknown):
            unknown.append(value)
            return ""
        return as_text(value, "Fn::Sub")

    result = VARIABLE.sub(replace, text)
    return known(unknown) or result


def import_value(scope: Evaluator, argument: Any) -> Any:
    """``Fn::ImportValue``."""
    name = scope.text(argument, "Fn::ImportValue")
    if isinstance(name, Unknown) or scope.imports is None:
        return Unknown()
    return scope.imports(name)
