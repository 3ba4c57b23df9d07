from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archlib.local.cognito import TokenRejected, jws
from archlib.local.cognito.tokens import TokenVerifier
from archlib.local.keys import rsa

KEY = rsa.private_key(0)


def rejected(people: Any, token: str, reason: str) -> None:
    with pytest.raises(TokenRejected, match=reason):
        people.plane.verify_token(people.arn, token)


def flipped(token: str, position: int, bit: int) -> str:
    raw = bytearray(token.encode())
    raw[position] ^= 1 << bit
    return raw.decode("latin-1")


@given(position=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 6))
@settings(max_examples=300, deadline=None)
def test_no_bit_of_a_token_can_change(position: float, bit: int) -> None:
    token = jws.sign({"sub": "ann", "exp": 12}, KEY, "kid")
    changed = flipped(token, int(position * len(token)), bit)
    try:
        parsed = jws.parse(changed)
    except jws.Malformed:
        return
    assert not jws.verified(parsed, KEY.public_key())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_plane_rejects_any_changed_bit(people: Any, data: st.DataObject) -> None:
    if not hasattr(people, "made"):
        people.join("ann@example.com")
        people.made = people.tokens("ann@example.com")["IdToken"]
    position = data.draw(st.integers(0, len(people.made) - 1))
    changed = flipped(people.made, position, data.draw(st.integers(0, 6)))
    with pytest.raises(TokenRejected):
        people.plane.verify_token(people.arn, changed)
    people.plane.verify_token(people.arn, people.made)


def test_id_token_has_aws_claims(people: Any) -> None:
    sub = people.join("ann@example.com")
    claims = people.plane.verify_token(people.arn, people.tokens("ann@example.com")["IdToken"])
    now = int(people.cloud.clock.time())
    assert claims["iss"] == f"https://{people.provider}"
    assert claims["sub"] == claims["cognito:username"] == sub
    assert claims["aud"] == people.client_id
    assert claims["token_use"] == "id"
    assert claims["email"] == "ann@example.com"
    assert claims["email_verified"] is True
    assert claims["exp"] - claims["iat"] == 3600
    assert 0 <= now - claims["auth_time"] <= 1
    assert {"jti", "origin_jti", "event_id"} <= set(claims)
    assert "cognito:groups" not in claims


def test_access_token_has_aws_claims(people: Any) -> None:
    sub = people.join("ann@example.com")
    made = people.tokens("ann@example.com")
    claims = people.plane.verify_token(people.arn, made["AccessToken"])
    assert claims["client_id"] == people.client_id
    assert claims["username"] == claims["sub"] == sub
    assert claims["scope"] == "aws.cognito.signin.user.admin"
    assert claims["token_use"] == "access"
    assert "aud" not in claims
    assert made["TokenType"] == "Bearer"
    assert made["ExpiresIn"] == 3600


def test_groups_and_roles_are_claims(people: Any) -> None:
    people.join("ann@example.com")
    for name, precedence in (("readers", 5), ("admins", 1)):
        people.admin.create_group(
            UserPoolId=people.pool_id,
            GroupName=name,
            Precedence=precedence,
            RoleArn=f"arn:aws:iam::123456789012:role/{name}",
        )
        people.admin.admin_add_user_to_group(
            UserPoolId=people.pool_id, Username="ann@example.com", GroupName=name
        )
    made = people.tokens("ann@example.com")
    claims = people.plane.verify_token(people.arn, made["IdToken"])
    assert claims["cognito:groups"] == ["admins", "readers"]
    assert claims["cognito:preferred_role"].endswith("role/admins")
    assert [role.rsplit("/")[-1] for role in claims["cognito:roles"]] == ["admins", "readers"]
    access = people.plane.verify_token(people.arn, made["AccessToken"])
    assert access["cognito:groups"] == ["admins", "readers"]


def test_groups_of_equal_precedence_prefer_no_role(people: Any) -> None:
    people.join("ann@example.com")
    for name in ("a", "b"):
        people.admin.create_group(
            UserPoolId=people.pool_id,
            GroupName=name,
            Precedence=1,
            RoleArn=f"arn:aws:iam::123456789012:role/{name}",
        )
        people.admin.admin_add_user_to_group(
            UserPoolId=people.pool_id, Username="ann@example.com", GroupName=name
        )
    claims = people.plane.verify_token(people.arn, people.tokens("ann@example.com")["IdToken"])
    assert "cognito:preferred_role" not in claims
    assert len(claims["cognito:roles"]) == 2


def test_a_token_expires_on_the_virtual_clock(people: Any) -> None:
    people.join("ann@example.com")
    token = people.tokens("ann@example.com")["IdToken"]
    people.plane.verify_token(people.arn, token)
    left = jws.parse(token).claims["exp"] - people.cloud.clock.time()
    people.cloud.clock.advance(seconds=left - 0.001)
    people.plane.verify_token(people.arn, token)
    people.cloud.clock.advance(seconds=300.001)
    rejected(people, token, "expired 300 s ago")


