"""NAL units of a coded picture and the bits of their payload (ITU-T H.264 and H.265, Annex B,
sections 7.3 and 9.1/9.2)."""

from __future__ import annotations

from collections.abc import Iterator


def nal_units(access_unit: bytes) -> Iterator[bytes]:
    """The NAL units of an Annex B byte stream, without start codes and trailing zero bytes."""
    start = access_unit.find(b"\x00\x00\x01")
    while start >= 0:
        after = access_unit.find(b"\x00\x00\x01", start + 3)
        end = len(access_unit) if after < 0 else after
        unit = access_unit[start + 3 : end].rstrip(b"\x00")
        if unit:
            yield unit
        start = after


def payload(unit: bytes, limit: int = 512) -> bytes:
    """The first `limit` bytes of a NAL unit without its emulation prevention bytes.

    512 bytes hold every field up to the picture size, scaling lists included.
    """
    return unit[:limit].replace(b"\x00\x00\x03", b"\x00\x00")


class BitReader:
    """Reads bits, most significant first. Reading past the end raises EOFError."""

    __slots__ = ("_at", "_bits", "_end")

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "big")
        self._end = len(data) * 8
        self._at = 0

    def u(self, count: int) -> int:
        """An unsigned number of `count` bits."""
        self._at += count
        if self._at > self._end:
            raise EOFError(f"parameter set ends at bit {self._end}")
        return (self._bits >> (self._end - self._at)) & ((1 << count) - 1)

    def ue(self) -> int:
        """An Exp-Golomb number of at most 32 bits (section 9.1 / 9.2)."""
        zeros = 0
        while self.u(1) == 0:
            zeros += 1
            if zeros > 32:
                raise ValueError(f"Exp-Golomb code too long at bit {self._at}")
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb number."""
        coded = self.ue()
        return (coded + 1) // 2 if coded % 2 else -(coded // 2)
