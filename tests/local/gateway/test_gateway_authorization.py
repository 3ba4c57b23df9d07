"""Who may call: Cognito, IAM, Lambda authorizers, resource policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archlib.local.identity import Caller, Credentials

ID = {
    "sub": "ann-sub", "aud": "client1", "token_use": "id", "email_verified": True,
    "cognito:groups": ["admins", "users"], "exp": 1767607200, "iat": 1767603600,
    "auth_time": 1767603600,
}  # fmt: skip
ACCESS = {"sub": "ann-sub", "client_id": "client1", "token_use": "access", "scope": "a/read a/x"}


def cognito_api(gateway: Any, scopes: list[str] | None = None, **authorizer: Any) -> Any:
    api = gateway.api()
    options = {"authorizationScopes": scopes} if scopes else {}
    api.method(
        "GET",
        "/todos",
        authorizationType="COGNITO_USER_POOLS",
        authorizerId=api.cognito(**authorizer),
        **options,
    )
    api.deploy()
    gateway.pools.tokens = {
        "ID": ID, "ACCESS": ACCESS, "OLD": "token has expired", "FORGED": "bad signature",
    }  # fmt: skip
    return api


@pytest.mark.parametrize(
    ("scopes", "header", "status", "message"),
    [
        (None, "ID", 200, None),
        (None, "Bearer ID", 200, None),
        (None, "bearer ID", 200, None),
        (None, None, 401, "Unauthorized"),
        (None, "", 401, "Unauthorized"),
        (None, "Bearer ", 401, "Unauthorized"),
        (None, "FORGED", 401, "Unauthorized"),
        (None, "OTHERPOOL", 401, "Unauthorized"),
        (None, "OLD", 401, "The incoming token has expired"),
        (None, "ACCESS", 401, "Unauthorized"),
        (["a/read"], "ACCESS", 200, None),
        (["a/write"], "ACCESS", 401, "Unauthorized"),
        (["a/write", "a/x"], "ACCESS", 200, None),
        (["a/read"], "ID", 401, "Unauthorized"),
    ],
)
def test_cognito_tokens(
    gateway: Any, scopes: Any, header: str | None, status: int, message: str | None
) -> None:
    api = cognito_api(gateway, scopes)
    answer = api.get("/todos", headers={} if header is None else {"Authorization": header})
    assert answer.status_code == status
    if message:
        assert answer.json() == {"message": message}
        assert answer.headers["x-amzn-ErrorType"] == "UnauthorizedException"
        assert gateway.lambdas.calls == []


def test_claims_reach_the_function_as_strings(gateway: Any) -> None:
    api = cognito_api(gateway)
    api.get("/todos", headers={"Authorization": "ID"})
    context = gateway.lambdas.calls[-1]["event"]["requestContext"]
    assert context["authorizer"] == {
        "claims": {
            "sub": "ann-sub",
            "aud": "client1",
            "token_use": "id",
            "email_verified": "true",
            "cognito:groups": "admins,users",
            "exp": "Mon Jan 05 10:00:00 UTC 2026",
            "iat": "Mon Jan 05 09:00:00 UTC 2026",
            "auth_time": "1767603600",
        }
    }


def test_verification_is_a_hop_with_its_reason(gateway: Any) -> None:
    api = cognito_api(gateway)
    mark = gateway.cloud.trace.mark()
    api.get("/todos", headers={"Authorization": "ID"})
    _, verify, invoke = gateway.cloud.trace.since(mark)
    assert (verify.target, verify.action, verify.status, verify.principal) == (
        gateway.pool_arn, "cognito-idp:VerifyToken", 200, "ann-sub",
    )  # fmt: skip
    assert invoke.target == gateway.function_arn
    mark = gateway.cloud.trace.mark()
    api.get("/todos", headers={"Authorization": "FORGED"})
    first, verify = gateway.cloud.trace.since(mark)
    assert (first.status, verify.status, verify.detail["reason"]) == (401, 401, "bad signature")
    mark = gateway.cloud.trace.mark()
    api.get("/todos")
    (only,) = gateway.cloud.trace.since(mark)  # no token, nothing to verify
    assert only.detail["reason"] == "no token"


def test_the_validation_expression_is_matched_against_the_audience(gateway: Any) -> None:
    api = cognito_api(gateway, identityValidationExpression="client[0-9]")
    assert api.get("/todos", headers={"Authorization": "ID"}).status_code == 200
    api = cognito_api(gateway, identityValidationExpression="elsewhere")
    assert api.get("/todos", headers={"Authorization": "ID"}).status_code == 401
    kept = api.client.get_authorizers(restApiId=api.id)["items"][0]
    assert kept["identityValidationExpression"] == "elsewhere"


def test_another_header_can_carry_the_token(gateway: Any) -> None:
    api = cognito_api(gateway, identitySource="method.request.header.X-Token")
    assert api.get("/todos", headers={"X-Token": "ID"}).status_code == 200
    assert api.get("/todos", headers={"Authorization": "ID"}).status_code == 401


def test_a_refused_request_is_never_answered_from_the_cache(gateway: Any) -> None:
    api = cognito_api(gateway)
    api.patch_stage({"/cacheClusterEnabled": "true", "/*/*/caching/enabled": "true"})
    assert api.get("/todos", headers={"Authorization": "ID"}).status_code == 200
    assert api.get("/todos", headers={"Authorization": "ID"}).status_code == 200
    assert len(gateway.lambdas.calls) == 1
    assert api.get("/todos", headers={"Authorization": "OLD"}).status_code == 401
    assert api.get("/todos").status_code == 401


# -- AWS_IAM ----------------------------------------------------------------------------------

ROLE = "arn:aws:sts::123456789012:assumed-role/reader/s"


def policy(effect: str = "Allow", resource: str = "*", **more: Any) -> str:
    statement = {
        "Effect": effect, "Action": "execute-api:Invoke", "Resource": resource, **more,
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def reader(gateway: Any) -> Credentials:
    credentials = Credentials("ASIAREADER0000000001", "its-secret", "its-token")
    gateway.cloud.identities.register(
        credentials, Caller("assumed-role", ROLE, "123456789012", "AROAREADER:s")
    )
    return credentials


def iam_api(gateway: Any, **options: Any) -> Any:
    api = gateway.api(**options)
    api.method("GET", "/todos/{id}", authorizationType="AWS_IAM")
    api.deploy()
    return api


def test_a_permitted_signature_passes_with_its_identity(gateway: Any, reader: Any) -> None:
    api = iam_api(gateway)
    arn = f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/prod/GET/todos/*"
    gateway.iam.policies[ROLE] = policy(resource=arn)
    answer = api.signed(reader, "GET", "/todos/a%20b?y=2&x=1&x=0&z=%C3%A9")
    assert answer.status_code == 200, answer.text
    identity = gateway.lambdas.calls[-1]["event"]["requestContext"]["identity"]
    assert identity["userArn"] == ROLE
    assert identity["accountId"] == "123456789012"
    assert identity["caller"] == identity["user"] == "AROAREADER:s"
    assert identity["accessKey"] == "ASIAREADER0000000001"
    assert gateway.cloud.trace.hops[-2].principal == ROLE


@pytest.mark.parametrize(
    ("document", "suffix"), [(None, ""), (policy("Deny"), " with an explicit deny")]
)
def test_iam_denials_name_caller_and_resource(
    gateway: Any, reader: Any, document: str | None, suffix: str
) -> None:
    api = iam_api(gateway)
    if document:
        gateway.iam.policies[ROLE] = document
    answer = api.signed(reader, "GET", "/todos/7")
    assert answer.status_code == 403
    assert answer.headers["x-amzn-ErrorType"] == "AccessDeniedException"
    assert answer.json() == {
        "Message": f"User: {ROLE} is not authorized to perform: execute-api:Invoke on resource: "
        f"arn:aws:execute-api:us-east-1:********9012:{api.id}/prod/GET/todos/7{suffix}"
    }


def test_bad_signatures(gateway: Any, reader: Any) -> None:
    import requests

    api = iam_api(gateway)
    gateway.iam.policies[ROLE] = policy()
    forged = Credentials(reader.access_key, "guessed", reader.session_token)
    stranger = Credentials("ASIASTRANGER00000001", "s", "t")
    assert kind(api.signed(forged, "GET", "/todos/7")) == (403, "InvalidSignatureException")
    assert kind(api.signed(stranger, "GET", "/todos/7")) == (403, "UnrecognizedClientException")
    unsigned = api.get("/todos/7")
    assert kind(unsigned) == (403, "MissingAuthenticationTokenException")
    bearer = api.get("/todos/7", headers={"Authorization": "Bearer x"})
    assert kind(bearer) == (403, "IncompleteSignatureException")

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials as Keys

    keys = Keys(reader.access_key, reader.secret_key, reader.session_token)
    for service, region, wait, expected in (
        ("execute-api", "us-east-1", 299, (200, None)),
        ("execute-api", "us-east-1", 301, (403, "InvalidSignatureException")),
        ("s3", "us-east-1", 0, (403, "InvalidSignatureException")),
        ("execute-api", "eu-west-1", 0, (403, "InvalidSignatureException")),
    ):
        request = AWSRequest("GET", api.url("/todos/7"))
        SigV4Auth(keys, service, region).add_auth(request)
        gateway.cloud.clock.advance(seconds=wait)
        sent = requests.get(api.url("/todos/7"), headers=dict(request.headers), timeout=5)
        assert kind(sent) == expected
    request = AWSRequest("GET", api.url("/todos/7"))
    SigV4Auth(keys, "execute-api", "us-east-1").add_auth(request)
    moved = requests.get(api.url("/todos/8"), headers=dict(request.headers), timeout=5)
    assert kind(moved) == (403, "InvalidSignatureException")


def kind(answer: Any) -> tuple[int, str | None]:
    return answer.status_code, answer.headers.get("x-amzn-ErrorType")


def test_expired_credentials(gateway: Any) -> None:
    credentials = Credentials("ASIAOLD0000000000001", "s", "t", gateway.cloud.clock.time() - 1)
    gateway.cloud.identities.register(
        credentials,
        Caller("assumed-role", ROLE, "123456789012", "A:s", expires=credentials.expires),
    )
    answer = iam_api(gateway).signed(credentials, "GET", "/todos/7")
    assert kind(answer) == (403, "ExpiredTokenException")
    assert answer.json() == {"message": "The security token included in the request is expired"}


# -- resource policies ------------------------------------------------------------------------


def ip_policy(address: str) -> str:
    return policy(
        resource="execute-api:/prod/*",
        Principal="*",
        Condition={"IpAddress": {"aws:SourceIp": address}},
    )


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (ip_policy("203.0.113.0/24"), 200),
        (ip_policy("192.0.2.0/24"), 403),
        (policy("Deny", Principal="*"), 403),
        (policy(resource="execute-api:/test/*", Principal="*"), 403),
    ],
)
def test_a_resource_policy_must_allow(gateway: Any, document: str, status: int) -> None:
    api = gateway.api(policy=document)
    api.method("GET", "/todos")
    api.deploy()
    answer = api.get("/todos")
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["Message"].startswith(
            "User: anonymous is not authorized to perform: execute-api:Invoke on resource: "
        )


def test_a_changed_policy_needs_a_new_deployment(gateway: Any) -> None:
    api = gateway.api()
    api.method("GET", "/todos")
    api.deploy()
    api.client.update_rest_api(
        restApiId=api.id,
        patchOperations=[
            {"op": "replace", "path": "/policy", "value": policy("Deny", Principal="*")}
        ],
    )
    assert api.get("/todos").status_code == 200
    api.deploy()
    assert api.get("/todos").status_code == 403


def test_iam_or_the_resource_policy_may_allow(gateway: Any, reader: Any) -> None:
    allowing = policy(resource="execute-api:/*", Principal={"AWS": "123456789012"})
    assert iam_api(gateway, policy=allowing).signed(reader, "GET", "/todos/7").status_code == 200
    denying = policy("Deny", Principal="*")
    gateway.iam.policies[ROLE] = policy()
    assert iam_api(gateway, policy=denying).signed(reader, "GET", "/todos/7").status_code == 403


# -- Lambda authorizers -----------------------------------------------------------------------


def custom_api(gateway: Any, output: Any, **options: Any) -> Any:
    api = gateway.api()
    settings = {
        "name": "custom",
        "type": "TOKEN",
        "authorizerUri": gateway.uri(gateway.authorizer_arn),
        "identitySource": "method.request.header.Authorization",
        **options,
    }
    made = api.client.create_authorizer(restApiId=api.id, **settings)
    api.method("GET", "/todos/{id}", authorizationType="CUSTOM", authorizerId=made["id"])
    api.deploy()

    def authorizer(event: Any) -> Any:
        if isinstance(output, Exception):
            raise output
        return output

    gateway.lambdas.handlers[gateway.authorizer_arn] = authorizer
    api.authorizer_id = made["id"]
    return api


def grant(effect: str = "Allow", resource: str = "*", **more: Any) -> Any:
    return {"principalId": "ann", "policyDocument": json.loads(policy(effect, resource)), **more}


TOKEN = {"Authorization": "secret"}


def test_a_token_authorizer_is_asked_with_the_documented_event(gateway: Any) -> None:
    api = custom_api(gateway, grant(context={"level": 3, "beta": True, "name": "x"}))
    assert api.get("/todos/7", headers=TOKEN).status_code == 200
    asked, served = gateway.lambdas.calls
    assert asked["event"] == {
        "type": "TOKEN",
        "authorizationToken": "secret",
        "methodArn": f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/prod/GET/todos/7",
    }
    assert asked["source_arn"] == (
        f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/authorizers/{api.authorizer_id}"
    )
    assert served["event"]["requestContext"]["authorizer"] == {
        "principalId": "ann", "level": "3", "beta": "true", "name": "x",
    }  # fmt: skip


def test_a_request_authorizer_sees_the_request(gateway: Any) -> None:
    api = custom_api(
        gateway, grant(), type="REQUEST",
        identitySource="method.request.header.X-A,method.request.querystring.b",
    )  # fmt: skip
    assert api.get("/todos/7?b=1").status_code == 401
    assert api.get("/todos/7?b=1", headers={"X-A": "1"}).status_code == 200
    event = gateway.lambdas.calls[0]["event"]
    assert event["type"] == "REQUEST"
    assert event["pathParameters"] == {"id": "7"}
    assert event["queryStringParameters"] == {"b": "1"}
    assert event["requestContext"]["resourcePath"] == "/todos/{id}"
    assert event["methodArn"].endswith("/prod/GET/todos/7")
    assert "body" not in event


@pytest.mark.parametrize(
    ("output", "status", "body", "error_type"),
    [
        (grant("Deny"), 403,
         {"Message": "User is not authorized to access this resource with an explicit deny"},
         "AccessDeniedException"),
        (grant(resource="arn:aws:execute-api:*:*:*/test/*"), 403,
         {"Message": "User is not authorized to access this resource"}, "AccessDeniedException"),
        (RuntimeError("Unauthorized"), 401, {"message": "Unauthorized"}, "UnauthorizedException"),
        (RuntimeError("oops"), 500, {"message": None}, "AuthorizerConfigurationException"),
        ({"principalId": "x"}, 500, {"message": None}, "AuthorizerConfigurationException"),
        ("text", 500, {"message": None}, "AuthorizerConfigurationException"),
        ({"principalId": "x", "policyDocument": {"Statement": 1}}, 500, {"message": None},
         "AuthorizerConfigurationException"),
        (grant(context={"list": []}), 500, {"message": None}, "AuthorizerConfigurationException"),
    ],
)  # fmt: skip
def test_what_an_authorizer_can_say(
    gateway: Any, output: Any, status: int, body: Any, error_type: str
) -> None:
    api = custom_api(gateway, output)
    answer = api.get("/todos/7", headers=TOKEN)
    assert (answer.status_code, answer.json()) == (status, body)
    assert answer.headers["x-amzn-ErrorType"] == error_type
    assert [call["arn"] for call in gateway.lambdas.calls] == [gateway.authorizer_arn]


def test_results_are_kept_by_token_until_their_ttl_or_a_flush(gateway: Any) -> None:
    api = custom_api(gateway, grant(), authorizerResultTtlInSeconds=60)

    def asked() -> int:
        api.get("/todos/7", headers=TOKEN)
        return sum(call["arn"] == gateway.authorizer_arn for call in gateway.lambdas.calls)

    assert [asked(), asked()] == [1, 1]
    api.get("/todos/7", headers={"Authorization": "another"})
    gateway.cloud.clock.advance(seconds=61)
    assert asked() == 3
    api.client.flush_stage_authorizers_cache(restApiId=api.id, stageName="prod")
    assert asked() == 4


def test_a_token_that_does_not_fit_is_refused_without_asking(gateway: Any) -> None:
    api = custom_api(gateway, grant(), identityValidationExpression="tok-[0-9]+")
    assert api.get("/todos/7", headers=TOKEN).status_code == 401
    assert gateway.lambdas.calls == []
    assert api.get("/todos/7", headers={"Authorization": "tok-1"}).status_code == 200


def test_an_authorizer_that_may_not_be_invoked(gateway: Any) -> None:
    api = custom_api(gateway, grant())
    del gateway.lambdas.handlers[gateway.authorizer_arn]
    answer = api.get("/todos/7", headers=TOKEN)
    assert (answer.status_code, answer.json()) == (500, {"message": None})


def test_a_path_too_long_for_policies(gateway: Any) -> None:
    api = cognito_api(gateway)
    api.method("GET", "/free/{x}")
    api.method(
        "GET", "/guarded/{x}",
        authorizationType="COGNITO_USER_POOLS", authorizerId=api.cognito(name="again"),
    )  # fmt: skip
    api.deploy()
    assert api.get("/free/" + "x" * 1600).status_code == 200
    answer = api.get("/guarded/" + "x" * 1600, headers={"Authorization": "ID"})
    assert (answer.status_code, answer.json()) == (414, {"message": "Request URI too long"})
    assert api.get("/guarded/" + "x" * 1400, headers={"Authorization": "ID"}).status_code == 200
