"""People with an account in a user pool: signing up and in with plain boto3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archlib.verify import Site

PASSWORD = "Correct-horse-7"


@dataclass(frozen=True)
class Tokens:
    """What Cognito hands out at sign-in."""

    id: str
    access: str
    refresh: str


@dataclass(frozen=True)
class Person:
    """A confirmed user."""

    email: str
    password: str = PASSWORD


def sign_up(site: Site, name: str) -> Person:
    """Register and confirm a new person with the code from the mail."""
    person = Person(f"{name}@example.com")
    cognito, client_id = site.client("cognito-idp"), site.outputs["UserPoolClientId"]
    cognito.sign_up(
        ClientId=client_id,
        Username=person.email,
        Password=person.password,
        UserAttributes=[{"Name": "email", "Value": person.email}],
    )
    cognito.confirm_sign_up(
        ClientId=client_id,
        Username=person.email,
        ConfirmationCode=site.inbox.latest_code(person.email),
    )
    return person


def sign_in(site: Site, person: Person) -> Tokens:
    """Sign in with the password."""
    answer = site.client("cognito-idp").initiate_auth(
        ClientId=site.outputs["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person.email, "PASSWORD": person.password},
    )
    return _tokens(answer)


def sign_in_by_proof(site: Site, person: Person) -> Tokens:
    """Sign in with SRP: the password itself never leaves the phone."""
    from pycognito.aws_srp import AWSSRP

    proof = AWSSRP(
        username=person.email,
        password=person.password,
        pool_id=site.outputs["UserPoolId"],
        client_id=site.outputs["UserPoolClientId"],
        client=site.client("cognito-idp"),
    )
    return _tokens(proof.authenticate_user())


def newcomer(site: Site, name: str) -> Tokens:
    """Sign up and in."""
    return sign_in(site, sign_up(site, name))


def _tokens(answer: dict[str, Any]) -> Tokens:
    made = answer["AuthenticationResult"]
    return Tokens(made["IdToken"], made["AccessToken"], made["RefreshToken"])
