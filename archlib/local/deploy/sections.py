"""A template's outermost levels, checked: sections, resources and their attributes, outputs.

Source: "Template sections" and "Resource attribute reference" in the AWS CloudFormation User
Guide; the sentences are those of its error messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from archlib.local.deploy.anatomy import Anatomy, ResourceEntry
from archlib.local.deploy.conditions import check_conditions
from archlib.local.deploy.descriptions import check_description
from archlib.local.deploy.errors import StackError
from archlib.local.deploy.extensions import EXTENSIONS
from archlib.local.deploy.rules import check_rule_forms

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
    "Outputs",
    "Rules",
    "Hooks",
    "Globals",
}
_OBJECTS = ("Metadata", "Parameters", "Mappings", "Conditions", "Outputs", "Rules", "Hooks")
REFUSED_SECTIONS = ("Hooks",)
_ATTRIBUTES = {
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "CreationPolicy",
    "UpdatePolicy",
}
REFUSED_ATTRIBUTES = ("CreationPolicy", "UpdatePolicy")
_DELETION_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
_REPLACE_POLICIES = ("Delete", "Retain", "Snapshot")
_OUTPUT_FIELDS = {"Value", "Description", "Export", "Condition"}


def check_sections(body: Mapping[str, Any]) -> None:
    """The template's outermost level; raises :class:`StackError`."""
    strange = sorted(set(body) - _SECTIONS)
    if strange:
        raise StackError(f"Invalid template property or properties [{', '.join(strange)}]")
    version = body.get("AWSTemplateFormatVersion", "2010-09-09")
    if str(version) != "2010-09-09":
        raise StackError(
            f"Template format error: {version} is not a supported value for "
            "AWSTemplateFormatVersion."
        )
    for name in REFUSED_SECTIONS:
        if body.get(name):
            raise StackError(f"The local cloud does not support the template section {name}")
    for name in _OBJECTS:
        if not isinstance(body.get(name) or {}, dict):
            raise StackError(f"Template format error: {name} must be an object.")
    check_description(body)
    if not isinstance(body.get("Resources"), dict) or not body["Resources"]:
        raise StackError("Template format error: At least one Resources member must be defined.")


def take_apart(body: dict[str, Any], named: tuple[str, ...] = ()) -> Anatomy:
    """The anatomy of a template whose transforms have run; raises :class:`StackError`."""
    check_sections(body)
    for section in ("Mappings", "Conditions", "Resources", "Outputs"):
        _refuse_nulls(body.get(section), f"/{section}")
    resources = {
        name: _resource(name, entry, EXTENSIONS in named)
        for name, entry in body["Resources"].items()
    }
    for name, output in (body.get("Outputs") or {}).items():
        if not isinstance(output, dict) or "Value" not in output:
            raise StackError(
                f"Template format error: [/Outputs/{name}] Every Outputs object must contain a "
                "Value member."
            )
        strange = sorted(set(output) - _OUTPUT_FIELDS)
        if strange:
            raise StackError(f"Invalid template output property '{strange[0]}' [/Outputs/{name}]")
        check_description(output, f"[/Outputs/{name}]")
    _check_mappings(body.get("Mappings") or {})
    check_rule_forms(body.get("Rules") or {})
    anatomy = Anatomy(body, resources, named, body.get("Parameters") or {})
    check_conditions(anatomy)
    return anatomy


def _refuse_nulls(node: Any, path: str) -> None:
    entries = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in entries:
        if value is None:
            raise StackError(
                f"Template format error: [{path}/{key}] 'null' values are not allowed in templates"
            )
        _refuse_nulls(value, f"{path}/{key}")


def _resource(name: str, entry: Any, extended: bool) -> ResourceEntry:
    where = f"[/Resources/{name}]"
    if not re.fullmatch(r"[A-Za-z0-9]{1,255}", name):
        raise StackError(f"Template format error: Resource name {name} is non alphanumeric.")
    if not isinstance(entry, dict):
        raise StackError(f"Template format error: {where} resource definition is malformed")
    if not isinstance(entry.get("Type"), str):
        raise StackError(
            f"Template format error: {where} Every Resources object must contain a Type member."
        )
    strange = sorted(set(entry) - _ATTRIBUTES)
    if strange:
        raise StackError(f"Invalid template resource property '{strange[0]}' {where}")
    for attribute in REFUSED_ATTRIBUTES:
        if entry.get(attribute):
            raise StackError(f"{where} The local cloud does not support {attribute}")
    for attribute in ("Properties", "Metadata"):
        if not isinstance(entry.get(attribute) or {}, dict):
            raise StackError(f"Template format error: {where} {attribute} must be an object")
    properties = entry.get("Properties") or {}
    depends = entry.get("DependsOn") or []
    depends = [depends] if isinstance(depends, str) else depends
    if not isinstance(depends, list) or not all(isinstance(item, str) for item in depends):
        raise StackError(f"Template format error: {where} Every DependsOn value must be a string.")
    policies = {}
    for key, allowed in (
        ("DeletionPolicy", _DELETION_POLICIES),
        ("UpdateReplacePolicy", _REPLACE_POLICIES),
    ):
        chosen = entry.get(key, "Delete")
        if chosen not in allowed and not (extended and isinstance(chosen, dict)):
            raise StackError(f"Template error: Unrecognized {key} {chosen} for resource {name}")
        policies[key] = chosen
    condition = entry.get("Condition")
    if condition is not None and not isinstance(condition, str):
        raise StackError(f"Template format error: {where} Every Condition member must be a string.")
    return ResourceEntry(
        name,
        entry["Type"],
        properties,
        tuple(depends),
        condition,
        entry.get("Metadata"),
        policies["DeletionPolicy"],
        policies["UpdateReplacePolicy"],
    )


def _check_mappings(mappings: Mapping[str, Any]) -> None:
    for name, first in mappings.items():
        if not isinstance(first, dict) or not all(isinstance(v, dict) for v in first.values()):
            raise StackError(
                f"Template format error: Every Mappings member {name} must be a map of maps"
            )
