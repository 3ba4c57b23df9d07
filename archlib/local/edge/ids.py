"""Ids of requests and of edge servers: seeded, in the forms CloudFront gives them."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from itertools import count


class Ids:
    """Ids from one seed: the same history gives the same ids."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._numbers = count()
        self.via = lru_cache(maxsize=256)(self._via)

    def request(self) -> str:
        """``X-Amz-Cf-Id``: 56 characters."""
        digest = hashlib.blake2b(str(next(self._numbers)).encode(), key=self._seed, digest_size=40)
        return base64.b64encode(digest.digest(), b"-_").decode()

    def _via(self, pop: str) -> str:
        """``Via``: the server of an edge location."""
        name = hashlib.blake2b(pop.encode(), key=self._seed, digest_size=16).hexdigest()
        return f"1.1 {name}.cloudfront.net (CloudFront)"
