from __future__ import annotations

from typing import Any

import pytest

from archlib.errors import Unsupported
from archlib.local.cognito.plane import IDENTITY_POOLS, USER_POOLS, _operations


def test_an_invitation_carries_the_password(people: Any) -> None:
    made = people.admin.admin_create_user(
        UserPoolId=people.pool_id, Username="ann@example.com", DesiredDeliveryMediums=["EMAIL"]
    )["User"]
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    (message,) = people.cloud.outbox
    assert message.code in message.body
    assert people.sign_in("ann@example.com", message.code)["ChallengeName"]


def test_suppressed_invitations(people: Any) -> None:
    people.admin.admin_create_user(
        UserPoolId=people.pool_id, Username="ann@example.com", MessageAction="SUPPRESS"
    )
    assert len(people.cloud.outbox) == 0


def test_disabled_users(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    made = people.tokens("ann@example.com")
    key = {"UserPoolId": people.pool_id, "Username": "ann@example.com"}
    people.admin.admin_disable_user(**key)
    with refused("NotAuthorizedException", "User is disabled."):
        people.sign_in("ann@example.com")
    with refused("NotAuthorizedException"):
        people.refresh(made["RefreshToken"])
    with refused("NotAuthorizedException"):
        people.public.get_user(AccessToken=made["AccessToken"])
    people.admin.admin_enable_user(**key)
    assert people.tokens("ann@example.com")


def test_admin_global_sign_out(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    made = people.tokens("ann@example.com")
    people.admin.admin_user_global_sign_out(UserPoolId=people.pool_id, Username="ann@example.com")
    with refused("NotAuthorizedException", "has been revoked"):
        people.refresh(made["RefreshToken"])


def test_attributes_by_an_administrator(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    key = {"UserPoolId": people.pool_id, "Username": "ann@example.com"}

    def attributes() -> dict[str, str]:
        told = people.admin.admin_get_user(**key)["UserAttributes"]
        return {a["Name"]: a["Value"] for a in told}

    people.admin.admin_update_user_attributes(
        **key, UserAttributes=[{"Name": "name", "Value": "Ann"}]
    )
    assert attributes()["name"] == "Ann"
    people.admin.admin_delete_user_attributes(**key, UserAttributeNames=["name"])
    assert "name" not in attributes()
    with refused("InvalidParameterException", "Attribute cannot be updated"):
        people.admin.admin_update_user_attributes(
            **key, UserAttributes=[{"Name": "sub", "Value": "me"}]
        )


def test_list_users_filters_and_pages(people: Any, refused: Any) -> None:
    for name in ("ann", "amy", "bob"):
        people.join(f"{name}@example.com")
    people.sign_up("cat@example.com")

    def mails(**query: Any) -> list[str]:
        told = people.admin.list_users(UserPoolId=people.pool_id, **query)["Users"]
        return [
            next(a["Value"] for a in user["Attributes"] if a["Name"] == "email") for user in told
        ]

    assert mails(Filter='email ^= "a"') == ["ann@example.com", "amy@example.com"]
    assert mails(Filter='email = "bob@example.com"') == ["bob@example.com"]
    assert mails(Filter='cognito:user_status = "UNCONFIRMED"') == ["cat@example.com"]
    with refused("InvalidParameterException", "filter"):
        mails(Filter="email like a")
    pages = people.admin.get_paginator("list_users").paginate(
        UserPoolId=people.pool_id, PaginationConfig={"PageSize": 3}
    )
    assert [len(page["Users"]) for page in pages] == [3, 1]


def test_groups(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    group = {"UserPoolId": people.pool_id, "GroupName": "readers"}
    member = {**group, "Username": "ann@example.com"}
    with refused("ResourceNotFoundException", "Group not found."):
        people.admin.admin_add_user_to_group(**member)
    people.admin.create_group(**group, Description="may read")
    with refused("GroupExistsException"):
        people.admin.create_group(**group)
    people.admin.admin_add_user_to_group(**member)
    people.admin.admin_add_user_to_group(**member)
    assert len(people.admin.list_users_in_group(**group)["Users"]) == 1
    listed = people.admin.admin_list_groups_for_user(
        UserPoolId=people.pool_id, Username="ann@example.com"
    )["Groups"]
    assert [(g["GroupName"], g["Description"]) for g in listed] == [("readers", "may read")]
    people.admin.update_group(**group, Description="reads")
    assert people.admin.get_group(**group)["Group"]["Description"] == "reads"
    people.admin.admin_remove_user_from_group(**member)
    assert people.admin.list_users_in_group(**group)["Users"] == []
    people.admin.delete_group(**group)
    assert people.admin.list_groups(UserPoolId=people.pool_id)["Groups"] == []


def test_a_pool_is_described_as_it_was_made(make_directory: Any, refused: Any) -> None:
    people = make_directory(
        UserPoolTags={"team": "blue"},
        DeletionProtection="ACTIVE",
        AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
    )
    key = {"UserPoolId": people.pool_id}
    told = people.admin.describe_user_pool(**key)["UserPool"]
    assert told["UserPoolTags"] == {"team": "blue"}
    assert told["AccountRecoverySetting"]["RecoveryMechanisms"][0]["Name"] == "verified_email"
    assert told["MfaConfiguration"] == "OFF"
    assert told["UsernameAttributes"] == ["email"]
    assert told["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    with refused("InvalidParameterException", "deletion protection"):
        people.admin.delete_user_pool(**key)
    people.admin.update_user_pool(**key, PoolName="renamed")
    told = people.admin.describe_user_pool(**key)["UserPool"]
    assert (told["Name"], told["DeletionProtection"]) == ("renamed", "INACTIVE")
    assert told["UsernameAttributes"] == ["email"]
    assert told["UserPoolTags"] == {}
    people.admin.tag_resource(ResourceArn=people.arn, Tags={"a": "1", "b": "2"})
    people.admin.untag_resource(ResourceArn=people.arn, TagKeys=["a"])
    assert people.admin.list_tags_for_resource(ResourceArn=people.arn)["Tags"] == {"b": "2"}
    people.admin.delete_user_pool(**key)
    with refused("ResourceNotFoundException", "does not exist"):
        people.admin.describe_user_pool(**key)
    assert people.admin.list_user_pools(MaxResults=10)["UserPools"] == []


def test_pools_live_in_their_region(people: Any, refused: Any) -> None:
    elsewhere = people.cloud.client("cognito-idp", region="eu-west-1")
    with refused("ResourceNotFoundException"):
        elsewhere.describe_user_pool(UserPoolId=people.pool_id)


def test_a_client_is_updated_and_described(people: Any, refused: Any) -> None:
    key = {"UserPoolId": people.pool_id, "ClientId": people.client_id}
    people.admin.update_user_pool_client(
        **key, IdTokenValidity=2, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"]
    )
    told = people.admin.describe_user_pool_client(**key)["UserPoolClient"]
    assert (told["ClientName"], told["IdTokenValidity"]) == ("app", 2)
    assert told["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH"]
    with refused("InvalidParameterException", "token validity"):
        people.admin.update_user_pool_client(**key, IdTokenValidity=25)
    with refused("InvalidParameterException", "Invalid read attributes"):
        people.admin.update_user_pool_client(**key, ReadAttributes=["custom:none"])
    listed = people.admin.list_user_pool_clients(UserPoolId=people.pool_id)["UserPoolClients"]
    assert [c["ClientId"] for c in listed] == [people.client_id]


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"MfaConfiguration": "ON"}, "MfaConfiguration = 'ON'"),
        ({"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}, "AdvancedSecurityMode"),
        ({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True}}, "DeviceConfiguration"),
        (
            {
                "LambdaConfig": {
                    "CustomSMSSender": {
                        "LambdaVersion": "V1_0",
                        "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
                    }
                }
            },
            "LambdaConfig.CustomSMSSender",
        ),
        (
            {"LambdaConfig": {"UserMigration": "arn:aws:lambda:us-east-1:123456789012:function:f"}},
            "LambdaConfig.UserMigration",
        ),
        (
            {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}},
            "CONFIRM_WITH_LINK",
        ),
        (
            {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}},
            "WEB_AUTHN",
        ),
        ({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}, "EmailSendingAccount"),
    ],
)
def test_pool_settings_that_would_be_ignored_are_refused(
    cloud: Any, setting: dict[str, Any], named: str
) -> None:
    with pytest.raises(Unsupported, match=named):
        cloud.client("cognito-idp").create_user_pool(PoolName="p", **setting)
    assert cloud.client("cognito-idp").list_user_pools(MaxResults=5)["UserPools"] == []


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"SupportedIdentityProviders": ["COGNITO", "Google"]}, "Google"),
        ({"CallbackURLs": ["https://example.com"]}, "CallbackURLs"),
        ({"AllowedOAuthFlowsUserPoolClient": True}, "AllowedOAuthFlowsUserPoolClient"),
        ({"ExplicitAuthFlows": ["ALLOW_USER_AUTH"]}, "ALLOW_USER_AUTH"),
        ({"RefreshTokenRotation": {"Feature": "ENABLED"}}, "RefreshTokenRotation"),
    ],
)
def test_client_settings_that_would_be_ignored_are_refused(
    people: Any, setting: dict[str, Any], named: str
) -> None:
    with pytest.raises(Unsupported, match=named):
        people.client(**setting)


