"""How large a coded picture says it is, read before any decoder allocates memory for it.

Sizes are (width, height) as coded, in pixels, before cropping. A picture whose header cannot be
read gives None: the decoder then says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from probes.decode.bits import BitReader, nal_units, payload
from probes.vocabulary import Codec

# Profiles whose SPS carries chroma_format_idc (ITU-T H.264 section 7.3.2.1.1).
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    """Section 7.3.2.1.1.1."""
    last, following = 8, 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _skip_high_profile(bits: BitReader) -> None:
    chroma_format = bits.ue()
    if chroma_format == 3:
        bits.u(1)
    bits.ue()
    bits.ue()
    bits.u(1)
    if bits.u(1):
        for index in range(12 if chroma_format == 3 else 8):
            if bits.u(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)


def _skip_picture_order(bits: BitReader) -> None:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.u(1)
        bits.se()
        bits.se()
        # Section 7.4.2.1.1.
        cycle = bits.ue()
        if cycle > 255:
            raise ValueError(f"picture order count cycle of {cycle}")
        for _ in range(cycle):
            bits.se()


def h264_size(sps: bytes) -> tuple[int, int]:
    """The size in an H.264 sequence parameter set (section 7.3.2.1.1)."""
    bits = BitReader(payload(sps)[1:])
    profile = bits.u(8)
    bits.u(16)
    bits.ue()
    if profile in _HIGH_PROFILES:
        _skip_high_profile(bits)
    bits.ue()
    _skip_picture_order(bits)
    bits.ue()
    bits.u(1)
    width = (bits.ue() + 1) * 16
    map_units = bits.ue() + 1
    return width, map_units * 16 * (1 if bits.u(1) else 2)


def h265_size(sps: bytes) -> tuple[int, int]:
    """The size in an H.265 sequence parameter set (sections 7.3.2.2.1 and 7.3.3)."""
    bits = BitReader(payload(sps)[2:])
    bits.u(4)
    sub_layers = bits.u(3)
    bits.u(1)
    bits.u(96)
    present = [(bits.u(1), bits.u(1)) for _ in range(sub_layers)]
    if sub_layers:
        bits.u(2 * (8 - sub_layers))
    for profile, level in present:
        bits.u(88 * profile + 8 * level)
    bits.ue()
    if bits.ue() == 3:
        bits.u(1)
    return bits.ue(), bits.ue()


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
    access_unit: bytes, is_sps: Callable[[bytes], bool], size: Callable[[bytes], tuple[int, int]]
) -> tuple[int, int] | None:
    """The largest of all sequence parameter sets: any of them may be the one in force."""
    found = []
    for unit in nal_units(access_unit):
        if is_sps(unit):
            try:
                found.append(size(unit))
            except (EOFError, ValueError):
                continue
    return max(found, key=lambda one: one[0] * one[1], default=None)


_READERS: Mapping[Codec, Callable[[bytes], tuple[int, int] | None]] = MappingProxyType(
    {
        Codec.H264: lambda unit: _largest(unit, lambda nal: nal[0] & 0x1F == 7, h264_size),
        Codec.H265: lambda unit: _largest(unit, lambda nal: nal[0] >> 1 & 0x3F == 33, h265_size),
        Codec.MJPEG: jpeg_size,
    }
)


def coded_size(codec: Codec, access_unit: bytes) -> tuple[int, int] | None:
    """What the headers of a coded picture claim; None where they cannot be read."""
    return _READERS[codec](access_unit)
