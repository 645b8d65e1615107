"""The course of a session with answers of any kind: it ends with a failure of the table or goes
on, and what we send is always one well-formed request that tells no password."""

from __future__ import annotations

import re

from probes.reasons import ProbeFailedError
from probes.rtsp.session import MAX_REQUESTS, OpenPorts, RtspSession, Send, Step
from probes.rtsp.url import parse_stream_url
from probes.rtsp.wire import Framer, Response, WireError
from probes.vocabulary import Credentials
from tests.fuzz.failures import check_failure

_PASSWORD = "correct-horse-4711"
# Stands where the camera closes a connection.
_CLOSED = b"\0--\0"
_SDP = (
    b"v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    b"a=fmtp:96 sprop-parameter-sets=Z0IAHqtAUB7I,aM4xUg==\r\na=control:trackID=1\r\n"
)


def _answer(status: int, *lines: str, body: bytes = b"") -> bytes:
    head = [f"RTSP/1.0 {status} x", *lines, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


_DIGEST = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'
_DESCRIBED = _answer(200, "Content-Base: rtsp://192.0.2.7/live/", body=_SDP)
_TCP = _answer(200, "Session: 7;timeout=20", "Transport: RTP/AVP/TCP;interleaved=2-3;ssrc= 1f")
_UDP = "Transport: RTP/AVP;unicast;client_port=6-7;server_port=8-9"

SEEDS = [
    _DESCRIBED + _TCP + _answer(200, "RTP-Info: url=x;seq=1"),
    _answer(401, _DIGEST, 'WWW-Authenticate: Basic realm="r"') + _DESCRIBED + _answer(461),
    _answer(401, _DIGEST) + _answer(401, _DIGEST.replace('"n"', '"m"') + ", stale=true"),
    _answer(302, "Location: rtsp://192.0.2.7/other") + _answer(404) + _answer(404),
    _DESCRIBED + _answer(200, "Session: 7", _UDP) + _answer(200, _UDP) + _answer(454),
    _answer(100) + _answer(200, body=_SDP.replace(b"trackID=1", b"rtsp://u:p@h/1?a b")) + _TCP,
    _answer(401, _DIGEST) + _CLOSED + _DESCRIBED + _CLOSED + _TCP,
    _answer(401, _DIGEST) + _CLOSED + _answer(401, _DIGEST, "Connection: close") + _CLOSED,
    _answer(455) + _answer(200, "Public: DESCRIBE") + _DESCRIBED + _TCP + _answer(457),
    _answer(200, body=b"m=audio 0 RTP/AVP 0\r\n") + _answer(503) + _answer(551),
]

_FIRST = re.compile(rb"[A-Z]+ [^\x00-\x20\x7f]+ RTSP/1\.0")
_FIELD = re.compile(rb"[A-Za-z-]+: [^\x00-\x1f\x7f]*")


def _check_request(step: Step) -> None:
    if not isinstance(step, Send):
        return
    first, *fields = step.data.removesuffix(b"\r\n\r\n").split(b"\r\n")
    assert step.data.endswith(b"\r\n\r\n")
    assert _FIRST.fullmatch(first), first
    for field in fields:
        assert _FIELD.fullmatch(field), field
    assert _PASSWORD.encode() not in step.data


def _talk(look: RtspSession, data: bytes) -> None:
    first, *others = data.split(_CLOSED)
    _check_request(look.begin())
    _hear(look, first)
    for connection in others:
        again = look.start_over()
        if again is None:
            return
        _check_request(again)
        _hear(look, connection)


def _hear(look: RtspSession, data: bytes) -> None:
    framer = Framer()
    framer.feed(data)
    for event in framer.events():
        if not isinstance(event, Response) or look.playing:
            continue
        step = look.receive(event)
        if isinstance(step, OpenPorts):
            step = look.ports_opened(40_000, 40_001)
        _check_request(step)


def check(data: bytes) -> None:
    """Data is what the camera sends: answers one behind the other, on one connection or more."""
    credentials = Credentials(username="管理员", password=_PASSWORD)
    look = RtspSession(parse_stream_url("rtsp://192.0.2.7/live"), credentials, lambda: "00")
    try:
        _talk(look, data)
    except WireError:
        return
    except ProbeFailedError as error:
        check_failure(error.failure, _PASSWORD)
    assert look.keep_alive_s >= 5
    if look.play_sent:
        _check_request(look.keep_alive())
    farewell = look.farewell()
    if farewell is not None:
        _check_request(Send(data=farewell))
    assert look._cseq <= MAX_REQUESTS + 2
