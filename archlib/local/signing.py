"""Signature Version 4: the key that a secret gives for a day, and what it signs.

AWS: IAM User Guide, "Create a signed AWS API request", "Derive a signing key", "Calculate the
signature".
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

ALGORITHM = "AWS4-HMAC-SHA256"


@lru_cache(maxsize=1024)
def signing_key(secret: str, scope: str) -> bytes:
    """The key for a credential scope, ``{date}/{region}/{service}/aws4_request``."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def signature(secret: str, timestamp: str, scope: str, canonical_request: str) -> str:
    """The hexadecimal Signature Version 4 of a canonical request."""
    digest = hashlib.sha256(canonical_request.encode()).hexdigest()
    text = f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}"
    return hmac.new(signing_key(secret, scope), text.encode(), hashlib.sha256).hexdigest()