def test_lifetimes_are_the_clients(make_directory: Any) -> None:
    people = make_directory(
        {
            "IdTokenValidity": 10,
            "AccessTokenValidity": 1800,
            "RefreshTokenValidity": 2,
            "TokenValidityUnits": {
                "IdToken": "minutes", "AccessToken": "seconds", "RefreshToken": "hours"
            },
        }
    )  # fmt: skip
    people.join("ann@example.com")
    made = people.tokens("ann@example.com")
    claims = [jws.parse(made[name]).claims for name in ("IdToken", "AccessToken")]
    assert [c["exp"] - c["iat"] for c in claims] == [600, 1800]
    assert made["ExpiresIn"] == 1800
    people.cloud.clock.advance(hours=1, minutes=59)
    people.refresh(made["RefreshToken"])


def test_a_foreign_pools_token_is_named_as_such(people: Any, make_directory: Any) -> None:
    other = make_directory()
    other.join("ann@example.com")
    token = other.tokens("ann@example.com")["IdToken"]
    rejected(people, token, f"another pool's key \\({other.pool_id}\\)")


def test_a_tampered_payload_is_named_as_such(people: Any) -> None:
    people.join("ann@example.com")
    header, _, signature = people.tokens("ann@example.com")["IdToken"].split(".")
    claims = {"sub": "root", "token_use": "id"}
    forged = f"{header}.{jws.encode(json.dumps(claims).encode())}.{signature}"
    rejected(people, forged, "tampered: signature does not match")


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "malformed: it has 1 parts"),
        ("a.b", "malformed: it has 2 parts"),
        ("a.b.c", "malformed"),
        ("e30.e30.!!!!", "malformed: its signature is not base64url"),
        ("W10.e30.", "header is not a JSON object"),
        ("e30.e30.", "algorithm None"),
    ],
)
def test_malformed_tokens(people: Any, token: str, reason: str) -> None:
    rejected(people, token, reason)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", "rs256"])
def test_other_algorithms_are_refused(people: Any, algorithm: str) -> None:
    people.join("ann@example.com")
    good = people.tokens("ann@example.com")["IdToken"]
    header = {**jws.parse(good).header, "alg": algorithm}
    forged = ".".join([jws.encode(json.dumps(header).encode()), *good.split(".")[1:]])
    rejected(people, forged, f"algorithm '{algorithm}' is not RS256")


def test_a_key_of_ones_own_does_not_help(people: Any) -> None:
    people.join("ann@example.com")
    good = jws.parse(people.tokens("ann@example.com")["IdToken"])
    mine = rsa.private_key(rsa.KNOWN_KEYS - 1)
    forged = jws.sign(good.claims, mine, good.header["kid"])
    rejected(people, forged, "tampered")
    rejected(people, jws.sign(good.claims, mine, "mine"), "unknown key")


def test_access_and_id_keys_are_not_interchangeable(people: Any) -> None:
    people.join("ann@example.com")
    claims = jws.parse(people.tokens("ann@example.com")["IdToken"]).claims
    pool = people.plane._directory.pools[people.pool_id]
    forged = jws.sign(claims, pool.access_key.private, pool.access_key.kid)
    rejected(people, forged, "other kind of token")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"iss": "https://elsewhere"}, "issued by 'https://elsewhere'"),
        ({"aud": "nobody"}, "made for 'nobody'"),
    ],
)
def test_claims_are_checked_even_under_a_good_signature(
    people: Any, change: dict[str, str], reason: str
) -> None:
    people.join("ann@example.com")
    claims = jws.parse(people.tokens("ann@example.com")["IdToken"]).claims
    pool = people.plane._directory.pools[people.pool_id]
    rejected(people, jws.sign({**claims, **change}, pool.id_key.private, pool.id_key.kid), reason)


def test_a_deleted_clients_tokens_are_refused(people: Any) -> None:
    people.join("ann@example.com")
    token = people.tokens("ann@example.com")["IdToken"]
    people.plane.verify_token(people.arn, token)
    people.admin.delete_user_pool_client(UserPoolId=people.pool_id, ClientId=people.client_id)
    rejected(people, token, "no client of the pool")


def test_a_deleted_pools_tokens_are_refused(people: Any) -> None:
    people.join("ann@example.com")
    token = people.tokens("ann@example.com")["IdToken"]
    people.plane.verify_token(people.arn, token)
    people.admin.delete_user_pool(UserPoolId=people.pool_id)
    rejected(people, token, "there is no user pool")


def test_handed_out_claims_are_the_callers_own(people: Any) -> None:
    people.join("ann@example.com")
    token = people.tokens("ann@example.com")["IdToken"]
    people.plane.verify_token(people.arn, token)["sub"] = "somebody else"
    assert people.plane.verify_token(people.arn, token)["sub"] != "somebody else"


def test_the_memory_of_signatures_is_bounded(people: Any) -> None:
    people.join("ann@example.com")
    verifier = TokenVerifier(people.plane._directory, capacity=3)
    pool = people.plane._directory.pools[people.pool_id]
    made = [people.tokens("ann@example.com")["IdToken"] for _ in range(5)]
    for token in made:
        verifier.verify(pool, token)
    assert len(verifier._signed) == 3
    assert verifier.verify(pool, made[0])["token_use"] == "id"


@given(data=st.binary(max_size=40))
def test_base64url_has_one_spelling(data: bytes) -> None:
    text = jws.encode(data)
    assert jws.decode(text) == data
    assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")
    with pytest.raises(jws.Malformed):
        jws.decode(text + "=")
