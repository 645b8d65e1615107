"""Motion JPEG in RTP, from packets to a whole image whose size can be read."""

from __future__ import annotations

from probes.decode.size import coded_size
from probes.rtp.jpeg import JpegDepacketizer
from probes.rtp.packet import MalformedRtpError
from probes.vocabulary import Codec
from tests.fuzz.packets import GAP, MARKER, NEXT, collect, packets, record

_HEAD = bytes([0, 0, 0, 0, 1, 60, 80, 45])
_TABLES = bytes([0, 0, 0, 128]) + bytes(range(1, 129))

SEEDS = [
    record((MARKER, _HEAD + b"scan\xff\xd9"), (NEXT | MARKER, _HEAD + b"again")),
    record((0, _HEAD + b"0123"), (MARKER, bytes([0, 0, 0, 4, 1, 60, 80, 45]) + b"4567")),
    record((0, _HEAD[:4] + b"\x40\xff\x01\x01\0\x08\xff\xff" + _TABLES + b"x"), (MARKER, b"")),
    record((0, _HEAD[:5] + b"\x80\x01\x01" + _TABLES + b"x"), (MARKER | NEXT, _HEAD[:5] + b"\x80")),
    record((0, _HEAD[:5] + b"\x81\x01\x01\0\0\0\0x"), (GAP, _HEAD), (MARKER, bytes(8))),
    record((0, _HEAD[:5] + b"\xff\x01\x01\0\1\1\0" + bytes(256)), (NEXT, _HEAD[:3])),
]


def check(data: bytes) -> None:
    """See `packets` for how the bytes are read."""
    collect(Codec.MJPEG, data)
    depacketizer = JpegDepacketizer()
    for packet in packets(data):
        try:
            depacketizer.push(packet[12:])
        except MalformedRtpError:
            depacketizer.finish()
            continue
        if packet[1] & 0x80:
            image = depacketizer.finish()
            size = coded_size(Codec.MJPEG, image) if image else (8, 8)
            assert size is not None
            assert min(size) >= 8
