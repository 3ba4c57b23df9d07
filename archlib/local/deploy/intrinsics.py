"""Intrinsic functions as one table over an evaluator, free of any AWS call.

An :class:`Evaluator` turns template values into plain values. What is not known yet (the id of
a resource that does not exist) is an :class:`Unknown`, and everything computed from it is one
too; so a template can be checked whole before its first resource is made.

Source: "Intrinsic function reference" and "Pseudo parameters reference" in the AWS
CloudFormation User Guide; "AWS::LanguageExtensions transform" for Length, ToJsonString and
FindInMap's DefaultValue.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from archlib.local.deploy.errors import StackError


@dataclass(frozen=True)
class Unknown:
    """A value that only the deployment will tell; ``sources`` are the logical ids it needs."""

    sources: frozenset[str] = frozenset()


class _NoValue:
    """``AWS::NoValue``: the property or list item that holds it is not there."""

    def __repr__(self) -> str:
        return "AWS::NoValue"


NO_VALUE = _NoValue()


class Lookup(Protocol):
    """What the evaluator asks of the resources deployed so far."""

    def ref(self, logical_id: str) -> Any:
        """The value of ``Ref``."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """The value of ``Fn::GetAtt``."""


class NothingDeployed:
    """Every resource is still to be made."""

    def ref(self, logical_id: str) -> Any:
        """Unknown."""
        return Unknown(frozenset({logical_id}))

    def attribute(self, logical_id: str, name: str) -> Any:
        """Unknown."""
        return Unknown(frozenset({logical_id}))


@dataclass
class Evaluator:
    """Template values -> plain values. ``names`` holds parameters and pseudo parameters."""

    names: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    resources: Lookup = field(default_factory=NothingDeployed)
    zones: Callable[[str], list[str]] = lambda region: []
    imports: Callable[[str], Any] | None = None
    dynamic: Callable[[str], Any] = lambda text: text
    extended: bool = False
    _decided: dict[str, bool] = field(default_factory=dict)

    def value(self, node: Any) -> Any:
        """The plain value of ``node``; raises :class:`StackError`."""
        if isinstance(node, dict):
            return self._mapping(node)
        if isinstance(node, list):
            items = [self.value(item) for item in node]
            return [item for item in items if item is not NO_VALUE]
        if isinstance(node, str) and "{{resolve:" in node:
            return self.dynamic(node)
        return node

    def _mapping(self, node: dict[str, Any]) -> Any:
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            function = FUNCTIONS.get(name)
            if function is not None:
                result = function(self, argument)
                if isinstance(result, str) and "{{resolve:" in result:
                    return self.dynamic(result)
                return result
        result = {}
        for key, item in node.items():
            if key.startswith("Fn::") and len(node) == 1:
                raise unsupported_function(key)
            if key in FUNCTIONS and key != "Ref":
                raise StackError(
                    f"Template format error: the function {key} must be alone in its object, "
                    f"found beside {sorted(set(node) - {key})}"
                )
            value = self.value(item)
            if value is not NO_VALUE:
                result[key] = value
        return result

    def condition(self, name: str) -> bool:
        """Whether the named condition holds."""
        if name in self._decided:
            return self._decided[name]
        if name not in self.conditions:
            raise StackError(
                f"Template format error: Unresolved dependencies [{name}]. "
                "Cannot reference resources in the Conditions block of the template"
            )
        self._decided[name] = self.test(self.conditions[name])
        return self._decided[name]

    def test(self, node: Any) -> bool:
        """The truth of a condition function."""
        if isinstance(node, dict) and len(node) == 1:
            name, argument = next(iter(node.items()))
            operator = CONDITIONS.get(name)
            if operator is not None:
                return operator(self, argument)
        raise StackError(
            "Template format error: Every Conditions member must be a condition function, "
            f"found {_short(node)}"
        )

    def text(self, node: Any, function: str) -> str | Unknown:
        """The string value of an argument of ``function``."""
        value = self.value(node)
        if isinstance(value, Unknown):
            return value
        return as_text(value, function)


def as_text(value: Any, function: str) -> str:
    """A scalar the way CloudFormation prints it inside a string (``true``, ``8080``)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise StackError(
        f"Template error: every value of {function} must be a string, not {_short(value)}"
    )


def unsupported_function(name: str) -> StackError:
    """The refusal of a function that does not exist."""
    known = ", ".join(sorted(set(FUNCTIONS) | set(CONDITIONS)))
    return StackError(
        f"Template error: Encountered unsupported function: {name} "
        f"Supported functions are: [{known}]"
    )


def _short(node: Any) -> str:
    text = json.dumps(node, default=repr)
    return text if len(text) < 80 else text[:77] + "..."


def _known(values: Iterable[Any]) -> Unknown | None:
    """The union of the unknowns among ``values``, None when all are known."""
    unknown = [value for value in values if isinstance(value, Unknown)]
    if not unknown:
        return None
    return Unknown(frozenset().union(*(value.sources for value in unknown)))


def _pair(argument: Any, function: str, form: str, count: int = 2) -> list[Any]:
    if not isinstance(argument, list) or len(argument) != count:
        raise StackError(f"Template error: {function} takes {form}, found {_short(argument)}")
    return argument


def _ref(scope: Evaluator, argument: Any) -> Any:
    if not isinstance(argument, str):
        raise StackError("Template format error: Ref must be a string")
    if argument == "AWS::NoValue":
        return NO_VALUE
    if argument in scope.names:
        return scope.names[argument]
    return scope.resources.ref(argument)


def _get_att(scope: Evaluator, argument: Any) -> Any:
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


