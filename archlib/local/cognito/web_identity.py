"""STS AssumeRoleWithWebIdentity with a token of GetOpenIdToken (the basic flow).

AWS STS API reference, "AssumeRoleWithWebIdentity": its errors, the duration and its limits.
"""

from __future__ import annotations

import json
from typing import Any

from archlib.local.api import ApiCall, Result
from archlib.local.cognito import jws
from archlib.local.cognito.directory import moment
from archlib.local.cognito.identity_pools import Federation
from archlib.local.cognito.trust import SERVICE, WebIdentity, allowed, role
from archlib.local.refusal import ApiRefusal

_DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def assume(federation: Federation, call: ApiCall) -> Result:
    """Credentials of a role for the identity that the token names.

    Raises InvalidIdentityToken, ExpiredTokenException, AccessDenied (trust policy) and
    ValidationError (duration beyond the role's maximum).
    """
    params = call.params
    web = _verified(federation, params["WebIdentityToken"])
    role_arn, name = params["RoleArn"], params["RoleSessionName"]
    found = role(federation.cloud, role_arn)
    call.hop.detail["role"] = role_arn
    if found is None:
        raise ApiRefusal("AccessDenied", _DENIED, 403)
    decision = allowed(federation.cloud, role_arn, web, name)
    if not decision.allowed:
        call.hop.detail["reason"] = decision.reason
        raise ApiRefusal("AccessDenied", _DENIED, 403)
    duration = params.get("DurationSeconds", 3600)
    if duration > int(found.max_session_duration or 3600):
        raise ApiRefusal(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    policies = _session_policies(federation, params)
    issued = federation.cloud.identities.issue(
        role_arn, name, duration=duration, session_policies=policies, context=web.context
    )
    caller = federation.cloud.identities.resolve(issued.access_key, issued.session_token)
    return {
        "Credentials": {
            "AccessKeyId": issued.access_key,
            "SecretAccessKey": issued.secret_key,
            "SessionToken": issued.session_token,
            "Expiration": moment(issued.expires or 0.0),
        },
        "SubjectFromWebIdentityToken": web.subject,
        "AssumedRoleUser": {"AssumedRoleId": caller.user_id, "Arn": caller.arn},
        "Provider": SERVICE,
        "Audience": web.audience,
    }


def _verified(federation: Federation, token: str) -> WebIdentity:
    try:
        parsed = jws.parse(token)
    except jws.Malformed:
        raise _invalid("The ID Token provided is not a valid JWT.") from None
    claims = parsed.claims
    if claims.get("iss") != f"https://{SERVICE}":
        raise _invalid(f"No OpenIDConnect provider found in your account for {claims.get('iss')}")
    key = federation.key
    trusted = parsed.header.get("kid") == key.kid and parsed.header.get("alg") == "RS256"
    if not trusted or not jws.verified(parsed, key.public):
        raise _invalid("Couldn't retrieve verification key from your identity provider.")
    if federation.directory.now() >= claims["exp"]:
        raise ApiRefusal(
            "ExpiredTokenException",
            f"Token expired: current date/time {int(federation.directory.now())} must be before "
            f"the expiration date/time {claims['exp']}",
        )
    pool = federation.pools.get(claims["aud"])
    if pool is None or claims["sub"] not in pool.identities:
        raise _invalid("The identity of the token does not exist.")
    return WebIdentity(claims["sub"], claims["aud"], tuple(claims["amr"]))


def _session_policies(federation: Federation, params: dict[str, Any]) -> tuple[str, ...]:
    policies = [params["Policy"]] if params.get("Policy") else []
    iam = federation.cloud.raw("iam")
    for entry in params.get("PolicyArns", ()):
        version = iam.get_policy(PolicyArn=entry["arn"])["Policy"]["DefaultVersionId"]
        stored = iam.get_policy_version(PolicyArn=entry["arn"], VersionId=version)
        policies.append(json.dumps(stored["PolicyVersion"]["Document"]))
    return tuple(policies)


def _invalid(message: str) -> ApiRefusal:
    return ApiRefusal("InvalidIdentityToken", message)