def test_every_operation_is_served_or_refused_by_name(people: Any) -> None:
    assert set(USER_POOLS) <= set(_operations("cognito-idp"))
    assert set(IDENTITY_POOLS) <= set(_operations("cognito-identity"))
    with pytest.raises(Unsupported, match="cognito-idp:CreateUserPoolDomain"):
        people.admin.create_user_pool_domain(UserPoolId=people.pool_id, Domain="here")
    with pytest.raises(Unsupported, match="cognito-identity:LookupDeveloperIdentity"):
        people.cloud.client("cognito-identity").lookup_developer_identity(
            IdentityPoolId="us-east-1:00000000-0000-4000-8000-000000000000"
        )


def test_administration_needs_permission(people: Any, refused: Any) -> None:
    """An IAM role without any policy may not administer, though it may call public operations."""
    people.cloud.client("iam").create_role(
        RoleName="nobody",
        AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        '"Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}',
    )
    credentials = people.cloud.identities.issue(
        f"arn:aws:iam::{people.cloud.account}:role/nobody", "session"
    )
    client = people.cloud.client("cognito-idp", credentials=credentials)
    with refused("AccessDeniedException", "AdminDeleteUser"):
        client.admin_delete_user(UserPoolId=people.pool_id, Username="ann@example.com")
    client.sign_up(ClientId=people.client_id, Username="b@example.com", Password="Correct-horse-7")


