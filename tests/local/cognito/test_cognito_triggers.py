from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from archlib.errors import Unsupported
from archlib.local.cloud import LocalCloud

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    planes = (
        "archlib.local.iam:IamEnforcement",
        "archlib.local.sts:SecurityTokens",
        "archlib.local.functions:FunctionRuntime",
        "archlib.local.cognito:CognitoPlane",
    )
    with LocalCloud(planes=planes) as running:
        yield running


def function(cloud: LocalCloud, body: str, *, permitted: bool = True) -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    source = f"def handler(event, context):\n{lines}\n    return event\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("app.py", source)
    role = cloud.client("iam").create_role(RoleName="f", AssumeRolePolicyDocument=TRUST)
    made = cloud.client("lambda").create_function(
        FunctionName="trigger",
        Runtime="python3.12",
        Handler="app.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": archive.getvalue()},
    )
    if permitted:
        cloud.client("lambda").add_permission(
            FunctionName="trigger",
            StatementId="cognito",
            Action="lambda:InvokeFunction",
            Principal="cognito-idp.amazonaws.com",
        )
    return str(made["FunctionArn"])


def test_pre_sign_up_confirms(cloud: LocalCloud, make_directory: Any) -> None:
    arn = function(
        cloud,
        "assert event['triggerSource'] == 'PreSignUp_SignUp'\n"
        "assert event['request']['validationData'] == {'from': 'test'}\n"
        "mail = event['request']['userAttributes']['email']\n"
        "event['response']['autoConfirmUser'] = mail.endswith('@example.com')\n"
        "event['response']['autoVerifyEmail'] = True",
    )
    people = make_directory(LambdaConfig={"PreSignUp": arn})
    mark = cloud.trace.mark()
    answer = people.sign_up("ann@example.com", ValidationData=[{"Name": "from", "Value": "test"}])
    assert answer["UserConfirmed"] is True
    hops = cloud.trace.since(mark)
    assert [(hop.source, hop.target) for hop in hops] == [
        ("client", people.arn),
        (people.arn, arn),
    ]
    claims = people.plane.verify_token(people.arn, people.tokens("ann@example.com")["IdToken"])
    assert claims["email_verified"] is True


def test_pre_sign_up_refuses(cloud: LocalCloud, make_directory: Any, refused: Any) -> None:
    arn = function(cloud, "raise ValueError('by invitation only')")
    people = make_directory(LambdaConfig={"PreSignUp": arn})
    with refused(
        "UserLambdaValidationException", "PreSignUp failed with error by invitation only."
    ):
        people.sign_up("ann@example.com")
    assert people.admin.list_users(UserPoolId=people.pool_id)["Users"] == []


def test_pre_token_generation_changes_claims(cloud: LocalCloud, make_directory: Any) -> None:
    arn = function(
        cloud,
        "event['response']['claimsOverrideDetails'] = {\n"
        "    'claimsToAddOrOverride': {'tier': 'gold', 'sub': 'root', 'aud': 'x'},\n"
        "    'claimsToSuppress': ['email', 'iss'],\n"
        "    'groupOverrideDetails': {'groupsToOverride': ['vip']},\n"
        "}",
    )
    people = make_directory(LambdaConfig={"PreTokenGeneration": arn})
    sub = people.join("ann@example.com")
    claims = people.plane.verify_token(people.arn, people.tokens("ann@example.com")["IdToken"])
    assert claims["tier"] == "gold"
    assert claims["sub"] == sub
    assert "email" not in claims
    assert claims["cognito:groups"] == ["vip"]


def test_custom_messages(cloud: LocalCloud, make_directory: Any) -> None:
    arn = function(
        cloud,
        "code = event['request']['codeParameter']\n"
        "event['response']['emailSubject'] = event['triggerSource']\n"
        "event['response']['emailMessage'] = 'Code: ' + code",
    )
    people = make_directory(LambdaConfig={"CustomMessage": arn})
    people.sign_up("ann@example.com")
    (message,) = cloud.outbox
    assert (message.subject, message.body) == ("CustomMessage_SignUp", f"Code: {message.code}")


def test_pre_authentication_refuses(cloud: LocalCloud, make_directory: Any, refused: Any) -> None:
    arn = function(cloud, "raise ValueError('not today')")
    people = make_directory(LambdaConfig={"PreAuthentication": arn})
    people.join("ann@example.com")
    with refused("UserLambdaValidationException", "PreAuthentication failed with error not today."):
        people.sign_in("ann@example.com")


def test_the_function_must_let_the_pool_in(
    cloud: LocalCloud, make_directory: Any, refused: Any
) -> None:
    people = make_directory(LambdaConfig={"PreSignUp": function(cloud, "pass", permitted=False)})
    with refused("UnexpectedLambdaException", "AccessDeniedException"):
        people.sign_up("ann@example.com")


def test_an_unusable_answer(cloud: LocalCloud, make_directory: Any, refused: Any) -> None:
    people = make_directory(LambdaConfig={"PreSignUp": function(cloud, "return 'yes'")})
    with refused("InvalidLambdaResponseException", "Unrecognizable lambda output"):
        people.sign_up("ann@example.com")


def test_without_a_runtime_a_trigger_is_refused() -> None:
    planes = ("archlib.local.iam:IamEnforcement", "archlib.local.cognito:CognitoPlane")
    with LocalCloud(planes=planes) as bare:
        idp = bare.client("cognito-idp")
        arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
        pool = idp.create_user_pool(PoolName="p", LambdaConfig={"PreSignUp": arn})["UserPool"]
        app = idp.create_user_pool_client(UserPoolId=pool["Id"], ClientName="c")
        with pytest.raises(Unsupported, match=r"LambdaConfig\.PreSignUp"):
            idp.sign_up(
                ClientId=app["UserPoolClient"]["ClientId"],
                Username="ann",
                Password="Correct-horse-7",
            )
