"""A request through gateway, authorizer, function and IAM-checked table, against moto by hand.

By hand means: the same three services, one boto3 call each, in plain moto with nothing of ours:
Cognito looks at the access token (GetUser), Lambda is invoked (moto's backend that runs no code),
DynamoDB is queried.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
import requests

from archlib.local import LocalCloud
from archlib.scenarios import scenario
from archlib.scenarios.accounts import newcomer
from archlib.template import emit
from archlib.verify import site
from benchmarks.measured import Measured, best_of

ROUNDS, REPEAT = 5, 100
REGION = "us-east-1"


def request_against_moto_by_hand() -> Measured:
    """Ratio per request; each side is the best of several rounds, interleaved in one run."""
    hand, ours = _by_hand(), _through_the_cloud()
    return Measured(
        "request / moto by hand",
        ours / hand,
        2.0,
        f"{ours * 1000:.2f} ms / {hand * 1000:.2f} ms",
    )


def _through_the_cloud() -> float:
    emitted = emit(scenario("mytodolist").variants["without-dax"]())
    with LocalCloud() as cloud:
        deployed = cloud.deploy(emitted.template, stack_name="bench", assets=emitted.assets)
        token = newcomer(site(cloud, deployed), "bench").id
        session, url = requests.Session(), deployed.outputs["ApiUrl"] + "/todos"
        headers = {"Authorization": token, "Content-Type": "application/json"}
        session.post(url, data=json.dumps({"title": "x"}), headers=headers, timeout=5)
        versions = iter(range(10**9))

        def ask() -> None:
            # A version of its own goes past the stage's cache, down to the table.
            answer = session.get(f"{url}?version={next(versions)}", headers=headers, timeout=5)
            assert answer.status_code == 200, answer.text
            cloud.clock.spend(0.05)

        ask()
        return best_of(ROUNDS, REPEAT, ask)


def _by_hand() -> float:
    from moto import mock_aws

    with mock_aws(config={"lambda": {"use_docker": False}}):
        clients = {
            name: boto3.client(name, region_name=REGION)
            for name in ("cognito-idp", "lambda", "dynamodb", "iam")
        }
        ask = _calls(clients)
        ask()
        return best_of(ROUNDS, REPEAT, ask)


def _calls(clients: dict[str, Any]) -> Callable[[], None]:
    cognito, functions, dynamodb = (clients[n] for n in ("cognito-idp", "lambda", "dynamodb"))
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="u")
    cognito.admin_set_user_password(
        UserPoolId=pool, Username="u", Password="Correct-horse-7", Permanent=True
    )
    token = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "u", "PASSWORD": "Correct-horse-7"},
    )["AuthenticationResult"]["AccessToken"]
    role = clients["iam"].create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return {}")
    functions.create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
    )  # fmt: skip
    dynamodb.create_table(
        TableName="t",
        KeySchema=[
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": "id", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("owner", "id")
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(
        TableName="t", Item={"owner": {"S": "u"}, "id": {"S": "1"}, "title": {"S": "x"}}
    )
    event = json.dumps({"httpMethod": "GET", "resource": "/todos", "headers": {"a": "b"}})

    def ask() -> None:
        cognito.get_user(AccessToken=token)
        functions.invoke(FunctionName="f", Payload=event)
        dynamodb.query(
            TableName="t",
            KeyConditionExpression="#o = :o",
            ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={":o": {"S": "u"}},
        )

    return ask
