from __future__ import annotations

from math import gcd
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from archlib.local.cloud import LocalCloud
from archlib.local.cognito import jws, signing_keys
from archlib.local.cognito.signing_keys import KNOWN_KEYS, KeyRing


def test_written_down_distances_lead_to_the_first_usable_prime() -> None:
    # All of them took 20 s to find; a sample is searched again here.
    for number in (1, 25):
        start = signing_keys._derived(number)
        assert signing_keys.distance(start) == signing_keys.DISTANCES[number]


def test_every_written_down_number_passes_a_strong_prime_test() -> None:
    for number in range(len(signing_keys.DISTANCES)):
        candidate = signing_keys.prime(number)
        odd = candidate - 1
        twos = (odd & -odd).bit_length() - 1
        assert signing_keys._passes(candidate, odd >> twos, twos, 2)
        assert candidate.bit_length() == 1024


def test_no_two_keys_share_a_factor() -> None:
    moduli = [
        signing_keys.private_key(n).public_key().public_numbers().n for n in range(KNOWN_KEYS)
    ]
    product = 1
    for modulus in moduli:
        assert modulus.bit_length() == 2048
        assert gcd(product, modulus) == 1
        product *= modulus


def test_openssl_accepts_a_key() -> None:
    numbers = signing_keys.private_key(3).private_numbers()
    assert isinstance(numbers.private_key(), rsa.RSAPrivateKey)


def test_a_ring_never_repeats_a_key_nor_a_kid() -> None:
    ring = KeyRing(7)
    keys = [ring.next(f"label {n}") for n in range(KNOWN_KEYS)]
    assert len({key.kid for key in keys}) == KNOWN_KEYS
    assert len({key.public.public_numbers().n for key in keys}) == KNOWN_KEYS


def test_a_ring_is_a_function_of_its_seed() -> None:
    assert KeyRing(7).next("a").jwk() == KeyRing(7).next("a").jwk()
    assert KeyRing(7).next("a").kid != KeyRing(8).next("a").kid


@pytest.mark.slow
def test_beyond_the_written_down_keys_primes_are_searched() -> None:
    key = signing_keys.private_key(KNOWN_KEYS)
    assert signing_keys.is_prime(key.private_numbers().p)
    assert signing_keys.is_prime(key.private_numbers().q)


@pytest.mark.parametrize("composite", [41 * 43, 3215031751, 2**127 - 3])
def test_composites_are_not_primes(composite: int) -> None:
    assert not signing_keys.is_prime(composite)


def test_known_primes_are_primes() -> None:
    assert signing_keys.is_prime(2**127 - 1)
    assert signing_keys.is_prime(1_000_003)


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
