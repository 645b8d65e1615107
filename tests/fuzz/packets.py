"""How a target's bytes stand for RTP packets: three bytes, then the payload, for each.

The first holds the marker (1), whether the timestamp moves on (2), whether a packet is missing
before (4), whether it comes from another source (8), and whether it is taken as the whole packet,
header included (16); the other two are the payload's length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import partial

from probes.rtp.assembly import PictureTooLargeError
from probes.rtp.collector import KeyFrameCollector, KeyPicture
from probes.rtsp.wire import Framer, Interleaved
from probes.vocabulary import Codec, Transport

MARKER, NEXT, GAP, OTHER, RAW = 1, 2, 4, 8, 16
CHANNEL, PORTION_BYTES = 2, 100


def record(*pieces: tuple[int, bytes]) -> bytes:
    """The bytes that stand for packets of these flags and payloads."""
    return b"".join(struct.pack(">BH", flags, len(body)) + body for flags, body in pieces)


def packets(data: bytes) -> Iterator[bytes]:
    position, sequence, timestamp = 0, 65_530, 0
    while position + 3 <= len(data):
        flags, length = struct.unpack_from(">BH", data, position)
        payload = data[position + 3 : position + 3 + length]
        position += 3 + length
        sequence += 2 if flags & GAP else 1
        timestamp += 3600 if flags & NEXT else 0
        kind = 96 | (0x80 if flags & MARKER else 0)
        source = 2 if flags & OTHER else 1
        head = struct.pack(">BBHII", 0x80, kind, sequence & 0xFFFF, timestamp, source)
        yield payload if flags & RAW else head + payload


def collect(codec: Codec, data: bytes, parameter_sets: tuple[bytes, ...] = ()) -> None:
    """Feeds the packets all at once, as from TCP, and one by one, as from UDP; a picture that
    comes out is not empty. In frames, of which some are passed over, they come to the same."""
    stream = list(packets(data))
    portions = {Transport.TCP: [stream], Transport.UDP: [[packet] for packet in stream]}
    for transport in Transport:
        collector = KeyFrameCollector(
            codec, parameter_sets=parameter_sets, ssrc=1, transport=transport
        )
        _feed(collector, portions[transport])
    straight, passing = (
        KeyFrameCollector(codec, parameter_sets=parameter_sets, ssrc=1) for _ in range(2)
    )
    try:
        found = straight.feed(stream) or straight.finish()
    except PictureTooLargeError:
        return
    assert interleaved(stream, passing, PORTION_BYTES) == found


def interleaved(
    packets: Iterable[bytes], collector: KeyFrameCollector, portion_bytes: int
) -> KeyPicture | None:
    """What comes of packets that come in frames, which a collector may take off the buffer."""
    framer = Framer()
    framer.pass_frames = partial(collector.pass_frames, channel=CHANNEL)
    stream = b"".join(
        struct.pack(">cBH", b"$", CHANNEL, len(packet)) + packet for packet in packets
    )
    for start in range(0, len(stream), portion_bytes):
        framer.feed(stream[start : start + portion_bytes])
        payloads = (one.payload for one in framer.events() if isinstance(one, Interleaved))
        if (found := collector.feed(payloads)) is not None:
            return found
    return collector.finish()


def _feed(collector: KeyFrameCollector, portions: list[list[bytes]]) -> None:
    for portion in portions:
        try:
            found = collector.feed(portion)
        except PictureTooLargeError:
            return
        if found is None and collector.marked:
            found = collector.finish()
        if found is not None:
            assert len(found.access_unit) > 4
            return
    reason = collector.shortfall.reason()
    assert reason is None or all(reason)
