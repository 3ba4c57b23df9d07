"""What a bucket may be called, and how long an object's key may be.

AWS: Amazon S3 User Guide, "General purpose bucket naming rules", "Naming Amazon S3 objects"; API
Reference, "Error responses" (``KeyTooLongError``).
"""

from __future__ import annotations

import re

from archlib.local.api import ApiCall
from archlib.local.refusal import ApiRefusal

LONGEST_KEY = 1024

#: What a name must not match, and the rule that says so; the first one is told.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (r"^.{0,2}$|^.{64,}$", "should be between 3 and 63 characters long"),
        (r"[A-Z]", "should not contain uppercase characters"),
        (r"[^a-z0-9.-]", "should consist only of lowercase letters, numbers, periods and hyphens"),
        (r"^[.-]|[.-]$", "should begin and end with a letter or a number"),
        (r"\.\.", "should not contain two adjacent periods"),
        (r"^\d+\.\d+\.\d+\.\d+$", "must not be formatted as an IP Address"),
        (r"^(xn--|sthree-|amzn-s3-demo-)", "should not begin with a reserved prefix"),
        (r"(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$", "should not end with a reserved suffix"),
    )
)


def broken_rule(name: str) -> str | None:
    """The rule that a bucket's name breaks, to be read after "Bucket name"; None for none."""
    return next((rule for pattern, rule in _RULES if pattern.search(name)), None)


def check_key(call: ApiCall) -> None:
    """A guard: refuse a call about an object whose key is too long; raises :class:`ApiRefusal`."""
    if call.service != "s3" or not isinstance(key := call.params.get("Key"), str):
        return
    size = len(key.encode("utf-8", "surrogatepass"))
    if size > LONGEST_KEY:
        raise ApiRefusal(
            "KeyTooLongError",
            "Your key is too long",
            Size=str(size),
            MaxSizeAllowed=str(LONGEST_KEY),
        )
