"""H.264 in RTP, from packets to a key picture."""

from __future__ import annotations

from probes.rtp.h264 import H264Depacketizer
from probes.rtp.packet import MalformedRtpError
from probes.vocabulary import Codec
from tests.fuzz.packets import GAP, MARKER, NEXT, OTHER, RAW, collect, packets, record

_SPS = bytes.fromhex("6742001eab40501ec8")
_PPS = bytes.fromhex("68ce3152")
_IDR = b"\x65\x88\x84" + bytes(range(40))

SEEDS = [
    record((0, _SPS), (0, _PPS), (MARKER, _IDR), (NEXT, b"\x41\x9a\x01")),
    record((0, b"\x78\0\x09" + _SPS + b"\0\x04" + _PPS), (0, b"\x7c\x85" + _IDR[1:20])),
    record((0, _SPS), (0, _PPS), (0, b"\x7c\x85abc"), (0, b"\x7c\x05def"), (MARKER, b"\x7c\x45g")),
    record((GAP, b"\x7c\x05"), (NEXT, b"\x06\x06\x01\xc4\x80"), (MARKER, b"\x41\xb0\x01")),
    record(
        (0, _SPS + b"\0\0\0\1" + _PPS + b"\0\0\1" + _IDR), (OTHER, b"\x1c"), (RAW, b"\x90" * 20)
    ),
    record((MARKER, b"\x7c\x85a"), (MARKER | NEXT, _IDR), (NEXT | GAP, b""), (0, b"\x1d\x00")),
    record((0, b"\x40\x01\x0c\x01\xff\xff"), (0, _SPS)),
]


def check(data: bytes) -> None:
    """See `packets` for how the bytes are read."""
    collect(Codec.H264, data, (_SPS, _PPS))
    collect(Codec.H264, data)
    depacketizer = H264Depacketizer()
    for packet in packets(data):
        try:
            units = depacketizer.push(packet[12:])
        except MalformedRtpError:
            continue
        assert all(units)
