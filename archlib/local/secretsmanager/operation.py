"""What the operations on one secret have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from archlib.local.api import ApiCall, Handler, Result
from archlib.local.refusal import ApiRefusal
from archlib.local.secretsmanager.secret import Secret
from archlib.local.secretsmanager.store import Secrets

T = TypeVar("T")

_PAGE = 100


@dataclass(frozen=True)
class OnSecret:
    """An operation whose ``SecretId`` names a secret; ``kept`` ones refuse a deleted one."""

    handler: Callable[[ApiCall, Secret], Result]
    kept: bool = True

    def bound(self, secrets: Secrets) -> Handler:
        """The handler as the API calls it."""

        def handle(call: ApiCall) -> Result:
            secret = secrets.named(call.region, call.params["SecretId"])
            call.hop.target = secret.arn
            if self.kept:
                secret.require_kept()
            return self.handler(call, secret)

        return handle


def identified(secret: Secret) -> dict[str, Any]:
    """What nearly every answer begins with."""
    return {"ARN": secret.arn, "Name": secret.name}


def page(call: ApiCall, items: Sequence[T], limit: int = _PAGE) -> tuple[Sequence[T], Result]:
    """A page of ``items`` at the call's token, and the token of the next one."""
    token = call.params.get("NextToken")
    if token is not None and not token.isdecimal():
        raise ApiRefusal("InvalidNextTokenException", "The NextToken value is invalid.")
    begin = int(token or 0)
    end = begin + int(call.params.get("MaxResults") or limit)
    return items[begin:end], ({"NextToken": str(end)} if end < len(items) else {})
