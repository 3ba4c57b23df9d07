"""AWS managed policies, loaded one by one when they are first named.

Loading all 1,500 of them at start would cost every cloud a second; moto ships their documents.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from archlib.local.iam.attached import backend

PREFIX = "arn:aws:iam::aws:policy/"


@cache
def _published() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    named: dict[str, Any] = {}
    for name, data in json.loads(aws_managed_policies_data).items():
        path = str(data.get("Path") or "/")
        named[f"arn:aws:iam::aws:policy{path}{name}"] = (name, data)
    return named


def provide(account: str, arn: object) -> None:
    """Make an AWS managed policy known to the account's IAM state; other ARNs are left alone."""
    if not isinstance(arn, str) or not arn.startswith(PREFIX):
        return
    state = backend(account)
    published = _published().get(arn)
    if arn in state.managed_policies or published is None:
        return
    from moto.iam.models import AWSManagedPolicy

    name, data = published
    policy = AWSManagedPolicy.from_data(name, account, "us-east-1", data)
    state.managed_policies[arn] = policy
