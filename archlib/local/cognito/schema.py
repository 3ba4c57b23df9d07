"""The attributes of a pool: standard and custom ones, and who may write what.

AWS, "Working with user attributes": the standard attributes, required and mutable ones,
custom attributes with the prefix ``custom:``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from archlib.errors import Unsupported
from archlib.local.cognito import refusals

if TYPE_CHECKING:
    from archlib.local.cognito.directory import AppClient, UserPool

_NUMBER = {"updated_at"}
_BOOLEAN = {"email_verified", "phone_number_verified"}
STANDARD = (
    "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username",
    "profile", "picture", "website", "email", "email_verified", "gender", "birthdate",
    "zoneinfo", "locale", "phone_number", "phone_number_verified", "address", "updated_at",
)  # fmt: skip

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
PHONE = re.compile(r"\+[0-9]{4,15}")

#: Attributes whose text has a form of its own, and AWS's words for another one.
_FORMATS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "email": (EMAIL.fullmatch, "Invalid email address format."),
    "phone_number": (PHONE.fullmatch, "Invalid phone number format."),
}

#: What only Cognito and administrators write.
_VERIFIED = frozenset({"email_verified", "phone_number_verified"})

Attributes = Mapping[str, str]


def standard(name: str) -> dict[str, Any]:
    """A standard attribute as DescribeUserPool shows it when the pool's schema is silent."""
    kind = "Number" if name in _NUMBER else "Boolean" if name in _BOOLEAN else "String"
    entry: dict[str, Any] = {
        "Name": name,
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": False,
        "Mutable": name != "sub",
        "Required": name == "sub",
    }
    if kind == "String":
        low, high = {"sub": ("1", "2048"), "birthdate": ("10", "10")}.get(name, ("0", "2048"))
        entry["StringAttributeConstraints"] = {"MinLength": low, "MaxLength": high}
    if kind == "Number":
        entry["NumberAttributeConstraints"] = {"MinValue": "0"}
    return entry


def full(declared: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All attributes of a pool: the standard ones as declared, then the custom ones.

    Raises InvalidParameterException for a required custom attribute or a changed type.
    """
    entries = {name: standard(name) for name in STANDARD}
    for attribute in declared:
        name = attribute["Name"]
        if name in entries:
            kind = entries[name]["AttributeDataType"]
            if attribute.get("AttributeDataType", kind) != kind:
                raise refusals.invalid(
                    "You can not change AttributeDataType or set developerOnlyAttribute "
                    f"for standard schema attribute {name}"
                )
            entries[name].update(attribute)
        else:
            entries[f"custom:{name}"] = custom(attribute)
    return list(entries.values())


def custom(attribute: Mapping[str, Any]) -> dict[str, Any]:
    """A custom attribute with its prefix and defaults."""
    if attribute.get("Required"):
        raise refusals.invalid("Required custom attributes are not supported currently.")
    if attribute.get("DeveloperOnlyAttribute"):
        raise Unsupported(
            "the local Cognito does not imitate DeveloperOnlyAttribute",
            where=f"Schema {attribute['Name']}",
        )
    defaults = {
        "AttributeDataType": "String",
        "DeveloperOnlyAttribute": False,
        "Mutable": True,
        "Required": False,
    }
    return {**defaults, **attribute, "Name": f"custom:{attribute['Name']}"}


def given(items: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """``[{Name, Value}]`` as a dictionary."""
    return {item["Name"]: item.get("Value", "") for item in items or ()}


def listed(attributes: Attributes) -> list[dict[str, str]]:
    """A dictionary as ``[{Name, Value}]``."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def check(pool: UserPool, attributes: Attributes, *, complete: bool) -> None:
    """Raises InvalidParameterException for what the pool's schema does not allow.

    ``complete`` also asks for the required attributes, as sign-up does.
    """
    entries = {entry["Name"]: entry for entry in pool.settings["SchemaAttributes"]}
    problems = [
        f"{name}: Attribute does not exist in the schema.\n"
        for name in attributes
        if name not in entries
    ]
    if complete:
        problems += [
            f"{name}: The attribute is required\n"
            for name, entry in entries.items()
            if entry["Required"] and name != "sub" and not attributes.get(name)
        ]
    for name, value in attributes.items():
        if name in entries:
            problems += _misfits(entries[name], value)
    if problems:
        raise refusals.invalid(f"Attributes did not conform to the schema: {''.join(problems)}")
    for name, value in attributes.items():
        fits, words = _FORMATS.get(name, (bool, ""))
        if value and not fits(value):
            raise refusals.invalid(words)


def check_change(pool: UserPool, attributes: Attributes) -> None:
    """:func:`check` for an update; immutable attributes are refused too."""
    check(pool, attributes, complete=False)
    for entry in pool.settings["SchemaAttributes"]:
        if entry["Name"] in attributes and not entry["Mutable"]:
            raise refusals.invalid(f"user.{entry['Name']}: Attribute cannot be updated.\n")


def check_writer(client: AppClient, names: Iterable[str]) -> None:
    """Raises NotAuthorizedException when the client may not write one of ``names``."""
    allowed = client.settings.get("WriteAttributes")
    for name in names:
        if name in _VERIFIED or name == "sub" or (allowed and name not in allowed):
            raise refusals.unauthorized("A client attempted to write unauthorized attribute")


def readable(client: AppClient, attributes: Attributes) -> dict[str, str]:
    """The attributes that the client may see; without ReadAttributes all of them."""
    allowed = client.settings.get("ReadAttributes")
    return {
        name: value
        for name, value in attributes.items()
        if not allowed or name in allowed or name == "sub"
    }


def _misfits(entry: Mapping[str, Any], value: str) -> list[str]:
    name, kind = entry["Name"], entry["AttributeDataType"]
    if kind == "String":
        bounds = entry.get("StringAttributeConstraints") or {}
        return _out_of(name, len(value), bounds.get("MinLength"), bounds.get("MaxLength"), "length")
    if kind == "Number":
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            return [f"{name}: Attribute value must be a number\n"]
        bounds = entry.get("NumberAttributeConstraints") or {}
        low, high = bounds.get("MinValue"), bounds.get("MaxValue")
        return _out_of(name, float(value), low, high, "value")
    if kind == "Boolean" and value.lower() not in ("true", "false"):
        return [f"{name}: Attribute value must be true or false\n"]
    return []


def _out_of(name: str, size: float, low: str | None, high: str | None, what: str) -> list[str]:
    if low is not None and size < float(low):
        return [f"{name}: The {what} of the attribute must not be less than {low}\n"]
    if high is not None and size > float(high):
        return [f"{name}: The {what} of the attribute must not be greater than {high}\n"]
    return []
