from __future__ import annotations

from typing import Any

import pytest

PASSWORD = "Correct-horse-7"


def status(people: Any, name: str) -> str:
    user = people.admin.admin_get_user(UserPoolId=people.pool_id, Username=name)
    return str(user["UserStatus"])


def test_sign_up_sends_a_six_digit_code(people: Any) -> None:
    answer = people.sign_up("ann@example.com")
    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "a***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    (message,) = people.cloud.outbox.to("ann@example.com")
    assert message.channel == "email"
    assert len(message.code) == 6
    assert message.code.isdecimal()
    assert message.code in message.body


def test_the_right_code_confirms_and_verifies_the_address(people: Any) -> None:
    people.sign_up("ann@example.com")
    assert status(people, "ann@example.com") == "UNCONFIRMED"
    people.confirm("ann@example.com")
    user = people.admin.admin_get_user(UserPoolId=people.pool_id, Username="ann@example.com")
    assert user["UserStatus"] == "CONFIRMED"
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]


def test_a_wrong_code_does_not_confirm(people: Any, refused: Any) -> None:
    people.sign_up("ann@example.com")
    good = people.cloud.outbox.latest_code("ann@example.com")
    bad = f"{(int(good) + 1) % 1_000_000:06d}"
    with refused("CodeMismatchException", "Invalid verification code provided"):
        people.confirm("ann@example.com", bad)
    assert status(people, "ann@example.com") == "UNCONFIRMED"
    people.confirm("ann@example.com", good)


def test_another_users_code_does_not_confirm(people: Any, refused: Any) -> None:
    people.sign_up("ann@example.com")
    people.sign_up("bob@example.com")
    with refused("CodeMismatchException"):
        people.confirm("ann@example.com", people.cloud.outbox.latest_code("bob@example.com"))


def test_a_code_expires_after_a_day(people: Any, refused: Any) -> None:
    people.sign_up("ann@example.com")
    code = people.cloud.outbox.latest_code("ann@example.com")
    people.cloud.clock.advance(hours=24)
    with refused("ExpiredCodeException", "Invalid code provided, please request a code again."):
        people.confirm("ann@example.com", code)
    people.public.resend_confirmation_code(ClientId=people.client_id, Username="ann@example.com")
    people.confirm("ann@example.com")


def test_a_resent_code_voids_the_earlier_one(people: Any, refused: Any) -> None:
    people.sign_up("ann@example.com")
    first = people.cloud.outbox.latest_code("ann@example.com")
    people.public.resend_confirmation_code(ClientId=people.client_id, Username="ann@example.com")
    assert people.cloud.outbox.latest_code("ann@example.com") != first
    with refused("CodeMismatchException"):
        people.confirm("ann@example.com", first)


def test_guessing_codes_is_limited(people: Any, refused: Any) -> None:
    people.sign_up("ann@example.com")
    good = people.cloud.outbox.latest_code("ann@example.com")
    bad = f"{(int(good) + 1) % 1_000_000:06d}"
    for _ in range(15):
        with refused("CodeMismatchException"):
            people.confirm("ann@example.com", bad)
    with refused("LimitExceededException", "Attempt limit exceeded"):
        people.confirm("ann@example.com", good)
    people.cloud.clock.advance(hours=1)
    people.confirm("ann@example.com", good)


def test_resending_is_limited(people: Any, refused: Any) -> None:
    people.sign_up("ann@example.com")
    for _ in range(5):
        people.public.resend_confirmation_code(
            ClientId=people.client_id, Username="ann@example.com"
        )
    with refused("LimitExceededException"):
        people.public.resend_confirmation_code(
            ClientId=people.client_id, Username="ann@example.com"
        )


