from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycognito.aws_srp import AWSSRP

from archlib.local.cognito import srp

POOL = "us-east-1_AbCdEfGhI"
IDENTITY = "AbCdEfGhI" + "bob"
passwords = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())
small = settings(max_examples=6, deadline=None)


def client(password: str) -> AWSSRP:
    return AWSSRP("bob", password, POOL, "client", client=object())


def proof(told: AWSSRP, exchange: srp.ServerExchange, block: bytes, timestamp: str) -> bytes:
    """pycognito's own computation: an implementation that shares nothing with ours."""
    key = told.get_password_authentication_key(
        "bob", told.password, exchange.public, f"{exchange.verifier.salt:x}"
    )
    return hmac.digest(key, IDENTITY.encode() + block + timestamp.encode(), hashlib.sha256)


def test_group_is_the_3072_bit_one_of_rfc_5054() -> None:
    from pycognito.aws_srp import G_HEX, N_HEX

    assert int(N_HEX, 16) == srp.N
    assert int(G_HEX, 16) == srp.G
    assert srp.N.bit_length() == 3072


@given(number=st.integers(min_value=0, max_value=srp.N))
def test_padding_is_pycognitos(number: int) -> None:
    from pycognito.aws_srp import pad_hex

    assert srp.padded(number).hex() == pad_hex(number)


@small
@given(
    real=passwords,
    typed=passwords,
    salt=st.integers(0, 2**128 - 1),
    private=st.integers(2**255, 2**256 - 1),
)
def test_client_and_server_agree_if_and_only_if_the_password_is_right(
    real: str, typed: str, salt: int, private: int
) -> None:
    stored = srp.verifier(IDENTITY, real, salt)
    for password in (real, typed):
        told = client(password)
        exchange = srp.begin(stored, told.large_a_value, private)
        signature = proof(told, exchange, b"block", "now")
        assert exchange.proves(IDENTITY, b"block", "now", signature) is (password == real)
        assert stored.matches(IDENTITY, password) is (password == real)


def test_the_proof_covers_block_timestamp_and_identity() -> None:
    told = client("secret")
    exchange = srp.begin(srp.verifier(IDENTITY, "secret", 5), told.large_a_value, 2**255 + 1)
    signature = proof(told, exchange, b"block", "now")
    assert exchange.proves(IDENTITY, b"block", "now", signature)
    assert not exchange.proves(IDENTITY, b"blocK", "now", signature)
    assert not exchange.proves(IDENTITY, b"block", "later", signature)
    assert not exchange.proves(IDENTITY + "x", b"block", "now", signature)
    assert not exchange.proves(IDENTITY, b"block", "now", b"")


@pytest.mark.parametrize("multiple", [0, 1, 2])
def test_a_client_value_of_zero_is_refused(multiple: int) -> None:
    with pytest.raises(ValueError, match="modulo N"):
        srp.begin(srp.verifier(IDENTITY, "secret", 5), multiple * srp.N, 3)


def test_the_verifier_does_not_hold_the_password() -> None:
    stored = srp.verifier(IDENTITY, "hunter22", 7)
    assert "hunter22" not in repr(stored)
    assert srp.verifier("other" + IDENTITY, "hunter22", 7) != stored


def srp_sign_in(people: Any, name: str, password: str) -> Any:
    told = AWSSRP(name, password, people.pool_id, people.client_id, client=people.public)
    return told.authenticate_user()["AuthenticationResult"]


def test_pycognito_signs_in(people: Any) -> None:
    sub = people.join("ann@example.com")
    made = srp_sign_in(people, "ann@example.com", "Correct-horse-7")
    assert people.plane.verify_token(people.arn, made["IdToken"])["sub"] == sub


def test_pycognito_with_a_wrong_password_is_refused(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        srp_sign_in(people, "ann@example.com", "Correct-horse-8")


def test_an_srp_challenge_is_good_for_one_answer(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    told = AWSSRP(
        "ann@example.com", "Correct-horse-7", people.pool_id, people.client_id, client=people.public
    )
    parameters = told.get_auth_params()
    begun = people.public.initiate_auth(
        AuthFlow="USER_SRP_AUTH", ClientId=people.client_id, AuthParameters=parameters
    )
    assert begun["ChallengeName"] == "PASSWORD_VERIFIER"
    answer = told.process_challenge(begun["ChallengeParameters"], parameters)

    def respond(**changes: str) -> None:
        people.public.respond_to_auth_challenge(
            ClientId=people.client_id,
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses={**answer, **changes},
        )

    with refused("InvalidParameterException", "TIMESTAMP format should be"):
        respond(TIMESTAMP=datetime.datetime(2026, 1, 5).isoformat())
    respond()
    with refused("NotAuthorizedException", "Invalid session"):
        respond()


def test_an_srp_challenge_expires(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    told = AWSSRP(
        "ann@example.com", "Correct-horse-7", people.pool_id, people.client_id, client=people.public
    )
    parameters = told.get_auth_params()
    begun = people.public.initiate_auth(
        AuthFlow="USER_SRP_AUTH", ClientId=people.client_id, AuthParameters=parameters
    )
    people.cloud.clock.advance(minutes=4)
    with refused("NotAuthorizedException", "session is expired"):
        people.public.respond_to_auth_challenge(
            ClientId=people.client_id,
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=told.process_challenge(begun["ChallengeParameters"], parameters),
        )


def test_a_forged_signature_is_refused(people: Any, refused: Any) -> None:
    people.join("ann@example.com")
    told = AWSSRP(
        "ann@example.com", "Correct-horse-7", people.pool_id, people.client_id, client=people.public
    )
    parameters = told.get_auth_params()
    begun = people.public.initiate_auth(
        AuthFlow="USER_SRP_AUTH", ClientId=people.client_id, AuthParameters=parameters
    )
    answer = told.process_challenge(begun["ChallengeParameters"], parameters)
    for forged in (base64.b64encode(bytes(32)).decode(), "not base64!"):
        with refused("NotAuthorizedException"):
            people.public.respond_to_auth_challenge(
                ClientId=people.client_id,
                ChallengeName="PASSWORD_VERIFIER",
                ChallengeResponses={**answer, "PASSWORD_CLAIM_SIGNATURE": forged},
            )


def test_a_missing_user_is_simulated_the_same_way_each_time(
    make_directory: Any, refused: Any
) -> None:
    people = make_directory({"PreventUserExistenceErrors": "ENABLED"})
    seen = []
    for _ in range(2):
        begun = people.public.initiate_auth(
            AuthFlow="USER_SRP_AUTH",
            ClientId=people.client_id,
            AuthParameters={"USERNAME": "ghost@example.com", "SRP_A": "abc123"},
        )["ChallengeParameters"]
        seen.append((begun["SALT"], begun["USER_ID_FOR_SRP"]))
    assert seen[0] == seen[1]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        srp_sign_in(people, "ghost@example.com", "whatever-It-1s")
