"""The local cloud behind real sockets, for any client of any process; see ``docs/serving.md``."""

from __future__ import annotations

from archlib.local.served.serving import LOOPBACK, ServedCloud, preload

__all__ = ["LOOPBACK", "ServedCloud", "preload"]
