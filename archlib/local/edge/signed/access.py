"""Whether the signature of a request lets its viewer in.

Developer Guide, "Use signed URLs" ("How signed URLs work"): CloudFront validates the signature
with the public key named, then looks at the policy statement "in the URL (or constructs one if
you're using a canned policy)". The time is that of the request: a download that has begun goes
on, a new request (another range too) after the expiration fails.

The order of the complaints follows what people report: the key comes first (placeholders for all
parameters are answered with ``InvalidKey``), a policy that cannot be read is told even when the
signature could not be that of any policy (aws/aws-sdk-js-v3 issue 4516: no ``CloudFront-Policy``
and ``MalformedPolicy``). Readings of our own: with ``Policy`` and ``Expires`` the policy counts; a
hash algorithm that CloudFront does not have verifies nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from archlib.local.edge.signed import alphabet, refusals
from archlib.local.edge.signed.keys import DEFAULT, HASHES, PublicKey, verifies
from archlib.local.edge.signed.policy import Policy, canned, parsed
from archlib.local.edge.signed.refusals import Refused
from archlib.local.edge.signed.resource import Url


def admit(
    trusted: Mapping[str, PublicKey],
    url: Url,
    given: Mapping[str, str],
    source_ip: str,
    now: float,
) -> str:
    """Let a viewer in: the id of the key that signed; raises :class:`Refused`.

    ``trusted`` are the keys of the behavior's key groups by id, ``given`` the parameters of the
    signature by their names in a URL, ``now`` epoch seconds.
    """
    key_id = given.get("Key-Pair-Id")
    if not key_id:
        raise Refused(refusals.MISSING_KEY, "neither the URL nor the cookies name a key")
    key = trusted.get(key_id)
    if key is None:
        raise Refused(
            refusals.UNKNOWN_KEY, f"{key_id} is in none of the behavior's trusted key groups"
        )
    statement, policy = _statement(given, url)
    _check_signature(key_id, key, given, statement)
    objection = policy.objection(url, source_ip, now)
    if objection is not None:
        raise Refused(refusals.DENIED, objection)
    return key_id


def _statement(given: Mapping[str, str], url: Url) -> tuple[bytes, Policy]:
    try:
        if "Policy" in given:
            statement = alphabet.decoded(given["Policy"])
            return statement, parsed(statement)
        if "Expires" in given:
            # The signature is over the URL itself: there is nothing left to match.
            return canned(url, given["Expires"]), Policy(int(given["Expires"]))
    except ValueError as problem:
        raise Refused(refusals.MALFORMED_POLICY, str(problem)) from None
    raise Refused(refusals.MALFORMED_POLICY, "there is neither a Policy nor an Expires")


def _check_signature(
    key_id: str, key: PublicKey, given: Mapping[str, str], statement: bytes
) -> None:
    if not given.get("Signature"):
        raise Refused(refusals.MISSING_SIGNATURE, "there is no Signature")
    try:
        signature = alphabet.decoded(given["Signature"])
    except ValueError as problem:
        raise Refused(refusals.MALFORMED_SIGNATURE, str(problem)) from None
    algorithm = given.get("Hash-Algorithm", DEFAULT)
    if algorithm not in HASHES:
        raise Refused(refusals.DENIED, f"Hash-Algorithm is {algorithm!r}, not SHA1 or SHA256")
    if not verifies(key, signature, statement, algorithm):
        raise Refused(
            refusals.DENIED,
            f"the signature is not that of {key_id} with {algorithm} over {statement.decode()}",
        )
