"""Policy documents: JSON text to compiled statements, once per text.

AWS: "IAM JSON policy element reference", "Grammar of the IAM JSON policy language". Whether a
document may, must or must not name principals and resources depends on where it is attached.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from archlib.local.iam import pattern
from archlib.local.iam.condition import AnyCondition, parse_conditions
from archlib.local.iam.pattern import Keys, Part, PatternSet, PolicyError
from archlib.local.iam.principal import Grant, Principal, PrincipalSet, parse_principal

PolicyKind = Literal["identity", "resource", "trust"]
"""Identity-based (boundaries and session policies too), resource-based, role trust policy."""

VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT_KEYS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_KEYS = frozenset(
    {
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
        "Resource", "NotResource", "Condition",
    }
)  # fmt: skip
_ACTION = re.compile(r"\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_SID = {
    "identity": re.compile(r"[A-Za-z0-9]*"),
    "resource": re.compile(r"[\w\s.:/+=,@-]*", re.ASCII),
}


@dataclass(frozen=True)
class Statement:
    """One compiled statement; ``label`` is its Sid, or its index when it has none."""

    label: str
    index: int
    deny: bool
    principal: PrincipalSet | None
    not_principal: bool
    actions: PatternSet
    not_action: bool
    resources: PatternSet | None
    not_resource: bool
    conditions: tuple[AnyCondition, ...]

    def applies(self, action: str, resource: str, keys: Keys) -> bool:
        """Whether action, resource and conditions match; ``action`` in lower case."""
        if self.actions.matches(action, keys) is self.not_action:
            return False
        if self.resources is not None and not self._names(self.resources, resource, keys):
            return False
        return all(condition.holds(keys) for condition in self.conditions)

    def _names(self, resources: PatternSet, resource: str, keys: Keys) -> bool:
        if self.not_resource:
            return resources.resolvable(keys) and not resources.matches(resource, keys)
        return resources.matches(resource, keys)

    def grant(self, who: Principal) -> Grant:
        """How the statement's principal element names the caller."""
        if self.principal is None:
            return Grant.DIRECT
        if self.not_principal:
            exempt = self.principal.excludes(who, deny=self.deny)
            return Grant.NONE if exempt else Grant.DIRECT
        return self.principal.grant(who)


@dataclass(frozen=True)
class PolicyDocument:
    """A parsed document, with denies and allows apart because denies are asked first."""

    version: str
    statements: tuple[Statement, ...]
    denies: tuple[Statement, ...]
    allows: tuple[Statement, ...]


