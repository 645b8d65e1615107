"""Passing over what is of no use, where it lies: the straight way through half of what a camera
sends before its next key picture."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from probes.rtp.packet import RtpPacket

# An interleaved frame (RFC 2326 section 10.12: sign, channel, length) and its RTP header (RFC 3550
# section 5.1: flags with payload type, sequence number, then timestamp and source), up to what
# tells the kind of its payload.
_FRAME = struct.Struct(">HHHHIIBBB")
_FRONT = struct.Struct(">HHHH")
_SAME = struct.Struct(">II")
_FRAME_SIGN = 0x2400
# Version 2 without padding, extension and contributing sources; the marker is left out.
_PLAIN, _MARKER = 0x8000, 0x0080
_PREFIX_BYTES, _PAYLOAD_AT, _LEAST_LENGTH = 4, 16, 15
_START_CODE = b"\0\0\1"
# Fragment headers (RFC 6184 section 5.8, RFC 7798 section 4.4.3).
_STARTS, _ENDS = 0x80, 0x40


@dataclass(frozen=True, slots=True, kw_only=True)
class UselessSlices:
    """How payloads begin that hold slices of which no key picture is made: the first bytes of
    single units and of fragments, where a fragment's header stands, the kinds in it, and such a
    unit's header."""

    single: frozenset[int]
    fragments: frozenset[int]
    header_at: int
    kinds: frozenset[int]
    head: bytes

    @property
    def kind_mask(self) -> int:
        return 0x1F if self.header_at == 1 else 0x3F

    def middle(self, start: Sequence[int]) -> bytes:
        """How the payloads go on behind one that starts so and leaves its unit open."""
        return bytes([*start[: self.header_at], start[self.header_at] & ~(_STARTS | _ENDS)])


@dataclass(slots=True, kw_only=True)
class Passage:
    """The picture that is passed over at the moment, and what went by.

    `has_slice` says that it has a whole slice, `unfinished` that a unit was left open; `began`
    that pictures have begun meanwhile, of which this is the last; `went_on` that one went on
    behind its marker.
    """

    useless: UselessSlices
    timestamp: int
    marked: bool
    has_slice: bool
    unfinished: bool
    size_bytes: int
    packets: int = 0
    began: bool = False
    went_on: bool = False

    def over(self, buffer: bytes, position: int, channel: int, after: RtpPacket) -> int:
        """Passes over whole frames of a channel that are of the same stream as the packet `after`
        and follow it without a gap; gives the position of the first that needs a look."""
        sign, plain = _FRAME_SIGN | channel, _PLAIN | after.payload_type
        last = len(buffer) - _FRAME.size
        while position <= last:
            lead, length, flags, number, timestamp, source, *start = _FRAME.unpack_from(
                buffer, position
            )
            end = position + _PREFIX_BYTES + length
            next_number = (after.sequence + self.packets + 1) & 0xFFFF
            if lead != sign or flags & ~_MARKER != plain or source != after.ssrc:
                break
            if number != next_number or end > len(buffer) or length < _LEAST_LENGTH:
                break
            unit = self._unit(start, buffer, position + _PAYLOAD_AT, end)
            if unit is None or (timestamp != self.timestamp and not unit & _STARTS):
                break
            self._enter(timestamp)
            self.marked, self.unfinished = flags & _MARKER != 0, not unit & _ENDS
            self.has_slice = self.has_slice or not self.unfinished
            self.packets += 1
            self.size_bytes += length
            position = end
            if self.unfinished and not self.marked:
                same = _SAME.pack(timestamp, source) + self.useless.middle(start)
                position = self._middles(buffer, position, (sign, plain), number, same)
        return position

    def _enter(self, timestamp: int) -> None:
        if timestamp != self.timestamp:
            self.timestamp, self.began, self.size_bytes = timestamp, True, 0
            self.has_slice = False
        elif self.marked and self.has_slice:
            self.went_on = True

    def _middles(
        self, buffer: bytes, position: int, front: tuple[int, int], number: int, same: bytes
    ) -> int:
        """Passes over the fragments from the middle of a unit, which are most of what there is:
        they differ in sequence number and what they hold only."""
        first, unpack, begins_alike = position, _FRONT.unpack_from, buffer.startswith
        last, size, sequence = len(buffer) - _FRAME.size, len(buffer), number
        while position <= last:
            lead, length, flags, number = unpack(buffer, position)
            sequence = (sequence + 1) & 0xFFFF
            end = position + _PREFIX_BYTES + length
            if (lead, flags) != front or number != sequence or end > size:
                break
            if length < _LEAST_LENGTH or not begins_alike(same, position + _FRONT.size):
                break
            self.packets += 1
            position = end
        self.size_bytes += position - first
        return position

    def _unit(self, start: Sequence[int], buffer: bytes, payload: int, end: int) -> int | None:
        """Whether a payload starts and ends a unit; None where it is not to be passed over."""
        useless = self.useless
        if start[0] in useless.fragments:
            header = start[useless.header_at]
            if header & useless.kind_mask not in useless.kinds:
                return None
            if header & (_STARTS | _ENDS) == 0:
                return header if self.unfinished else None
        elif start[0] in useless.single:
            header = _STARTS | _ENDS
        else:
            return None
        if (header & _STARTS != 0) == self.unfinished:
            return None
        # Cameras put whole units behind start codes into one (see `probes.rtp.nal`).
        return header if buffer.find(_START_CODE, payload, end) < 0 else None
