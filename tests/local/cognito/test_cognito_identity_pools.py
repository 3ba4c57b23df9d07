from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from archlib.errors import Unsupported
from archlib.local.cognito import jws
from archlib.local.cognito.credentials import SCOPE_DOWN
from archlib.local.identity import Credentials

SERVICE = "cognito-identity.amazonaws.com"


def trust(pool_id: str, methods: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": SERVICE},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{SERVICE}:aud": pool_id},
            "ForAnyValue:StringLike": {f"{SERVICE}:amr": methods},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass
class Federated:
    """An identity pool in front of a user pool, and what a phone would call."""

    people: Any
    pool_id: str
    admin: Any
    public: Any

    @property
    def arn(self) -> str:
        return f"arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{self.pool_id}"

    def logins(self, token: str) -> dict[str, str]:
        return {self.people.provider: token}

    def identity(self, token: str | None = None) -> str:
        more = {} if token is None else {"Logins": self.logins(token)}
        return str(self.public.get_id(IdentityPoolId=self.pool_id, **more)["IdentityId"])

    def credentials(self, identity: str, token: str | None = None, **more: Any) -> Any:
        if token is not None:
            more["Logins"] = self.logins(token)
        made = self.public.get_credentials_for_identity(IdentityId=identity, **more)
        return made["Credentials"]

    def role(self, name: str, methods: str = "authenticated", policy: Any = None) -> str:
        iam = self.people.cloud.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(self.pool_id, methods))
        if policy is not None:
            document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    def roles(self, mappings: Any = None, **roles: str) -> None:
        more = {} if mappings is None else {"RoleMappings": mappings}
        self.admin.set_identity_pool_roles(IdentityPoolId=self.pool_id, Roles=roles, **more)

    def who(self, made: Any) -> dict[str, Any]:
        client = self.people.cloud.client("sts", credentials=as_credentials(made))
        return dict(client.get_caller_identity())


def as_credentials(made: Any) -> Credentials:
    return Credentials(
        made["AccessKeyId"],
        made.get("SecretKey") or made["SecretAccessKey"],
        made["SessionToken"],
        made["Expiration"].timestamp(),
    )


def federate(people: Any, **settings: Any) -> Federated:
    admin = people.cloud.client("cognito-identity")
    made = admin.create_identity_pool(
        **{
            "IdentityPoolName": "phones",
            "AllowUnauthenticatedIdentities": False,
            "CognitoIdentityProviders": [
                {"ProviderName": people.provider, "ClientId": people.client_id}
            ],
            **settings,
        }
    )
    public = people.cloud.client("cognito-identity", unsigned=True)
    return Federated(people, made["IdentityPoolId"], admin, public)


@pytest.fixture
def phones(people: Any) -> Federated:
    people.join("ann@example.com")
    return federate(people)


@pytest.fixture
def token(phones: Federated) -> str:
    return str(phones.people.tokens("ann@example.com")["IdToken"])


def test_the_same_login_is_the_same_identity(phones: Federated, token: str) -> None:
    phones.people.join("bob@example.com")
    first = phones.identity(token)
    assert first.startswith("us-east-1:")
    assert phones.identity(phones.people.tokens("ann@example.com")["IdToken"]) == first
    assert phones.identity(phones.people.tokens("bob@example.com")["IdToken"]) != first


def test_credentials_are_those_of_the_authenticated_role(phones: Federated, token: str) -> None:
    phones.roles(authenticated=phones.role("member"))
    identity = phones.identity(token)
    mark = phones.people.cloud.trace.mark()
    made = phones.credentials(identity, token)
    outer, inner = phones.people.cloud.trace.since(mark)
    assert (outer.source, outer.target) == ("client", phones.arn)
    assert inner.parent == outer.number
    assert (inner.source, inner.target) == (phones.arn, "sts.amazonaws.com")
    assert (inner.action, inner.status) == ("sts:AssumeRoleWithWebIdentity", 200)
    assert inner.duration > 0
    assert phones.who(made)["Arn"].endswith("assumed-role/member/CognitoIdentityCredentials")
    caller = phones.people.cloud.identities.resolve(made["AccessKeyId"], made["SessionToken"])
    assert caller.context[f"{SERVICE}:sub"] == identity
    assert caller.context[f"{SERVICE}:aud"] == phones.pool_id
    assert caller.context[f"{SERVICE}:amr"][:2] == ("authenticated", phones.people.provider)
    assert caller.session_policies == ()


