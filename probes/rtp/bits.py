"""Bits of a raw byte sequence payload (ITU-T H.264 and H.265 section 7.2 and 9.1 / 9.2)."""

from __future__ import annotations

from probes.rtp.packet import MalformedRtpError

# Every field of a parameter set up to the picture's size, scaling lists included; numbers as long
# as a whole set would make each bit dear.
MAX_SIZE_FIELDS_BYTES = 512


def without_emulation_prevention(nal: bytes) -> bytes:
    """A NAL unit's bytes without the 3s that keep start codes out (H.264 section 7.4.1)."""
    return nal.replace(b"\0\0\3", b"\0\0")


class BitReader:
    """Reads fixed-length and Exp-Golomb codes.

    Raises:
        MalformedRtpError: at the end of the data, or on a code longer than 32 bits.
    """

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def bits(self, count: int) -> int:
        """The next `count` bits as an unsigned number."""
        if count > self._left:
            raise MalformedRtpError(f"parameter set ends {count - self._left} bits early")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def unsigned(self) -> int:
        """ue(v): unsigned Exp-Golomb (H.264 section 9.1)."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > 32:
                raise MalformedRtpError("Exp-Golomb code longer than 32 bits")
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        """se(v): signed Exp-Golomb (H.264 section 9.1.1)."""
        code = self.unsigned()
        return (code + 1) // 2 if code % 2 else -(code // 2)
