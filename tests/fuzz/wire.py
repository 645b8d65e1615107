"""RTSP framing: nothing but WireError comes out, and portions change nothing."""

from __future__ import annotations

from probes.rtsp.wire import MAX_BODY_BYTES, MAX_HEAD_BYTES, Event, Framer, WireError

_OK = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 4\r\n\r\nv=0\n"
_FRAME = b"$\0\0\x0c" + b"\x80\x60" + bytes(10)

SEEDS = [
    b"\x00" + _OK + _FRAME + _FRAME,
    b"\x03" + _FRAME + b"$\0\xff\xff" + _OK,
    b"\x01" + _FRAME + b"junk$\0\0\x08\x80\xc8" + bytes(6) + _OK,
    b"\x07OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\nRTSP/1.0 401\nWWW-Authenticate: Basic\n folded\n\n",
    b"\x02SSH-2.0-OpenSSH_9.2\r\n",
    b"\x05RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
    b"\x05" + _FRAME + b"\r\n\r\nRTSP/RTSP/1.0 200 OK\r\n\r\n",
]


def _read(portions: list[bytes]) -> tuple[list[Event], str]:
    framer = Framer()
    events: list[Event] = []
    try:
        for portion in portions:
            framer.feed(portion)
            events += framer.events()
            status = framer.pending_status
            assert status is None or len(str(status)) <= 3
    except WireError as error:
        return events, type(error).__name__
    return events, ""


def check(data: bytes) -> None:
    """The first byte tells the size of the portions."""
    size, stream = (data[0] % 16 + 1, data[1:]) if data else (1, b"")
    whole, end = _read([stream])
    parts, parts_end = _read([stream[at : at + size] for at in range(0, len(stream), size)])
    assert str(whole) == str(parts)
    assert end == parts_end
    for event in whole:
        body = getattr(event, "body", b"")
        assert len(body) <= MAX_BODY_BYTES
        assert len(str(getattr(event, "headers", ""))) <= 4 * MAX_HEAD_BYTES + 4096
