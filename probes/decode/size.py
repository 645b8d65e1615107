"""How large a coded picture says it is, read before any decoder allocates memory for it.

Sizes are (width, height) as coded, in pixels, before cropping. A picture whose header cannot be
read gives None: the decoder then says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from probes.decode.units import units_of
from probes.rtp import h264, h265
from probes.rtp.packet import MalformedRtpError
from probes.vocabulary import Codec


def jpeg_size(image: bytes) -> tuple[int, int] | None:
    """The size in a JPEG frame header (ITU-T T.81 section B.2.2)."""
    at = 2
    while at + 9 <= len(image):
        if image[at] != 0xFF:
            return None
        marker = image[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height = int.from_bytes(image[at + 5 : at + 7], "big")
            return int.from_bytes(image[at + 7 : at + 9], "big"), height
        # A fill byte may stand before any marker (section B.1.1.2).
        at += 1 if marker == 0xFF else 2 + int.from_bytes(image[at + 2 : at + 4], "big")
    return None


def _largest(
    units: Sequence[bytes],
    is_sps: Callable[[bytes], bool],
    size: Callable[[bytes], tuple[int, int]],
) -> tuple[int, int] | None:
    """The largest of all sequence parameter sets: any of them may be the one in force."""
    found = []
    for unit in units:
        if is_sps(unit):
            try:
                found.append(size(unit))
            except MalformedRtpError:
                continue
    return max(found, key=lambda one: one[0] * one[1], default=None)


def _is_h264_sps(unit: bytes) -> bool:
    return h264.unit_type(unit) == h264.SPS


def _is_h265_sps(unit: bytes) -> bool:
    return h265.unit_type(unit) == h265.SPS


_READERS: Mapping[Codec, Callable[[Sequence[bytes]], tuple[int, int] | None]] = MappingProxyType(
    {
        Codec.H264: lambda units: _largest(units, _is_h264_sps, h264.coded_size),
        Codec.H265: lambda units: _largest(units, _is_h265_sps, h265.coded_size),
        Codec.MJPEG: lambda units: jpeg_size(units[0]),
    }
)


def coded_size(codec: Codec, access_unit: bytes) -> tuple[int, int] | None:
    """What the headers of a coded picture claim; None where they cannot be read."""
    return size_of_units(codec, units_of(codec, access_unit))


def size_of_units(codec: Codec, units: Sequence[bytes]) -> tuple[int, int] | None:
    """As `coded_size`, of a picture in its units."""
    return _READERS[codec](units)
