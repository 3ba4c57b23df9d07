"""The cyclic redundancy checks of S3 that Python's library lacks: CRC32C and CRC64NVME.

AWS: Amazon S3 User Guide, "Checking object integrity in Amazon S3", which SDKs compute by default.
Both are reflected: a register's low byte meets the next byte of the message. A check is linear,
so the first ``n`` bytes of a message may be folded onto what follows: each becomes what it would
be in the register ``n`` bytes later. One fold is a look-up and an exclusive or of whole buffers,
which Python does at the speed of C; a byte at a time would take seconds where this takes none.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

#: Bytes that are folded at once, and those that are left to the loop.
_STRIDE, _REST = 64 * 1024, 64


@dataclass(frozen=True)
class Cyclic:
    """A reflected check: its polynomial (bits reversed), and how many bytes its value has.

    The register begins with all bits set, and is inverted at the end.
    """

    polynomial: int
    size: int

    def __call__(self, data: bytes, value: int = 0) -> int:
        """The check of ``data`` after bytes whose check is ``value``."""
        register = value ^ self._ones
        view = memoryview(data)
        for at in range(0, len(view), _STRIDE):
            register = self._through(register, bytes(view[at : at + _STRIDE]))
        return register ^ self._ones

    @property
    def _ones(self) -> int:
        return (1 << 8 * self.size) - 1

    def _through(self, register: int, data: bytes) -> int:
        """The register after ``data``."""
        while len(data) > _REST:
            # The largest power of two that leaves room for a register behind what is folded.
            count = 1 << ((len(data) - self.size) // 2).bit_length() - 1
            head = int.from_bytes(data[:count], "little") ^ register
            first = head.to_bytes(count, "little")
            folded = int.from_bytes(data[count:], "little")
            for place, table in enumerate(_tables(self, count)):
                folded ^= int.from_bytes(first.translate(table), "little") << 8 * place
            data, register = folded.to_bytes(len(data) - count, "little"), 0
        steps = _steps(self)
        for byte in data:
            register = steps[(register ^ byte) & 0xFF] ^ register >> 8
        return register


@functools.cache
def _steps(check: Cyclic) -> tuple[int, ...]:
    """The register after one byte, for each byte."""
    made = []
    for byte in range(256):
        register = byte
        for _ in range(8):
            register = register >> 1 ^ (check.polynomial if register & 1 else 0)
        made.append(register)
    return tuple(made)


@functools.cache
def _later(check: Cyclic, count: int) -> tuple[int, ...]:
    """What each bit of the register is ``count`` zero bytes later; ``count`` is a power of two."""
    if count == 1:
        steps = _steps(check)
        bits = [1 << place for place in range(8 * check.size)]
        return tuple(steps[bit & 0xFF] ^ bit >> 8 for bit in bits)
    half = _later(check, count // 2)
    return tuple(_applied(half, register) for register in half)


def _applied(bits: tuple[int, ...], register: int) -> int:
    """The register that the bits of ``register`` become together."""
    found = 0
    for bit in bits:
        found ^= bit if register & 1 else 0
        register >>= 1
    return found


@functools.cache
def _tables(check: Cyclic, count: int) -> tuple[bytes, ...]:
    """For each byte of the register, what a byte puts there ``count`` bytes later."""
    bits = _later(check, count)
    later = [_applied(bits, byte) for byte in range(256)]
    return tuple(
        bytes(register >> 8 * place & 0xFF for register in later) for place in range(check.size)
    )


#: RFC 3720, section 12.1 (Castagnoli); NVM Express, NVM Command Set, "64b CRC".
crc32c = Cyclic(0x82F63B78, 4)
crc64nvme = Cyclic(0x9A6C9329AC4BC9B5, 8)
