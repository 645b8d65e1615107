"""A coded picture in its parts: split once, for all that look into it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from probes.rtp.nal import split_annex_b
from probes.vocabulary import Codec

_SLICES: Mapping[Codec, Callable[[int], bool]] = MappingProxyType(
    {
        # ITU-T H.264 table 7-1: 1 to 5 are slices; ITU-T H.265 table 7-1: 0 to 31.
        Codec.H264: lambda head: 1 <= head & 0x1F <= 5,
        Codec.H265: lambda head: (head >> 1 & 0x3F) < 32,
        Codec.MJPEG: lambda _: True,
    }
)


def units_of(codec: Codec, access_unit: bytes) -> Sequence[bytes]:
    """The NAL units of an access unit; a JPEG image is one by itself."""
    return (access_unit,) if codec is Codec.MJPEG else tuple(split_annex_b(access_unit))


def slice_digest(codec: Codec, units: Sequence[bytes]) -> bytes:
    """CRC-32 and length of the slice data, 8 bytes: SEI messages may carry a time that moves while
    the picture stands. It tells a repeated picture, and nobody gains by forging one: a quick sum
    will do."""
    is_slice = _SLICES[codec]
    crc = size = 0
    for unit in units:
        if is_slice(unit[0]):
            crc, size = zlib.crc32(unit, crc), size + len(unit)
    return crc.to_bytes(4, "big") + size.to_bytes(4, "big")
