"""Template parameters: declarations, constraints, and the values a stack runs with.

Source: "CloudFormation template Parameters syntax" and "Specify existing resources at runtime
with CloudFormation-supplied parameter types" in the AWS CloudFormation User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.deploy.descriptions import check_parameter_texts
from archlib.local.deploy.errors import StackError

SSM_PREFIX = "AWS::SSM::Parameter::Value<"
SSM_NAME = "AWS::SSM::Parameter::Name"
_RESOURCE_TYPES = (
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::Volume::Id",
    "AWS::EC2::VPC::Id",
    "AWS::Route53::HostedZone::Id",
)
_PLAIN = {"String", "Number", SSM_NAME, *_RESOURCE_TYPES}
_LISTS = {"CommaDelimitedList", "List<Number>", "List<String>"} | {
    f"List<{name}>" for name in _RESOURCE_TYPES
}
PARAMETER_TYPES = (*sorted(_PLAIN | _LISTS), f"{SSM_PREFIX}…>")
_ATTRIBUTES = {
    "Type",
    "Default",
    "Description",
    "NoEcho",
    "AllowedValues",
    "AllowedPattern",
    "ConstraintDescription",
    "MinLength",
    "MaxLength",
    "MinValue",
    "MaxValue",
}


@dataclass(frozen=True)
class Value:
    """A parameter's value: ``given`` as text (an SSM type's key) and ``resolved`` for Ref."""

    given: str
    resolved: Any
    hidden: bool = False
    from_ssm: bool = False


def check_declarations(declared: Any) -> Mapping[str, Mapping[str, Any]]:
    """The Parameters section, checked; raises :class:`StackError`."""
    if not isinstance(declared, dict):
        raise StackError("Template format error: Parameters must be an object.")
    for name, entry in declared.items():
        where = f"[/Parameters/{name}]"
        if not isinstance(entry, dict) or "Type" not in entry:
            raise StackError(
                f"Template format error: {where} Every Parameters object must contain a Type "
                "member."
            )
        if not re.fullmatch(r"[A-Za-z0-9]{1,255}", name):
            raise StackError(f"Template format error: Parameter name {name} is non alphanumeric.")
        extra = sorted(set(entry) - _ATTRIBUTES)
        if extra:
            raise StackError(f"Invalid template parameter property '{extra[0]}' {where}")
        check_parameter_texts(entry, where)
        _check_constraints(where, entry)
        kind = _inner(entry["Type"])
        if kind not in _PLAIN | _LISTS:
            raise StackError(
                f"Template format error: Unrecognized parameter type: {entry['Type']} {where}"
            )
    return declared


def _check_constraints(where: str, entry: Mapping[str, Any]) -> None:
    if not isinstance(entry.get("AllowedValues", []), list):
        raise StackError(f"Template format error: {where} AllowedValues must be a list.")
    for name in ("MinLength", "MaxLength", "MinValue", "MaxValue"):
        try:
            float(entry.get(name, 0))
        except (TypeError, ValueError, OverflowError):
            raise StackError(f"Template format error: {where} {name} must be a number.") from None
    try:
        re.compile(_text(entry.get("AllowedPattern")))
    except (re.error, RecursionError, OverflowError) as problem:
        raise StackError(
            f"Template format error: {where} AllowedPattern is no regular expression: {problem}"
        ) from None


def _inner(kind: Any) -> str:
    name = str(kind)
    return name.removeprefix(SSM_PREFIX)[:-1] if name.startswith(SSM_PREFIX) else name


def resolve_parameters(
    declared: Mapping[str, Mapping[str, Any]],
    given: Mapping[str, str],
    ssm: Callable[[str], str],
) -> dict[str, Value]:
    """The value of every declared parameter; ``ssm`` reads a parameter's text by name."""
    strange = [name for name in given if name not in declared]
    if strange:
        raise StackError(f"Parameters: [{', '.join(strange)}] do not exist in the template")
    missing = [n for n, entry in declared.items() if n not in given and "Default" not in entry]
    if missing:
        raise StackError(f"Parameters: [{', '.join(missing)}] must have values")
    return {
        name: _value(name, entry, _text(given.get(name, entry.get("Default"))), ssm)
        for name, entry in declared.items()
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return "" if value is None else str(value)


def _value(name: str, entry: Mapping[str, Any], text: str, ssm: Callable[[str], str]) -> Value:
    kind = str(entry["Type"])
    inner = _inner(kind)
    from_ssm = kind.startswith(SSM_PREFIX)
    plain = ssm(text) if from_ssm else text
    items = [item.strip() for item in plain.split(",")] if inner in _LISTS else [plain]
    if not from_ssm:
        for item in items:
            _check(name, entry, item, inner)
    resolved: Any = items if inner in _LISTS else plain
    if inner in _LISTS and not plain:
        resolved = []
    return Value(text, resolved, str(entry.get("NoEcho", "")).lower() == "true", from_ssm)


def _check(name: str, entry: Mapping[str, Any], text: str, kind: str) -> None:
    said = entry.get("ConstraintDescription")

    def refuse(reason: str) -> StackError:
        if said:
            return StackError(f"Parameter '{name}' failed to satisfy constraint: {said}")
        return StackError(f"Parameter '{name}' {reason}")

    if "AllowedValues" in entry and text not in [_text(item) for item in entry["AllowedValues"]]:
        raise refuse("must be one of AllowedValues")
    if "AllowedPattern" in entry and not re.fullmatch(str(entry["AllowedPattern"]), text):
        raise refuse(f"must match pattern {entry['AllowedPattern']}")
    if "MinLength" in entry and len(text) < float(entry["MinLength"]):
        raise refuse(f"must contain at least {entry['MinLength']} characters")
    if "MaxLength" in entry and len(text) > float(entry["MaxLength"]):
        raise refuse(f"must contain at most {entry['MaxLength']} characters")
    if kind in ("Number", "List<Number>"):
        try:
            number = float(text)
        except ValueError:
            raise StackError(f"Parameter '{name}' must be a number") from None
        if "MinValue" in entry and number < float(entry["MinValue"]):
            raise refuse(f"must be a number not less than {entry['MinValue']}")
        if "MaxValue" in entry and number > float(entry["MaxValue"]):
            raise refuse(f"must be a number not greater than {entry['MaxValue']}")
