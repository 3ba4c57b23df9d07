"""DAX node types and the memory they have.

Source: Amazon DynamoDB Developer Guide, "DAX cluster sizing guide" and "Amazon DynamoDB
pricing" (memory of each node type, GiB). Memory is shared evenly by the two caches.
"""

from __future__ import annotations

from typing import Final

GIB: Final = 1 << 30

_LARGE: Final = {
    "large": 16.0,
    "xlarge": 32.0,
    "2xlarge": 64.0,
    "4xlarge": 128.0,
    "8xlarge": 256.0,
    "12xlarge": 384.0,
    "16xlarge": 512.0,
    "24xlarge": 768.0,
}
_R4: Final = {
    "large": 15.25,
    "xlarge": 30.5,
    "2xlarge": 61.0,
    "4xlarge": 122.0,
    "8xlarge": 244.0,
    "16xlarge": 488.0,
}

NODE_MEMORY: Final[dict[str, int]] = {
    "dax.t2.small": 2 * GIB,
    "dax.t2.medium": 4 * GIB,
    "dax.t3.small": 2 * GIB,
    "dax.t3.medium": 4 * GIB,
    **{f"dax.r5.{size}": int(memory * GIB) for size, memory in _LARGE.items()},
    **{f"dax.r7i.{size}": int(memory * GIB) for size, memory in _LARGE.items()},
    **{f"dax.r4.{size}": int(memory * GIB) for size, memory in _R4.items()},
    **{f"dax.r3.{size}": int(_R4[size] * GIB) for size in ("large", "xlarge", "2xlarge")},
    "dax.r3.4xlarge": 122 * GIB,
    "dax.r3.8xlarge": 244 * GIB,
}
"""Bytes of memory of a node, by node type."""
