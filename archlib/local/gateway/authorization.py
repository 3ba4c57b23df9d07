"""Who may call a method: the API's resource policy and the method's authorization type.

A type of authorization is an entry of :data:`AUTHORIZATIONS`. AWS: "How API Gateway resource
policies affect authorization workflow" (tables A and B: Cognito and NONE need an explicit
allow of an attached policy; IAM and Lambda authorizers need one of the two, and no deny),
"Control access to REST APIs using Amazon Cognito user pools as an authorizer", "Control access
to a REST API with IAM permissions", "Use API Gateway Lambda authorizers".

A Cognito authorizer validates the token itself on every request: its result is not kept, so
an expired token is refused at once. The results of Lambda authorizers are cached for their
TTL, by their identity sources.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archlib.local.gateway import sigv4
from archlib.local.gateway.collaborators import (
    Functions,
    InvocationRefused,
    InvocationThrottled,
    Permissions,
    TokenRefused,
    UserPools,
    Verdict,
)
from archlib.local.gateway.configuration import Authorizer
from archlib.local.gateway.event import proxy_event
from archlib.local.gateway.exchange import Exchange
from archlib.local.gateway.gateway_responses import GatewayError
from archlib.local.gateway.variables import claim_texts
from archlib.local.identity import Caller, Identities
from archlib.local.trace import Trace

INVOKE = "execute-api:Invoke"
INVALIDATE = "execute-api:InvalidateCache"
#: Bytes of the ARN that policies see.
MAXIMUM_ARN = 1600


@dataclass(slots=True)
class _Results:
    """Lambda authorizer results by key until their virtual expiry."""

    entries: dict[Hashable, tuple[float, Mapping[str, Any]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """What authorization asks, and the results it remembers."""

    user_pools: UserPools
    functions: Functions
    permissions: Permissions
    identities: Identities
    trace: Trace
    now: Callable[[], float]
    results: _Results = field(default_factory=_Results)

    def forget(self, api_id: str, stage: str) -> None:
        """Drop a stage's cached authorizer results (``FlushStageAuthorizersCache``)."""
        with self.results.lock:
            for key in [k for k in self.results.entries if k[:2] == (api_id, stage)]:  # type: ignore[index]
                del self.results.entries[key]


def authorize(keeper: Gatekeeper, exchange: Exchange) -> Exchange:
    """Let the request pass, knowing its caller; raises :class:`GatewayError` otherwise."""
    kind = exchange.integration_method.authorization
    if kind != "NONE" or exchange.api.policy:
        _check_length(exchange)
    return AUTHORIZATIONS[kind](keeper, exchange)


def _check_length(exchange: Exchange) -> None:
    """AWS: quotas, "ARN length of a method with authorization"."""
    if len(method_arn(exchange).encode()) > MAXIMUM_ARN:
        raise GatewayError("DEFAULT_4XX", "Request URI too long", status=414)


def method_arn(exchange: Exchange) -> str:
    """The ARN of the request as policies and authorizers see it: with its actual path."""
    stage, request = exchange.stage.name, exchange.request
    return exchange.api.execute_arn(stage, request.method, exchange.path)


def may_invalidate(keeper: Gatekeeper, exchange: Exchange) -> bool:
    """Whether the caller signed the request and may ``execute-api:InvalidateCache``."""
    caller = exchange.caller
    if caller is None and sigv4.is_signed(exchange):
        try:
            caller = sigv4.authenticate(exchange, keeper.identities, keeper.now())
        except GatewayError:
            return False
    if caller is None:
        return False
    arn, keys = method_arn(exchange), _keys(exchange)
    own = keeper.permissions.identity(caller, INVALIDATE, arn, keys)
    policy = _policy(keeper, exchange, caller, INVALIDATE)
    return "deny" not in (own, policy) and "allow" in (own, policy)


# -- resource policy -----------------------------------------------------------------------------


def _keys(exchange: Exchange) -> dict[str, str]:
    keys = {"aws:SourceIp": exchange.request.source_ip, "aws:SecureTransport": "true"}
    if (agent := exchange.header("user-agent")) is not None:
        keys["aws:UserAgent"] = agent
    return keys


def _policy(
    keeper: Gatekeeper, exchange: Exchange, caller: Caller | None, action: str = INVOKE
) -> Verdict:
    """What the API's resource policy says; an API without one allows."""
    document = exchange.api.policy
    if not document:
        return "allow" if caller is None else "silent"
    return keeper.permissions.resource_policy(
        document, caller, action, method_arn(exchange), _keys(exchange)
    )


def _require_policy(keeper: Gatekeeper, exchange: Exchange) -> None:
    verdict = _policy(keeper, exchange, None)
    if verdict != "allow":
        raise _denied(exchange, "anonymous", verdict)


