"""What an API call needs: the vocabulary of the operation tables.

A table maps an operation's name to a rule; a rule turns the call into the authorisations IAM
must grant, each an action on one resource with the condition keys the call brings along.
Source of actions, resource types and keys: AWS "Service Authorization Reference".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from archlib.errors import Unsupported
from archlib.local.iam.pattern import ContextValue

Context = Mapping[str, ContextValue]

#: No key of AWS's: which grant is to be retired, so that one grant does not speak for another.
GRANT_ID = "archlib:GrantId"


class Facts(Protocol):
    """What a table may ask about the deployed state; every answer may be "unknown" (None)."""

    def partition_key(self, table_arn: str, index: str | None) -> str | None:
        """The partition key attribute of a table or of one of its indexes."""

    def object_exists(self, bucket: str, key: str) -> bool | None:
        """Whether an object is there; None when the bucket is not."""

    def object_tags(self, bucket: str, key: str) -> Mapping[str, str]:
        """The tags of an existing object."""

    def iam_arn(self, kind: str, name: str) -> str | None:
        """The ARN (with its path) of a role, user, group or instance profile."""

    def key_arn(self, key_id: str) -> str | None:
        """The ARN of a KMS key named by id or alias."""

    def key_of_ciphertext(self, blob: bytes) -> str | None:
        """The ARN of the KMS key that made a ciphertext."""

    def key_of_grant_token(self, token: str) -> str | None:
        """The ARN of the KMS key that a grant token is for."""

    def grant_of_token(self, token: str) -> str | None:
        """The id of the grant that a grant token is for."""

    def secret_arn(self, secret_id: str) -> str | None:
        """The full ARN of a secret named by its name."""

    def mail_identity(self, address: str) -> str | None:
        """The name of the SES identity (address or domain) that covers a mail address."""


@dataclass(frozen=True)
class Call:
    """One API call, as a table sees it. ``http`` is the request's method and path."""

    service: str
    operation: str
    params: Mapping[str, Any]
    region: str
    account: str
    facts: Facts
    http: tuple[str, str] = ("POST", "/")
    caller_arn: str = ""
    partition: str = "aws"

    def arn(self, service: str, resource: str, *, region: bool = True, account: bool = True) -> str:
        """An ARN in the call's partition, region and account."""
        where = self.region if region else ""
        owner = self.account if account else ""
        return f"arn:{self.partition}:{service}:{where}:{owner}:{resource}"


@dataclass(frozen=True)
class Authorization:
    """One thing IAM must allow before the call may go on."""

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)


Rule = Callable[[Call], Iterable[Authorization]]
Table = Mapping[str, Rule]
ResourceOf = Callable[[Call], str | tuple[str, ...]]
ContextOf = Callable[[Call], Context]


def anything(call: Call) -> str:
    """The resource of an action without resource types: only ``"*"`` matches it."""
    return "*"


def no_context(call: Call) -> Context:
    """No condition keys beyond the global ones."""
    return {}


def nothing(call: Call) -> Iterable[Authorization]:
    """The operation needs no permission (it is public, or AWS never denies it)."""
    return ()


def on(action: str, resource: ResourceOf = anything, context: ContextOf = no_context) -> Rule:
    """Require ``action`` on each resource."""

    def rule(call: Call) -> Iterable[Authorization]:
        keys = context(call)
        for one in _each(resource(call)):
            yield Authorization(action, one, keys)

    return rule


def all_of(*rules: Rule) -> Rule:
    """Require what every rule requires."""

    def rule(call: Call) -> Iterable[Authorization]:
        for one in rules:
            yield from one(call)

    return rule


def when(parameter: str, rule: Rule) -> Rule:
    """Require ``rule`` only in calls that give a parameter (``A.B`` reaches into members)."""

    def conditional(call: Call) -> Iterable[Authorization]:
        return rule(call) if look(call.params, parameter) else ()

    return conditional


def when_is(parameter: str, value: Any, rule: Rule, otherwise: Rule) -> Rule:
    """Require ``rule`` in calls that give a parameter this value, ``otherwise`` in others."""

    def conditional(call: Call) -> Iterable[Authorization]:
        return (rule if look(call.params, parameter) == value else otherwise)(call)

    return conditional


def unsupported(what: str) -> Rule:
    """Refuse: the authorisation of this operation is not imitated."""

    def rule(call: Call) -> Iterable[Authorization]:
        raise Unsupported(
            f"{call.service}:{call.operation}: {what}",
            where="IAM",
            hint="only the administrator may call it in the local cloud",
        )

    return rule


