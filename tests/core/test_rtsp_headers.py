"""RTSP header values as devices write them."""

from __future__ import annotations

import pytest

from probes.rtsp.headers import (
    MAX_FIELDS,
    SessionHeader,
    TransportHeader,
    parse_header_lines,
    parse_session,
    parse_transport,
)
from probes.vocabulary import Transport


@pytest.mark.parametrize(
    ("lines", "name", "value"),
    [
        pytest.param(["Cseq: 2"], "CSeq", "2", id="VStarcam, H264DVR"),
        pytest.param(["CSeq: 1 "], "CSeq", "1", id="Longse"),
        pytest.param(["Session:        708345999"], "session", "708345999", id="Hikvision"),
        pytest.param(["A: 1,", "  2", "\t3"], "a", "1, 2 3", id="folded"),
        pytest.param(["no colon here", "A: 1"], "A", "1", id="line that is no header"),
        pytest.param([" lost fold", "A: 1"], "A", "1", id="fold of nothing"),
        pytest.param(["A: rtsp://x:1/"], "A", "rtsp://x:1/", id="colons in the value"),
        pytest.param(["A:"], "A", "", id="empty"),
        pytest.param([], "A", None, id="absent"),
    ],
)
def test_lookup(lines: list[str], name: str, value: str | None) -> None:
    assert parse_header_lines(lines).get(name) == value


def test_all_values_of_a_name() -> None:
    headers = parse_header_lines(["Www-Authenticate: a", "X: 1", "WWW-AUTHENTICATE: b"])
    assert headers.get_all("WWW-Authenticate") == ["a", "b"]


def test_a_flood_is_bounded() -> None:
    headers = parse_header_lines(f"A: {i}" for i in range(10 * MAX_FIELDS))
    assert len(headers.get_all("A")) == MAX_FIELDS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("7", SessionHeader(id="7"), id="plain"),
        pytest.param("7;timeout=20", SessionHeader(id="7", timeout_s=20), id="FLIR/Siqura"),
        pytest.param("9a90de54; timeout=120", SessionHeader(id="9a90de54", timeout_s=120), id="GW"),
        pytest.param("7;timeout=soon", SessionHeader(id="7"), id="no number"),
        pytest.param(";timeout=60", None, id="no id"),
    ],
)
def test_session(text: str, expected: SessionHeader | None) -> None:
    assert parse_session(text) == expected


def tcp(low: int, high: int, ssrc: int | None = None) -> TransportHeader:
    return TransportHeader(lower=Transport.TCP, interleaved=(low, high), ssrc=ssrc)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("RTP/AVP/TCP;unicast;interleaved=0-1", tcp(0, 1), id="Wowza"),
        pytest.param(
            'RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=4cacc3d1;mode="play"',
            tcp(0, 1, 0x4CACC3D1),
            id="Hikvision",
        ),
        pytest.param(
            "RTP/AVP/TCP;unicast;interleaved=0-1;ssrc= d6d6627",
            tcp(0, 1, 0xD6D6627),
            id="Hikvision iDS-2CD9396: blank and seven digits",
        ),
        pytest.param(
            "RTP/AVP/TCP;ssrc=22345684;interleaved=0-1", tcp(0, 1, 0x22345684), id="Luckfox rkipc"
        ),
        pytest.param(
            "RTP/AVP/TCP;unicast;destination=192.0.2.1;source=;interleaved=2-3",
            tcp(2, 3),
            id="empty source",
        ),
        pytest.param("RTP/AVP/TCP;interleaved=4", tcp(4, 5), id="one channel only"),
        pytest.param("RTP/AVP/TCP;interleaved=300-301", None, id="channels that do not exist"),
        pytest.param(
            "RTP/AVP;unicast;mode=PLAY;client_port=18714-18715;server_port=40004-40005;ssrc=0",
            TransportHeader(lower=Transport.UDP, server_port=(40004, 40005)),
            id="H264DVR: ssrc 0",
        ),
        pytest.param(
            "RTP/AVP;unicast;server_port=5610",
            TransportHeader(lower=Transport.UDP, server_port=(5610, 5611)),
            id="one port only",
        ),
        pytest.param(
            "RTP/AVP;ssrc=123456789012", TransportHeader(lower=Transport.UDP), id="decimal ssrc"
        ),
        pytest.param("", TransportHeader(lower=Transport.UDP), id="empty"),
    ],
)
def test_transport(text: str, expected: TransportHeader | None) -> None:
    assert parse_transport(text) == (expected or TransportHeader(lower=Transport.TCP))