def test_what_was_sent_and_answered_is_a_copy(make_directory: Any) -> None:
    schema = [{"Name": "name", "Required": False}]
    tags = {"team": "blue"}
    people = make_directory(Schema=schema, UserPoolTags=tags)
    key = {"UserPoolId": people.pool_id}
    told = people.admin.describe_user_pool(**key)["UserPool"]
    tags["team"] = told["UserPoolTags"]["team"] = "red"
    told["Policies"]["PasswordPolicy"]["MinimumLength"] = 1
    told["SchemaAttributes"].clear()
    again = people.admin.describe_user_pool(**key)["UserPool"]
    assert again["UserPoolTags"] == {"team": "blue"}
    assert again["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert again["SchemaAttributes"]
    client = people.client(ReadAttributes=["email"])
    client["ReadAttributes"].append("name")
    described = people.admin.describe_user_pool_client(**key, ClientId=client["ClientId"])
    assert described["UserPoolClient"]["ReadAttributes"] == ["email"]


def test_a_hand_made_api_call_is_refused_by_name(people: Any) -> None:
    import requests

    with pytest.raises(Unsupported, match="botocore only"):
        requests.post(
            "https://cognito-idp.us-east-1.amazonaws.com/",
            headers={"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"},
            timeout=5,
        )
