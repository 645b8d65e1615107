"""A run of fragments: the straight way for most of what a camera sends."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from probes.rtp.packet import RtpPacket

# Flags with payload type, sequence number, timestamp and source (RFC 3550 section 5.1).
_HEADER = struct.Struct(">HHII")
_VERSION_2 = 0x8000
# Before it where frames are interleaved: sign and channel, length (RFC 2326 section 10.12).
_FRAME = struct.Struct(">HHHH")
_FRAME_SIGN, _PREFIX_BYTES = 0x2400, 4
_SAME = struct.Struct(">II")


class FragmentRun:
    """Middle fragments of one unit, in order, behind the packet `before`.

    They differ from each other in sequence number and payload only, so two comparisons tell one,
    where each packet else goes through sequencing, assembly and depacketising. Key pictures and
    the large pictures before them come in hundreds of such packets; whatever is anything else
    ends the run. `begins_with` is how the payload of each begins (RFC 6184 section 5.8, RFC 7798
    section 4.4.3), `room_bytes` how much the picture may still grow.
    """

    __slots__ = ("_begins_with", "_expected", "_flags", "_fragments", "_room_bytes", "_same")

    def __init__(self, before: RtpPacket, begins_with: bytes, room_bytes: int) -> None:
        self._flags = _VERSION_2 | before.payload_type
        self._expected = (before.sequence + 1) & 0xFFFF
        self._same = before.timestamp, before.ssrc
        self._begins_with = begins_with
        self._room_bytes = room_bytes
        self._fragments: list[bytes] = []

    def follow(self, packets: Iterator[bytes]) -> bytes | None:
        """Takes the packets that go on with the run, keeping what they hold;
        gives the first that does not."""
        flags, (timestamp, ssrc), begins_with = self._flags, self._same, self._begins_with
        start = _HEADER.size + len(begins_with)
        for data in packets:
            if not data.startswith(begins_with, _HEADER.size) or len(data) > self._room_bytes:
                return data
            if _HEADER.unpack_from(data) != (flags, self._expected, timestamp, ssrc):
                return data
            self._expected = (self._expected + 1) & 0xFFFF
            self._room_bytes -= len(data)
            self._fragments.append(data[start:])
        return None

    def follow_frames(self, buffer: bytes, position: int, channel: int) -> int:
        """Takes the interleaved frames that go on with the run, from `position` on; gives the
        position of the first that does not, or is not whole."""
        sign, flags, begins_with = _FRAME_SIGN | channel, self._flags, self._begins_with
        same = _SAME.pack(*self._same) + begins_with
        least = _HEADER.size + len(begins_with)
        start, size = _PREFIX_BYTES + least, len(buffer)
        last, expected, room_bytes = size - _FRAME.size, self._expected, self._room_bytes
        unpack, begins_alike, keep = _FRAME.unpack_from, buffer.startswith, self._fragments.append
        while position <= last:
            lead, length, kind, sequence = unpack(buffer, position)
            end = position + _PREFIX_BYTES + length
            if sequence != expected or lead != sign or kind != flags:
                break
            if end > size or not least <= length <= room_bytes:
                break
            if not begins_alike(same, position + _FRAME.size):
                break
            expected = (sequence + 1) & 0xFFFF
            room_bytes -= length
            keep(buffer[position + start : end])
            position = end
        self._expected, self._room_bytes = expected, room_bytes
        return position

    def take(self) -> list[bytes]:
        """The fragments since the last call."""
        fragments, self._fragments = self._fragments, []
        return fragments
