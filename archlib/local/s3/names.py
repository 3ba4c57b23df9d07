"""What a bucket may be called.

AWS: Amazon S3 User Guide, "General purpose bucket naming rules".
"""

from __future__ import annotations

import re

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
