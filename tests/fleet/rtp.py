"""Coded pictures into RTP packets (RFC 3550; RFC 6184 H.264, RFC 7798 H.265, RFC 2435 JPEG),
laid ready as they go over an interleaved connection: `$`, channel, length, packet
(RFC 2326 section 10.12).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

MTU_PAYLOAD = 1400
_PREFIX = 4
_HEADER = 12
_START_CODE = re.compile(rb"\x00\x00\x00?\x01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gop:
    """A group of pictures: one key frame and what follows until the next.

    `blob` holds all packets with their interleaving prefix, on channel 0. `packets` are the
    offsets of the prefixes, one more at the end; `frames` index `packets`: frame n is made of
    packets frames[n] to frames[n + 1].
    """

    blob: bytes = field(repr=False)
    packets: tuple[int, ...] = field(repr=False)
    frames: tuple[int, ...] = field(repr=False)

    @property
    def frame_count(self) -> int:
        return len(self.frames) - 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where frames first to last (not included) lie in the blob, in bytes."""
        return self.packets[self.frames[first]], self.packets[self.frames[last]]


def nal_units(annex_b: bytes) -> list[bytes]:
    """The NAL units of a byte stream with start codes (H.264 annex B)."""
    parts = _START_CODE.split(annex_b)[1:]
    return [part.rstrip(b"\x00") for part in parts if part]


def h264_payloads(units: list[bytes]) -> list[bytes]:
    """Single NAL units, the parameter sets together in a STAP-A, large units in FU-A."""
    small = [unit for unit in units if unit[0] & 31 in (7, 8)]
    payloads = [_stap_a(small)] if small else []
    for unit in units:
        kind = unit[0] & 31
        if kind in (7, 8, 9):
            continue
        if len(unit) <= MTU_PAYLOAD:
            payloads.append(unit)
            continue
        payloads += _fragments(unit[1:], bytes([(unit[0] & 0xE0) | 28]), kind)
    return payloads


def _stap_a(units: list[bytes]) -> bytes:
    head = bytes([max(unit[0] & 0x60 for unit in units) | 24])
    return head + b"".join(struct.pack(">H", len(unit)) + unit for unit in units)


def h265_payloads(units: list[bytes]) -> list[bytes]:
    """Single NAL units, large units in FUs (RFC 7798 section 4.4.3)."""
    payloads: list[bytes] = []
    for unit in units:
        kind = unit[0] >> 1 & 63
        if kind == 35:
            continue
        if len(unit) <= MTU_PAYLOAD:
            payloads.append(unit)
            continue
        head = bytes([(unit[0] & 0x81) | 49 << 1, unit[1]])
        payloads += _fragments(unit[2:], head, kind)
    return payloads


def _fragments(body: bytes, head: bytes, kind: int) -> list[bytes]:
    """FU-A and H.265 FU: both mark the first with 0x80 and the last with 0x40."""
    room = MTU_PAYLOAD - len(head) - 1
    pieces = [body[at : at + room] for at in range(0, len(body), room)]
    payloads = []
    for number, piece in enumerate(pieces):
        mark = 0x80 if number == 0 else 0x40 if number == len(pieces) - 1 else 0
        payloads.append(head + bytes([mark | kind]) + piece)
    return payloads


def jpeg_payloads(image: bytes) -> list[bytes]:
    """A baseline JPEG with the standard Huffman tables, quantisation tables in band (Q 255)."""
    tables, sampling, width, height, scan = _jpeg_parts(image)
    kind = {0x21: 0, 0x22: 1}[sampling]
    quantisation = struct.pack(">BBH", 0, 0, len(tables)) + tables
    payloads, at = [], 0
    while at < len(scan):
        head = struct.pack(">I", at) + bytes([kind, 255, width // 8, height // 8])
        if at == 0:
            head += quantisation
        piece = scan[at : at + MTU_PAYLOAD - len(head)]
        payloads.append(head + piece)
        at += len(piece)
    return payloads


def _jpeg_parts(image: bytes) -> tuple[bytes, int, int, int, bytes]:
    tables: dict[int, bytes] = {}
    sampling = width = height = 0
    at = 2
    while True:
        marker, length = image[at + 1], struct.unpack_from(">H", image, at + 2)[0]
        body = image[at + 4 : at + 2 + length]
        if marker == 0xDB:
            for start in range(0, len(body), 65):
                tables[body[start] & 15] = body[start + 1 : start + 65]
        elif marker == 0xC0:
            height, width = struct.unpack_from(">HH", body, 1)
            sampling = body[7]
        at += 2 + length
        if marker == 0xDA:
            scan = image[at:]
            end = scan[:-2] if scan.endswith(b"\xff\xd9") else scan
            return tables[0] + tables[1], sampling, width, height, end


def packetise(
    frames: list[list[bytes]],
    *,
    payload_type: int,
    ssrc: int,
    first_sequence: int,
    first_timestamp: int,
    timestamp_step: int,
) -> Gop:
    """Lay out frames (each a list of payloads) as one group of pictures."""
    blob = bytearray()
    packets: list[int] = []
    marks: list[int] = []
    sequence, timestamp = first_sequence, first_timestamp
    for payloads in frames:
        marks.append(len(packets))
        for number, payload in enumerate(payloads):
            packets.append(len(blob))
            marker = 0x80 if number == len(payloads) - 1 else 0
            blob += struct.pack(">BBH", 0x24, 0, _HEADER + len(payload))
            blob += struct.pack(
                ">BBHII",
                0x80,
                marker | payload_type,
                sequence & 0xFFFF,
                timestamp & 0xFFFFFFFF,
                ssrc,
            )
            blob += payload
            sequence += 1
        timestamp += timestamp_step
    marks.append(len(packets))
    packets.append(len(blob))
    return Gop(blob=bytes(blob), packets=tuple(packets), frames=tuple(marks))


def rewritten(gop: Gop, *, channel: int, sequence_shift: int, timestamp_shift: int) -> bytes:
    """The blob on another channel, or later: sequence numbers and timestamps moved on."""
    data = np.frombuffer(gop.blob, np.uint8).copy()
    at = np.array(gop.packets[:-1], np.int64)
    data[at + 1] = channel
    _add(data, at + _PREFIX + 2, 2, sequence_shift)
    _add(data, at + _PREFIX + 4, 4, timestamp_shift)
    return data.tobytes()


def _add(data: npt.NDArray[np.uint8], at: npt.NDArray[np.int64], size: int, shift: int) -> None:
    if shift == 0:
        return
    value = np.zeros(len(at), np.int64)
    for index in range(size):
        value = value << 8 | data[at + index]
    value += shift
    for index in range(size):
        data[at + index] = (value >> 8 * (size - 1 - index)) & 0xFF


def sender_report(ssrc: int, ntp_seconds: float, timestamp: int, packets: int) -> bytes:
    """An RTCP sender report without reception blocks (RFC 3550 section 6.4.1)."""
    whole = int(ntp_seconds)
    fraction = int((ntp_seconds - whole) * 2**32)
    return struct.pack(
        ">BBHIIIIII",
        0x80,
        200,
        6,
        ssrc,
        whole & 0xFFFFFFFF,
        fraction,
        timestamp & 0xFFFFFFFF,
        packets,
        packets * MTU_PAYLOAD,
    )
