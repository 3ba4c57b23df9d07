"""The policies attached to a caller, read from moto's IAM state.

Every document is compiled once, by its text; reading the state again on each call means that
a changed policy counts from the next call on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archlib.local.iam.document import parse_policy
from archlib.local.iam.evaluation import Policy
from archlib.local.identity import Caller

#: What the local cloud's administrator may do where he is subject to IAM at all.
EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


@dataclass(frozen=True)
class Attached:
    """What is attached to a user or role; a role that is gone has nothing."""

    identity: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    tags: Mapping[str, str] | None = None


def backend(account: str) -> Any:
    """moto's IAM state of an account."""
    from moto.iam.models import iam_backends

    return iam_backends[account]["aws"]


def attached_to(caller: Caller, user_boundaries: Mapping[str, str]) -> Attached:
    """The identity-based policies and the boundary of a caller.

    Args:
        caller: a user, a role session, or the administrator, who may do all; others have nothing
            attached.
        user_boundaries: boundary ARNs of users by user id (moto keeps those of roles only).
    """
    if caller.kind == "admin":
        return Attached((_policy("the administrator's", EVERYTHING),))
    state = backend(caller.account)
    if caller.kind == "assumed-role":
        role = next((one for one in state.roles.values() if one.arn == caller.role_arn), None)
        return Attached() if role is None else _of(state, [role], role.permissions_boundary_arn)
    if caller.kind == "user":
        user = next((one for one in state.users.values() if one.arn == caller.arn), None)
        if user is None:
            return Attached()
        groups = [group for group in state.groups.values() if user in group.users]
        return _of(state, [user, *groups], user_boundaries.get(user.id))
    return Attached()


def _of(state: Any, holders: Iterable[Any], boundary: str | None) -> Attached:
    holders = list(holders)
    policies: list[Policy] = []
    for holder in holders:
        policies += [_policy(name, text) for name, text in holder.policies.items()]
        policies += [
            _policy(one.name, document_of(one)) for one in holder.managed_policies.values()
        ]
    limit = state.managed_policies.get(boundary) if boundary else None
    return Attached(
        identity=tuple(policies),
        # A boundary that is gone allows nothing.
        boundary=(() if limit is None else (_policy(limit.name, document_of(limit)),))
        if boundary
        else None,
        tags=_tags(state, holders[0]),
    )


def _policy(name: str, text: str) -> Policy:
    return Policy(name, parse_policy(text))


def document_of(managed: Any) -> str:
    """The default version's document of one of moto's managed policies."""
    return next(str(one.document) for one in managed.versions if one.is_default)


def _tags(state: Any, holder: Any) -> Mapping[str, str]:
    own = getattr(holder, "tags", None)
    if isinstance(own, dict):
        return {entry["Key"]: entry["Value"] for entry in own.values()}
    if isinstance(own, list):
        return {entry["Key"]: entry["Value"] for entry in own}
    return dict(state.tagger.get_tag_dict_for_resource(holder.arn))


def session_policies(caller: Caller) -> tuple[Policy, ...] | None:
    """Policies passed when the session was made; None when none were."""
    if not caller.session_policies:
        return None
    return tuple(
        _policy(f"session policy {number}", text)
        for number, text in enumerate(caller.session_policies, 1)
    )
