"""RTP packets, their order, and parameter sets."""

from __future__ import annotations

import base64
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.rtp.codecs import NAL_RULES
from probes.rtp.nal import annex_b, split_annex_b
from probes.rtp.packet import MalformedRtpError, RtpPacket, parse_packet
from probes.rtp.parameter_sets import MAX_SET_BYTES, ParameterSets
from probes.rtp.sequencer import MAX_HELD, Sequencer
from probes.vocabulary import Codec


def packed(flags: int, rest: bytes, kind: int = 96) -> bytes:
    return struct.pack(">BBHII", flags, kind, 7, 90_000, 0xABCD) + rest


@pytest.mark.parametrize(
    ("flags", "rest", "payload"),
    [
        pytest.param(0x80, b"abc", b"abc", id="plain"),
        pytest.param(0x80, b"", b"", id="empty"),
        pytest.param(0xA0, b"abc\x00\x00\x03", b"abc", id="padding"),
        pytest.param(0xA0, b"\x00\x02", b"", id="only padding"),
        pytest.param(0x90, b"\xab\xac\x00\x01DATAabc", b"abc", id="extension (ONVIF replay)"),
        pytest.param(0x82, b"SRC1SRC2abc", b"abc", id="contributing sources"),
        pytest.param(0xB1, b"SRC1\x00\x00\x00\x00abc\x01", b"abc", id="all of them"),
    ],
)
def test_payload(flags: int, rest: bytes, payload: bytes) -> None:
    packet = parse_packet(packed(flags, rest, kind=0xE0))
    assert packet == RtpPacket(96, True, 7, 90_000, 0xABCD, payload)


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"", "12 bytes cut off at 0"),
        (packed(0x80, b"")[:11], "cut off at 11"),
        (packed(0x40, b"abc"), "version 1"),
        (packed(0x90, b"ab"), "extension header cut off"),
        (packed(0x90, b"\x00\x00\x00\x09abc"), "begin at 52"),
        (packed(0x8F, b"abc"), "begin at 72"),
        (packed(0xA0, b"ab\x09"), "padding of 9"),
        (packed(0xA0, b"ab\x00"), "padding of 0"),
    ],
)
def test_malformed(data: bytes, names: str) -> None:
    with pytest.raises(MalformedRtpError, match=names):
        parse_packet(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes(data: bytes) -> None:
    try:
        packet = parse_packet(data)
    except MalformedRtpError:
        return
    assert len(packet.payload) <= len(data) - 12


def ordered(*sequences: int) -> list[tuple[int, int]]:
    sequencer = Sequencer()
    return [
        (missing, packet.sequence)
        for sequence in sequences
        for missing, packet in sequencer.push(RtpPacket(96, False, sequence, 0, 1, b""))
    ]


@pytest.mark.parametrize(
    ("given_order", "expected"),
    [
        pytest.param([5, 6, 7], [(0, 5), (0, 6), (0, 7)], id="in order"),
        pytest.param([5, 7, 6, 8], [(0, 5), (0, 6), (0, 7), (0, 8)], id="neighbours swapped"),
        pytest.param([65535, 0, 1], [(0, 65535), (0, 0), (0, 1)], id="wraps"),
        pytest.param([65534, 0, 65535], [(0, 65534), (0, 65535), (0, 0)], id="swapped at the wrap"),
        pytest.param([5, 5, 6, 6], [(0, 5), (0, 6)], id="duplicates"),
        pytest.param([5, 6, 4], [(0, 5), (0, 6)], id="late"),
        pytest.param([5, 40_000, 40_001], [(0, 5), (1, 40_000), (0, 40_001)], id="started anew"),
    ],
)
def test_order(given_order: list[int], expected: list[tuple[int, int]]) -> None:
    assert ordered(*given_order) == expected


def test_a_packet_that_never_comes_is_counted() -> None:
    """Two are missing; what waited behind them goes on in order."""
    waiting = list(range(8, 8 + MAX_HELD + 1))
    found = ordered(5, *waiting)
    assert found[0] == (0, 5)
    assert found[1] == (2, 8)
    assert [sequence for _, sequence in found[1:]] == waiting
    assert sum(missing for missing, _ in found) == 2


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 65_535), max_size=80))
def test_any_order_is_bounded(sequences: list[int]) -> None:
    assert len(ordered(*sequences)) <= len(sequences)


