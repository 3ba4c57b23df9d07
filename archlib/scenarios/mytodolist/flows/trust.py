"""HTTPS, registration, sign-in, and every kind of token."""

from __future__ import annotations

from archlib.scenarios.accounts import (
    PASSWORD,
    Person,
    newcomer,
    sign_in,
    sign_in_by_proof,
    sign_up,
)
from archlib.scenarios.browsing import outcome
from archlib.scenarios.mytodolist.people import call
from archlib.verify import Site

#: The bad tokens that :func:`tokens_flow` presents, by step.
BAD_TOKENS = (
    "no token", "garbage", "tampered", "access instead of id", "another pool's", "expired",
)  # fmt: skip


def https_only(site: Site) -> None:
    """The API answers over HTTPS, and only there."""
    with site.step("plain HTTP") as step:
        step.result = call(site, "GET", "/todos", scheme="http")
    with site.step("HTTPS") as step:
        step.result = call(site, "GET", "/todos")


def web_view_flow(site: Site) -> None:
    """The app in a web view: what the browser asks before, and what it must find in answers."""
    page = {"Origin": "https://app.example.com"}
    asks = {"Access-Control-Request-Method": "PUT"}
    asks["Access-Control-Request-Headers"] = "authorization,content-type"
    with site.step("may I change a to-do?") as step:
        step.result = call(site, "OPTIONS", "/todos/1", more={**page, **asks})
    with site.step("refused by the gateway") as step:
        step.result = call(site, "GET", "/todos", more=page)
    with site.step("answered by the function") as step:
        token = newcomer(site, "ana.webview").id
        step.result = call(site, "GET", "/todos", token, more=page)


def sign_in_flow(site: Site) -> None:
    """Register, confirm by mail, sign in by password and by SRP, use the token."""
    cognito, client_id = site.client("cognito-idp"), site.outputs["UserPoolClientId"]
    ana = Person("ana.signin@example.com")
    with site.step("weak password") as step:
        step.result = outcome(
            lambda: cognito.sign_up(ClientId=client_id, Username=ana.email, Password="milkmilk")
        )
    with site.step("sign up"):
        cognito.sign_up(
            ClientId=client_id,
            Username=ana.email,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": ana.email}],
        )
    with site.step("sign in before confirming") as step:
        step.result = outcome(lambda: sign_in(site, ana))
    with site.step("wrong code") as step:
        code = site.inbox.latest_code(ana.email)
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        step.result = outcome(
            lambda: cognito.confirm_sign_up(
                ClientId=client_id, Username=ana.email, ConfirmationCode=wrong
            )
        )
    with site.step("right code"):
        cognito.confirm_sign_up(ClientId=client_id, Username=ana.email, ConfirmationCode=code)
    with site.step("wrong password") as step:
        step.result = outcome(lambda: sign_in(site, Person(ana.email, "Wrong-horse-8")))
    with site.step("wrong password by SRP") as step:
        step.result = outcome(lambda: sign_in_by_proof(site, Person(ana.email, "Wrong-horse-8")))
    with site.step("sign in by password") as step:
        step.result = sign_in(site, ana)
    with site.step("sign in by SRP") as step:
        tokens = step.result = sign_in_by_proof(site, ana)
    with site.step("use the token") as step:
        step.result = call(site, "GET", "/todos", tokens.id)
    with site.step("unknown address") as step:
        step.result = outcome(lambda: sign_in(site, Person("nobody@example.com")))
    with site.step("refresh") as step:
        step.result = outcome(
            lambda: cognito.initiate_auth(
                ClientId=client_id,
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": tokens.refresh},
            )
        )


def tokens_flow(site: Site) -> None:
    """Present every kind of bad token, then a good one."""
    person = sign_up(site, "ana.tokens")
    old = sign_in(site, person)
    bad = {
        "no token": None,
        "garbage": "not-a-token",
        "tampered": _tampered(old.id),
        "access instead of id": old.access,
        "another pool's": _foreign_token(site),
    }
    for name, token in bad.items():
        with site.step(name) as step:
            step.result = call(site, "GET", "/todos", token)
    site.wait(minutes=61)
    with site.step("expired") as step:
        step.result = call(site, "GET", "/todos", old.id)
    with site.step("good token") as step:
        step.result = call(site, "GET", "/todos", sign_in(site, person).id)


def _tampered(token: str) -> str:
    head, body, signature = token.split(".")
    middle = len(body) // 2
    changed = "A" if body[middle] != "A" else "B"
    return ".".join((head, body[:middle] + changed + body[middle + 1 :], signature))


def _foreign_token(site: Site) -> str:
    """A good id token, but of a user pool that is not this application's."""
    cognito = site.operator("cognito-idp")
    pool = cognito.create_user_pool(PoolName="another-application")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    user = {"UserPoolId": pool, "Username": "mallory"}
    cognito.admin_create_user(**user, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    made = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "mallory", "PASSWORD": PASSWORD},
    )
    return str(made["AuthenticationResult"]["IdToken"])
