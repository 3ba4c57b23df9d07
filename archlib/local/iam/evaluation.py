"""The decision: one request, all policies that apply, one verdict with its statement.

AWS: "Policy evaluation logic", "Cross-account policy evaluation logic", "Determining whether a
request is allowed or denied within an account". Pure: no clock, no cloud, no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from archlib.local.iam.document import PolicyDocument, Statement
from archlib.local.iam.pattern import ContextValue, Keys
from archlib.local.iam.principal import Grant, Principal

Layer = Literal[
    "identity-based policy",
    "resource-based policy",
    "permissions boundary",
    "session policy",
    "role trust policy",
    "service control policy",
    "VPC endpoint policy",
]
"""The policy types, in the words that AWS's access denied messages use."""

Effect = Literal["allow", "explicit deny", "implicit deny"]


@dataclass(frozen=True)
class Policy:
    """A named document: the name is what a decision quotes."""

    name: str
    document: PolicyDocument


@dataclass(frozen=True)
class Ceiling:
    """A layer that grants nothing but must allow what others grant (SCP, endpoint policy)."""

    layer: Layer
    policies: tuple[Policy, ...]


@dataclass(frozen=True)
class Policies:
    """Everything that applies to one request.

    Attributes:
        identity: policies of the user, its groups, or the role.
        resource: policies attached to the resource.
        boundary: the permissions boundary; None when there is none.
        session: session policies; None when none were passed.
        ceilings: further layers that must allow.
        resource_layer: how the resource's policies are called.
        resource_must_allow: identity-based policies do not suffice even within the account
            (role trust policies and KMS key policies).
    """

    identity: tuple[Policy, ...] = ()
    resource: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    ceilings: tuple[Ceiling, ...] = ()
    resource_layer: Layer = "resource-based policy"
    resource_must_allow: bool = False


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes:
        principal: who asks.
        action: "service:Action", in any case.
        resource: one ARN, or "*" for actions without a resource.
        context: condition keys, in any case; absent keys are absent.
        resource_account: the account that owns the resource; None means the caller's own.
    """

    principal: Principal
    action: str
    resource: str = "*"
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    resource_account: str | None = None

    @property
    def keys(self) -> Keys:
        """The context with names in lower case: key names are case-insensitive."""
        return {name.lower(): value for name, value in self.context.items()}


@dataclass(frozen=True)
class StatementRef:
    """The statement that decided: its layer, its policy, its Sid or index."""

    layer: Layer
    policy: str
    statement: str

    def __str__(self) -> str:
        return f"{self.layer} {self.policy}, statement {self.statement}"


@dataclass(frozen=True)
class Decision:
    """The verdict on one request.

    Attributes:
        allowed: the verdict.
        effect: "allow", "explicit deny" or "implicit deny".
        layer: the policy type that decided (for an implicit deny: where an Allow is missing).
        reason: one line for people.
        statement: the statement that decided; None for an implicit deny or the root user.
    """

    allowed: bool
    effect: Effect
    layer: Layer | None
    reason: str
    statement: StatementRef | None = None


@dataclass(frozen=True)
class _Question:
    who: Principal
    action: str
    resource: str
    keys: Keys


def decide(request: Request, policies: Policies) -> Decision:
    """Judge a request. An explicit deny anywhere wins; without an allow the answer is no."""
    question = _Question(request.principal, request.action.lower(), request.resource, request.keys)
    denied = _explicit_deny(question, policies)
    if denied is not None:
        return Decision(False, "explicit deny", denied.layer, f"explicit deny in {denied}", denied)
    for ceiling in policies.ceilings:
        if _allowing(question, ceiling.policies, ceiling.layer) is None:
            return _implicit(request, ceiling.layer)
    granted, grant = _resource_grant(question, policies)
    who = request.principal
    if not who.account:
        return _only_resource(request, policies, granted)
    if request.resource_account in (None, who.account):
        return _same_account(question, request, policies, granted, grant)
    return _cross_account(question, request, policies, granted)


def _only_resource(request: Request, policies: Policies, granted: StatementRef | None) -> Decision:
    """Anonymous, service and federated callers have no identity-based policies."""
    if granted is None:
        return _implicit(request, policies.resource_layer)
    return _allow(granted)


def _same_account(
    question: _Question,
    request: Request,
    policies: Policies,
    granted: StatementRef | None,
    grant: Grant,
) -> Decision:
    if granted is not None and grant is Grant.DIRECT:
        return _allow(granted)
    if granted is not None and grant is Grant.ENTITY:
        base: StatementRef | None = granted
    elif policies.resource_must_allow and granted is None:
        return _implicit(request, policies.resource_layer)
    elif question.who.kind == "root":
        return Decision(True, "allow", None, "the root user may do anything in its own account")
    else:
        base = _allowing(question, policies.identity, "identity-based policy")
    return _limited(question, request, policies, base)


def _cross_account(
    question: _Question, request: Request, policies: Policies, granted: StatementRef | None
) -> Decision:
    """Both accounts must allow: the caller's by identity, the owner's by resource."""
    if question.who.kind == "root":
        own = Decision(True, "allow", None, "the root user may do anything its account may")
    else:
        base = _allowing(question, policies.identity, "identity-based policy")
        own = _limited(question, request, policies, base)
    if not own.allowed:
        return own
    if granted is None:
        return _implicit(request, policies.resource_layer)
    return Decision(
        True, "allow", granted.layer, f"{own.reason}, and cross-account {_allow(granted).reason}",
        granted,
    )  # fmt: skip


def _limited(
    question: _Question, request: Request, policies: Policies, base: StatementRef | None
) -> Decision:
    """What the identity may do, cut down by its boundary and its session policies."""
    if base is None:
        return _implicit(request, "identity-based policy")
    limits: tuple[tuple[Layer, tuple[Policy, ...] | None], ...] = (
        ("permissions boundary", policies.boundary),
        ("session policy", policies.session),
    )
    for layer, limit in limits:
        if limit is not None and _allowing(question, limit, layer) is None:
            return _implicit(request, layer)
    return _allow(base)


def _allow(statement: StatementRef) -> Decision:
    return Decision(True, "allow", statement.layer, f"allowed by {statement}", statement)


def _implicit(request: Request, layer: Layer) -> Decision:
    return Decision(
        False, "implicit deny", layer, f"no {layer} allows {request.action} on {request.resource}"
    )


def _explicit_deny(question: _Question, policies: Policies) -> StatementRef | None:
    layers: tuple[tuple[Layer, tuple[Policy, ...] | None], ...] = (
        *((ceiling.layer, ceiling.policies) for ceiling in policies.ceilings),
        (policies.resource_layer, policies.resource),
        ("identity-based policy", policies.identity),
        ("permissions boundary", policies.boundary),
        ("session policy", policies.session),
    )
    for layer, attached in layers:
        for policy in attached or ():
            for statement in policy.document.denies:
                if _applies(statement, question) and statement.grant(question.who):
                    return StatementRef(layer, policy.name, statement.label)
    return None


def _allowing(
    question: _Question, attached: tuple[Policy, ...], layer: Layer
) -> StatementRef | None:
    for policy in attached:
        for statement in policy.document.allows:
            if _applies(statement, question) and statement.grant(question.who):
                return StatementRef(layer, policy.name, statement.label)
    return None


def _resource_grant(question: _Question, policies: Policies) -> tuple[StatementRef | None, Grant]:
    """The strongest grant of the resource's policies and the statement that gives it."""
    best, strongest = None, Grant.NONE
    for policy in policies.resource:
        for statement in policy.document.allows:
            grant = statement.grant(question.who)
            if grant > strongest and _applies(statement, question):
                best = StatementRef(policies.resource_layer, policy.name, statement.label)
                strongest = grant
    return best, strongest


def _applies(statement: Statement, question: _Question) -> bool:
    return statement.applies(question.action, question.resource, question.keys)
