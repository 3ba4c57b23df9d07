"""API Gateway's control plane: one action per HTTP method, on an ARN that is the path.

AWS: "Actions, resources, and condition keys for Amazon API Gateway Management". Every
operation is authorised alike, so one rule serves them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from archlib.local.iam.authorization import Authorization, Call, look

_HOLE = re.compile(r"\{(\w+)\+?\}")
_ROLES = ("credentials", "authorizerCredentials")


def request_path(operation: Any, params: Mapping[str, Any]) -> str:
    """The path of a call as it goes over the wire, its parameters percent-encoded.

    Args:
        operation: botocore's model of the operation.
        params: the call's parameters.
    """
    members = operation.input_shape.members if operation.input_shape else {}
    by_location = {
        member.serialization.get("name", name): params.get(name, "")
        for name, member in members.items()
        if member.serialization.get("location") == "uri"
    }
    path = str(operation.http["requestUri"]).partition("?")[0]
    return _HOLE.sub(lambda hole: quote(str(by_location.get(hole[1], "")), safe=""), path)


def by_http(call: Call) -> Iterable[Authorization]:
    """``apigateway:{METHOD}`` on the path, and PassRole for the role the call hands over."""
    method, path = call.http
    yield Authorization(f"apigateway:{method}", call.arn("apigateway", path, account=False))
    for name in _ROLES:
        role = look(call.params, name)
        if role and role.startswith("arn:") and ":role/" in role:
            keys = {"iam:PassedToService": "apigateway.amazonaws.com"}
            yield Authorization("iam:PassRole", role, keys)
