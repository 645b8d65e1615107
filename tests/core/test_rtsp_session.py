"""The course of a session, without sockets."""

from __future__ import annotations

import pytest

from probes.reasons import ProbeFailedError
from probes.rtsp.headers import parse_header_lines
from probes.rtsp.session import MAX_REQUESTS, Nothing, OpenPorts, RtspSession, Send, Step
from probes.rtsp.url import parse_stream_url
from probes.rtsp.wire import Response
from probes.vocabulary import Credentials, Stage, Transport

URL = "rtsp://192.0.2.7:8554/live"
SDP = b"v=0\na=control:*\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:trackID=1\n"
MD5 = 'WWW-Authenticate: Digest realm="r", nonce="n"'


def answer(status: int, *lines: str, body: bytes = b"") -> Response:
    return Response(status=status, reason="x", headers=parse_header_lines(lines), body=body)


DESCRIBED = answer(200, body=SDP)
TCP = answer(200, "Session: 7", "Transport: RTP/AVP/TCP;interleaved=0-1")


def session(credentials: Credentials | None = None) -> RtspSession:
    return RtspSession(parse_stream_url(URL), credentials, lambda: "00")


def line(step: Step) -> str:
    assert isinstance(step, Send)
    return step.data.decode().split("\r\n")[0]


def head(step: Step) -> str:
    assert isinstance(step, Send)
    return step.data.decode()


def test_the_straight_way() -> None:
    look = session()
    assert line(look.begin()) == f"DESCRIBE {URL} RTSP/1.0"
    assert look.farewell() is None
    step = look.receive(DESCRIBED)
    assert line(step) == f"SETUP {URL}/trackID=1 RTSP/1.0"
    assert "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n" in head(step)
    assert not look.play_sent
    assert line(look.receive(TCP)) == f"PLAY {URL} RTSP/1.0"
    assert (look.stage, look.play_sent, look.playing) == (Stage.PLAY, True, False)
    assert look.receive(answer(200)) == Nothing()
    assert (look.stage, look.playing) == (Stage.FIRST_PACKET, True)
    assert (look.farewell() or b"").startswith(f"TEARDOWN {URL} RTSP/1.0\r\n".encode())


def test_sequence_numbers_rise_and_no_control_characters_get_in() -> None:
    look = session()
    look.begin()
    hostile = SDP.replace(b"trackID=1", b"t\x0brackID=1 X: y")
    step = look.receive(answer(200, "Content-Base: rtsp://a/b c/", body=hostile))
    assert line(step) == "SETUP rtsp://a/bc/trackID=1X:y RTSP/1.0"
    assert "CSeq: 2\r\n" in head(step)


@pytest.mark.parametrize(
    ("lines", "sdp_control", "media_control", "setup", "play"),
    [
        ((), "*", "trackID=1", f"{URL}/trackID=1", URL),
        ((f"Content-Base: {URL}/",), "*", "trackID=1", f"{URL}/trackID=1", f"{URL}/"),
        ((), "rtsp://192.0.2.7/x?a=b", "rtsp://192.0.2.7/x/t?a=b", "rtsp://192.0.2.7/x/t?a=b", ""),
    ],
)
def test_addresses(
    lines: tuple[str, ...], sdp_control: str, media_control: str, setup: str, play: str
) -> None:
    look = session()
    look.begin()
    body = SDP.replace(b"trackID=1", media_control.encode()).replace(b"*", sdp_control.encode())
    assert line(look.receive(answer(200, *lines, body=body))) == f"SETUP {setup} RTSP/1.0"
    assert line(look.receive(TCP)) == f"PLAY {play or sdp_control} RTSP/1.0"


def test_provisional_answers_are_waited_out() -> None:
    look = session()
    look.begin()
    assert look.receive(answer(100)) == Nothing()
    assert line(look.receive(DESCRIBED)).startswith("SETUP")


def test_an_answer_counts_whatever_its_number() -> None:
    """VLC's 401 has no CSeq, others repeat an old one; nothing else is outstanding."""
    look = session(Credentials(username="u", password="p"))
    look.begin()
    step = look.receive(answer(401, MD5))
    assert look.stage is Stage.DESCRIBE
    assert "Authorization: Digest " in head(step)
    assert line(look.receive(answer(200, "CSeq: 1", body=SDP))).startswith("SETUP")