@pytest.mark.parametrize(
    ("data", "units"),
    [
        (b"\x67abc", [b"\x67abc"]),
        (b"\0\0\0\1\x67ab\0\0\0\1\x68c", [b"\x67ab", b"\x68c"]),
        (b"\0\0\1\x67ab\0\0\1\x68c", [b"\x67ab", b"\x68c"]),
        (b"\x67ab\0\0\0\1", [b"\x67ab"]),
        (b"\0\0\0\1", []),
        (b"", []),
        (b"\x67ab\0\0\1\0\0\1\0\0\0\1\x68c\0\0\1\x65d", [b"\x67ab", b"\x68c", b"\x65d"]),
    ],
)
def test_annex_b(data: bytes, units: list[bytes]) -> None:
    assert list(split_annex_b(data)) == units
    assert list(split_annex_b(annex_b(units))) == units


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([b"\0", b"\0\0\1", b"\1", b"\x65ab"]), max_size=12).map(b"".join))
def test_annex_b_is_a_split_at_each_start_code(data: bytes) -> None:
    parts = data.split(b"\0\0\1")
    units = [unit for part in parts if (unit := part.rstrip(b"\0"))] if len(parts) > 1 else parts
    assert list(split_annex_b(data)) == [unit for unit in units if unit]


SPS = base64.b64decode("Z0LAFtoCgL/lwEQAAAMABAAAAwB4PFi6gA==")
OTHER_SPS = base64.b64decode("Z00AKpY1QPAET8s3AQEBQAABwgAAV+Qh")
PPS = base64.b64decode("aM4PyA==")


def test_of_a_flood_of_described_sets_the_first_are_read() -> None:
    rules = NAL_RULES[Codec.H264]
    assert ParameterSets(rules, [SPS, PPS, *[b"\x67"] * 60_000]).units() == [SPS, PPS]
    assert ParameterSets(rules, [b"\0\0\1\x67" * 60_000, SPS, PPS]).units() is None


def test_another_source_knows_the_description_only() -> None:
    first = ParameterSets(NAL_RULES[Codec.H264], [SPS])
    first.take(PPS)
    assert first.units() == [SPS, PPS]
    assert first.anew().units() is None


@pytest.mark.parametrize(
    ("described", "in_band", "units"),
    [
        pytest.param([SPS, PPS], [], [SPS, PPS], id="described"),
        pytest.param([PPS, SPS], [], [SPS, PPS], id="in another order"),
        pytest.param([SPS + b"\0\0\0\1", PPS + b"\0\0\0\1"], [], [SPS, PPS], id="GW Security"),
        pytest.param([b"\0\0\0\1" + SPS + b"\0\0\0\1" + PPS], [], [SPS, PPS], id="Annex B"),
        pytest.param([SPS], [], None, id="without PPS"),
        pytest.param([SPS], [PPS], [SPS, PPS], id="the rest in band"),
        pytest.param([SPS, PPS], [OTHER_SPS, PPS], [OTHER_SPS, PPS], id="in band counts"),
        pytest.param([SPS[:6], PPS], [], None, id="spoiled"),
        pytest.param([b"\x67" + bytes(MAX_SET_BYTES), PPS], [], None, id="huge"),
        pytest.param([], [], None, id="none"),
    ],
)
def test_parameter_sets(
    described: list[bytes], in_band: list[bytes], units: list[bytes] | None
) -> None:
    known = ParameterSets(NAL_RULES[Codec.H264], described)
    for unit in in_band:
        known.take(unit)
    assert known.units() == units
