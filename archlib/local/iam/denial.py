"""How each service says no: error code, HTTP status, wording.

AWS: "Troubleshoot access denied error messages" (the wording), "Common errors" pages of the
service references and "Error responses" of S3 (codes and statuses).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archlib.local.iam.evaluation import Decision, Layer
from archlib.local.iam.principal import Principal
from archlib.local.refusal import ApiRefusal


@dataclass(frozen=True)
class Wording:
    """A service's manner of refusing."""

    code: str
    status: int
    action: Callable[[str], str] = str
    resource: Callable[[str], str] = " on resource: {}".format
    prefix: str = ""
    anonymous: str | None = None


def _s3_resource(resource: str) -> str:
    return "" if resource == "*" else f' on resource: "{resource}"'


def _upper_service(action: str) -> str:
    service, _, name = action.partition(":")
    return f"{service.upper()}:{name}"


_BY_PROTOCOL: Mapping[str, Wording] = {
    "json": Wording("AccessDeniedException", 400),
    "rest-json": Wording("AccessDeniedException", 403),
    "smithy-rpc-v2-cbor": Wording("AccessDeniedException", 400),
    "query": Wording("AccessDenied", 403),
    "rest-xml": Wording("AccessDenied", 403),
    "ec2": Wording("UnauthorizedOperation", 403),
}

_BY_SERVICE: Mapping[str, Wording] = {
    "s3": Wording("AccessDenied", 403, resource=_s3_resource, anonymous="Access Denied"),
    "sqs": Wording("AccessDenied", 403, action=str.lower),
    "sns": Wording("AuthorizationError", 403, action=_upper_service),
    "ec2": Wording(
        "UnauthorizedOperation",
        403,
        prefix="You are not authorized to perform this operation. ",
    ),
}

_HEAD = frozenset({("s3", "HeadObject"), ("s3", "HeadBucket")})
"""A HEAD response has no body, so botocore only sees the status."""

_ARTICLES: Mapping[Layer, str] = {
    "identity-based policy": "an identity-based policy",
    "resource-based policy": "a resource-based policy",
    "permissions boundary": "a permissions boundary",
    "session policy": "a session policy",
    "role trust policy": "the role trust policy",
    "service control policy": "a service control policy",
    "VPC endpoint policy": "a VPC endpoint policy",
}


def because(decision: Decision, action: str) -> str:
    """The end of the message: which kind of policy denies, or has no allow."""
    if decision.layer is None:
        return ""
    if decision.effect == "explicit deny":
        return f" with an explicit deny in {_ARTICLES[decision.layer]}"
    return f" because no {decision.layer} allows the {action} action"


def message(who: Principal, action: str, resource: str, decision: Decision) -> str:
    """The message in the form most services use."""
    return _message(_BY_PROTOCOL["rest-json"], who, action, resource, decision)


def execute_api_message(who: Principal, resource: str, decision: Decision) -> str:
    """API Gateway's message: the account in the ARN is masked but for four digits."""
    masked = re.sub(r"(?<=:)\d{8}(\d{4})(?=:)", r"********\1", resource, count=1)
    return message(who, "execute-api:Invoke", masked, decision)


def _message(
    wording: Wording, who: Principal, action: str, resource: str, decision: Decision
) -> str:
    if who.kind == "federated":
        return f"Not authorized to perform {action}"
    if who.kind == "anonymous" and wording.anonymous is not None:
        return wording.anonymous
    said = wording.action(action)
    return (
        f"{wording.prefix}User: {who.arn} is not authorized to perform: {said}"
        f"{wording.resource(resource)}{because(decision, said)}"
    )


def refusal(
    service: str,
    operation: str,
    protocol: str,
    who: Principal,
    action: str,
    resource: str,
    decision: Decision,
) -> ApiRefusal:
    """The error a denied call ends with.

    Args:
        service: botocore's name of the service that is called.
        operation: the operation called.
        protocol: the service's protocol ("json", "rest-json", "query", ...).
        who: the caller.
        action: the IAM action that is denied.
        resource: the resource it is denied on.
        decision: why.
    """
    if (service, operation) in _HEAD:
        return ApiRefusal("403", "Forbidden", 403)
    wording = _BY_SERVICE.get(service) or _BY_PROTOCOL[protocol]
    text = _message(wording, who, action, resource, decision)
    return ApiRefusal(wording.code, text, wording.status)
