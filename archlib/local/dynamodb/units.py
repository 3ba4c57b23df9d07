"""From bytes to read and write units.

Source: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations".
Reads are billed in steps of 4 KB: half a unit eventually consistent, one strongly
consistent, two transactional. Writes are billed in steps of 1 KB, double when
transactional. Nothing is free: a read that finds nothing costs one step.
"""

from __future__ import annotations

from typing import Final, Literal

READ_STEP: Final = 4096
WRITE_STEP: Final = 1024

Consistency = Literal["eventual", "strong", "transactional"]

_READ_FACTOR: Final = {"eventual": 0.5, "strong": 1.0, "transactional": 2.0}


def _steps(size: int, step: int) -> int:
    return max(1, -(-size // step))


def read_units(size: int, consistency: Consistency = "eventual") -> float:
    """Units for reading ``size`` bytes; 0 bytes is an item that is not there."""
    return _steps(size, READ_STEP) * _READ_FACTOR[consistency]


def write_units(size: int, *, transactional: bool = False) -> float:
    """Units for writing ``size`` bytes; 0 bytes is a delete of what is not there."""
    return float(_steps(size, WRITE_STEP) * (2 if transactional else 1))


def consistency_of(consistent_read: bool | None) -> Consistency:
    """What ``ConsistentRead`` asks for; absent means eventual."""
    return "strong" if consistent_read else "eventual"