def same_name(
    prefix: str,
    operations: str,
    resource: ResourceOf = anything,
    context: ContextOf = no_context,
) -> dict[str, Rule]:
    """Entries for operations whose action has the operation's own name."""
    return {name: on(f"{prefix}:{name}", resource, context) for name in operations.split()}


def public(operations: str) -> dict[str, Rule]:
    """Entries for operations that need no permission."""
    return dict.fromkeys(operations.split(), nothing)


def passes_role(parameter: str, to: str) -> Rule:
    """``iam:PassRole`` on the role a parameter names, if it names one.

    AWS: "Grant a user permissions to pass a role to an AWS service".
    """

    def rule(call: Call) -> Iterable[Authorization]:
        for role in _each(look(call.params, parameter) or ()):
            yield Authorization("iam:PassRole", role, {"iam:PassedToService": to})

    return rule


def named(service: str, resource: str, *parameters: str, region: bool = True) -> ResourceOf:
    """The ARN made of the first parameter given; a parameter that is an ARN is taken as it is.

    Without any of the parameters the request is for ``"*"``. A list gives one ARN per member.
    """

    def of(call: Call) -> str | tuple[str, ...]:
        for parameter in parameters:
            given = look(call.params, parameter)
            if given:
                return tuple(
                    one
                    if one.startswith("arn:")
                    else call.arn(service, resource.format(one), region=region)
                    for one in _each(given)
                )
        return "*"

    return of


def given(*parameters: str) -> ResourceOf:
    """The ARN that a parameter holds."""
    return named("", "{}", *parameters)


def tags(parameter: str = "Tags") -> ContextOf:
    """``aws:RequestTag/*`` and ``aws:TagKeys`` from a map, or a list of key and value pairs."""

    def of(call: Call) -> Context:
        value = look(call.params, parameter)
        pairs = tag_pairs(value)
        if not pairs:
            return {}
        return {
            **{f"aws:RequestTag/{key}": text for key, text in pairs.items()},
            "aws:TagKeys": tuple(pairs),
        }

    return of


def and_tags(
    rule: Rule, action: str, resource: ResourceOf = anything, parameter: str = "Tags"
) -> Rule:
    """A creating rule, and the tagging action as well when the call gives tags.

    AWS: "Controlling access during AWS requests" (creating with tags needs both).
    """
    return all_of(rule, when(parameter, on(action, resource, tags(parameter))))


def tag_keys(parameter: str = "TagKeys") -> ContextOf:
    """``aws:TagKeys`` of an untagging call."""

    def of(call: Call) -> Context:
        keys = look(call.params, parameter)
        return {"aws:TagKeys": tuple(keys)} if keys else {}

    return of


def tag_pairs(value: Any) -> dict[str, str]:
    """Tags as a plain map, from any of the shapes AWS APIs use."""
    if isinstance(value, Mapping):
        return {str(key): str(text) for key, text in value.items()}
    pairs = {}
    for entry in value or ():
        lowered = {str(name).lower(): text for name, text in entry.items()}
        key = lowered.get("key", lowered.get("tagkey"))
        pairs[str(key)] = str(lowered.get("value", lowered.get("tagvalue", "")))
    return pairs


def keys(entries: Mapping[str, str]) -> ContextOf:
    """Condition keys from parameters: ``{"Protocol": "sns:Protocol"}``."""

    def of(call: Call) -> Context:
        found = {key: look(call.params, parameter) for parameter, key in entries.items()}
        return {key: text(value) for key, value in found.items() if value is not None}

    return of


def merged(*contexts: ContextOf) -> ContextOf:
    """All condition keys of several sources."""

    def of(call: Call) -> Context:
        found: dict[str, ContextValue] = {}
        for context in contexts:
            found.update(context(call))
        return found

    return of


def text(value: Any) -> ContextValue:
    """A parameter's value as IAM compares it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return tuple(str(one) for one in value)
    return str(value)


def look(params: Any, path: str) -> Any:
    """A parameter by its dotted path, or None; through a list, the values of its members."""
    for name in path.split("."):
        if isinstance(params, list | tuple):
            params = [one[name] for one in params if isinstance(one, Mapping) and name in one]
        elif isinstance(params, Mapping):
            params = params.get(name)
        else:
            return None
    return params


def _each(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
