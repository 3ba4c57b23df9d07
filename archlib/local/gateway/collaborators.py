"""What the gateway needs from the rest of the cloud, as small protocols.

The plane binds them to the other planes; tests bind them to little ones of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from archlib.local.identity import Caller

#: Allowed, explicitly denied, or not mentioned at all.
Verdict = Literal["allow", "deny", "silent"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back from a function. ``error`` is its ``FunctionError``, if any."""

    payload: bytes
    error: str | None = None
    status: int = 200


class InvocationRefused(Exception):
    """The function does not allow this invocation, or does not exist."""


class InvocationThrottled(Exception):
    """The function has no concurrency left."""


class TokenRefused(Exception):
    """A token is not one of the user pool's valid tokens; the text says why."""


class Functions(Protocol):
    """Lambda, as an integration or authorizer calls it."""

    def invoke(
        self, arn: str, event: Any, *, source_arn: str, source: str, asynchronous: bool = False
    ) -> Outcome:
        """Invoke; raises :class:`InvocationRefused` or :class:`InvocationThrottled`."""


class UserPools(Protocol):
    """Cognito user pools, as an authorizer calls them."""

    def verify(self, pool_arn: str, token: str) -> Mapping[str, Any]:
        """The claims of a valid token; raises :class:`TokenRefused`."""


class Permissions(Protocol):
    """IAM."""

    def identity(
        self, caller: Caller, action: str, resource: str, context: Mapping[str, str]
    ) -> Verdict:
        """What the caller's own policies say."""

    def resource_policy(
        self,
        policy: str,
        caller: Caller | None,
        action: str,
        resource: str,
        context: Mapping[str, str],
    ) -> Verdict:
        """What one resource policy says; ``caller`` None is anybody."""

    def identity_policy(
        self, policy: str, action: str, resource: str, context: Mapping[str, str]
    ) -> Verdict:
        """What one policy without principals says (a Lambda authorizer's output).

        Raises ``ValueError`` for a document that is not a policy.
        """
