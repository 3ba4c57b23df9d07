"""Writing policies: documents are validated, AWS managed policies are at hand.

moto's part does the storing; what it does not keep (a user's permissions boundary) is kept
here. AWS: "IAM API Reference" (``MalformedPolicyDocument``), and the API references of the
services whose resources carry policies. (S3's plane looks after bucket policies.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.iam import managed
from archlib.local.iam.attached import backend
from archlib.local.iam.authorization import look
from archlib.local.iam.document import PolicyKind, parse_policy
from archlib.local.iam.pattern import PolicyError
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

_DOCUMENTS: Mapping[str, tuple[str, PolicyKind]] = {
    "CreateRole": ("AssumeRolePolicyDocument", "trust"),
    "UpdateAssumeRolePolicy": ("PolicyDocument", "trust"),
    "PutRolePolicy": ("PolicyDocument", "identity"),
    "PutUserPolicy": ("PolicyDocument", "identity"),
    "PutGroupPolicy": ("PolicyDocument", "identity"),
    "CreatePolicy": ("PolicyDocument", "identity"),
    "CreatePolicyVersion": ("PolicyDocument", "identity"),
}
"""Which parameter of which operation holds which kind of document."""

_RESOURCE_DOCUMENTS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("sqs", "CreateQueue"): ("Attributes.Policy", "InvalidAttributeValue"),
    ("sqs", "SetQueueAttributes"): ("Attributes.Policy", "InvalidAttributeValue"),
    ("sns", "CreateTopic"): ("Attributes.Policy", "InvalidParameter"),
    ("dynamodb", "PutResourcePolicy"): ("Policy", "ValidationException"),
}
"""Where resource policies are written, and the error that service answers a bad one with."""

_NAMES_POLICY: Mapping[str, str] = {
    "AttachRolePolicy": "PolicyArn",
    "AttachUserPolicy": "PolicyArn",
    "AttachGroupPolicy": "PolicyArn",
    "GetPolicy": "PolicyArn",
    "GetPolicyVersion": "PolicyArn",
    "ListPolicyVersions": "PolicyArn",
    "ListEntitiesForPolicy": "PolicyArn",
    "PutRolePermissionsBoundary": "PermissionsBoundary",
    "CreateRole": "PermissionsBoundary",
}
"""Operations that may name an AWS managed policy."""


class PolicyWrites:
    """Handlers for IAM's write operations of one cloud."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._account = cloud.account
        self.user_boundaries: dict[str, str] = {}
        """Boundary ARNs by user id."""
        for operation in {**_DOCUMENTS, **_NAMES_POLICY}:
            cloud.api.handle("iam", operation, self._checked)
        handlers: Mapping[str, Handler] = {
            "CreateUser": self._create_user,
            "GetUser": self._get_user,
            "PutUserPermissionsBoundary": self._put_boundary,
            "DeleteUserPermissionsBoundary": self._delete_boundary,
        }
        for operation, handler in handlers.items():
            cloud.api.handle("iam", operation, handler)
        cloud.api.handle("sts", "AssumeRole", self._assume_role)
        for service, operation in _RESOURCE_DOCUMENTS:
            cloud.api.handle(service, operation, _resource_policy)
        cloud.api.handle("sns", "SetTopicAttributes", _topic_policy)

    def _checked(self, call: ApiCall) -> Result:
        if call.operation in _DOCUMENTS:
            parameter, kind = _DOCUMENTS[call.operation]
            _validate(call.params[parameter], kind)
        if call.operation in _NAMES_POLICY:
            managed.provide(self._account, call.params.get(_NAMES_POLICY[call.operation]))
        return call.proceed()

    def _assume_role(self, call: ApiCall) -> Result:
        if call.params.get("Policy"):
            _validate(call.params["Policy"], "identity")
        for entry in call.params.get("PolicyArns") or ():
            managed.provide(self._account, entry.get("arn"))
        return call.proceed()

    def _create_user(self, call: ApiCall) -> Result:
        boundary = call.params.get("PermissionsBoundary")
        if boundary:
            self._existing_policy(boundary)
        result = call.proceed()
        if boundary:
            self.user_boundaries[result["User"]["UserId"]] = boundary
            result["User"]["PermissionsBoundary"] = _boundary(boundary)
        return result

    def _get_user(self, call: ApiCall) -> Result:
        result = call.proceed()
        result["User"].pop("PermissionsBoundary", None)
        boundary = self.user_boundaries.get(result["User"]["UserId"])
        if boundary:
            result["User"]["PermissionsBoundary"] = _boundary(boundary)
        return result

    def _put_boundary(self, call: ApiCall) -> Result:
        arn = call.params["PermissionsBoundary"]
        self._existing_policy(arn)
        self.user_boundaries[self._user_id(call)] = arn
        return {}

    def _delete_boundary(self, call: ApiCall) -> Result:
        if self.user_boundaries.pop(self._user_id(call), None) is None:
            name = call.params["UserName"]
            raise ApiRefusal("NoSuchEntity", f"{name} does not have a permissions boundary", 404)
        return {}

    def _existing_policy(self, arn: str) -> None:
        managed.provide(self._account, arn)
        if arn not in backend(self._account).managed_policies:
            raise ApiRefusal(
                "NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404
            )

    def _user_id(self, call: ApiCall) -> str:
        name = call.params["UserName"]
        user = backend(self._account).users.get(name)
        if user is None:
            raise ApiRefusal("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
        return str(user.id)


def _boundary(arn: str) -> dict[str, str]:
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def _resource_policy(call: ApiCall) -> Result:
    parameter, code = _RESOURCE_DOCUMENTS[call.service, call.operation]
    text = look(call.params, parameter)
    if text:
        _validate(text, "resource", code)
    return call.proceed()


def _topic_policy(call: ApiCall) -> Result:
    if call.params["AttributeName"] == "Policy" and call.params.get("AttributeValue"):
        _validate(call.params["AttributeValue"], "resource", "InvalidParameter")
    return call.proceed()


def _validate(text: str, kind: PolicyKind, code: str = "MalformedPolicyDocument") -> None:
    try:
        parse_policy(text, kind)
    except PolicyError as error:
        raise ApiRefusal(code, str(error), 400) from error
