"""Payload formats: H.264, H.265 and JPEG, and the sizes in parameter sets."""

from __future__ import annotations

import base64
import io

import av
import cv2
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.decode.size import coded_size
from probes.rtp import h264, h265
from probes.rtp.h264 import H264Depacketizer
from probes.rtp.h265 import H265Depacketizer
from probes.rtp.jpeg import JpegDepacketizer, quantisers
from probes.rtp.packet import MalformedRtpError, UnbegunUnitError
from probes.vocabulary import Codec

# sprop-parameter-sets of real devices, and the size in pixels after cropping.
H264_SIZES = [
    ("Z0LAFtoCgL/lwEQAAAMABAAAAwB4PFi6gA==", 640, 360),
    ("Z2QAIKzZQMApsBEAAAMAAQAAAwAyDxgxlg==", 768, 320),
    ("Z00AKp2oHgCJ+WbgICAoAAAfQAAGGoQgAA==", 1920, 1080),
    ("Z2QAIK2EAQwgCGEAQwgCGEAQwgCEO1AoA803AQEBQAAAAwBAAAAMoQ==", 1280, 960),
    ("Z2QAH6zZQFAEX5P/AycDJmoCAgKAAAADAIAAABkHjBjL", 1280, 538),
    ("Z2QAM6zoAoALWQ==", 2560, 1440),
    ("Z01AMpWgCoAwfiZuAgICgAAB9AAAdTBC", 2688, 1520),
    ("J03gKI1oBQBboQAAAwABAAADACgPFCKg", 1280, 720),
]
H265_SIZES = [
    ("QgEBAWAAAAMAsAAAAwAAAwBaoAWCAJBY2uSTL5A=", 704, 576),
    ("QgEBAWAAAAMAAAMAAAMAAAMAlqABQCAFof4qtO6JLuaAgA27oADN/mAE", 2560, 1440),
    ("QgEBAUAAAAMAAAMAAAMAAAMAmaACgIAsH+Wu5Gwa5VE1BQYFAIA=", 1280, 704),
    ("QgEBAWAAAAMAkAAAAwAAAwA/oAUCAXHy5ZWVKTC8BaAgAAADACAAAAMB4Q==", 640, 360),
]


@pytest.mark.parametrize(("text", "width", "height"), H264_SIZES)
def test_h264_size(text: str, width: int, height: int) -> None:
    assert h264.picture_size(base64.b64decode(text)) == (width, height)


@pytest.mark.parametrize(("text", "width", "height"), H265_SIZES)
def test_h265_size(text: str, width: int, height: int) -> None:
    assert h265.picture_size(base64.b64decode(text)) == (width, height)


def test_h265_size_with_sub_layers() -> None:
    """Two sub-layers, both with profile and level of their own (ITU-T H.265 section 7.3.3)."""
    profile_and_level = "0" * 96
    bits = "0000" + "010" + "1" + profile_and_level
    bits += "11" * 2 + "00" * 6 + ("0" * 88 + "0" * 8) * 2
    bits += "1" + "010"  # sps_seq_parameter_set_id 0, chroma_format_idc 1
    bits += f"{641:b}".rjust(19, "0") + f"{361:b}".rjust(17, "0") + "0"
    sps = b"\x42\x01" + int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(
        -(-len(bits) // 8), "big"
    )
    assert h265.picture_size(sps) == (640, 360)


def test_a_picture_order_cycle_longer_than_allowed() -> None:
    """At most 255 (ITU-T H.264 section 7.4.2.1.1); the decoder refuses it as well."""
    cycle = f"{257:b}"
    bits = "11" + "010" + "0" + "11" + "0" * (len(cycle) - 1) + cycle + "1" * 400
    sps = bytes.fromhex("6742001e") + int(bits.ljust(432, "1"), 2).to_bytes(54, "big")
    with pytest.raises(MalformedRtpError, match="256"):
        h264.picture_size(sps)
    assert coded_size(Codec.H264, b"\0\0\1" + sps) is None


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([b"\x67", b"\x42\x01", b""]), st.binary(max_size=60))
def test_any_parameter_set(head: bytes, data: bytes) -> None:
    for size in (h264.picture_size, h265.picture_size):
        try:
            width, height = size(head + data)
        except MalformedRtpError:
            continue
        assert width > 0
        assert height > 0


IDR = b"\x65\x88" + bytes(range(1, 200))
FU = [b"\x7c\x85" + IDR[1:60], b"\x7c\x05" + IDR[60:120], b"\x7c\x45" + IDR[120:]]


def h264_units(*payloads: bytes) -> list[bytes]:
    depacketizer = H264Depacketizer()
    return [unit for payload in payloads for unit in depacketizer.push(payload)]


