"""Clients that sign as whoever is being served.

A call that came over the wire reaches moto through a client of this process. moto takes the
caller's access key from the signature (``GetUser`` without a name means its owner), so the client
must sign as the caller does; one client per service and region does for all callers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from archlib.local.identity import LOCAL_SECRET, RAW_KEY, Credentials

_acting: ContextVar[Credentials | None] = ContextVar("archlib_acting", default=None)


@contextmanager
def acting(credentials: Credentials | None) -> Iterator[None]:
    """Sign with these credentials inside the block; None stands for nobody in particular."""
    token = _acting.set(credentials)
    try:
        yield
    finally:
        _acting.reset(token)


def sign_on_behalf(client: Any) -> Any:
    """Let a client sign as whoever is acting; returns it."""
    from botocore.credentials import Credentials as BotocoreCredentials
    from botocore.credentials import ReadOnlyCredentials

    class Acting(BotocoreCredentials):
        def get_frozen_credentials(self) -> ReadOnlyCredentials:
            held = _acting.get() or Credentials(RAW_KEY, LOCAL_SECRET)
            return ReadOnlyCredentials(held.access_key, held.secret_key, held.session_token)

    client._request_signer._credentials = Acting(RAW_KEY, LOCAL_SECRET)
    return client