def test_a_confirmed_user_is_not_confirmed_again(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    with refused("NotAuthorizedException", "Current status is CONFIRMED"):
        people.confirm("ann@example.com")
    with refused("InvalidParameterException", "User is already confirmed."):
        people.public.resend_confirmation_code(
            ClientId=people.client_id, Username="ann@example.com"
        )


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Ab1!", "Password not long enough"),
        ("ABCDEFG1!", "Password must have lowercase characters"),
        ("abcdefg1!", "Password must have uppercase characters"),
        ("Abcdefgh!", "Password must have numeric characters"),
        ("Abcdefgh1", "Password must have symbol characters"),
    ],
)
def test_the_default_password_policy(people: Any, refused: Any, password: str, words: str) -> None:
    with refused("InvalidPasswordException", f"Password did not conform with policy: {words}"):
        people.sign_up("ann@example.com", password)
    with refused("UserNotFoundException"):
        status(people, "ann@example.com")


def test_a_pools_own_policy(make_directory: Any, refused: Any) -> None:
    policy = {"MinimumLength": 12, "RequireNumbers": True}
    people = make_directory(Policies={"PasswordPolicy": policy})
    with refused("InvalidPasswordException", "not long enough"):
        people.sign_up("ann@example.com", "abcdefghij1")
    with refused("InvalidPasswordException", "numeric"):
        people.sign_up("ann@example.com", "abcdefghijkl")
    people.sign_up("ann@example.com", "abcdefghijk1")


def test_a_taken_name_is_refused(people: Any, refused: Any) -> None:
    people.sign_up("ann@example.com")
    with refused("UsernameExistsException", "An account with the given email already exists."):
        people.sign_up("ann@example.com")


def test_names_must_be_addresses_where_the_pool_says_so(people: Any, refused: Any) -> None:
    with refused("InvalidParameterException", "Username should be an email."):
        people.sign_up("ann")


def test_plain_usernames(make_directory: Any, refused: Any) -> None:
    people = make_directory(UsernameAttributes=None)
    mail = [{"Name": "email", "Value": "ann@example.com"}]
    people.sign_up("ann", UserAttributes=mail)
    with refused("UsernameExistsException", "User already exists"):
        people.sign_up("ann", UserAttributes=mail)
    people.sign_up("Ann", UserAttributes=mail)
    people.confirm("ann", people.cloud.outbox.to("ann@example.com")[0].code)
    token = people.tokens("ann")["IdToken"]
    assert people.plane.verify_token(people.arn, token)["cognito:username"] == "ann"
    with refused("UserNotFoundException"):
        people.sign_in("ann@example.com")


def test_case_insensitive_pools_fold_names(make_directory: Any, refused: Any) -> None:
    people = make_directory(UsernameConfiguration={"CaseSensitive": False})
    people.join("ann@example.com")
    assert people.tokens("ANN@example.COM")
    with refused("UsernameExistsException"):
        people.sign_up("Ann@Example.com")


def test_an_alias_signs_in_only_when_verified(make_directory: Any, refused: Any) -> None:
    people = make_directory(UsernameAttributes=None, AliasAttributes=["email"])
    mail = [{"Name": "email", "Value": "ann@example.com"}]
    people.sign_up("ann", UserAttributes=mail)
    with refused("UserNotFoundException"):
        people.sign_in("ann@example.com")
    people.confirm("ann", people.cloud.outbox.latest_code("ann@example.com"))
    assert people.tokens("ann@example.com")
    people.sign_up("eve", UserAttributes=mail)
    with refused("AliasExistsException", "An account with the email already exists."):
        people.confirm("eve", people.cloud.outbox.latest_code("ann@example.com"))
    with refused("InvalidParameterException", "cannot be of email format"):
        people.sign_up("eve@example.com", UserAttributes=mail)


