"""Coded pictures made to hurt a decoder: parameter sets of any size and any wrongness."""

from __future__ import annotations

from collections.abc import Iterator

from probes.rtp.nal import split_annex_b
from probes.vocabulary import Codec
from tests.shell.coded_pictures import Bits, h264_sps

START = b"\x00\x00\x00\x01"


def h265_sps(width: int, height: int, buffered: int = 1) -> bytes:
    """An H.265 sequence parameter set of a size in pixels (ITU-T H.265 section 7.3.2.2.1), main
    profile, with `buffered` pictures to be held."""
    bits = Bits()
    for count, value in ((16, 0x4201), (4, 0), (3, 0), (1, 1)):
        bits.u(count, value)
    for count, value in ((8, 1), (32, 0x60000000), (48, 0x900000000000), (8, 186)):
        bits.u(count, value)
    for value in (0, 1, width, height):
        bits.ue(value)
    bits.u(1, 0)
    for value in (0, 0, 4):
        bits.ue(value)
    bits.u(1, 1)
    for value in (buffered - 1, 0, 0, 0, 3, 0, 3, 0, 0):
        bits.ue(value)
    bits.u(4, 0)
    bits.ue(0)
    bits.u(5, 0)
    return START + bits.unit()


GIANT_SPS = {Codec.H264: h264_sps(16384, 16384), Codec.H265: h265_sps(16384, 16384)}


def giants(codec: Codec, picture: bytes) -> Iterator[bytes]:
    """A sound picture with a claim of 16384 x 16384 in front, behind, in its place, and
    together with sound sets."""
    if codec is Codec.MJPEG:
        at = picture.index(b"\xff\xc0")
        frame = picture[at : at + 2 + int.from_bytes(picture[at + 2 : at + 4], "big")]
        giant = frame[:5] + b"\x40\x00\x40\x00" + frame[9:]
        yield picture.replace(frame, giant)
        yield picture.replace(frame, frame + giant)
        yield picture.replace(frame, giant + frame)
        yield picture + picture.replace(frame, giant)
        return
    sps = GIANT_SPS[codec]
    units = [START + unit for unit in split_annex_b(picture)]
    yield sps + picture
    yield picture + sps + b"".join(units[-1:])
    for place in range(len(units)):
        yield b"".join([*units[:place], sps, *units[place + 1 :]])


def spoiled(codec: Codec, picture: bytes) -> Iterator[bytes]:
    """The picture with what stands before its samples cut short, overwritten, or left out."""
    end = _head_end(codec, picture)
    for at in range(0, end, max(1, end // 24)):
        yield picture[:at] + picture[end:]
        for value in (0x00, 0xFF, picture[at] ^ 0x80, picture[at] ^ 0x01):
            yield picture[:at] + bytes([value]) + picture[at + 1 :]
        yield picture[:at] + b"\xff" * 8 + picture[at + 8 :]


def _head_end(codec: Codec, picture: bytes) -> int:
    if codec is Codec.MJPEG:
        return picture.index(b"\xff\xda")
    sets = {Codec.H264: (7, 8), Codec.H265: (32, 33, 34)}[codec]
    end = 0
    for unit in split_annex_b(picture):
        kind = unit[0] & 0x1F if codec is Codec.H264 else unit[0] >> 1 & 0x3F
        if kind in sets:
            end = picture.index(unit) + len(unit)
    return end
