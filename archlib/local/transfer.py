"""How long bytes take between a client in a city and the cloud: a model, in virtual seconds.

A message takes the round trips that it needs (:mod:`archlib.local.geography`), and its body the
time of a TCP flow. A flow is as fast as the client's line, and no faster than one window per
round trip: what is lost on the way keeps the window of a long flow near a constant, so that
distance costs throughput (Mathis, Semke, Mahdavi, Ott, "The macroscopic behavior of the TCP
congestion avoidance algorithm", 1997: rate = segment / round trip x 1.22 / sqrt(loss); the window
below is that of one lost segment in 350,000). The first ten segments of a body come with its
round trip (RFC 6928), so that small messages take no time of their own.

Assumptions: the window is open from the start (connections are kept, slow start is left out);
nobody shares the line; each request has a flow of its own; between edge locations, regions and
services the AWS network carries the bytes on as they come. A transfer passes as a whole when its
message does: who stops reading halfway has waited for all of it.

It holds for a client that stands in a city (:func:`archlib.local.geography.client_in`). A client
that nobody placed is next to the service, and what runs inside the cloud is in its network.
"""

from __future__ import annotations

from typing import Final

LINE: Final = 12_500_000.0
"""Bytes a second of the client's own line (100 Mbit/s)."""

WINDOW: Final = 1_048_576.0
"""Bytes that may be under way on a connection over the internet."""

FIRST: Final = 14_600
"""Bytes that need no acknowledgement: ten segments of 1,460 bytes."""

HANDSHAKES: Final = 3
"""Round trips before the first byte of a new connection: TCP, TLS 1.3, the request."""


def rate(round_trip: float) -> float:
    """Bytes a second over a way with that round trip (seconds)."""
    return min(LINE, WINDOW / round_trip)


def seconds(round_trip: float, size: int) -> float:
    """Virtual seconds of a body of ``size`` bytes besides the round trip of its message."""
    return max(0, size - FIRST) / rate(round_trip)
