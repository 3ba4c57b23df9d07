"""Resource-based policies of functions.

AWS: "Working with resource-based IAM policies in Lambda", "AddPermission" (API reference). The
statements lie where moto keeps them, one list for the function and all of its qualifiers, each
statement naming its resource; so IAM finds them in one place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archlib.local.api import ApiCall, Result
from archlib.local.functions.registry import Reference, Registry
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

#: Parameter of AddPermission -> (condition operator, condition key).
_CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}

_NOTHING = ("ResourceNotFoundException", "The resource you requested does not exist.", 404)


class PolicyControl:
    """Handlers of AddPermission, RemovePermission and GetPolicy."""

    def __init__(self, cloud: LocalCloud, registry: Registry) -> None:
        self._cloud = cloud
        self._registry = registry

    def register(self) -> None:
        """Put the handlers in front of moto."""
        table: dict[str, Callable[[ApiCall], Result]] = {
            "AddPermission": self._add,
            "RemovePermission": self._remove,
            "GetPolicy": self._get,
        }
        for operation, handler in table.items():
            self._cloud.api.handle("lambda", operation, handler)

    def _add(self, call: ApiCall) -> Result:
        reference, policy = self._policy(call)
        given = call.params
        if any(
            s["Sid"] == given["StatementId"] and s["Resource"] == reference.invoked_arn
            for s in policy.statements
        ):
            raise ApiRefusal(
                "ResourceConflictException",
                f"The statement id ({given['StatementId']}) provided already exists. Please "
                "provide a new statement id, or remove the existing statement.",
                409,
                Type="User",
            )
        self._check_revision(call, policy)
        statement: dict[str, Any] = {
            "Sid": given["StatementId"],
            "Effect": "Allow",
            "Principal": _principal(given["Principal"]),
            "Action": given["Action"],
            "Resource": reference.invoked_arn,
        }
        condition: dict[str, dict[str, str]] = {}
        for name, (operator, key) in _CONDITIONS.items():
            if name in given:
                value = given[name]
                text = str(value).lower() if isinstance(value, bool) else value
                condition.setdefault(operator, {})[key] = text
        if condition:
            statement["Condition"] = condition
        policy.statements.append(statement)
        policy.revision = self._cloud.new_uuid()
        return {"Statement": json.dumps(statement)}

    def _remove(self, call: ApiCall) -> Result:
        reference, policy = self._policy(call)
        self._check_revision(call, policy)
        for statement in self._of(reference, policy):
            if statement["Sid"] == call.params["StatementId"]:
                policy.statements.remove(statement)
                policy.revision = self._cloud.new_uuid()
                return {}
        raise ApiRefusal(
            "ResourceNotFoundException",
            f"Statement {call.params['StatementId']} is not found in resource policy.",
            404,
            Type="User",
        )

    def _get(self, call: ApiCall) -> Result:
        reference, policy = self._policy(call)
        statements = self._of(reference, policy)
        if not statements:
            raise ApiRefusal(*_NOTHING, Type="User")
        document = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        return {"Policy": json.dumps(document), "RevisionId": policy.revision}

    def _of(self, reference: Reference, policy: Any) -> list[dict[str, Any]]:
        return [s for s in policy.statements if s["Resource"] == reference.invoked_arn]

    def _policy(self, call: ApiCall) -> tuple[Reference, Any]:
        reference = self._registry.reference(
            call.params["FunctionName"], call.params.get("Qualifier"), call.region
        )
        call.hop.target = reference.arn
        self._registry.find(reference)
        return reference, self._registry.latest(reference).policy

    @staticmethod
    def _check_revision(call: ApiCall, policy: Any) -> None:
        expected = call.params.get("RevisionId")
        if expected and expected != policy.revision:
            raise ApiRefusal(
                "PreconditionFailedException",
                "The Revision Id provided does not match the latest Revision Id. Call the "
                "GetPolicy API to retrieve the latest Revision Id",
                412,
                Type="User",
            )


def _principal(given: str) -> str | dict[str, str]:
    """The ``Principal`` element that AddPermission makes of a service, account or ARN."""
    if given == "*":
        return "*"
    if re.fullmatch(r"\d{12}", given):
        return {"AWS": f"arn:aws:iam::{given}:root"}
    if given.startswith("arn:"):
        return {"AWS": given}
    return {"Service": given}
