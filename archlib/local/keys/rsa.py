"""RSA-2048 keys: deterministic, quick, and no two with a common prime.

Making an RSA-2048 key takes a tenth of a second and real randomness, both of which a test
cloud cannot afford. Here the n-th prime of an endless sequence is the first prime at or after
a number that SHA-256 derives from n. How far after is found by search; for the first
:data:`KNOWN_KEYS` keys the distance is written down below, so that nothing is searched. Key n
is made of the primes 2n and 2n+1, hence no two keys share a prime. These keys protect nothing:
everybody can compute them.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from math import prod

from cryptography.hazmat.primitives.asymmetric import rsa

_EXPONENT = 65537
_SMALL_PRIMES = [p for p in range(3, 2000, 2) if all(p % d for d in range(3, int(p**0.5) + 1, 2))]
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)

#: Distance from the derived number to the prime, halved, for the primes 0, 1, 2 ...
DISTANCES = (
    529,
    81,
    98,
    75,
    224,
    105,
    100,
    563,
    45,
    683,
    79,
    70,
    190,
    476,
    63,
    108,
    20,
    75,
    39,
    466,
    467,
    312,
    147,
    215,
    315,
    1506,
    910,
    80,
    313,
    76,
    714,
    704,
    564,
    226,
    1277,
    194,
    150,
    132,
    33,
    153,
    977,
    8,
    89,
    222,
    206,
    107,
    655,
    166,
    492,
    112,
    566,
    13,
    434,
    167,
    1019,
    198,
    221,
    52,
    293,
    152,
    952,
    1323,
    226,
    205,
    230,
    292,
    500,
    314,
    31,
    19,
    570,
    241,
    173,
    42,
    156,
    682,
    480,
    92,
    557,
    184,
    559,
    828,
    2351,
    456,
    246,
    0,
    1127,
    806,
    305,
    7,
    281,
    355,
    730,
    132,
    294,
    314,
    184,
    572,
    573,
    7,
    72,
    762,
    342,
    111,
    64,
    230,
    1086,
    87,
    256,
    290,
    148,
    665,
    265,
    38,
    120,
    491,
    473,
    184,
    190,
    414,
    1162,
    219,
    218,
    734,
    413,
    364,
    310,
    6,
)
KNOWN_KEYS = len(DISTANCES) // 2


@lru_cache(maxsize=256)
def private_key(number: int) -> rsa.RSAPrivateKey:
    """The RSA-2048 key ``number``: the same one in every process."""
    p, q = sorted((prime(2 * number), prime(2 * number + 1)), reverse=True)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    )
    # The check would prove both primes again, at fifty times the cost; the tests do it once.
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def prime(number: int) -> int:
    """The prime ``number`` of the sequence: 1024 bits, the upper two set."""
    start = _derived(number)
    if number < len(DISTANCES):
        return start + 2 * DISTANCES[number]
    return start + 2 * distance(start)


def distance(start: int) -> int:
    """Half the way from the odd number ``start`` to the first usable prime at or after it."""
    step = 0
    product = prod(_SMALL_PRIMES)
    residue = start % product
    while True:
        if all((residue + 2 * step) % p for p in _SMALL_PRIMES):
            candidate = start + 2 * step
            if (candidate - 1) % _EXPONENT and is_prime(candidate):
                return step
        step += 1


def is_prime(number: int) -> bool:
    """Miller and Rabin's test of an odd number above 37, with the first twelve primes."""
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    return all(_passes(number, odd, twos, witness) for witness in _WITNESSES)


def _passes(number: int, odd: int, twos: int, witness: int) -> bool:
    value = pow(witness, odd, number)
    if value in (1, number - 1):
        return True
    for _ in range(twos - 1):
        value = value * value % number
        if value == number - 1:
            return True
    return False


def _derived(number: int) -> int:
    data = b"".join(
        hashlib.sha256(f"archlib prime {number} {part}".encode()).digest() for part in range(4)
    )
    return int.from_bytes(data, "big") | 0b11 << 1022 | 1
