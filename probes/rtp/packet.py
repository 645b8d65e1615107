"""RTP packets (RFC 3550 section 5.1)."""

from __future__ import annotations

import struct
from typing import NamedTuple

_FIXED = struct.Struct(">BBHII")
_EXTENSION = struct.Struct(">xxH")


class MalformedRtpError(ValueError):
    """Bytes that are no RTP or no payload of their format; the text names the field."""


class UnbegunUnitError(MalformedRtpError):
    """A fragment of a unit whose beginning was not received; `head` is the unit's header."""

    def __init__(self, head: bytes) -> None:
        super().__init__("fragment without its beginning")
        self.head = head


class RtpPacket(NamedTuple):
    """The fields a receiver uses; `payload` is without padding and extension."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse_packet(data: bytes) -> RtpPacket:
    """Reads one packet.

    Raises:
        MalformedRtpError: too short for what its header announces, or not version 2.
    """
    if len(data) < 12:
        raise MalformedRtpError(f"RTP header of 12 bytes cut off at {len(data)}")
    flags, kind, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if flags >> 6 != 2:
        raise MalformedRtpError(f"RTP version {flags >> 6}")
    start, end = 12, len(data)
    if flags != 0x80:
        start, end = _payload_bounds(data, flags)
    return RtpPacket(kind & 0x7F, kind >= 0x80, sequence, timestamp, ssrc, data[start:end])


def _payload_bounds(data: bytes, flags: int) -> tuple[int, int]:
    """Where the payload lies behind contributing sources and extension, before padding."""
    start, end = 12 + 4 * (flags & 0x0F), len(data)
    if flags & 0x10:
        if start + 4 > end:
            raise MalformedRtpError("RTP extension header cut off")
        start += 4 + 4 * _EXTENSION.unpack_from(data, start)[0]
    if start > end:
        raise MalformedRtpError(f"RTP payload would begin at {start} of {end} bytes")
    if flags & 0x20 and end > start:
        padding = data[-1]
        if padding == 0 or padding > end - start:
            raise MalformedRtpError(f"RTP padding of {padding} bytes in {end - start}")
        end -= padding
    return start, end
