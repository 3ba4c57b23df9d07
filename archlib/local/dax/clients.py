"""Clients that nobody closed: a function's module keeps one for as long as it lives.

``amazon-dax-client`` asks its cluster for endpoints every few real seconds from threads of
its own. When the cloud is gone they would ask for ever; so the cloud closes, through the
library's own ``close`` methods, every client that was made in it.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

_THREAD = "amazondax.ClusterUtil", "PeriodicTask"


def periodic_threads() -> set[threading.Thread]:
    """The library's background threads that are alive now."""
    return {
        thread
        for thread in threading.enumerate()
        if (type(thread).__module__, type(thread).__name__) == _THREAD
    }


def close_all(before: set[threading.Thread]) -> None:
    """Close every client whose threads are not in ``before``."""
    threads = periodic_threads() - before
    owners: list[Any] = [getattr(thread.func, "__self__", None) for thread in threads]  # type: ignore[attr-defined]
    routers = []
    for owner in owners:
        router = getattr(getattr(owner, "_on_endpoints", None), "__self__", None)
        if router is not None:
            routers.append(router)
    for thread in threads:
        thread.cancel()  # type: ignore[attr-defined]
    for router in routers:
        with suppress(Exception):
            router.close()
    for thread in threads:
        thread.join(5.0)
