"""What must hold for every set of policies."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archlib.local.iam import Policies, Policy, Principal, Request, decide, policy
from archlib.local.iam.pattern import Text, compiled, glob_source, resource_source

HOME, AWAY = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{HOME}:role/Worker"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/Worker/s1"
USER = f"arn:aws:iam::{HOME}:user/ann"

callers = st.sampled_from(
    [
        Principal("user", USER, HOME, "AIDAANN", name="ann"),
        Principal("assumed-role", SESSION, HOME, "AROAWORKER:s1", ROLE),
        Principal("user", f"arn:aws:iam::{AWAY}:user/eve", AWAY, "AIDAEVE", name="eve"),
        Principal("service", "sns.amazonaws.com"),
        Principal("anonymous", "anonymous"),
    ]
)
actions = st.sampled_from(["s3:GetObject", "s3:PutObject", "sqs:SendMessage"])
resources = st.sampled_from(["arn:aws:s3:::b/k", "arn:aws:s3:::b/ann/k", "arn:aws:sqs:r:1:q", "*"])
action_patterns = st.sampled_from(["*", "s3:*", "s3:Get*", "s3:PutObject", "sqs:?endMessage"])
resource_patterns = st.sampled_from(
    ["*", "arn:aws:s3:::*", "arn:aws:s3:::b/k", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:sqs:*"]
)
conditions = st.sampled_from(
    [
        None,
        {"StringEquals": {"aws:username": "ann"}},
        {"StringNotEquals": {"aws:username": "ann"}},
        {"Null": {"aws:username": "true"}},
        {"BoolIfExists": {"aws:SecureTransport": "true"}},
        {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}},
    ]
)
principal_elements = st.sampled_from(
    [
        "*",
        {"AWS": "*"},
        {"AWS": HOME},
        {"AWS": ROLE},
        {"AWS": [SESSION, USER]},
        {"AWS": AWAY},
        {"Service": "sns.amazonaws.com"},
    ]
)
contexts = st.fixed_dictionaries(
    {},
    optional={
        "aws:username": st.sampled_from(["ann", "eve"]),
        "aws:SecureTransport": st.sampled_from(["true", "false"]),
        "aws:TagKeys": st.lists(st.sampled_from(["a", "b"]), max_size=2).map(tuple),
    },
)


@st.composite
def statements(draw: st.DrawFn, *, principal: bool, effect: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        draw(st.sampled_from(["Action", "NotAction"])): draw(action_patterns),
        draw(st.sampled_from(["Resource", "NotResource"])): draw(resource_patterns),
    }
    condition = draw(conditions)
    if condition is not None:
        made["Condition"] = condition
    if principal:
        made["Principal"] = draw(principal_elements)
    return made


def identity_statements(effect: str | None = None) -> st.SearchStrategy[dict[str, Any]]:
    return statements(principal=False, effect=effect)


def resource_statements(effect: str | None = None) -> st.SearchStrategy[dict[str, Any]]:
    return statements(principal=True, effect=effect)


requests = st.builds(
    lambda who, action, resource, context, owner: Request(who, action, resource, context, owner),
    callers,
    actions,
    resources,
    contexts,
    st.sampled_from([None, HOME]),
)
identities = st.lists(identity_statements(), max_size=4)
attachments = st.lists(resource_statements(), max_size=3)
optional = st.none() | identities
LAYERS = ("identity", "resource", "boundary", "session")


def made(
    identity: list[dict[str, Any]],
    resource: list[dict[str, Any]],
    boundary: list[dict[str, Any]] | None = None,
    session: list[dict[str, Any]] | None = None,
) -> Policies:
    def one(name: str, given: list[dict[str, Any]] | None) -> tuple[Policy, ...]:
        kind = "resource" if name == "resource" else "identity"
        document = {"Version": "2012-10-17", "Statement": given or []}
        return (Policy(name, policy(document, kind)),)

    return Policies(
        identity=one("identity", identity),
        resource=one("resource", resource),
        boundary=None if boundary is None else one("boundary", boundary),
        session=None if session is None else one("session", session),
    )


@settings(max_examples=150, deadline=None)
@given(requests, identities, attachments, optional, optional, st.sampled_from(LAYERS))
def test_an_explicit_deny_always_wins(
    request: Request,
    identity: list[dict[str, Any]],
    resource: list[dict[str, Any]],
    boundary: list[dict[str, Any]] | None,
    session: list[dict[str, Any]] | None,
    layer: str,
) -> None:
    layers = {"identity": identity, "resource": resource, "boundary": boundary, "session": session}
    ban: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*", "Sid": "Ban"}
    if layer == "resource":
        ban["Principal"] = "*"
    layers[layer] = [*(layers[layer] or []), ban]
    decision = decide(request, made(**layers))
    assert decision.effect == "explicit deny"
    assert decision.statement is not None


@settings(max_examples=150, deadline=None)
@given(
    requests, identities, attachments, optional, optional,
    identity_statements("Allow"), resource_statements("Allow"), st.sampled_from(LAYERS),
)  # fmt: skip
def test_adding_an_allow_never_takes_access_away(
    request: Request,
    identity: list[dict[str, Any]],
    resource: list[dict[str, Any]],
    boundary: list[dict[str, Any]] | None,
    session: list[dict[str, Any]] | None,
    extra: dict[str, Any],
    extra_resource: dict[str, Any],
    layer: str,
) -> None:
    layers = {"identity": identity, "resource": resource, "boundary": boundary, "session": session}
    if layers[layer] is None:  # a new boundary or session policy is a limit, not an allow
        return
    before = decide(request, made(**layers)).allowed
    layers[layer] = [*layers[layer], extra_resource if layer == "resource" else extra]
    assert decide(request, made(**layers)).allowed >= before


@settings(max_examples=150, deadline=None)
@given(
    requests, identities, attachments, optional, optional,
    identity_statements("Deny"), resource_statements("Deny"), st.sampled_from(LAYERS),
)  # fmt: skip
def test_adding_a_deny_never_gives_access(
    request: Request,
    identity: list[dict[str, Any]],
    resource: list[dict[str, Any]],
    boundary: list[dict[str, Any]] | None,
    session: list[dict[str, Any]] | None,
    extra: dict[str, Any],
    extra_resource: dict[str, Any],
    layer: str,
) -> None:
    layers = {"identity": identity, "resource": resource, "boundary": boundary, "session": session}
    before = decide(request, made(**layers)).allowed
    layers[layer] = [*(layers[layer] or []), extra_resource if layer == "resource" else extra]
    assert decide(request, made(**layers)).allowed <= before


@settings(max_examples=150, deadline=None)
@given(requests, identities, attachments, identities, st.sampled_from(["boundary", "session"]))
def test_a_limit_never_widens(
    request: Request,
    identity: list[dict[str, Any]],
    resource: list[dict[str, Any]],
    limit: list[dict[str, Any]],
    layer: str,
) -> None:
    without = decide(request, made(identity, resource)).allowed
    limited = decide(request, made(identity, resource, **{layer: limit})).allowed
    assert limited <= without


@settings(max_examples=150, deadline=None)
@given(requests, identities, attachments, optional, optional, st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(
    request: Request,
    identity: list[dict[str, Any]],
    resource: list[dict[str, Any]],
    boundary: list[dict[str, Any]] | None,
    session: list[dict[str, Any]] | None,
    shuffler: Any,
) -> None:
    first = decide(request, made(identity, resource, boundary, session))
    for layer in (identity, resource, boundary, session):
        if layer is not None:
            shuffler.shuffle(layer)
    second = decide(request, made(identity, resource, boundary, session))
    assert (first.allowed, first.effect, first.layer) == (
        second.allowed,
        second.effect,
        second.layer,
    )


@settings(max_examples=100, deadline=None)
@given(requests, identities, attachments)
def test_without_any_allow_nobody_but_root_gets_in(
    request: Request, identity: list[dict[str, Any]], resource: list[dict[str, Any]]
) -> None:
    denies = [one for one in identity if one["Effect"] == "Deny"]
    assert not decide(
        request, made(denies, [one for one in resource if one["Effect"] == "Deny"])
    ).allowed


@settings(max_examples=100, deadline=None)
@given(requests, identities, attachments)
def test_cross_account_access_is_never_wider_than_either_side(
    request: Request, identity: list[dict[str, Any]], resource: list[dict[str, Any]]
) -> None:
    eve = Principal("user", f"arn:aws:iam::{AWAY}:user/eve", AWAY, "AIDAEVE", name="eve")
    crossing = Request(eve, request.action, request.resource, request.context, HOME)
    at_home = Request(eve, request.action, request.resource, request.context, AWAY)
    if decide(crossing, made(identity, resource)).allowed:
        assert decide(at_home, made(identity, [])).allowed
        assert any(one["Effect"] == "Allow" for one in resource)


texts = st.text(alphabet="ab:/.*?-", max_size=12)


@settings(max_examples=300, deadline=None)
@given(texts, texts)
def test_wildcards_mean_what_the_shell_means_by_them(wildcard: str, text: str) -> None:
    expected = re.compile(fnmatch.translate(wildcard)).match(text) is not None
    source = glob_source((Text(wildcard),))
    assert (compiled(source).fullmatch(text) is not None) is expected


@settings(max_examples=300, deadline=None)
@given(texts, texts)
def test_a_resource_pattern_is_never_wider_than_its_wildcards(wildcard: str, text: str) -> None:
    if compiled(resource_source((Text(wildcard),))).fullmatch(text) is not None:
        assert compiled(glob_source((Text(wildcard),))).fullmatch(text) is not None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=10), st.text(max_size=10))
def test_a_variables_value_is_always_literal(value: str, other: str) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "arn:aws:s3:::b/${aws:username}/k",
        },
    }
    policies = Policies((Policy("p", policy(document)),))
    request = Request(
        Principal("user", USER, HOME),
        "s3:GetObject",
        f"arn:aws:s3:::b/{other}/k",
        {"aws:username": value},
    )
    assert decide(request, policies).allowed is (value == other)
