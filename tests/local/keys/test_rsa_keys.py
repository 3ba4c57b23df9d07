"""RSA keys made of written-down primes."""

from __future__ import annotations

from math import gcd

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from archlib.local.keys import rsa as keys
from archlib.local.keys.ring import RsaRing
from archlib.local.keys.rsa import KNOWN_KEYS


def test_written_down_distances_lead_to_the_first_usable_prime() -> None:
    # All of them took 20 s to find; a sample is searched again here.
    for number in (1, 25):
        start = keys._derived(number)
        assert keys.distance(start) == keys.DISTANCES[number]


def test_every_written_down_number_passes_a_strong_prime_test() -> None:
    for number in range(len(keys.DISTANCES)):
        candidate = keys.prime(number)
        odd = candidate - 1
        twos = (odd & -odd).bit_length() - 1
        assert keys._passes(candidate, odd >> twos, twos, 2)
        assert candidate.bit_length() == 1024


def test_no_two_keys_share_a_factor() -> None:
    moduli = [keys.private_key(n).public_key().public_numbers().n for n in range(KNOWN_KEYS)]
    product = 1
    for modulus in moduli:
        assert modulus.bit_length() == 2048
        assert gcd(product, modulus) == 1
        product *= modulus


def test_openssl_accepts_a_key() -> None:
    numbers = keys.private_key(3).private_numbers()
    assert isinstance(numbers.private_key(), rsa.RSAPrivateKey)


@pytest.mark.slow
def test_beyond_the_written_down_keys_primes_are_searched() -> None:
    key = keys.private_key(KNOWN_KEYS)
    assert keys.is_prime(key.private_numbers().p)
    assert keys.is_prime(key.private_numbers().q)


@pytest.mark.parametrize("composite", [41 * 43, 3215031751, 2**127 - 3])
def test_composites_are_not_primes(composite: int) -> None:
    assert not keys.is_prime(composite)


def test_known_primes_are_primes() -> None:
    assert keys.is_prime(2**127 - 1)
    assert keys.is_prime(1_000_003)


def test_a_ring_hands_out_each_key_once_and_depends_on_its_seed() -> None:
    ring = RsaRing(7)
    moduli = [ring.next().public_key().public_numbers().n for _ in range(KNOWN_KEYS)]
    assert len(set(moduli)) == KNOWN_KEYS
    assert RsaRing(7).next().public_key().public_numbers().n == moduli[0]
    assert RsaRing(8).next().public_key().public_numbers().n != moduli[0]
