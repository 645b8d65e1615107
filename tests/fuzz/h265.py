"""H.265 in RTP, from packets to a key picture."""

from __future__ import annotations

from probes.rtp.h265 import H265Depacketizer
from probes.rtp.packet import MalformedRtpError
from probes.vocabulary import Codec
from tests.fuzz.packets import GAP, MARKER, NEXT, OTHER, collect, packets, record

_VPS = bytes.fromhex("40010c01ffff01600000030090000003000003005dac59")
_SPS = bytes.fromhex("420101016000000300900000030000030078a003c08010e596")
_PPS = bytes.fromhex("4401c172b46240")
_IDR = b"\x26\x01\xaf\x09" + bytes(range(40))

SEEDS = [
    record((0, _VPS), (0, _SPS), (0, _PPS), (MARKER, _IDR), (NEXT, b"\x02\x01\xd0")),
    record((0, b"\x60\x01\0\x07" + _PPS + b"\0\x03\x26\x01\x80"), (MARKER, _IDR)),
    record((0, b"\x62\x01\x93\xaf\x01"), (0, b"\x62\x01\x13ab"), (MARKER, b"\x62\x01\x53c")),
    record((GAP, b"\x62\x01\x13"), (OTHER, b"\x64\x01\x00"), (NEXT | MARKER, b"\x2a\x01\xaf")),
    record((0, _VPS + b"\0\0\0\1" + _SPS + b"\0\0\1" + _PPS), (MARKER, _IDR[:3]), (NEXT, b"")),
    record((0, bytes.fromhex("6742001eab40501ec8")), (MARKER, b"\x65\x88")),
]


def check(data: bytes) -> None:
    """See `packets` for how the bytes are read."""
    collect(Codec.H265, data, (_VPS, _SPS, _PPS))
    collect(Codec.H265, data)
    depacketizer = H265Depacketizer()
    for packet in packets(data):
        try:
            units = depacketizer.push(packet[12:])
        except MalformedRtpError:
            continue
        assert all(len(unit) > 1 for unit in units)