@pytest.mark.parametrize(
    ("payloads", "units"),
    [
        pytest.param([b"\x67abc"], [b"\x67abc"], id="single"),
        pytest.param([b"\x78\x00\x02\x67a\x00\x02\x68b"], [b"\x67a", b"\x68b"], id="STAP-A"),
        pytest.param([b"\x78\x00\x02\x67a\x00"], [b"\x67a"], id="STAP-A with a byte behind"),
        pytest.param(FU, [IDR], id="FU-A"),
        pytest.param([FU[0], b"\x7c\x05", *FU[1:]], [IDR], id="an empty fragment"),
        pytest.param([FU[0], b"\x7c\x01" + FU[1][2:], FU[2]], [IDR], id="other type (Tiandy)"),
        pytest.param([FU[0], b"\x7c\x25" + FU[1][2:], FU[2]], [IDR], id="reserved bit"),
        pytest.param([b"\x7c\xc5" + IDR[1:]], [IDR], id="one fragment is all"),
        pytest.param([b"\x67a\0\0\0\1\x68b"], [b"\x67a", b"\x68b"], id="start code (V380)"),
        pytest.param([b"\0\0\0\1\x67a"], [b"\x67a"], id="start code first"),
        pytest.param(
            [b"\x7c\x87a\0\0", b"\x7c\x47\0\1\x68b\0\0\0\1" + IDR],
            [b"\x67a", b"\x68b", IDR],
            id="start codes in FU-A, one on the seam (V380)",
        ),
        pytest.param([b""], [], id="empty"),
    ],
)
def test_h264(payloads: list[bytes], units: list[bytes]) -> None:
    assert h264_units(*payloads) == units


@pytest.mark.parametrize(
    ("payloads", "names"),
    [
        ([b"\x7c"], "FU header"),
        ([FU[0], b"\x41a"], "without its end"),
        ([FU[0], FU[0]], "without its end"),
        ([b"\x78\x00\x09\x67"], "cut off"),
        ([b"\x19abc"], "type 25"),
        ([b"\x1f"], "type 31"),
    ],
)
def test_h264_malformed(payloads: list[bytes], names: str) -> None:
    with pytest.raises(MalformedRtpError, match=names):
        h264_units(*payloads)


def test_h264_fragment_of_an_unknown_unit() -> None:
    with pytest.raises(UnbegunUnitError) as found:
        h264_units(FU[1])
    assert found.value.head == b"\x65"


SPS = b"\x67" + bytes(5)
I_SLICE, P_SLICE = b"\x41\x88\x00\x00", b"\x41\x9a\x00\x00"
RECOVERY = b"\x06\x06\x01\xc4\x80"


@pytest.mark.parametrize(
    ("units", "key"),
    [
        ([SPS, IDR], True),
        ([IDR], True),
        ([RECOVERY, I_SLICE], True),
        ([b"\x06\x06\x01\x20\x80", I_SLICE], False),
        ([SPS, I_SLICE, I_SLICE], True),
        ([SPS, I_SLICE, P_SLICE], False),
        ([I_SLICE], False),
        ([RECOVERY, P_SLICE], False),
        ([P_SLICE], False),
    ],
)
def test_h264_key_pictures(units: list[bytes], key: bool) -> None:
    assert h264.is_key_picture(units) is key


H265_IDR = b"\x26\x01\x80" + bytes(range(1, 200))
H265_FU = [
    b"\x62\x01\x93" + H265_IDR[2:60],
    b"\x62\x01\x13" + H265_IDR[60:120],
    b"\x62\x01\x53" + H265_IDR[120:],
]


def h265_units(*payloads: bytes) -> list[bytes]:
    depacketizer = H265Depacketizer()
    return [unit for payload in payloads for unit in depacketizer.push(payload)]


@pytest.mark.parametrize(
    ("payloads", "units"),
    [
        pytest.param([b"\x42\x01abc"], [b"\x42\x01abc"], id="single"),
        pytest.param(
            [b"\x60\x01\x00\x03\x40\x01a\x00\x03\x42\x01b"],
            [b"\x40\x01a", b"\x42\x01b"],
            id="aggregation",
        ),
        pytest.param(H265_FU, [H265_IDR], id="fragments"),
        pytest.param([H265_FU[0], b"\x62\x01\x13", *H265_FU[1:]], [H265_IDR], id="empty fragment"),
        pytest.param(
            [b"\x42\x01a\0\0\0\1\x44\x01b"], [b"\x42\x01a", b"\x44\x01b"], id="start code"
        ),
        pytest.param([b"", b"\x42"], [], id="empty"),
    ],
)
def test_h265(payloads: list[bytes], units: list[bytes]) -> None:
    assert h265_units(*payloads) == units


@pytest.mark.parametrize(
    ("payloads", "names"),
    [
        ([b"\x62\x01"], "FU header"),
        ([H265_FU[0], b"\x02\x01a"], "without its end"),
        ([H265_FU[1]], "without its beginning"),
        ([b"\x60\x01\x00\x09\x40"], "cut off"),
        ([b"\x64\x01abc"], "PACI"),
    ],
)
def test_h265_malformed(payloads: list[bytes], names: str) -> None:
    with pytest.raises(MalformedRtpError, match=names):
        h265_units(*payloads)


