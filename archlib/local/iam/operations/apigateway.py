"""API Gateway's control plane: one action per HTTP method, on an ARN that is the path.

AWS: "Actions, resources, and condition keys for Amazon API Gateway Management". Every
operation is authorised alike, so one rule serves them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from archlib.local.iam.authorization import Authorization, Call, look

_MEMBER = re.compile(r"\{(\w+)\+?\}")
_ROLES = ("credentials", "authorizerCredentials", "cloudwatchRoleArn")


def _path_arn(call: Call) -> str:
    """``arn:aws:apigateway:{region}::{path}``: the request's path with its parameters filled."""
    by_lower = {name.lower(): value for name, value in call.params.items()}

    def value(found: re.Match[str]) -> str:
        name = found[1].replace("_", "").lower()
        return quote(str(by_lower.get(name, "")), safe=":")

    path = _MEMBER.sub(value, call.http[1].partition("?")[0])
    return call.arn("apigateway", path, account=False)


def by_http(call: Call) -> Iterable[Authorization]:
    """``apigateway:{METHOD}`` on the path, and PassRole for the role the call hands over."""
    yield Authorization(f"apigateway:{call.http[0]}", _path_arn(call))
    for name in _ROLES:
        role = look(call.params, name)
        if role and role.startswith("arn:aws:iam::") and ":role/" in role:
            keys = {"iam:PassedToService": "apigateway.amazonaws.com"}
            yield Authorization("iam:PassRole", role, keys)
