from __future__ import annotations

import json
from typing import Any

import pytest

from archlib.errors import Unsupported
from archlib.local.cognito.app_clients import secret_hash
from archlib.local.cognito.lockout import Lockout

PASSWORD = "Correct-horse-7"


def test_a_wrong_password_is_refused(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    for wrong in ("", "correct-horse-7", PASSWORD + " "):
        with refused(
            "NotAuthorizedException" if wrong else "InvalidParameterException",
            "Incorrect username or password." if wrong else "Missing required parameter PASSWORD",
        ):
            people.sign_in("ann@example.com", wrong)


def test_an_unconfirmed_user_is_told_so_only_with_the_password(people: Any, refused: Any) -> None:
    people.sign_up("ann@example.com")
    with refused("UserNotConfirmedException", "User is not confirmed."):
        people.sign_in("ann@example.com")
    with refused("NotAuthorizedException"):
        people.sign_in("ann@example.com", "wrong-Horse-7")


def test_missing_users_are_shown_or_hidden(make_directory: Any, refused: Any) -> None:
    with refused("UserNotFoundException", "User does not exist."):
        make_directory().sign_in("ghost@example.com")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        make_directory({"PreventUserExistenceErrors": "ENABLED"}).sign_in("ghost@example.com")


def test_lockout_after_five_wrong_passwords(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    for _ in range(5):
        with refused("NotAuthorizedException", "Incorrect"):
            people.sign_in("ann@example.com", "wrong-Horse-7")
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        people.sign_in("ann@example.com")
    people.cloud.clock.advance(seconds=1)
    assert people.tokens("ann@example.com")


def test_lockout_doubles_and_ends() -> None:
    lock, now = Lockout(), 1000.0
    for failures in range(1, 20):
        lock.failed(now)
        expected = 0 if failures < 5 else min(2.0 ** (failures - 5), 900.0)
        assert max(lock.until - now, 0.0) == expected
        now = max(lock.until, now)
        assert not lock.locked(now)
    lock.failed(now + 900.0)
    assert not lock.locked(now + 900.0)


def test_flows_must_be_enabled(make_directory: Any, refused: Any) -> None:
    people = make_directory({"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]})
    people.join("ann@example.com")
    with refused(
        "InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client"
    ):
        people.sign_in("ann@example.com")
    with refused("InvalidParameterException", "USER_SRP_AUTH is not enabled for the client."):
        people.public.initiate_auth(
            AuthFlow="USER_SRP_AUTH",
            ClientId=people.client_id,
            AuthParameters={"USERNAME": "ann@example.com", "SRP_A": "ab"},
        )


def test_the_default_flows_are_srp_and_refresh(people: Any, refused: Any) -> None:
    client = people.client()
    assert client["ExplicitAuthFlows"] == [
        "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"
    ]  # fmt: skip
    people.join("ann@example.com")
    with refused("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled"):
        people.sign_in("ann@example.com", client_id=client["ClientId"])


def test_legacy_flow_names(people: Any, refused: Any) -> None:
    client = people.client(ExplicitAuthFlows=["USER_PASSWORD_AUTH"])
    people.join("ann@example.com")
    made = people.sign_in("ann@example.com", client_id=client["ClientId"])
    assert made["AuthenticationResult"]["IdToken"]
    with refused("InvalidParameterException"):
        people.client(ExplicitAuthFlows=["USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"])


def test_the_administrators_flow(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    parameters = {"USERNAME": "ann@example.com", "PASSWORD": PASSWORD}
    made = people.admin.admin_initiate_auth(
        UserPoolId=people.pool_id,
        ClientId=people.client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters=parameters,
    )
    assert made["AuthenticationResult"]["RefreshToken"]
    with refused("InvalidParameterException", "Initiate Auth method not supported."):
        people.public.initiate_auth(
            ClientId=people.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters=parameters,
        )


def test_custom_auth_is_refused_by_name(people: Any) -> None:
    client = people.client()
    with pytest.raises(Unsupported, match="CUSTOM_AUTH"):
        people.public.initiate_auth(
            AuthFlow="CUSTOM_AUTH",
            ClientId=client["ClientId"],
            AuthParameters={"USERNAME": "ann@example.com"},
        )


def test_a_client_with_a_secret_wants_its_hash(make_directory: Any, refused: Any) -> None:
    people = make_directory({"GenerateSecret": True})
    described = people.admin.describe_user_pool_client(
        UserPoolId=people.pool_id, ClientId=people.client_id
    )["UserPoolClient"]
    secret = described["ClientSecret"]
    assert len(secret) == 51
    proof = secret_hash(people.client_id, secret, "ann@example.com")
    with refused("NotAuthorizedException", "SECRET_HASH was not received"):
        people.sign_up("ann@example.com")
    with refused("NotAuthorizedException", "Unable to verify secret hash for client"):
        people.sign_up("ann@example.com", SecretHash="bm9wZQ==")
    people.sign_up("ann@example.com", SecretHash=proof)
    people.admin.admin_confirm_sign_up(UserPoolId=people.pool_id, Username="ann@example.com")

    def sign_in(**more: str) -> Any:
        return people.public.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=people.client_id,
            AuthParameters={"USERNAME": "ann@example.com", "PASSWORD": PASSWORD, **more},
        )["AuthenticationResult"]

    with refused("NotAuthorizedException", "SECRET_HASH was not received"):
        sign_in()
    made = sign_in(SECRET_HASH=proof)
    with refused("NotAuthorizedException", "SECRET_HASH was not received"):
        people.refresh(made["RefreshToken"])


def test_pycognito_with_a_client_secret(make_directory: Any) -> None:
    from pycognito.aws_srp import AWSSRP

    people = make_directory({"GenerateSecret": True})
    client = people.admin.describe_user_pool_client(
        UserPoolId=people.pool_id, ClientId=people.client_id
    )["UserPoolClient"]
    people.admin.admin_create_user(
        UserPoolId=people.pool_id, Username="ann@example.com", MessageAction="SUPPRESS"
    )
    people.admin.admin_set_user_password(
        UserPoolId=people.pool_id, Username="ann@example.com", Password=PASSWORD, Permanent=True
    )
    told = AWSSRP(
        "ann@example.com", PASSWORD, people.pool_id, people.client_id,
        client=people.public, client_secret=client["ClientSecret"],
    )  # fmt: skip
    assert told.authenticate_user()["AuthenticationResult"]["IdToken"]


def test_an_unexpected_secret_hash_is_refused(people: Any, refused: Any) -> None:
    with refused("NotAuthorizedException", "is not configured with secret"):
        people.sign_up("ann@example.com", SecretHash="bm9wZQ==")


def test_refresh_tokens(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    made = people.tokens("ann@example.com")
    first = people.plane.verify_token(people.arn, made["IdToken"])
    people.cloud.clock.advance(hours=2)
    fresh = people.refresh(made["RefreshToken"])
    assert "RefreshToken" not in fresh
    second = people.plane.verify_token(people.arn, fresh["IdToken"])
    assert second["auth_time"] == first["auth_time"]
    assert second["origin_jti"] == first["origin_jti"]
    assert second["jti"] != first["jti"]
    assert second["iat"] > first["exp"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        people.refresh(made["RefreshToken"] + "x")
    people.cloud.clock.advance(days=30)
    with refused("NotAuthorizedException", "Refresh Token has expired"):
        people.refresh(made["RefreshToken"])


def test_a_refresh_token_belongs_to_its_client(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    token = people.tokens("ann@example.com")["RefreshToken"]
    people.client_id = people.client()["ClientId"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        people.refresh(token)


def test_get_tokens_from_refresh_token(people: Any) -> None:
    people.join("ann@example.com")
    token = people.tokens("ann@example.com")["RefreshToken"]
    made = people.public.get_tokens_from_refresh_token(
        ClientId=people.client_id, RefreshToken=token
    )
    people.plane.verify_token(people.arn, made["AuthenticationResult"]["IdToken"])


def invited(people: Any) -> Any:
    people.admin.admin_create_user(
        UserPoolId=people.pool_id,
        Username="ann@example.com",
        UserAttributes=[{"Name": "email_verified", "Value": "true"}],
        TemporaryPassword="Temporary-1",
        DesiredDeliveryMediums=["EMAIL"],
    )
    return people.sign_in("ann@example.com", "Temporary-1")


def answer(people: Any, session: str, **responses: str) -> Any:
    return people.public.respond_to_auth_challenge(
        ClientId=people.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=session,
        ChallengeResponses={"USERNAME": "ann@example.com", **responses},
    )


def test_an_invited_user_must_choose_a_password(people: Any, refused: Any) -> None:
    challenge = invited(people)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert "AuthenticationResult" not in challenge
    parameters = challenge["ChallengeParameters"]
    assert json.loads(parameters["requiredAttributes"]) == []
    assert json.loads(parameters["userAttributes"])["email"] == "ann@example.com"
    with refused("InvalidPasswordException"):
        answer(people, challenge["Session"], NEW_PASSWORD="short")
    made = answer(people, challenge["Session"], NEW_PASSWORD=PASSWORD)
    people.plane.verify_token(people.arn, made["AuthenticationResult"]["IdToken"])
    with refused("CodeMismatchException", "Invalid session"):
        answer(people, challenge["Session"], NEW_PASSWORD=PASSWORD)
    with refused("NotAuthorizedException"):
        people.sign_in("ann@example.com", "Temporary-1")
    assert people.tokens("ann@example.com")


def test_the_challenge_expires(people: Any, refused: Any) -> None:
    challenge = invited(people)
    people.cloud.clock.advance(minutes=3)
    with refused("NotAuthorizedException", "session is expired"):
        answer(people, challenge["Session"], NEW_PASSWORD=PASSWORD)


def test_required_attributes_are_asked_for(make_directory: Any, refused: Any) -> None:
    people = make_directory(Schema=[{"Name": "name", "Required": True}])
    challenge = invited(people)
    missing = json.loads(challenge["ChallengeParameters"]["requiredAttributes"])
    assert missing == ["userAttributes.name"]
    with refused("InvalidParameterException", "name is missing"):
        answer(people, challenge["Session"], NEW_PASSWORD=PASSWORD)
    given = {"NEW_PASSWORD": PASSWORD, "userAttributes.name": "Ann"}
    made = answer(people, challenge["Session"], **given)
    claims = people.plane.verify_token(people.arn, made["AuthenticationResult"]["IdToken"])
    assert claims["name"] == "Ann"


def test_temporary_passwords_expire(people: Any, refused: Any) -> None:
    invited(people)
    people.cloud.clock.advance(days=7)
    with refused("NotAuthorizedException", "Temporary password has expired"):
        people.sign_in("ann@example.com", "Temporary-1")
    people.admin.admin_create_user(
        UserPoolId=people.pool_id, Username="ann@example.com", MessageAction="RESEND",
        TemporaryPassword="Temporary-2", DesiredDeliveryMediums=["EMAIL"],
    )  # fmt: skip
    assert people.sign_in("ann@example.com", "Temporary-2")["ChallengeName"]


def test_pycognito_answers_the_new_password_challenge(people: Any) -> None:
    from pycognito.aws_srp import AWSSRP

    invited(people)
    told = AWSSRP(
        "ann@example.com", "Temporary-1", people.pool_id, people.client_id, client=people.public
    )
    made = told.set_new_password_challenge(PASSWORD)
    assert people.plane.verify_token(people.arn, made["AuthenticationResult"]["AccessToken"])


def test_no_plain_password_is_kept(people: Any) -> None:
    people.join("ann@example.com")
    assert PASSWORD not in repr(people.plane._directory.pools)
