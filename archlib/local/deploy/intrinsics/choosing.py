"""Functions that choose: an item, a mapped value, a branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics.values import NO_VALUE, known, pair

if TYPE_CHECKING:
    from archlib.local.deploy.intrinsics.evaluator import Evaluator


def select(scope: Evaluator, argument: Any) -> Any:
    """``Fn::Select``."""
    index, items = pair(argument, "Fn::Select", "an index and a list")
    index, items = scope.value(index), scope.value(items)
    unknown = known([index, items])
    if unknown:
        return unknown
    if not isinstance(items, list):
        raise StackError(
            "Template error: Fn::Select requires a list argument with two elements: an integer "
            "index and a list"
        )
    if not str(index).isdigit() or int(index) >= len(items):
        raise StackError(
            f"Template error: Fn::Select cannot select nonexistent value at index {index}"
        )
    return items[int(index)]


def find_in_map(scope: Evaluator, argument: Any) -> Any:
    """``Fn::FindInMap``."""
    default: Any = NO_VALUE
    if isinstance(argument, list) and len(argument) == 4 and isinstance(argument[3], dict):
        if not scope.extended:
            raise StackError(
                "Template error: Fn::FindInMap takes DefaultValue only with the transform "
                "AWS::LanguageExtensions"
            )
        default = argument[3].get("DefaultValue", NO_VALUE)
        argument = argument[:3]
    keys = [
        scope.text(part, "Fn::FindInMap")
        for part in pair(argument, "Fn::FindInMap", "a map name and two keys", 3)
    ]
    unknown = known(keys)
    if unknown:
        return unknown
    name, first, second = (str(key) for key in keys)
    if name not in scope.mappings and default is NO_VALUE:
        raise StackError(
            f"Template error: Mapping named '{name}' is not present in the 'Mappings' section of "
            "template."
        )
    found = scope.mappings.get(name, {}).get(first, {})
    if second in found:
        return scope.value(found[second])
    if default is not NO_VALUE:
        return scope.value(default)
    raise StackError(f"Template error: Unable to get mapping for {name}::{first}::{second}")


def if_(scope: Evaluator, argument: Any) -> Any:
    """``Fn::If``."""
    name, yes, no = pair(argument, "Fn::If", "a condition name and two values", 3)
    return scope.value(yes if scope.condition(name) else no)