def test_credentials_expire_after_an_hour(phones: Federated, token: str, refused: Any) -> None:
    phones.roles(authenticated=phones.role("member"))
    made = phones.credentials(phones.identity(token), token)
    left = made["Expiration"].timestamp() - phones.people.cloud.clock.time()
    assert 3599 <= left <= 3600
    assert phones.who(made)
    phones.people.cloud.clock.advance(seconds=left)
    with refused("ExpiredToken"):
        phones.who(made)


def test_identity_variables_scope_a_policy_to_the_own_prefix(
    phones: Federated, token: str, refused: Any
) -> None:
    phones.people.cloud.client("s3").create_bucket(Bucket="files")
    statement = {
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::files/${cognito-identity.amazonaws.com:sub}/*",
    }
    phones.roles(authenticated=phones.role("member", policy=statement))
    identity = phones.identity(token)
    made = as_credentials(phones.credentials(identity, token))
    s3 = phones.people.cloud.client("s3", credentials=made)
    s3.put_object(Bucket="files", Key=f"{identity}/mine.txt", Body=b"x")
    with refused("AccessDenied"):
        s3.put_object(Bucket="files", Key="us-east-1:somebody/theirs.txt", Body=b"x")


def test_no_credentials_without_the_login(phones: Federated, token: str, refused: Any) -> None:
    phones.roles(authenticated=phones.role("member"))
    identity = phones.identity(token)
    with refused("NotAuthorizedException", "is forbidden"):
        phones.credentials(identity)


def test_no_credentials_for_somebody_elses_identity(
    phones: Federated, token: str, refused: Any
) -> None:
    phones.roles(authenticated=phones.role("member"))
    phones.people.join("bob@example.com")
    identity = phones.identity(token)
    other = phones.people.tokens("bob@example.com")["IdToken"]
    with refused("NotAuthorizedException", "Logins don't match."):
        phones.credentials(identity, other)
    phones.identity(other)
    with refused("NotAuthorizedException", "Logins don't match."):
        phones.credentials(identity, other)


def test_bad_logins(phones: Federated, token: str, make_directory: Any, refused: Any) -> None:
    phones.roles(authenticated=phones.role("member"))
    identity = phones.identity(token)
    head, _, signature = token.split(".")
    claims = {**jws.parse(token).claims, "sub": "somebody else"}
    forged = f"{head}.{jws.encode(json.dumps(claims).encode())}.{signature}"
    other = make_directory()
    other.join("ann@example.com")
    foreign = other.tokens("ann@example.com")["IdToken"]
    access = phones.people.tokens("ann@example.com")["AccessToken"]
    for bad, words in (
        ("nonsense", "Not a valid OpenId Connect identity token"),
        (forged, "Couldn't verify signed token."),
        (foreign, "Issuer doesn't match providerName"),
        (access, "Missing a required claim: aud"),
    ):
        with refused("NotAuthorizedException", f"Invalid login token. {words}"):
            phones.identity(bad)
        with refused("NotAuthorizedException", words):
            phones.credentials(identity, bad)
    for provider in (other.provider, "accounts.google.com"):
        with refused("NotAuthorizedException", "not from a supported provider"):
            phones.public.get_id(IdentityPoolId=phones.pool_id, Logins={provider: foreign})
    phones.people.cloud.clock.advance(hours=1)
    with refused("NotAuthorizedException", "Invalid login token. Token expired:"):
        phones.credentials(identity, token)


def test_a_client_that_is_not_configured(phones: Federated, refused: Any) -> None:
    client = phones.people.client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    made = phones.people.sign_in("ann@example.com", client_id=client["ClientId"])
    with refused("NotAuthorizedException", "not from a supported provider"):
        phones.identity(made["AuthenticationResult"]["IdToken"])


def test_server_side_token_check(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    entry = {"ProviderName": people.provider, "ClientId": people.client_id}
    lenient = federate(people)
    strict = federate(people, CognitoIdentityProviders=[{**entry, "ServerSideTokenCheck": True}])
    made = people.tokens("ann@example.com")
    assert strict.identity(made["IdToken"])
    people.public.global_sign_out(AccessToken=made["AccessToken"])
    assert lenient.identity(made["IdToken"])
    with refused("NotAuthorizedException", "no longer valid"):
        strict.identity(made["IdToken"])


def test_the_trust_policy_decides(phones: Federated, token: str, refused: Any) -> None:
    identity = phones.identity(token)
    elsewhere = "us-east-1:11111111-1111-4111-8111-111111111111"
    iam = phones.people.cloud.client("iam")
    for name, document in (
        ("guests", trust(phones.pool_id, "unauthenticated")),
        ("other-pool", trust(elsewhere, "authenticated")),
    ):
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        phones.roles(authenticated=role)
        mark = phones.people.cloud.trace.mark()
        with refused("InvalidIdentityPoolConfigurationException", "Check assigned IAM roles"):
            phones.credentials(identity, token)
        inner = phones.people.cloud.trace.since(mark)[1]
        assert (inner.status, inner.error) == (403, "AccessDenied")


def test_roles_must_be_configured_and_exist(phones: Federated, token: str, refused: Any) -> None:
    identity = phones.identity(token)
    with refused("InvalidIdentityPoolConfigurationException"):
        phones.credentials(identity, token)
    phones.roles(authenticated="arn:aws:iam::123456789012:role/nowhere")
    with refused("InvalidIdentityPoolConfigurationException"):
        phones.credentials(identity, token)


def test_guests_are_refused_unless_allowed(phones: Federated, refused: Any) -> None:
    with refused("NotAuthorizedException", "Unauthenticated access is not supported"):
        phones.identity()


def test_guests_get_the_guest_role_and_a_session_policy(people: Any, refused: Any) -> None:
    phones = federate(people, AllowUnauthenticatedIdentities=True)
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    phones.roles(unauthenticated=phones.role("guest", "unauthenticated", anything))
    identity = phones.identity()
    assert identity != phones.identity()
    made = phones.credentials(identity)
    caller = people.cloud.identities.resolve(made["AccessKeyId"], made["SessionToken"])
    assert caller.session_policies == (SCOPE_DOWN,)
    assert caller.context[f"{SERVICE}:amr"] == ("unauthenticated",)
    credentials = as_credentials(made)
    people.cloud.client("s3").create_bucket(Bucket="files")
    people.cloud.client("s3", credentials=credentials).put_object(
        Bucket="files", Key="k", Body=b"x"
    )
    with refused("AccessDenied"):
        people.cloud.client("iam", credentials=credentials).list_roles()


def test_a_guest_can_sign_in_later(people: Any, refused: Any) -> None:
    phones = federate(people, AllowUnauthenticatedIdentities=True)
    phones.roles(
        authenticated=phones.role("member"),
        unauthenticated=phones.role("guest", "unauthenticated"),
    )
    people.join("ann@example.com")
    guest, token = phones.identity(), people.tokens("ann@example.com")["IdToken"]
    phones.credentials(guest)
    assert "member" in phones.who(phones.credentials(guest, token))["Arn"]
    assert phones.identity(token) == guest
    with refused("NotAuthorizedException", "is forbidden"):
        phones.credentials(guest)
    with refused("ResourceConflictException"):
        phones.credentials(phones.identity(), token)


def mapping(phones: Federated, **settings: Any) -> dict[str, Any]:
    return {f"{phones.people.provider}:{phones.people.client_id}": settings}


def in_group(phones: Federated, name: str, role: str) -> None:
    phones.people.admin.create_group(UserPoolId=phones.people.pool_id, GroupName=name, RoleArn=role)
    phones.people.admin.admin_add_user_to_group(
        UserPoolId=phones.people.pool_id, Username="ann@example.com", GroupName=name
    )


def role_of(phones: Federated, **more: Any) -> str:
    token = phones.people.tokens("ann@example.com")["IdToken"]
    arn = phones.who(phones.credentials(phones.identity(token), token, **more))["Arn"]
    return str(arn.split("/")[1])


def test_roles_by_token(phones: Federated, refused: Any) -> None:
    member, admin = phones.role("member"), phones.role("admin")
    by_token = mapping(phones, Type="Token", AmbiguousRoleResolution="Deny")
    phones.roles(by_token, authenticated=member)
    with refused("NotAuthorizedException", "access is denied"):
        role_of(phones)
    in_group(phones, "admins", admin)
    assert role_of(phones) == "admin"
    with refused("NotAuthorizedException", "not a role of the token"):
        role_of(phones, CustomRoleArn=member)
    in_group(phones, "members", member)
    with refused("NotAuthorizedException", "access is denied"):
        role_of(phones)
    assert role_of(phones, CustomRoleArn=member) == "member"


def test_roles_by_rules(phones: Federated, refused: Any) -> None:
    member, admin = phones.role("member"), phones.role("admin")
    rules = [
        {"Claim": "email", "MatchType": "Equals", "Value": "bob@example.com", "RoleARN": member},
        {"Claim": "cognito:groups", "MatchType": "Contains", "Value": "admins", "RoleARN": admin},
    ]
    by_rules = mapping(
        phones,
        Type="Rules",
        AmbiguousRoleResolution="AuthenticatedRole",
        RulesConfiguration={"Rules": rules},
    )
    phones.roles(by_rules, authenticated=member)
    told = phones.admin.get_identity_pool_roles(IdentityPoolId=phones.pool_id)
    assert told["RoleMappings"] == by_rules
    assert told["Roles"] == {"authenticated": member}
    assert role_of(phones) == "member"
    in_group(phones, "admins", admin)
    assert role_of(phones) == "admin"
    with refused("InvalidParameterException", "AmbiguousRoleResolution is required"):
        phones.roles(mapping(phones, Type="Token"), authenticated=member)


def test_the_basic_flow(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    token = people.tokens("ann@example.com")["IdToken"]
    modern = federate(people)
    with refused("InvalidParameterException", "Basic (classic) flow is not enabled"):
        modern.public.get_open_id_token(
            IdentityId=modern.identity(token), Logins=modern.logins(token)
        )
    phones = federate(people, AllowClassicFlow=True)
    role = phones.role("member")
    identity = phones.identity(token)
    web = phones.public.get_open_id_token(IdentityId=identity, Logins=phones.logins(token))["Token"]
    sts = people.cloud.client("sts", unsigned=True)

    def assume(web_token: str, role_arn: str = role, **more: Any) -> Any:
        return sts.assume_role_with_web_identity(
            RoleArn=role_arn, RoleSessionName="phone", WebIdentityToken=web_token, **more
        )

    made = assume(web)
    assert made["SubjectFromWebIdentityToken"] == identity
    assert made["Audience"] == phones.pool_id
    assert made["AssumedRoleUser"]["Arn"].endswith("assumed-role/member/phone")
    assert phones.who(made["Credentials"])["Arn"] == made["AssumedRoleUser"]["Arn"]
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        assume(web, phones.role("guest", "unauthenticated"))
    with refused("AccessDenied"):
        assume(web, "arn:aws:iam::123456789012:role/nowhere")
    with refused("ValidationError", "MaxSessionDuration"):
        assume(web, DurationSeconds=7200)
    with refused("InvalidIdentityToken", "No OpenIDConnect provider"):
        assume(token)
    with refused("InvalidIdentityToken"):
        assume("not a token")
    head, _, signature = web.split(".")
    claims = {**jws.parse(web).claims, "sub": "us-east-1:other"}
    with refused("InvalidIdentityToken", "verification key"):
        assume(f"{head}.{jws.encode(json.dumps(claims).encode())}.{signature}")
    people.cloud.clock.advance(minutes=10)
    with refused("ExpiredTokenException"):
        assume(web)


def test_pools_are_administered(phones: Federated, token: str, refused: Any) -> None:
    key = {"IdentityPoolId": phones.pool_id}
    told = phones.admin.describe_identity_pool(**key)
    assert told["AllowUnauthenticatedIdentities"] is False
    assert told["AllowClassicFlow"] is False
    phones.admin.update_identity_pool(
        **key, IdentityPoolName="renamed", AllowUnauthenticatedIdentities=True
    )
    assert phones.admin.describe_identity_pool(**key)["IdentityPoolName"] == "renamed"
    with refused("NotAuthorizedException", "supported provider"):
        phones.identity(token)
    identity = phones.identity()
    listed = phones.admin.list_identities(**key, MaxResults=5)["Identities"]
    assert [one["IdentityId"] for one in listed] == [identity]
    phones.admin.delete_identities(IdentityIdsToDelete=[identity])
    with refused("ResourceNotFoundException", "not found"):
        phones.credentials(identity)
    phones.admin.tag_resource(ResourceArn=phones.arn, Tags={"a": "1"})
    assert phones.admin.list_tags_for_resource(ResourceArn=phones.arn)["Tags"] == {"a": "1"}
    phones.admin.delete_identity_pool(**key)
    with refused("ResourceNotFoundException", "not found"):
        phones.identity()
    assert phones.admin.list_identity_pools(MaxResults=5)["IdentityPools"] == []


@pytest.mark.parametrize(
    "setting",
    [
        {"SupportedLoginProviders": {"graph.facebook.com": "1234"}},
        {"SamlProviderARNs": ["arn:aws:iam::123456789012:saml-provider/x"]},
        {"OpenIdConnectProviderARNs": ["arn:aws:iam::123456789012:oidc-provider/x"]},
        {"DeveloperProviderName": "login.example"},
    ],
)
def test_other_providers_are_refused_by_name(people: Any, setting: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match=next(iter(setting))):
        federate(people, **setting)
