"""The gateway's collaborators, bound to the other planes of a cloud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from archlib.errors import NetworkBlocked, Unsupported
from archlib.local.gateway.collaborators import (
    InvocationRefused,
    InvocationThrottled,
    Outcome,
    TokenRefused,
    Verdict,
)
from archlib.local.gateway.exchange import Answer
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.identity import Caller
from archlib.local.refusal import ApiRefusal

if TYPE_CHECKING:
    from archlib.local.cloud import LocalCloud

PRINCIPAL = "apigateway.amazonaws.com"


class LambdaFunctions:
    """Functions, as the function runtime runs them."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def invoke(
        self, arn: str, event: Any, *, source_arn: str, source: str, asynchronous: bool = False
    ) -> Outcome:
        """Invoke as the API Gateway service principal."""
        from archlib.local.functions import FunctionRuntime, InvokeDenied, ServiceInvoker

        invoker = ServiceInvoker(principal=PRINCIPAL, source_arn=source_arn, source=source)
        kind = "Event" if asynchronous else "RequestResponse"
        try:
            result = self._cloud.plane(FunctionRuntime).invoke(
                arn, event, invoker=invoker, invocation_type=kind
            )
        except InvokeDenied as denied:
            raise InvocationRefused(str(denied)) from denied
        except ApiRefusal as refusal:
            raise _failed(refusal) from refusal
        return Outcome(result.payload, result.function_error, result.status)


def _failed(refusal: ApiRefusal) -> Exception:
    """What a refused Invoke call means for the request."""
    if refusal.code == "TooManyRequestsException":
        return InvocationThrottled(refusal.message)
    if refusal.code == "RequestTooLargeException":
        return GatewayError("REQUEST_TOO_LARGE", reason=refusal.message)
    return InvocationRefused(refusal.message)


class CognitoUserPools:
    """User pools, as the Cognito plane keeps them."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def verify(self, pool_arn: str, token: str) -> Mapping[str, Any]:
        """The claims of a valid token of the pool."""
        from archlib.local.cognito import CognitoPlane, TokenRejected

        try:
            claims: Mapping[str, Any] = self._cloud.plane(CognitoPlane).verify_token(
                pool_arn, token
            )
        except TokenRejected as rejected:
            raise TokenRefused(str(rejected)) from rejected
        return claims


class LocalHttp:
    """HTTP endpoints that the cloud itself serves."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a request; raises :class:`Unsupported` for a host outside the cloud."""
        from archlib.local.http import ConnectionRefused, HttpRequest

        host = urlsplit(url).hostname or ""
        headers = {"Host": host, **headers}
        try:
            reply = self._cloud.http.send(HttpRequest.of(method, url, headers.items(), body))
        except NetworkBlocked as blocked:
            raise Unsupported(
                f"an HTTP integration with {host}, which nothing in the local cloud serves",
                where=f"{method} {url}",
            ) from blocked
        except ConnectionRefused as refused:
            raise GatewayError("INTEGRATION_FAILURE", reason=str(refused)) from refused
        return Answer(reply.status, reply.headers, reply.body)


class IamPermissions:
    """IAM, as its plane enforces it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def identity(
        self, caller: Caller, action: str, resource: str, context: Mapping[str, str]
    ) -> Verdict:
        """What the caller's own policies say."""
        from archlib.local.iam import IamEnforcement

        decision = self._cloud.plane(IamEnforcement).decide(caller, action, resource, context)
        return _VERDICTS["allow" if decision.allowed else decision.effect]

    def resource_policy(
        self,
        policy: str,
        caller: Caller | None,
        action: str,
        resource: str,
        context: Mapping[str, str],
    ) -> Verdict:
        """What one resource policy says."""
        return judge(policy, "resource", caller, action, resource, context)

    def identity_policy(
        self, policy: str, action: str, resource: str, context: Mapping[str, str]
    ) -> Verdict:
        """What one policy without principals says."""
        return judge(policy, "identity", None, action, resource, context)


def judge(
    policy: str,
    kind: Literal["identity", "resource"],
    caller: Caller | None,
    action: str,
    resource: str,
    context: Mapping[str, str],
) -> Verdict:
    """What a single policy document says; raises ``ValueError`` when it is none."""
    from archlib.local.iam.document import parse_policy
    from archlib.local.iam.pattern import PolicyError
    from archlib.local.iam.principal import ANONYMOUS, Principal

    try:
        document = parse_policy(policy, kind)
    except PolicyError as error:
        raise ValueError(str(error)) from error
    who = ANONYMOUS
    if caller is not None and caller.kind in ("user", "assumed-role", "root"):
        name = caller.arn.rsplit("/", 1)[-1] if caller.kind == "user" else None
        who = Principal(
            caller.kind, caller.arn, caller.account, caller.user_id, caller.role_arn, name
        )
    keys = {name.lower(): value for name, value in context.items()}

    def speaks(statements: Iterable[Any]) -> bool:
        return any(
            one.applies(action.lower(), resource, keys) and one.grant(who) for one in statements
        )

    if speaks(document.denies):
        return "deny"
    return "allow" if speaks(document.allows) else "silent"


_VERDICTS: Mapping[str, Verdict] = {
    "allow": "allow",
    "explicit deny": "deny",
    "implicit deny": "silent",
}