def test_a_session_named_before_setup_is_used() -> None:
    look = session()
    look.begin()
    step = look.receive(answer(200, "Session: early;timeout=60", body=SDP))
    assert "Session: early\r\n" in head(step)


def test_what_a_camera_names_ends_no_line_of_ours() -> None:
    look = session(Credentials(username="管理", password="p"))
    look.begin()
    challenge = 'WWW-Authenticate: Digest realm="a\rX-Realm: 1", nonce="n\r\x00"'
    step = look.receive(answer(401, challenge, "Session: 7\rX-Session: 1"))
    assert "\r" not in head(step).replace("\r\n", "")
    assert "\0" not in head(step)
    assert "Session: 7X-Session: 1\r\n" in head(step)


def test_a_realm_goes_back_byte_by_byte() -> None:
    """Heads are read as Latin-1; a realm in Chinese must not come back in another encoding."""
    look = session(Credentials(username="管理", password="p"))
    look.begin()
    realm = "孔城".encode()
    seen = realm.decode("latin-1")
    step = look.receive(answer(401, f'WWW-Authenticate: Digest realm="{seen}", nonce="n"'))
    assert isinstance(step, Send)
    assert b'realm="' + realm + b'"' in step.data
    assert 'username="管理"'.encode() in step.data


@pytest.mark.parametrize("status", [461, 400])
def test_udp_after_tcp_was_refused(status: int) -> None:
    look = session()
    look.begin()
    look.receive(DESCRIBED)
    assert look.receive(answer(status)) == OpenPorts()
    step = look.ports_opened(40_000, 40_001)
    assert "Transport: RTP/AVP;unicast;client_port=40000-40001\r\n" in head(step)
    assert line(look.receive(answer(200, "Session: 7"))).startswith("PLAY")
    assert look.transport is Transport.UDP


def reason(look: RtspSession, response: Response) -> tuple[Stage, str]:
    with pytest.raises(ProbeFailedError) as found:
        look.receive(response)
    assert look.stage is found.value.failure.stage
    return found.value.failure.stage, found.value.failure.reason


def test_neither_transport() -> None:
    look = session()
    look.begin()
    look.receive(DESCRIBED)
    look.receive(answer(461))
    look.ports_opened(2, 3)
    assert reason(look, answer(461)) == (Stage.SETUP, "transport_refused")


def test_a_bad_request_over_udp_is_not_about_the_transport() -> None:
    look = session()
    look.begin()
    look.receive(DESCRIBED)
    look.receive(answer(461))
    look.ports_opened(2, 3)
    assert reason(look, answer(400)) == (Stage.SETUP, "rejected")


def test_redirects_in_circles_end() -> None:
    look = session()
    look.begin()
    moved = answer(302, f"Location: {URL}")
    for _ in range(2):
        assert line(look.receive(moved)) == f"DESCRIBE {URL} RTSP/1.0"
    assert reason(look, moved) == (Stage.DESCRIBE, "redirected")


def test_requests_are_bounded() -> None:
    """A camera that renews its nonce for ever."""
    look = session(Credentials(username="u", password="p"))
    look.begin()
    for number in range(MAX_REQUESTS):
        try:
            look.receive(answer(401, f'{MD5[:-2]}{number}", stale=true'))
        except ProbeFailedError:
            return
    pytest.fail("it goes on for ever")


def test_the_path_alone_after_404() -> None:
    look = session()
    look.begin()
    assert line(look.receive(answer(404))) == "DESCRIBE /live RTSP/1.0"
    assert reason(look, answer(404)) == (Stage.DESCRIBE, "not_found")


@pytest.mark.parametrize(
    ("named", "seconds"), [("7", 30.0), ("7;timeout=15", 7.5), ("7; timeout=0", 5.0)]
)
def test_signs_of_life(named: str, seconds: float) -> None:
    look = session()
    look.begin()
    look.receive(DESCRIBED)
    look.receive(answer(200, f"Session: {named}"))
    assert look.keep_alive_s == seconds
    assert line(look.keep_alive()) == f"OPTIONS {URL} RTSP/1.0"
    assert "Session: 7\r\n" in head(look.keep_alive())
