"""The ids a request carries: seeded, in the forms AWS gives them."""

from __future__ import annotations

import random
from collections.abc import Callable

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class RequestIds:
    """Ids from one seed; ``now`` gives virtual epoch seconds."""

    def __init__(self, seed: str, now: Callable[[], float]) -> None:
        self._random = random.Random(seed)
        self._now = now

    def request(self) -> str:
        """A request id: a UUID."""
        h = f"{self._random.getrandbits(128):032x}"
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def extended(self) -> str:
        """An extended request id (``x-amz-apigw-id``)."""
        return "".join(self._random.choices(_ALPHABET, k=15)) + "="

    def trace(self) -> str:
        """An X-Ray trace header: when, and 96 bits."""
        return f"Root=1-{int(self._now()):08x}-{self._random.getrandbits(96):024x}"
