"""What both versions of the API do alike to templates, configuration sets and policies."""

from __future__ import annotations

from archlib.errors import Unsupported
from archlib.local.iam import PolicyError, parse_policy
from archlib.local.refusal import ApiRefusal
from archlib.local.ses.account import Account, ConfigurationSet, EventDestination, Identity
from archlib.local.ses.refusals import Version, refusal
from archlib.local.ses.templates import Template

#: Event types that are told; opens and clicks would need a reader.
EVENTS = frozenset({"SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "RENDERING_FAILURE"})


def template(account: Account, version: Version, name: str) -> Template:
    """A template by name, or a refusal."""
    found = account.templates.get(name)
    if found is None:
        raise refusal(version, "no_template", f"Template {name} does not exist")
    return found


def new_template(account: Account, version: Version, made: Template) -> None:
    """Add a template that does not exist."""
    if made.name in account.templates:
        raise refusal(version, "exists", f"Template {made.name} already exists")
    account.templates[made.name] = made


def configuration_set(account: Account, version: Version, name: str) -> ConfigurationSet:
    """A configuration set by name, or a refusal."""
    found = account.sets.get(name)
    if found is None:
        raise refusal(version, "no_set", f"Configuration set <{name}> does not exist.")
    return found


def new_set(account: Account, version: Version, name: str) -> ConfigurationSet:
    """Add a configuration set that does not exist."""
    if name in account.sets:
        message = f"Configuration set <{name}> already exists."
        if version == "ses":
            raise ApiRefusal("ConfigurationSetAlreadyExists", message)
        raise refusal(version, "exists", message)
    account.sets[name] = ConfigurationSet(name)
    return account.sets[name]


def identity(account: Account, version: Version, name: str) -> Identity:
    """An identity by name, or a refusal."""
    found = account.named(name)
    if found is None:
        said = {"ses": f"Identity <{name}> does not exist."}
        raise refusal(
            version, "not_found", said.get(version, f"Email identity {name} does not exist.")
        )
    return found


def policy(version: Version, text: str) -> str:
    """A sending authorization policy that can be read."""
    try:
        parse_policy(text, "resource")
    except PolicyError as malformed:
        if version == "ses":
            raise ApiRefusal("InvalidPolicy", str(malformed)) from None
        raise refusal(version, "invalid", str(malformed)) from None
    return text


def destination(
    name: str, enabled: bool, types: list[str], topic: str | None, other: list[str]
) -> EventDestination:
    """An event destination; raises :class:`Unsupported` for anything but an SNS topic."""
    if other or topic is None:
        raise Unsupported(
            f"the local SES does not publish events to {', '.join(other) or 'nothing'}",
            where=f"event destination {name}",
            hint="SNS topics are served",
        )
    asked = {one.upper().replace(" ", "_") for one in types}
    asked = {{"RENDERINGFAILURE": "RENDERING_FAILURE"}.get(one, one) for one in asked}
    unknown = sorted(asked - EVENTS)
    if unknown:
        raise Unsupported(
            f"the local SES does not publish {unknown[0]} events", where=f"event destination {name}"
        )
    return EventDestination(name, enabled, frozenset(asked), topic)
