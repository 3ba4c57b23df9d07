"""The gateway with its real neighbours: Lambda and IAM."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from archlib.local.cloud import LocalCloud

CODE = """
import json

def handler(event, context):
    if event.get("queryStringParameters"):
        raise RuntimeError("asked to fail")
    return {"statusCode": 200, "headers": {"X-Function": context.function_name},
            "body": json.dumps({"path": event["path"],
                                "who": event["requestContext"]["identity"]["userArn"]})}
"""

PLANES = (
    "archlib.local.iam:IamEnforcement",
    "archlib.local.sts:SecurityTokens",
    "archlib.local.functions:FunctionRuntime",
    "archlib.local.cognito:CognitoPlane",
    "archlib.local.gateway:RestApiPlane",
)


def archive(code: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr(zipfile.ZipInfo("app.py"), code)
    return packed.getvalue()


def trust(service: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    )


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(planes=PLANES) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def function(cloud: LocalCloud) -> str:
    role = cloud.client("iam").create_role(
        RoleName="todo-role", AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
    )["Role"]["Arn"]
    made = cloud.client("lambda").create_function(
        FunctionName="todo",
        Runtime="python3.12",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": archive(CODE)},
    )
    return str(made["FunctionArn"])


@pytest.fixture
def api_id(cloud: LocalCloud, function: str) -> Any:
    client = cloud.client("apigateway")
    api = client.create_rest_api(name="todo", endpointConfiguration={"types": ["REGIONAL"]})
    for part, authorization in (("open", "NONE"), ("signed", "AWS_IAM")):
        resource = client.create_resource(
            restApiId=api["id"], parentId=api["rootResourceId"], pathPart=part
        )["id"]
        where = {"restApiId": api["id"], "resourceId": resource, "httpMethod": "GET"}
        client.put_method(**where, authorizationType=authorization)
        client.put_integration(
            **where,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
            f"{function}/invocations",
        )
    client.create_deployment(restApiId=api["id"], stageName="prod")
    return api["id"]


def permit(cloud: LocalCloud, api_id: str, path: str) -> None:
    cloud.client("lambda").add_permission(
        FunctionName="todo",
        StatementId=f"{api_id}{path}",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{api_id}/*/GET/{path}",
    )


def get(api_id: str, path: str, **options: Any) -> Any:
    import requests

    url = f"https://{api_id}.execute-api.us-east-1.amazonaws.com/prod/{path}"
    return requests.get(url, timeout=5, **options)


def test_the_functions_policy_decides_by_source_arn(
    cloud: LocalCloud, function: str, api_id: str
) -> None:
    refused = get(api_id, "open")
    assert (refused.status_code, refused.json()) == (500, {"message": "Internal server error"})
    permit(cloud, api_id, "elsewhere")
    assert get(api_id, "open").status_code == 500
    permit(cloud, api_id, "open")
    mark = cloud.trace.mark()
    served = get(api_id, "open")
    assert served.status_code == 200, served.text
    assert served.json() == {"path": "/open", "who": None}
    assert served.headers["X-Function"] == "todo"
    first, second = cloud.trace.since(mark)
    assert second.source == first.target == f"arn:aws:apigateway:us-east-1::/restapis/{api_id}"
    assert second.target == function
    assert second.parent == first.number


def test_a_failing_function_is_a_bad_gateway(cloud: LocalCloud, function: str, api_id: str) -> None:
    permit(cloud, api_id, "open")
    failed = get(api_id, "open?x=1")
    assert (failed.status_code, failed.json()) == (502, {"message": "Internal server error"})


def test_iam_decides_about_signed_callers(cloud: LocalCloud, function: str, api_id: str) -> None:
    import requests
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    permit(cloud, api_id, "signed")
    iam = cloud.client("iam")
    name = f"caller-{api_id}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    keys = cloud.identities.issue(role["Role"]["Arn"], "me")

    def call() -> Any:
        request = AWSRequest(
            "GET", f"https://{api_id}.execute-api.us-east-1.amazonaws.com/prod/signed"
        )
        held = Credentials(keys.access_key, keys.secret_key, keys.session_token)
        SigV4Auth(held, "execute-api", "us-east-1").add_auth(request)
        return requests.get(request.url, headers=dict(request.headers), timeout=5)

    denied = call()
    assert denied.status_code == 403
    assert f"assumed-role/{name}/me is not authorized to perform: execute-api:Invoke" in denied.text
    iam.put_role_policy(
        RoleName=name,
        PolicyName="invoke",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "execute-api:Invoke",
                        "Resource": f"arn:aws:execute-api:us-east-1:*:{api_id}/prod/GET/signed",
                    }
                ],
            }
        ),
    )
    allowed = call()
    assert allowed.status_code == 200, allowed.text
    assert allowed.json()["who"].endswith(f"assumed-role/{name}/me")


# -- with Cognito ------------------------------------------------------------------------------


def test_real_tokens_of_a_real_pool(cloud: LocalCloud, function: str) -> None:
    idp, client = cloud.client("cognito-idp"), cloud.client("apigateway")

    def pool_with_user(name: str) -> tuple[str, dict[str, str]]:
        pool = idp.create_user_pool(PoolName=name)["UserPool"]
        app = idp.create_user_pool_client(
            UserPoolId=pool["Id"],
            ClientName="app",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]["ClientId"]
        idp.admin_create_user(UserPoolId=pool["Id"], Username="ann", MessageAction="SUPPRESS")
        idp.admin_set_user_password(
            UserPoolId=pool["Id"], Username="ann", Password="Passw0rd!x", Permanent=True
        )
        signed_in = cloud.client("cognito-idp", unsigned=True).initiate_auth(
            ClientId=app,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ann", "PASSWORD": "Passw0rd!x"},
        )
        return pool["Arn"], signed_in["AuthenticationResult"]

    arn, tokens = pool_with_user("users")
    _, foreign = pool_with_user("others")
    api = client.create_rest_api(name="guarded", endpointConfiguration={"types": ["REGIONAL"]})
    authorizer = client.create_authorizer(
        restApiId=api["id"],
        name="users",
        type="COGNITO_USER_POOLS",
        providerARNs=[arn],
        identitySource="method.request.header.Authorization",
    )["id"]
    where = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    client.put_method(**where, authorizationType="COGNITO_USER_POOLS", authorizerId=authorizer)
    client.put_integration(
        **where,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations",
    )
    client.create_deployment(restApiId=api["id"], stageName="prod")
    permit(cloud, api["id"], "")

    def status(token: str | None) -> tuple[int, list[str]]:
        mark = cloud.trace.mark()
        headers = {} if token is None else {"Authorization": token}
        answer = get(api["id"], "", headers=headers)
        return answer.status_code, [hop.target for hop in cloud.trace.since(mark)[1:]]

    head, body, signature = tokens["IdToken"].split(".")
    tampered = ".".join(
        (head, body, signature[:-6] + ("AAAAAA" if signature[-6:] != "AAAAAA" else "BBBBBB"))
    )
    assert status(tokens["IdToken"]) == (200, [arn, function])
    assert status(f"Bearer {tokens['IdToken']}") == (200, [arn, function])
    assert status(None) == (401, [])
    assert status(tampered) == (401, [arn])
    assert status(foreign["IdToken"]) == (401, [arn])
    assert status(tokens["AccessToken"]) == (401, [arn])
    cloud.clock.advance(hours=1, seconds=1)
    assert status(tokens["IdToken"]) == (401, [arn])
    expired = get(api["id"], "", headers={"Authorization": tokens["IdToken"]})
    assert expired.json() == {"message": "The incoming token has expired"}
