"""The key that a secret gives for a day, a region and a service.

AWS: IAM User Guide, "Create a signed AWS API request", "Derive a signing key".
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache


@lru_cache(maxsize=1024)
def signing_key(secret: str, scope: str) -> bytes:
    """The key for a credential scope, ``{date}/{region}/{service}/aws4_request``."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