def _denied(exchange: Exchange, who: str, verdict: Verdict) -> GatewayError:
    api = exchange.api
    hidden = f"********{api.account[-4:]}"
    resource = method_arn(exchange).replace(f":{api.account}:", f":{hidden}:", 1)
    suffix = " with an explicit deny" if verdict == "deny" else ""
    return GatewayError(
        "ACCESS_DENIED",
        f"User: {who} is not authorized to perform: {INVOKE} on resource: {resource}{suffix}",
        reason="explicit deny" if verdict == "deny" else "no policy allows it",
    )


# -- NONE ------------------------------------------------------------------------------------------


def none(keeper: Gatekeeper, exchange: Exchange) -> Exchange:
    """Anybody the resource policy lets in."""
    _require_policy(keeper, exchange)
    return exchange


# -- AWS_IAM ---------------------------------------------------------------------------------------


def iam(keeper: Gatekeeper, exchange: Exchange) -> Exchange:
    """A Signature Version 4 whose principal may ``execute-api:Invoke``."""
    caller = sigv4.authenticate(exchange, keeper.identities, keeper.now())
    arn, keys = method_arn(exchange), _keys(exchange)
    own = keeper.permissions.identity(caller, INVOKE, arn, keys)
    policy = _policy(keeper, exchange, caller)
    if "deny" in (own, policy):
        raise _denied(exchange, caller.arn, "deny")
    if "allow" not in (own, policy):
        raise _denied(exchange, caller.arn, "silent")
    return replace(exchange, caller=caller, identity=_iam_identity(exchange, caller))


def _iam_identity(exchange: Exchange, caller: Caller) -> Mapping[str, Any]:
    header = exchange.header("authorization") or ""
    credential = header.partition("Credential=")[2].partition("/")[0]
    identity = {
        "accountId": caller.account,
        "caller": caller.user_id,
        "accessKey": credential or None,
        "userArn": caller.arn,
        "user": caller.user_id,
    }
    names = {
        "cognito-identity.amazonaws.com:sub": "cognitoIdentityId",
        "cognito-identity.amazonaws.com:aud": "cognitoIdentityPoolId",
        "cognito-identity.amazonaws.com:amr": "cognitoAuthenticationType",
    }
    for key, name in names.items():
        if (value := caller.context.get(key)) is not None:
            identity[name] = value if isinstance(value, str) else value[0]
    return identity


# -- COGNITO_USER_POOLS ------------------------------------------------------------------------


def cognito(keeper: Gatekeeper, exchange: Exchange) -> Exchange:
    """A valid token of one of the authorizer's user pools.

    A method without scopes wants an ID token, one with scopes an access token that holds one
    of them; the validation expression is matched against the token's audience.
    """
    authorizer = _authorizer(exchange)
    token = (exchange.parameter(authorizer.sources[0]) or "").strip()
    if token[:7].lower() == "bearer ":
        token = token[7:].strip()
    if not token:
        raise GatewayError("UNAUTHORIZED", reason="no token")
    claims = _verified(keeper, exchange, authorizer, token)
    exchange = replace(exchange, authorizer={"claims": claim_texts(claims)})
    _require_policy(keeper, exchange)
    return exchange


def _verified(
    keeper: Gatekeeper, exchange: Exchange, authorizer: Authorizer, token: str
) -> Mapping[str, Any]:
    refusals: list[str] = []
    arn = exchange.api.arn
    for pool in authorizer.provider_arns:
        with keeper.trace.hop(source=arn, target=pool, action="cognito-idp:VerifyToken") as hop:
            try:
                claims = keeper.user_pools.verify(pool, token)
                _suitable(exchange, authorizer, claims)
            except TokenRefused as refusal:
                hop.status, hop.error = 401, "Unauthorized"
                hop.detail["reason"] = str(refusal)
                refusals.append(str(refusal))
                continue
            hop.status, hop.principal = 200, str(claims.get("sub", ""))
            return claims
    expired = any("expired" in reason.lower() for reason in refusals)
    message = "The incoming token has expired" if expired else None
    raise GatewayError("UNAUTHORIZED", message, reason="; ".join(refusals))


def _suitable(exchange: Exchange, authorizer: Authorizer, claims: Mapping[str, Any]) -> None:
    use, scopes = claims.get("token_use"), exchange.integration_method.scopes
    wanted = "access" if scopes else "id"
    if use != wanted:
        raise TokenRefused(f"an {wanted} token is required, this is an {use} token")
    if scopes and not scopes & set(str(claims.get("scope", "")).split()):
        raise TokenRefused(f"the token has none of the scopes {', '.join(sorted(scopes))}")
    if authorizer.expression is not None:
        audience = str(claims.get("aud") or claims.get("client_id") or "")
        if authorizer.expression.fullmatch(audience) is None:
            raise TokenRefused("the audience does not match the validation expression")


def _authorizer(exchange: Exchange) -> Authorizer:
    found = exchange.integration_method.authorizer
    if found is None:
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR", reason="the authorizer is gone")
    return found


