from __future__ import annotations

from typing import Any

import requests

from archlib.local.cloud import LocalCloud
from archlib.local.cognito import jws
from archlib.local.cognito.signing_keys import KeyRing
from archlib.local.keys.rsa import KNOWN_KEYS


def test_a_ring_never_repeats_a_key_nor_a_kid() -> None:
    ring = KeyRing(7)
    keys = [ring.next(f"label {n}") for n in range(KNOWN_KEYS)]
    assert len({key.kid for key in keys}) == KNOWN_KEYS
    assert len({key.public.public_numbers().n for key in keys}) == KNOWN_KEYS


def test_a_ring_is_a_function_of_its_seed() -> None:
    assert KeyRing(7).next("a").jwk() == KeyRing(7).next("a").jwk()
    assert KeyRing(7).next("a").kid != KeyRing(8).next("a").kid


def fetch(people: Any, document: str) -> requests.Response:
    return requests.get(f"https://{people.provider}/.well-known/{document}", timeout=5)


def test_jwks_verifies_real_tokens_with_an_independent_library(people: Any) -> None:
    from joserfc import jwk, jwt

    people.join("ann@example.com")
    made = people.tokens("ann@example.com")
    keys = jwk.KeySet.import_key_set(fetch(people, "jwks.json").json())
    assert len(keys.keys) == 2
    for token in (made["IdToken"], made["AccessToken"]):
        assert jwt.decode(token, keys, algorithms=["RS256"]).claims["iss"].endswith(people.pool_id)
    kids = {jws.parse(made[name]).header["kid"] for name in ("IdToken", "AccessToken")}
    assert len(kids) == 2


def test_openid_configuration_names_the_issuer(people: Any) -> None:
    told = fetch(people, "openid-configuration").json()
    assert told["issuer"] == f"https://{people.provider}"
    assert told["jwks_uri"] == f"https://{people.provider}/.well-known/jwks.json"


def test_two_pools_never_share_a_key(people: Any, make_directory: Any) -> None:
    other = make_directory()
    moduli = [key["n"] for p in (people, other) for key in fetch(p, "jwks.json").json()["keys"]]
    assert len(set(moduli)) == 4


def test_a_deleted_pool_has_no_keys_any_more(people: Any) -> None:
    people.admin.delete_user_pool(UserPoolId=people.pool_id)
    assert fetch(people, "jwks.json").status_code == 400


def test_other_paths_are_not_found(people: Any) -> None:
    url = "https://cognito-idp.us-east-1.amazonaws.com/"
    assert requests.get(url, timeout=5).status_code == 404
    assert (
        requests.post(f"https://{people.provider}/.well-known/jwks.json", timeout=5).status_code
        == 405
    )


def test_pools_are_deterministic(cloud: LocalCloud, people: Any, make_directory: Any) -> None:
    seen = (people.pool_id, people.client_id, fetch(people, "jwks.json").text)
    cloud.stop()
    cloud.start()
    again = make_directory()
    assert (again.pool_id, again.client_id, fetch(again, "jwks.json").text) == seen