def test_attributes_follow_the_schema(make_directory: Any, refused: Any) -> None:
    people = make_directory(
        Schema=[
            {"Name": "given_name", "AttributeDataType": "String", "Required": True},
            {
                "Name": "plan",
                "AttributeDataType": "String",
                "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "4"},
            },
        ]
    )

    def join(**attributes: str) -> None:
        listed = [{"Name": k.replace("__", ":"), "Value": v} for k, v in attributes.items()]
        people.sign_up("ann@example.com", UserAttributes=listed)

    with refused("InvalidParameterException", "given_name: The attribute is required"):
        join()
    with refused("InvalidParameterException", "custom:x: Attribute does not exist in the schema"):
        join(given_name="Ann", custom__x="1")
    with refused("InvalidParameterException", "custom:plan"):
        join(given_name="Ann", custom__plan="golden")
    with refused("InvalidParameterException", "Invalid phone number format."):
        join(given_name="Ann", phone_number="12")
    join(given_name="Ann", custom__plan="gold")
    people.confirm("ann@example.com")
    claims = people.plane.verify_token(people.arn, people.tokens("ann@example.com")["IdToken"])
    assert claims["custom:plan"] == "gold"


def test_a_client_cannot_verify_its_own_address(people: Any, refused: Any) -> None:
    with refused("NotAuthorizedException", "unauthorized attribute"):
        people.sign_up(
            "ann@example.com", UserAttributes=[{"Name": "email_verified", "Value": "true"}]
        )


def test_pools_for_administrators_only(make_directory: Any, refused: Any) -> None:
    people = make_directory(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    with refused("NotAuthorizedException", "SignUp is not permitted for this user pool"):
        people.sign_up("ann@example.com")


def test_without_verification_nothing_is_sent(make_directory: Any, refused: Any) -> None:
    people = make_directory(AutoVerifiedAttributes=None)
    assert "CodeDeliveryDetails" not in people.sign_up("ann@example.com")
    assert len(people.cloud.outbox) == 0
    with refused("ExpiredCodeException"):
        people.confirm("ann@example.com", "123456")
    people.admin.admin_confirm_sign_up(UserPoolId=people.pool_id, Username="ann@example.com")
    assert people.tokens("ann@example.com")


def test_codes_go_to_the_phone_first(make_directory: Any) -> None:
    people = make_directory(AutoVerifiedAttributes=["email", "phone_number"])
    phone = [{"Name": "phone_number", "Value": "+15555550123"}]
    answer = people.sign_up("ann@example.com", UserAttributes=phone)
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
    (message,) = people.cloud.outbox
    assert (message.channel, message.to) == ("sms", "+15555550123")


def test_templates(make_directory: Any) -> None:
    people = make_directory(
        VerificationMessageTemplate={
            "EmailSubject": "Welcome",
            "EmailMessage": "Type {####} now",
            "DefaultEmailOption": "CONFIRM_WITH_CODE",
        }
    )
    people.sign_up("ann@example.com")
    (message,) = people.cloud.outbox
    assert (message.subject, message.body) == ("Welcome", f"Type {message.code} now")


def test_hidden_users(make_directory: Any, refused: Any) -> None:
    people = make_directory({"PreventUserExistenceErrors": "ENABLED"})
    with refused("ExpiredCodeException"):
        people.confirm("ghost@example.com", "123456")
    told = people.public.resend_confirmation_code(
        ClientId=people.client_id, Username="ghost@example.com"
    )
    assert told["CodeDeliveryDetails"]["Destination"] == "g***@e***"
    assert len(people.cloud.outbox) == 0


def test_shown_users(people: Any, refused: Any) -> None:
    with refused("UserNotFoundException", "User does not exist."):
        people.confirm("ghost@example.com", "123456")


def test_an_unknown_client(people: Any, refused: Any) -> None:
    with refused("ResourceNotFoundException", "User pool client nobody does not exist."):
        people.public.sign_up(ClientId="nobody", Username="a@example.com", Password=PASSWORD)


def test_hops_point_at_the_pool(people: Any) -> None:
    mark = people.cloud.trace.mark()
    people.sign_up("ann@example.com")
    (hop,) = people.cloud.trace.since(mark)
    assert (hop.source, hop.target) == ("client", people.arn)
    assert hop.action == "cognito-idp:SignUp"
    assert hop.principal == "anonymous"
