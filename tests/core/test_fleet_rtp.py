"""Packets of the simulated cameras, against bytes laid out by hand after the RFCs."""

from __future__ import annotations

import struct

import pytest

from tests.fleet import rtp
from tests.fleet.auth import Account, Guard

SPS, PPS = b"\x67\x42\x00\x1f", b"\x68\xce\x3c\x80"


def test_nal_units_of_a_byte_stream() -> None:
    stream = b"\x00\x00\x00\x01" + SPS + b"\x00\x00\x01" + PPS + b"\x00\x00\x00\x01\x65\x88"
    assert rtp.nal_units(stream) == [SPS, PPS, b"\x65\x88"]


def test_parameter_sets_go_in_one_stap_a() -> None:
    """RFC 6184 section 5.7.1: type 24, each unit behind its 16-bit size."""
    payloads = rtp.h264_payloads([SPS, PPS, b"\x65\x88\x80"])
    assert payloads == [b"\x78\x00\x04" + SPS + b"\x00\x04" + PPS, b"\x65\x88\x80"]


def test_a_large_h264_unit_goes_in_fu_a() -> None:
    """RFC 6184 section 5.8: indicator 28 with the unit's NRI; S, E and the type behind it."""
    unit = b"\x65" + bytes(range(256)) * 12
    first, second, third = rtp.h264_payloads([unit])
    assert [part[:2] for part in (first, second, third)] == [b"\x7c\x85", b"\x7c\x05", b"\x7c\x45"]
    assert b"\x65" + first[2:] + second[2:] + third[2:] == unit
    assert max(map(len, (first, second, third))) <= rtp.MTU_PAYLOAD


def test_a_large_h265_unit_goes_in_fus() -> None:
    """RFC 7798 section 4.4.3: type 49 in the two-byte header, then S, E and the type."""
    unit = b"\x26\x01" + bytes(2000)
    first, second = rtp.h265_payloads([unit])
    assert first[:3] == b"\x62\x01\x93"
    assert second[:3] == b"\x62\x01\x53"
    assert len(first) + len(second) - 6 + 2 == len(unit)


def test_jpeg_header_and_tables() -> None:
    """RFC 2435 section 3.1: offset, type, Q, sizes in eights; tables in the first packet."""
    tables = b"\xff\xdb\x00\x84\x00" + bytes([1] * 64) + b"\x01" + bytes([2] * 64)
    frame = b"\xff\xc0\x00\x11\x08\x02\x40\x02\xc0\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    scan = b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00"
    data = bytes(range(200)) * 8
    first, second = rtp.jpeg_payloads(b"\xff\xd8" + tables + frame + scan + data + b"\xff\xd9")
    assert first[:8] == b"\x00\x00\x00\x00\x01\xff\x58\x48"
    assert first[8:12] == b"\x00\x00\x00\x80"
    assert first[12:140] == bytes([1] * 64 + [2] * 64)
    sent = first[140:]
    assert second[:8] == struct.pack(">I", len(sent)) + b"\x01\xff\x58\x48"
    assert sent + second[8:] == data


def _gop() -> rtp.Gop:
    return rtp.packetise(
        [[b"aaa", b"bb"], [b"c"]],
        payload_type=96,
        ssrc=0x01020304,
        first_sequence=65535,
        first_timestamp=2**32 - 100,
        timestamp_step=300,
    )


def test_interleaved_layout() -> None:
    gop = _gop()
    assert gop.blob == bytes.fromhex(
        "2400000f8060ffffffffff9c01020304616161"
        "2400000e80e00000ffffff9c010203046262"
        "2400000d80e00001000000c80102030463"
    )
    assert gop.span(0, 1) == (0, 37)
    assert gop.span(1, 2) == (37, len(gop.blob))


def test_rewritten_moves_channel_sequence_and_time() -> None:
    gop = _gop()
    moved = rtp.rewritten(gop, channel=4, sequence_shift=3, timestamp_shift=1000)
    assert moved[:16] == bytes.fromhex("2404000f80600002000003840102" + "0304")
    assert rtp.rewritten(gop, channel=0, sequence_shift=0, timestamp_shift=0) == gop.blob


@pytest.mark.parametrize(
    ("scheme", "realm", "password", "nonce", "uri", "authorization"),
    [
        (
            "md5_qop",
            "testrealm@host.com",
            "Circle Of Life",
            "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            "/dir/index.html",
            # RFC 2617 section 3.5
            'Digest username="Mufasa", realm="testrealm@host.com", '
            'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", qop=auth, '
            'nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", '
            'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
        ),
        (
            "sha256",
            "http-auth@example.org",
            "Circle of Life",
            "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            "/dir/index.html",
            # RFC 7616 section 3.9.1
            'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", '
            'algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
            'nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, '
            'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", '
            'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
        ),
        ("basic", "r", "open sesame", "", "/x", "Basic TXVmYXNhOm9wZW4gc2VzYW1l"),
    ],
)
def test_guard_against_published_examples(
    scheme: str, realm: str, password: str, nonce: str, uri: str, authorization: str
) -> None:
    account = Account(scheme=scheme, username="Mufasa", password=password)
    guard = Guard(account, realm, name_algorithm=True, make_nonce=lambda: nonce)
    assert not guard.admits("", "GET", uri)
    guard.challenge()
    assert guard.admits(authorization, "GET", uri)
    assert (
        not guard.admits(authorization.replace("Mufasa", "Scar"), "GET", uri) or scheme == "basic"
    )
    if scheme != "basic":
        assert not guard.admits(authorization, "PUT", uri)
        guard_of_another_connection = Guard(account, realm, name_algorithm=True)
        guard_of_another_connection.challenge()
        assert not guard_of_another_connection.admits(authorization, "GET", uri)
