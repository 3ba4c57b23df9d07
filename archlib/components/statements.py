"""Policy documents, as CloudFormation wants them."""

from __future__ import annotations

from collections.abc import Sequence

from archlib.architecture.values import plain
from archlib.components.wiring import Condition, Grant

POLICY_VERSION = "2012-10-17"


def policy(statements: Sequence[object]) -> dict[str, object]:
    """A policy document with these statements."""
    return {"Version": POLICY_VERSION, "Statement": [plain(statement) for statement in statements]}


def identity_policy(grants: Sequence[Grant]) -> dict[str, object]:
    """The identity policy that holds exactly the given grants, in their order."""
    return policy([grant.statement() for grant in grants])


def service_trust(service: str) -> dict[str, object]:
    """The trust policy of a role that one AWS service may take on."""
    return policy(
        [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]
    )


def web_identity_trust(conditions: Sequence[Condition]) -> dict[str, object]:
    """The trust policy of a role for users of a Cognito identity pool.

    Source: Amazon Cognito Developer Guide, "IAM roles", "Role trust and permissions".
    """
    block: dict[str, dict[str, object]] = {}
    for line in conditions:
        block.setdefault(line.operator, {})[line.key] = line.values[0]
    return policy(
        [
            {
                "Effect": "Allow",
                "Principal": {"Federated": "cognito-identity.amazonaws.com"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": block,
            }
        ]
    )


def sid(verb: str, target: str) -> str:
    """A statement id that says which connection granted it, e.g. ``BulkLoadsTodoTable``."""
    return "".join(part.capitalize() for part in verb.split("_")) + target
