from __future__ import annotations

from typing import Any

PASSWORD = "Correct-horse-7"
NEW = "Battery-staple-8"


def forgot(people: Any) -> Any:
    return people.public.forgot_password(ClientId=people.client_id, Username="ann@example.com")


def recover(people: Any, code: str, password: str = NEW) -> None:
    people.public.confirm_forgot_password(
        ClientId=people.client_id,
        Username="ann@example.com",
        ConfirmationCode=code,
        Password=password,
    )


def test_a_forgotten_password(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    assert forgot(people)["CodeDeliveryDetails"]["Destination"] == "a***@e***"
    code = people.cloud.outbox.latest_code("ann@example.com")
    with refused("CodeMismatchException"):
        recover(people, f"{(int(code) + 1) % 1_000_000:06d}")
    with refused("InvalidPasswordException"):
        recover(people, code, "short")
    recover(people, code)
    with refused("NotAuthorizedException"):
        people.sign_in("ann@example.com")
    assert people.tokens("ann@example.com", NEW)
    with refused("ExpiredCodeException"):
        recover(people, code)


def test_a_recovery_code_lasts_an_hour(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    forgot(people)
    people.cloud.clock.advance(hours=1)
    with refused("ExpiredCodeException"):
        recover(people, people.cloud.outbox.latest_code("ann@example.com"))


def test_a_sign_up_code_is_no_recovery_code(people: Any, refused: Any) -> None:
    people.sign_up("ann@example.com")
    with refused("InvalidParameterException", "no registered/verified email"):
        forgot(people)
    with refused("ExpiredCodeException"):
        recover(people, people.cloud.outbox.latest_code("ann@example.com"))


def test_recovery_is_limited(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    for _ in range(5):
        forgot(people)
    with refused("LimitExceededException"):
        forgot(people)


def test_recovery_by_administrators_only(make_directory: Any, refused: Any) -> None:
    people = make_directory(
        AccountRecoverySetting={"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    )
    people.join("ann@example.com")
    with refused("NotAuthorizedException", "Contact administrator to reset password."):
        forgot(people)


def test_recovery_of_hidden_users(make_directory: Any) -> None:
    people = make_directory({"PreventUserExistenceErrors": "ENABLED"})
    assert forgot(people)["CodeDeliveryDetails"]["Destination"] == "a***@e***"
    assert len(people.cloud.outbox) == 0


def test_an_administrator_resets_a_password(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    people.admin.admin_reset_user_password(UserPoolId=people.pool_id, Username="ann@example.com")
    with refused("PasswordResetRequiredException"):
        people.sign_in("ann@example.com")
    recover(people, people.cloud.outbox.latest_code("ann@example.com"))
    assert people.tokens("ann@example.com", NEW)


def test_change_password(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    access = people.tokens("ann@example.com")["AccessToken"]

    def change(old: str, new: str = NEW) -> None:
        people.public.change_password(
            AccessToken=access, PreviousPassword=old, ProposedPassword=new
        )

    with refused("NotAuthorizedException", "Incorrect username or password."):
        change("wrong-Horse-7")
    with refused("InvalidPasswordException"):
        change(PASSWORD, "short")
    change(PASSWORD)
    assert people.tokens("ann@example.com", NEW)
    change(NEW, PASSWORD)
    change(PASSWORD, NEW)
    with refused("LimitExceededException"):
        change(NEW, PASSWORD)


def test_password_history(make_directory: Any, refused: Any) -> None:
    people = make_directory(
        Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}
    )
    people.join("ann@example.com")

    def set_password(password: str) -> None:
        people.admin.admin_set_user_password(
            UserPoolId=people.pool_id,
            Username="ann@example.com",
            Password=password,
            Permanent=True,
        )

    with refused("PasswordHistoryPolicyViolationException"):
        set_password(PASSWORD)
    set_password(NEW)
    with refused("PasswordHistoryPolicyViolationException"):
        set_password(PASSWORD)
    set_password("third-Choice-3")
    set_password(PASSWORD)


def test_get_user(people: Any, refused: Any) -> None:
    sub = people.join("ann@example.com")
    made = people.tokens("ann@example.com")
    told = people.public.get_user(AccessToken=made["AccessToken"])
    assert told["Username"] == sub
    assert {"Name": "email", "Value": "ann@example.com"} in told["UserAttributes"]
    for bad in (made["IdToken"], made["AccessToken"][:-2] + "AA", "nonsense"):
        with refused("NotAuthorizedException", "Invalid Access Token"):
            people.public.get_user(AccessToken=bad)
    people.cloud.clock.advance(hours=1)
    with refused("NotAuthorizedException", "Access Token has expired"):
        people.public.get_user(AccessToken=made["AccessToken"])


def test_read_attributes_limit_what_a_client_sees(people: Any) -> None:
    people.join("ann@example.com")
    client = people.client(ReadAttributes=["name"], ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    made = people.sign_in("ann@example.com", client_id=client["ClientId"])["AuthenticationResult"]
    assert "email" not in people.plane.verify_token(people.arn, made["IdToken"])
    told = people.public.get_user(AccessToken=made["AccessToken"])
    assert [a["Name"] for a in told["UserAttributes"]] == ["sub"]


def test_a_changed_address_is_unverified_until_its_code_comes_back(
    people: Any, refused: Any
) -> None:
    people.join("ann@example.com")
    people.join("bob@example.com")
    access = people.tokens("ann@example.com")["AccessToken"]

    def change(**attributes: str) -> Any:
        return people.public.update_user_attributes(
            AccessToken=access,
            UserAttributes=[{"Name": k, "Value": v} for k, v in attributes.items()],
        )

    def verified() -> str:
        told = people.public.get_user(AccessToken=access)["UserAttributes"]
        return {a["Name"]: a["Value"] for a in told}["email_verified"]

    with refused("AliasExistsException"):
        change(email="bob@example.com")
    with refused("NotAuthorizedException", "unauthorized attribute"):
        change(email_verified="true")
    (details,) = change(email="new@example.com")["CodeDeliveryDetailsList"]
    assert details["Destination"] == "n***@e***"
    assert verified() == "false"
    code = people.cloud.outbox.latest_code("new@example.com")
    with refused("CodeMismatchException"):
        people.public.verify_user_attribute(
            AccessToken=access, AttributeName="email", Code=f"{(int(code) + 1) % 10**6:06d}"
        )
    people.public.verify_user_attribute(AccessToken=access, AttributeName="email", Code=code)
    assert verified() == "true"
    assert people.tokens("new@example.com")


def test_verification_before_update_keeps_the_old_address(make_directory: Any) -> None:
    people = make_directory(
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]}
    )
    people.join("ann@example.com")
    access = people.tokens("ann@example.com")["AccessToken"]
    people.public.update_user_attributes(
        AccessToken=access, UserAttributes=[{"Name": "email", "Value": "new@example.com"}]
    )
    assert people.tokens("ann@example.com")
    people.public.verify_user_attribute(
        AccessToken=access,
        AttributeName="email",
        Code=people.cloud.outbox.latest_code("new@example.com"),
    )
    assert people.tokens("new@example.com")


def test_global_sign_out(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    first, second = people.tokens("ann@example.com"), people.tokens("ann@example.com")
    people.public.global_sign_out(AccessToken=first["AccessToken"])
    for made in (first, second):
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            people.refresh(made["RefreshToken"])
        with refused("NotAuthorizedException", "Access Token has been revoked"):
            people.public.get_user(AccessToken=made["AccessToken"])
        # As on AWS: a signed token stays verifiable until it expires.
        people.plane.verify_token(people.arn, made["IdToken"])
    assert people.refresh(people.tokens("ann@example.com")["RefreshToken"])


def test_revoke_token_ends_one_sign_in(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    first, second = people.tokens("ann@example.com"), people.tokens("ann@example.com")
    people.public.revoke_token(ClientId=people.client_id, Token=first["RefreshToken"])
    people.public.revoke_token(ClientId=people.client_id, Token=first["RefreshToken"])
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        people.refresh(first["RefreshToken"])
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        people.public.get_user(AccessToken=first["AccessToken"])
    people.refresh(second["RefreshToken"])
    with refused("UnsupportedTokenTypeException"):
        people.public.revoke_token(ClientId=people.client_id, Token=second["AccessToken"])


def test_revocation_can_be_off(make_directory: Any, refused: Any) -> None:
    people = make_directory({"EnableTokenRevocation": False})
    people.join("ann@example.com")
    with refused("UnsupportedOperationException"):
        people.public.revoke_token(
            ClientId=people.client_id, Token=people.tokens("ann@example.com")["RefreshToken"]
        )


def test_delete_user(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    made = people.tokens("ann@example.com")
    people.public.delete_user(AccessToken=made["AccessToken"])
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        people.refresh(made["RefreshToken"])
    with refused("UserNotFoundException"):
        people.public.get_user(AccessToken=made["AccessToken"])
    with refused("UserNotFoundException"):
        people.sign_in("ann@example.com")
    people.join("ann@example.com")
    with refused("UserNotFoundException"):
        people.public.get_user(AccessToken=made["AccessToken"])


def test_hops_of_a_token_bearer_point_at_the_pool(people: Any) -> None:
    people.join("ann@example.com")
    access = people.tokens("ann@example.com")["AccessToken"]
    mark = people.cloud.trace.mark()
    people.public.get_user(AccessToken=access)
    (hop,) = people.cloud.trace.since(mark)
    assert (hop.target, hop.action, hop.status) == (people.arn, "cognito-idp:GetUser", 200)
