"""Credentials for identities: enhanced flow, and the tokens of the basic flow.

AWS, "Identity pools authentication flow". In the enhanced flow Cognito itself calls STS; that
call is a hop of its own in the trace, and the role's trust policy is evaluated for it.
Unauthenticated identities get session policies on top (Developer Guide, "IAM roles", section
"Access policies", and the AWS managed policy AmazonCognitoUnAuthedIdentitiesSessionPolicy):
whatever their role allows, only what is listed there can be reached with it. The guide lists
services, not actions; "Amazon CloudWatch" is read as its metrics and its logs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from archlib.local import latency
from archlib.local.api import ApiCall, Result
from archlib.local.cognito import jws, logins, refusals, role_choice
from archlib.local.cognito.directory import moment
from archlib.local.cognito.identity_pools import Federation, Identity, IdentityPool
from archlib.local.cognito.logins import Login
from archlib.local.cognito.trust import SERVICE, WebIdentity, allowed
from archlib.local.identity import Credentials
from archlib.local.refusal import ApiRefusal

SESSION_NAME = "CognitoIdentityCredentials"
#: Seconds that enhanced-flow credentials and basic-flow tokens live.
CREDENTIALS_LIFETIME = 3600
TOKEN_LIFETIME = 600

#: What Cognito's own session policies leave to an unauthenticated identity in the enhanced
#: flow: the services of the scope-down policy, then the actions of the managed policy.
_SERVICES = (
    "appsync", "cloudwatch", "cognito-identity", "cognito-sync", "comprehend", "dynamodb",
    "firehose", "gamelift", "geo", "iot", "kinesis", "lambda", "lex", "logs", "machinelearning",
    "mobileanalytics", "mobiletargeting", "polly", "rekognition", "s3", "sdb", "ses", "sns", "sqs",
    "transcribe", "translate",
)  # fmt: skip
_ACTIONS = ("sumerian:View*", "textract:AnalyzeDocument", "textract:DetectDocumentText")
_MANAGED = (
    "rum:PutRumEvents", "sagemaker:InvokeEndpoint", "polly:*", "comprehend:*", "translate:*",
    "transcribe:*", "rekognition:*", "mobiletargeting:*", "firehose:*", "personalize:*",
    "geo:GetMap*", "geo:ListMaps", "geo:SearchPlaceIndex*", "geo:GetPlace",
    "geo:CalculateRoute*", "geo:*Geofence", "geo:*Geofences", "geo:*DevicePosition*",
    "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptTo", "kms:ReEncryptFrom", "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
)  # fmt: skip
SCOPE_DOWN = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "CognitoScopeDown",
                "Effect": "Allow",
                "Action": [*(f"{service}:*" for service in _SERVICES), *_ACTIONS],
                "Resource": "*",
            },
            {
                "Sid": "CognitoUnAuthedIdentitiesSessionPolicy",
                "Effect": "Allow",
                "Action": list(_MANAGED),
                "Resource": "*",
            },
        ],
    }
)


def get_id(federation: Federation, call: ApiCall) -> Result:
    """GetId: the same login gets the same identity; without logins a new guest, if allowed."""
    pool = federation.pool(call.params["IdentityPoolId"], call)
    proven = logins.verified(federation, pool, call.params.get("Logins", {}))
    if not proven:
        _require_guests(pool)
    subjects = {login.provider: login.subject for login in proven}
    identity = pool.linked(subjects) if subjects else None
    now = federation.directory.now()
    if identity is None:
        identity = Identity(f"{pool.region}:{federation.cloud.new_uuid()}", now, now)
        pool.identities[identity.id] = identity
    identity.logins.update(subjects)
    return {"IdentityId": identity.id}


def get_credentials(federation: Federation, call: ApiCall) -> Result:
    """GetCredentialsForIdentity: an hour of the role that the identity is entitled to."""
    pool, identity, proven = _proven(federation, call)
    role = role_choice.chosen(pool, proven, call.params.get("CustomRoleArn"))
    web = _web_identity(pool, identity, proven)
    cloud = federation.cloud
    with cloud.trace.hop(
        source=pool.arn,
        target="sts.amazonaws.com",
        action="sts:AssumeRoleWithWebIdentity",
        principal=SERVICE,
    ) as hop:
        hop.detail["role"] = role
        cloud.clock.spend(latency.of("sts"))
        decision = allowed(cloud, role, web)
        if not decision.allowed:
            hop.status, hop.error = 403, "AccessDenied"
            hop.detail["reason"] = decision.reason
            raise role_choice.bad_configuration()
        issued = cloud.identities.issue(
            role,
            SESSION_NAME,
            duration=CREDENTIALS_LIFETIME,
            session_policies=() if proven else (SCOPE_DOWN,),
            context=web.context,
        )
    return {"IdentityId": identity.id, "Credentials": _credentials(issued)}


def get_open_id_token(federation: Federation, call: ApiCall) -> Result:
    """GetOpenIdToken of the basic flow: ten minutes to assume a role at STS oneself."""
    pool, identity, proven = _proven(federation, call)
    if not pool.settings["AllowClassicFlow"]:
        raise refusals.invalid("Basic (classic) flow is not enabled, please use enhanced flow.")
    now = int(federation.directory.now())
    web = _web_identity(pool, identity, proven)
    claims: dict[str, Any] = {
        "sub": web.subject,
        "aud": web.audience,
        "amr": list(web.methods),
        "iss": f"https://{SERVICE}",
        "exp": now + TOKEN_LIFETIME,
        "iat": now,
    }
    key = federation.key
    return {"IdentityId": identity.id, "Token": jws.sign(claims, key.private, key.kid)}


def unlink(federation: Federation, call: ApiCall) -> Result:
    """UnlinkIdentity: the named logins no longer lead to the identity."""
    _, identity, _ = _proven(federation, call)
    for provider in call.params["LoginsToRemove"]:
        identity.logins.pop(provider, None)
    return {}


def _proven(
    federation: Federation, call: ApiCall
) -> tuple[IdentityPool, Identity, tuple[Login, ...]]:
    """The identity asked for, with logins that prove the caller is it."""
    pool, identity = federation.identity(call.params["IdentityId"], call)
    given: Mapping[str, str] = call.params.get("Logins", {})
    proven = logins.verified(federation, pool, given)
    if not proven:
        if identity.logins:
            raise refusals.unauthorized(f"Access to Identity '{identity.id}' is forbidden.")
        _require_guests(pool)
        return pool, identity, proven
    subjects = {login.provider: login.subject for login in proven}
    holder = pool.linked(subjects)
    if holder is not None and holder is not identity:
        if not identity.logins:
            raise ApiRefusal(
                "ResourceConflictException", "Login is already linked to another identity."
            )
        raise _mismatch()
    if holder is None and identity.logins:
        raise _mismatch()
    if identity.logins != {**identity.logins, **subjects}:
        identity.logins.update(subjects)
        identity.modified = federation.directory.now()
    return pool, identity, proven


def _mismatch() -> ApiRefusal:
    return refusals.unauthorized(
        "Logins don't match. Please include at least one valid login for this identity or "
        "identity pool."
    )


def _require_guests(pool: IdentityPool) -> None:
    if not pool.settings["AllowUnauthenticatedIdentities"]:
        raise refusals.unauthorized(
            "Unauthenticated access is not supported for this identity pool."
        )


def _web_identity(pool: IdentityPool, identity: Identity, proven: tuple[Login, ...]) -> WebIdentity:
    methods = ["authenticated" if proven else "unauthenticated"]
    for login in proven:
        methods += [login.provider, f"{login.provider}:CognitoSignIn:{login.subject}"]
    return WebIdentity(identity.id, pool.id, tuple(methods))


def _credentials(issued: Credentials) -> dict[str, Any]:
    return {
        "AccessKeyId": issued.access_key,
        "SecretKey": issued.secret_key,
        "SessionToken": issued.session_token,
        "Expiration": moment(issued.expires or 0.0),
    }


OPERATIONS = {
    "GetId": get_id,
    "GetCredentialsForIdentity": get_credentials,
    "GetOpenIdToken": get_open_id_token,
    "UnlinkIdentity": unlink,
}
