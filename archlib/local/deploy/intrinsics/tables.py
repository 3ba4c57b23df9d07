"""Every function by its name: the tables that the evaluator looks into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from archlib.local.deploy.errors import StackError
from archlib.local.deploy.intrinsics import (
    choosing,
    language,
    logic,
    network,
    references,
    text,
)

if TYPE_CHECKING:
    from archlib.local.deploy.intrinsics.evaluator import Evaluator

    Function = Callable[[Evaluator, Any], Any]
    Test = Callable[[Evaluator, Any], bool]

FUNCTIONS: Mapping[str, Function] = {
    "Ref": references.ref,
    "Fn::GetAtt": references.get_att,
    "Fn::Sub": references.sub,
    "Fn::Join": text.join,
    "Fn::Split": text.split,
    "Fn::Select": choosing.select,
    "Fn::If": choosing.if_,
    "Fn::FindInMap": choosing.find_in_map,
    "Fn::Base64": text.base64,
    "Fn::Cidr": network.cidr,
    "Fn::GetAZs": network.get_azs,
    "Fn::ImportValue": references.import_value,
    "Fn::Length": language.length,
    "Fn::ToJsonString": language.to_json_string,
    "Fn::Transform": language.transform,
}

_LOGIC: Mapping[str, Test] = {
    "Fn::And": logic.and_,
    "Fn::Or": logic.or_,
    "Fn::Not": logic.not_,
    "Fn::Equals": logic.equals,
}

#: What a condition may be made of.
CONDITIONS: Mapping[str, Test] = {**_LOGIC, "Condition": logic.condition}

#: What a rule's condition and assertions may be made of.
RULES: Mapping[str, Test] = {
    **_LOGIC,
    "Fn::Contains": logic.contains,
    "Fn::EachMemberEquals": logic.each_member_equals,
    "Fn::EachMemberIn": logic.each_member_in,
}


def unsupported_function(name: str) -> StackError:
    """The refusal of a function that does not exist."""
    known = ", ".join(sorted(set(FUNCTIONS) | set(CONDITIONS)))
    return StackError(
        f"Template error: Encountered unsupported function: {name} "
        f"Supported functions are: [{known}]"
    )
