"""``Fn::ForEach``: loops in a template, unrolled before anything else happens.

Source: "Intrinsic function reference: Fn::ForEach" and "AWS::LanguageExtensions transform" in
the AWS CloudFormation User Guide. A loop stands where a key stands, in Resources, Conditions,
Outputs or inside Properties; its collection holds literals or refers to a list parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archlib.local.deploy.errors import StackError

PREFIX = "Fn::ForEach::"
EXTENSIONS = "AWS::LanguageExtensions"

#: Evaluates a collection (parameters and mappings are known by then).
Evaluate = Callable[[Any], Any]


def unroll(node: Any, evaluate: Evaluate) -> Any:
    """``node`` with every loop replaced by what it makes."""
    if isinstance(node, list):
        return [unroll(item, evaluate) for item in node]
    if not isinstance(node, dict):
        return node
    result: dict[str, Any] = {}
    for key, value in node.items():
        if not key.startswith(PREFIX):
            result[key] = unroll(value, evaluate)
            continue
        for made_key, made in _loop(key, value, evaluate).items():
            if made_key in result:
                raise StackError(f"Template format error: {key} makes {made_key} a second time")
            result[made_key] = made
    return result


def _loop(key: str, value: Any, evaluate: Evaluate) -> dict[str, Any]:
    if not (
        isinstance(value, list)
        and len(value) == 3
        and isinstance(value[0], str)
        and isinstance(value[2], dict)
    ):
        raise StackError(
            f"Template format error: {key} takes an identifier, a collection and an output map"
        )
    identifier, collection, body = value
    items = evaluate(collection)
    if not isinstance(items, list) or not all(isinstance(i, (str, int, float)) for i in items):
        raise StackError(
            f"Template format error: the collection of {key} must be a list of strings known "
            "before deployment"
        )
    result: dict[str, Any] = {}
    for item in items:
        for made_key, made in _replace(body, identifier, str(item)).items():
            if made_key in result:
                raise StackError(f"Template format error: {key} makes {made_key} a second time")
            result[made_key] = made
    return dict(unroll(result, evaluate))


def _replace(node: Any, identifier: str, item: str) -> Any:
    if isinstance(node, dict):
        if node == {"Ref": identifier}:
            return item
        return {_text(k, identifier, item): _replace(v, identifier, item) for k, v in node.items()}
    if isinstance(node, list):
        return [_replace(entry, identifier, item) for entry in node]
    return _text(node, identifier, item) if isinstance(node, str) else node


def _text(text: str, identifier: str, item: str) -> str:
    alphanumeric = "".join(c for c in item if c.isalnum())
    text = text.replace("&{" + identifier + "}", alphanumeric)
    return text.replace("${" + identifier + "}", item)
