"""The policy of a browser's upload by POST: what its signer lets the form say.

AWS: Amazon S3 API Reference, "POST Policy" (expiration, exact and starts-with conditions,
content-length-range; every field of the form needs a condition, except the signature, the file,
the policy itself and ``x-ignore-`` fields).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from archlib.local.refusal import ApiRefusal

#: Fields that no condition need speak of.
UNCONDITIONAL = frozenset(
    {"x-amz-signature", "file", "policy", "awsaccesskeyid", "signature", "bucket"}
)


@dataclass(frozen=True)
class Condition:
    """One condition: ``eq`` or ``starts-with`` of a field, or the range of the file's length."""

    operator: str
    field: str
    wanted: Any

    def holds(self, value: str | None) -> bool:
        """Whether a form field's value satisfies it; an absent field never does."""
        if value is None:
            return False
        if self.operator == "eq":
            return bool(value == self.wanted)
        # A list of values, as Content-Type may be one, must match value by value.
        return all(part.strip().startswith(self.wanted) for part in value.split(","))

    def __str__(self) -> str:
        return json.dumps([self.operator, f"${self.field}", self.wanted])


@dataclass(frozen=True)
class Policy:
    """A policy document, read."""

    expiration: datetime
    conditions: tuple[Condition, ...]

    @classmethod
    def read(cls, encoded: str) -> Policy:
        """From its base64 form; raises :class:`ApiRefusal` ``InvalidPolicyDocument``."""
        try:
            document = json.loads(base64.b64decode(encoded, validate=True))
        except (binascii.Error, ValueError):
            raise _malformed("Invalid JSON.") from None
        if not isinstance(document, dict) or "expiration" not in document:
            raise _malformed("Policy missing expiration.")
        if not isinstance(document.get("conditions"), list):
            raise _malformed("Policy missing conditions.")
        try:
            expiration = datetime.fromisoformat(document["expiration"])
        except (TypeError, ValueError):
            raise _malformed(f"Invalid 'expiration' value: '{document['expiration']}'") from None
        return cls(
            expiration if expiration.tzinfo else expiration.replace(tzinfo=UTC),
            tuple(c for given in document["conditions"] for c in _conditions(given)),
        )

    def check(self, fields: Mapping[str, str], length: int, now: datetime) -> None:
        """Refuse a form that breaks the policy.

        ``fields`` are by lower-case name, with the bucket among them; ``length`` is the file's in
        bytes. Raises :class:`ApiRefusal`: ``AccessDenied``, ``EntityTooLarge``,
        ``EntityTooSmall``.
        """
        if now >= self.expiration:
            raise _denied("Policy expired.")
        spoken_of = {condition.field for condition in self.conditions}
        for name in fields:
            if name not in spoken_of | UNCONDITIONAL and not name.startswith("x-ignore-"):
                raise _denied(f"Extra input fields: {name}")
        for condition in self.conditions:
            if condition.operator == "content-length-range":
                _check_length(condition.wanted, length)
            elif not condition.holds(fields.get(condition.field)):
                raise _denied(f"Policy Condition failed: {condition}")


def _conditions(given: Any) -> Iterator[Condition]:
    if isinstance(given, dict):
        for name, value in given.items():
            yield Condition("eq", name.lower(), str(value))
        return
    if not isinstance(given, list) or len(given) != 3:
        raise _malformed(f"Invalid Condition: {json.dumps(given)}")
    operator, first, second = given
    match str(operator).lower():
        case "content-length-range":
            try:
                yield Condition("content-length-range", "", (int(first), int(second)))
            except (TypeError, ValueError):
                raise _malformed(f"Invalid Condition: {json.dumps(given)}") from None
        case "eq" | "starts-with" as known if str(first).startswith("$"):
            yield Condition(known, str(first)[1:].lower(), str(second))
        case _:
            raise _malformed(f"Invalid Condition: {json.dumps(given)}")


def _check_length(bounds: tuple[int, int], length: int) -> None:
    low, high = bounds
    if length > high:
        raise ApiRefusal(
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
            ProposedSize=length,
            MaxSizeAllowed=high,
        )
    if length < low:
        raise ApiRefusal(
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
            ProposedSize=length,
            MinSizeAllowed=low,
        )


def _malformed(why: str) -> ApiRefusal:
    return ApiRefusal("InvalidPolicyDocument", f"Invalid Policy: {why}")


def _denied(why: str) -> ApiRefusal:
    return ApiRefusal("AccessDenied", f"Invalid according to Policy: {why}", 403)