# -- CUSTOM ------------------------------------------------------------------------------------


def custom(keeper: Gatekeeper, exchange: Exchange) -> Exchange:
    """Ask a Lambda authorizer for a policy and judge the request by it."""
    authorizer = _authorizer(exchange)
    if exchange.api.policy and _policy(keeper, exchange, None) == "deny":
        raise _denied(exchange, "anonymous", "deny")
    values = tuple(exchange.parameter(source) for source in authorizer.sources)
    must_be_there = authorizer.type == "TOKEN" or authorizer.ttl > 0
    if must_be_there and not all(values):
        raise GatewayError("UNAUTHORIZED", reason="an identity source is missing")
    expression = authorizer.expression if authorizer.type == "TOKEN" else None
    if expression is not None and expression.fullmatch(values[0] or "") is None:
        raise GatewayError("UNAUTHORIZED", reason="the token does not match the expression")
    output = _asked(keeper, exchange, authorizer, values)
    _judge(keeper, exchange, output)
    context = {name: _plain(value) for name, value in (output.get("context") or {}).items()}
    return replace(
        exchange,
        authorizer={**context, "principalId": str(output["principalId"])},
        usage_key=output.get("usageIdentifierKey"),
    )


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise GatewayError(
        "AUTHORIZER_CONFIGURATION_ERROR", reason="context holds an object, array or null"
    )


def _asked(
    keeper: Gatekeeper, exchange: Exchange, authorizer: Authorizer, values: tuple[str | None, ...]
) -> Mapping[str, Any]:
    key = (exchange.api.id, exchange.stage.name, authorizer.id, values)
    if authorizer.ttl > 0:
        with keeper.results.lock:
            kept = keeper.results.entries.get(key)
        if kept is not None and keeper.now() < kept[0]:
            return kept[1]
    output = _invoked(keeper, exchange, authorizer, values)
    if authorizer.ttl > 0:
        with keeper.results.lock:
            keeper.results.entries[key] = (keeper.now() + authorizer.ttl, output)
    return output


def _invoked(
    keeper: Gatekeeper, exchange: Exchange, authorizer: Authorizer, values: tuple[str | None, ...]
) -> Mapping[str, Any]:
    arn = method_arn(exchange)
    if authorizer.type == "TOKEN":
        event: dict[str, Any] = {
            "type": "TOKEN", "authorizationToken": values[0], "methodArn": arn,
        }  # fmt: skip
    else:
        event = {"type": "REQUEST", "methodArn": arn, **proxy_event(exchange)}
        del event["body"], event["isBase64Encoded"]
    api = exchange.api
    source = f"arn:aws:execute-api:{api.region}:{api.account}:{api.id}/authorizers/{authorizer.id}"
    try:
        outcome = keeper.functions.invoke(
            authorizer.function_arn or "", event, source_arn=source, source=api.arn
        )
    except (InvocationRefused, InvocationThrottled) as refusal:
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR", reason=str(refusal)) from refusal
    return _read_output(outcome.payload, outcome.error)


def _read_output(payload: bytes, error: str | None) -> Mapping[str, Any]:
    try:
        output = json.loads(payload)
    except ValueError:
        output = None
    if error:
        # An authorizer that fails with exactly this message means 401.
        if isinstance(output, dict) and output.get("errorMessage") == "Unauthorized":
            raise GatewayError("UNAUTHORIZED", reason="the authorizer said so")
        raise GatewayError("AUTHORIZER_FAILURE", reason=f"the authorizer failed ({error})")
    if not isinstance(output, dict) or not {"principalId", "policyDocument"} <= output.keys():
        raise GatewayError("AUTHORIZER_FAILURE", reason="no principalId or policyDocument")
    return output


def _judge(keeper: Gatekeeper, exchange: Exchange, output: Mapping[str, Any]) -> None:
    """Table A: the authorizer's policy or the resource policy must allow, neither deny."""
    document = json.dumps(output["policyDocument"])
    try:
        own = keeper.permissions.identity_policy(
            document, INVOKE, method_arn(exchange), _keys(exchange)
        )
    except ValueError as error:
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR", reason=str(error)) from error
    policy: Verdict = _policy(keeper, exchange, None) if exchange.api.policy else "silent"
    if "deny" in (own, policy):
        raise GatewayError(
            "ACCESS_DENIED",
            "User is not authorized to access this resource with an explicit deny",
            reason="explicit deny",
        )
    if "allow" not in (own, policy):
        raise GatewayError("ACCESS_DENIED", reason="the authorizer's policy does not allow it")


AUTHORIZATIONS: Mapping[str, Callable[[Gatekeeper, Exchange], Exchange]] = {
    "NONE": none,
    "AWS_IAM": iam,
    "COGNITO_USER_POOLS": cognito,
    "CUSTOM": custom,
}