@pytest.mark.parametrize(
    ("unit", "key"),
    [(H265_IDR, True), (b"\x2a\x01\x80", True), (b"\x02\x01\x80", False), (b"\x42\x01", False)],
)
def test_h265_key_pictures(unit: bytes, key: bool) -> None:
    assert h265.is_key_picture([unit]) is key


# JPEG: pictures are made by another encoder, taken apart here as RFC 2435 says, and put together
# again by the depacketizer.


def encoded_jpeg() -> tuple[bytes, bytes, bytes]:
    """A 64 x 48 picture, its two quantisation tables and its scan, by OpenCV's encoder."""
    ramp = numpy.add.outer(numpy.arange(48) * 3, numpy.arange(64) * 2).astype(numpy.uint8)
    colour = numpy.dstack([ramp, ramp[::-1], ramp[:, ::-1]])
    done, data = cv2.imencode(".jpg", colour, [cv2.IMWRITE_JPEG_QUALITY, 75])
    assert done
    return data.tobytes(), *taken_apart(data.tobytes())


def taken_apart(data: bytes) -> tuple[bytes, bytes]:
    tables, position = b"", 2
    while data[position + 1] != 0xDA:
        size = int.from_bytes(data[position + 2 : position + 4], "big")
        if data[position + 1] == 0xDB:
            body = data[position + 4 : position + 2 + size]
            tables += b"".join(body[i + 1 : i + 65] for i in range(0, len(body), 65))
        position += 2 + size
    position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return tables, data[position:]


def main_header(offset: int, kind: int = 1, quality: int = 255) -> bytes:
    return b"\0" + offset.to_bytes(3, "big") + bytes([kind, quality, 64 // 8, 48 // 8])


def pixels(data: bytes) -> numpy.ndarray:
    with av.open(io.BytesIO(data), "r", format="mjpeg") as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")


@pytest.mark.parametrize(("kind", "restart"), [(1, b""), (65, b"\0\0\xff\xff")])
def test_jpeg_with_its_tables(kind: int, restart: bytes) -> None:
    original, tables, scan = encoded_jpeg()
    depacketizer = JpegDepacketizer()
    quantisation = b"\0\0" + len(tables).to_bytes(2, "big") + tables
    depacketizer.push(main_header(0, kind) + restart + quantisation + scan[:100])
    depacketizer.push(main_header(100, kind) + restart + scan[100:])
    picture = depacketizer.finish()
    assert picture.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF\0")
    assert (pixels(picture) == pixels(original)).all()
    assert depacketizer.finish() == b""


def test_jpeg_tables_by_quality() -> None:
    """libjpeg scales the same tables by the same rule: quality 75 is Q 75."""
    original, tables, scan = encoded_jpeg()
    assert quantisers(75) == tables
    depacketizer = JpegDepacketizer()
    depacketizer.push(main_header(0, quality=75) + scan)
    assert (pixels(depacketizer.finish()) == pixels(original)).all()


def test_jpeg_tables_sent_once() -> None:
    _, tables, scan = encoded_jpeg()
    depacketizer = JpegDepacketizer()
    depacketizer.push(main_header(0, quality=200) + b"\0\0\0\x80" + tables + scan)
    first = depacketizer.finish()
    depacketizer.push(main_header(0, quality=200) + b"\0\0\0\0" + scan)
    assert depacketizer.finish() == first


@pytest.mark.parametrize(
    ("payloads", "names"),
    [
        ([b"\0\0\0\0"], "cut off at 4"),
        ([main_header(0, kind=64)], "restart header"),
        ([main_header(0, kind=5, quality=75)], "type 5"),
        ([main_header(0, quality=0)], "reserved"),
        ([main_header(0)], "quantisation header"),
        ([main_header(0) + b"\0\0\0\0"], "not received"),
        ([main_header(0) + b"\0\0\0\x80" + bytes(9)], "tables of 128"),
        ([main_header(0, quality=75) + b"abc", main_header(9) + b"d"], "at 9, expected 3"),
        ([main_header(9) + b"d"], "without its beginning"),
    ],
)
def test_jpeg_malformed(payloads: list[bytes], names: str) -> None:
    *good, bad = payloads
    depacketizer = JpegDepacketizer()
    for payload in good:
        depacketizer.push(payload)
    with pytest.raises(MalformedRtpError, match=names):
        depacketizer.push(bad)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=8))
def test_any_payloads(payloads: list[bytes]) -> None:
    for depacketizer in (H264Depacketizer(), H265Depacketizer(), JpegDepacketizer()):
        for payload in payloads:
            try:
                depacketizer.push(payload)
            except MalformedRtpError:
                continue