def _sub(scope: Evaluator, argument: Any) -> Any:
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
            value = _ref(scope, name)
        else:
            value = _get_att(scope, name)
        if isinstance(value, Unknown):
            unknown.append(value)
            return ""
        return as_text(value, "Fn::Sub")

    result = VARIABLE.sub(replace, text)
    return _known(unknown) or result


def _join(scope: Evaluator, argument: Any) -> Any:
    delimiter, items = _pair(argument, "Fn::Join", "a delimiter and a list of strings")
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
    return _known(items) or delimiter.join(as_text(item, "Fn::Join") for item in items)


def _split(scope: Evaluator, argument: Any) -> Any:
    delimiter, source = _pair(argument, "Fn::Split", "a delimiter and a string")
    text = scope.text(source, "Fn::Split")
    if isinstance(text, Unknown):
        return text
    if not isinstance(delimiter, str) or not delimiter:
        raise StackError("Template error: the delimiter of Fn::Split must be a non-empty string")
    return text.split(delimiter)


def _select(scope: Evaluator, argument: Any) -> Any:
    index, items = _pair(argument, "Fn::Select", "an index and a list")
    index, items = scope.value(index), scope.value(items)
    unknown = _known([index, items])
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


def _if(scope: Evaluator, argument: Any) -> Any:
    name, yes, no = _pair(argument, "Fn::If", "a condition name and two values", 3)
    return scope.value(yes if scope.condition(name) else no)


def _find_in_map(scope: Evaluator, argument: Any) -> Any:
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
        for part in _pair(argument, "Fn::FindInMap", "a map name and two keys", 3)
    ]
    unknown = _known(keys)
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


def _base64(scope: Evaluator, argument: Any) -> Any:
    text = scope.text(argument, "Fn::Base64")
    return text if isinstance(text, Unknown) else base64.b64encode(text.encode()).decode()


def _cidr(scope: Evaluator, argument: Any) -> Any:
    argument = scope.value(argument)
    if not isinstance(argument, list) or len(argument) not in (2, 3):
        raise StackError(
            "Template error: Fn::Cidr takes an IP block, a count and optionally cidrBits"
        )
    unknown = _known(argument)
    if unknown:
        return unknown
    try:
        network = ipaddress.ip_network(argument[0])
        count = int(argument[1])
        bits = int(argument[2]) if len(argument) == 3 else 8
        prefix = network.max_prefixlen - bits
        if not 1 <= count <= 256:
            raise ValueError("the count must be between 1 and 256")
        blocks = []
        for block in network.subnets(new_prefix=prefix):
            blocks.append(str(block))
            if len(blocks) == count:
                return blocks
        raise ValueError(f"{network} holds only {len(blocks)} blocks of /{prefix}")
    except (ValueError, TypeError) as problem:
        raise StackError(f"Template error: Fn::Cidr: {problem}") from None


def _get_azs(scope: Evaluator, argument: Any) -> Any:
    region = scope.text(argument, "Fn::GetAZs")
    if isinstance(region, Unknown):
        return region
    return scope.zones(region or str(scope.names["AWS::Region"]))


def _import_value(scope: Evaluator, argument: Any) -> Any:
    name = scope.text(argument, "Fn::ImportValue")
    if isinstance(name, Unknown) or scope.imports is None:
        return Unknown()
    return scope.imports(name)


def _length(scope: Evaluator, argument: Any) -> Any:
    _needs_extensions(scope, "Fn::Length")
    items = scope.value(argument)
    if isinstance(items, Unknown):
        return items
    if not isinstance(items, list):
        raise StackError("Template error: Fn::Length takes a list")
    return len(items)


def _to_json_string(scope: Evaluator, argument: Any) -> Any:
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


def _transform(scope: Evaluator, argument: Any) -> Any:
    name = argument.get("Name") if isinstance(argument, dict) else argument
    raise StackError(
        f"Transform {name} is not supported inside a template section by the local cloud"
    )


def unknowns(value: Any) -> frozenset[str]:
    """The logical ids that ``value`` still waits for; empty when all of it is known."""
    if isinstance(value, Unknown):
        return value.sources or frozenset({""})
    if isinstance(value, dict):
        return frozenset().union(*(unknowns(item) for item in value.values()))
    if isinstance(value, list):
        return frozenset().union(*(unknowns(item) for item in value))
    return frozenset()


def _equals(scope: Evaluator, argument: Any) -> bool:
    left, right = (scope.value(part) for part in _pair(argument, "Fn::Equals", "two values"))
    if isinstance(left, (dict, list)) or isinstance(right, (dict, list)):
        return bool(left == right)
    return as_text(left, "Fn::Equals") == as_text(right, "Fn::Equals")


def _several(argument: Any, function: str) -> list[Any]:
    if not isinstance(argument, list) or not 2 <= len(argument) <= 10:
        raise StackError(
            f"Template error: every {function} object requires a list of 2 to 10 conditions"
        )
    return argument


def _not(scope: Evaluator, argument: Any) -> bool:
    if not isinstance(argument, list) or len(argument) != 1:
        raise StackError(
            "Template error: every Fn::Not object requires a boolean parameter in a list of one"
        )
    return not scope.test(argument[0])


FUNCTIONS: dict[str, Callable[[Evaluator, Any], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _get_azs,
    "Fn::ImportValue": _import_value,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Transform": _transform,
}

CONDITIONS: dict[str, Callable[[Evaluator, Any], bool]] = {
    "Fn::And": lambda scope, argument: all([scope.test(i) for i in _several(argument, "Fn::And")]),
    "Fn::Or": lambda scope, argument: any([scope.test(i) for i in _several(argument, "Fn::Or")]),
    "Fn::Not": _not,
    "Fn::Equals": _equals,
    "Condition": lambda scope, argument: scope.condition(argument),
}