@lru_cache(maxsize=4096)
def parse_policy(text: str, kind: PolicyKind = "identity") -> PolicyDocument:
    """Parse, validate and compile a policy document; cached by text and kind.

    Raises:
        PolicyError: the text is not JSON, or an element is missing, unknown or malformed.
            ``where`` names the statement (by Sid and index) and the element.
    """
    try:
        document = json.loads(text, object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise PolicyError(f"not JSON: {error.msg}", where=place) from error
    if not isinstance(document, dict):
        raise PolicyError("a policy document must be a JSON object")
    return _document(document, kind)


def policy(document: Mapping[str, object], kind: PolicyKind = "identity") -> PolicyDocument:
    """The same for a document that is already a mapping."""
    return parse_policy(json.dumps(document), kind)


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise PolicyError(f"the key '{key}' appears twice in one object")
        found[key] = value
    return found


def _document(document: dict[str, object], kind: PolicyKind) -> PolicyDocument:
    unknown = set(document) - _DOCUMENT_KEYS
    if unknown:
        raise PolicyError(f"unknown element '{min(unknown)}'", where=min(unknown))
    version = document.get("Version", "2008-10-17")
    if version not in VERSIONS:
        raise PolicyError(
            f"'{version}' is no policy version", where="Version", hint=" or ".join(VERSIONS)
        )
    if "Statement" not in document:
        raise PolicyError("a policy document needs statements", where="Statement")
    given = document["Statement"]
    listed = given if isinstance(given, list) else [given]
    statements = tuple(
        _statement(one, index, kind, variables=version != "2008-10-17")
        for index, one in enumerate(listed)
    )
    sids = [one.label for one in statements if one.label != str(one.index)]
    twice = next((sid for sid in sids if sids.count(sid) > 1), None)
    if twice is not None:
        raise PolicyError(f"the Sid '{twice}' is used twice", where="Statement")
    return PolicyDocument(
        version=str(version),
        statements=statements,
        denies=tuple(one for one in statements if one.deny),
        allows=tuple(one for one in statements if not one.deny),
    )


def _statement(given: object, index: int, kind: PolicyKind, *, variables: bool) -> Statement:
    if not isinstance(given, dict):
        raise PolicyError("a statement must be an object", where=f"Statement[{index}]")
    sid = given.get("Sid", "")
    where = f"Statement[{index}]" + (f" (Sid {sid})" if sid else "")
    _check_elements(given, kind, where)
    principal_name = next((name for name in ("Principal", "NotPrincipal") if name in given), None)
    action_name = "Action" if "Action" in given else "NotAction"
    resource_name = next((name for name in ("Resource", "NotResource") if name in given), None)
    return Statement(
        label=str(sid) or str(index),
        index=index,
        deny=given["Effect"] == "Deny",
        principal=(
            parse_principal(given[principal_name], f"{where}.{principal_name}")
            if principal_name
            else None
        ),
        not_principal=principal_name == "NotPrincipal",
        actions=_actions(given[action_name], f"{where}.{action_name}"),
        not_action=action_name == "NotAction",
        resources=(
            _resources(given[resource_name], f"{where}.{resource_name}", variables)
            if resource_name
            else None
        ),
        not_resource=resource_name == "NotResource",
        conditions=(
            parse_conditions(given["Condition"], f"{where}.Condition", variables=variables)
            if "Condition" in given
            else ()
        ),
    )


def _check_elements(given: dict[str, object], kind: PolicyKind, where: str) -> None:
    for problem, place in _element_problems(given, kind):
        raise PolicyError(problem, where=f"{where}.{place}")


def _element_problems(given: dict[str, object], kind: PolicyKind) -> Iterator[tuple[str, str]]:
    unknown = set(given) - _STATEMENT_KEYS
    if unknown:
        yield f"unknown element '{min(unknown)}'", min(unknown)
    sid = given.get("Sid", "")
    allowed = _SID["identity" if kind == "identity" else "resource"]
    if not isinstance(sid, str) or not allowed.fullmatch(sid):
        yield f"'{sid}' is not a statement id (letters and digits)", "Sid"
    if given.get("Effect") not in ("Allow", "Deny"):
        yield "must be Allow or Deny (case matters)", "Effect"
    for name in ("Principal", "Action", "Resource"):
        if name in given and f"Not{name}" in given:
            yield f"{name} and Not{name} exclude each other", f"Not{name}"
    if "Action" not in given and "NotAction" not in given:
        yield "a statement needs Action or NotAction", "Action"
    has_principal = "Principal" in given or "NotPrincipal" in given
    has_resource = "Resource" in given or "NotResource" in given
    if kind == "identity" and has_principal:
        yield "an identity-based policy cannot name a principal", "Principal"
    if kind != "identity" and not has_principal:
        yield "a resource-based policy must name a principal", "Principal"
    if kind == "identity" and not has_resource:
        yield "a statement needs Resource or NotResource", "Resource"
    if kind == "trust" and has_resource:
        yield "a role trust policy cannot name a resource", "Resource"


def _strings(given: object, where: str) -> tuple[str, ...]:
    listed = given if isinstance(given, list) else [given]
    if not listed or not all(isinstance(one, str) and one for one in listed):
        raise PolicyError("must be non-empty text or a list of it", where=where)
    return tuple(listed)


def _actions(given: object, where: str) -> PatternSet:
    actions = _strings(given, where)
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise PolicyError(
                f"'{action}' is not an action", where=where, hint='"service:Action" or "*"'
            )
    # Action names are case-insensitive: both sides are lowered.
    parts: tuple[tuple[Part, ...], ...] = tuple((pattern.Text(one.lower()),) for one in actions)
    return pattern.pattern_set(parts, pattern.glob_source)


def _resources(given: object, where: str, variables: bool) -> PatternSet:
    parsed = []
    for text in _strings(given, where):
        if text != "*" and not text.startswith(("arn:", "*", "?")):
            raise PolicyError(f"'{text}' is not an ARN", where=where, hint='an ARN or "*"')
        try:
            parts = pattern.parse(text, variables=variables)
        except PolicyError as error:
            raise PolicyError(error.message, where=where, hint=error.hint) from error
        if pattern.variable_before_resource(parts):
            raise PolicyError(
                f"'{text}' has a variable before its fifth colon",
                where=where,
                hint="variables are allowed only in the resource part of an ARN",
            )
        parsed.append(parts)
    return pattern.pattern_set(tuple(parsed), pattern.resource_source)
