"""Keeping readers from waiting."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_RARELY = (100_000, 50, 1_000)


@contextmanager
def unhurried_collector() -> Iterator[None]:
    """Let Python's garbage collector run rarely inside the block.

    Importing moto, deploying and judging make millions of objects that live on. Looking through
    them for garbage every 700 allocations, as Python does by default, takes a quarter of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
