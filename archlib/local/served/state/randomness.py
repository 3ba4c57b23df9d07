"""Random bytes that come again when the same things are done again.

Session tokens, upload ids, keys of KMS and the numbers of SRP are made of the system's random
bytes. While a cloud's state is kept, whoever draws in an act gets them from a generator of the
cloud's own, whose seed is in the state's file; all others get the system's. OpenSSL draws for
itself: keys and signatures that it makes come out otherwise the next time.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from archlib.local.patches import Patches
from archlib.local.turns import Turns


class Randomness:
    """Deals out bytes; ``turns`` tells which other threads belong to the act under way."""

    def __init__(self, seed: str, turns: Turns) -> None:
        self._generator = random.Random(seed)
        self._turns = turns
        self._thread: int | None = None
        self._lock = threading.Lock()

    def install(self, patches: Patches) -> None:
        """Be there for ``os.urandom``, and so for ``uuid``, ``secrets`` and ``SystemRandom``."""
        system = os.urandom

        def urandom(size: int) -> bytes:
            inside = threading.get_ident() == self._thread or self._turns.taken
            if not inside:
                return system(size)
            with self._lock:
                return self._generator.randbytes(size)

        patches.set(os, "urandom", urandom)
        # SystemRandom has a name of its own for it.
        shared: Any = random
        patches.set(shared, "_urandom", urandom)

    @contextmanager
    def dealing(self) -> Iterator[None]:
        """The calling thread does an act in the block."""
        self._thread = threading.get_ident()
        try:
            yield
        finally:
            self._thread = None
