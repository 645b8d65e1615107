"""RTSP framing: each case fed whole, byte by byte, and with bytes of the next message behind."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.rtsp.wire import (
    MAX_SKIPPED_BYTES,
    Event,
    ForeignServiceError,
    Framer,
    Interleaved,
    Request,
    Response,
    WireError,
)


def fed(*portions: bytes) -> list[Event]:
    framer = Framer()
    found: list[Event] = []
    for portion in portions:
        framer.feed(portion)
        found += framer.events()
    return found


def plain(events: list[Event]) -> list[object]:
    """Events as tuples that compare."""
    return [
        (event.status, event.reason, repr(event.headers), event.body)
        if isinstance(event, Response)
        else (event.method, repr(event.headers), event.body)
        if isinstance(event, Request)
        else tuple(event)
        for event in events
    ]


RTP = b"\x80\x60" + bytes(10) + b"payload"
FRAME = b"$\x00" + len(RTP).to_bytes(2, "big") + RTP
OK = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"

# name, bytes, what is compared of each event
CASES: list[tuple[str, bytes, list[object]]] = [
    ("plain", OK, [200]),
    ("without a phrase", b"RTSP/1.0 200\r\nCSeq: 1\r\n\r\n", [200]),
    ("bare line feeds", b"RTSP/1.0 200 OK\nCSeq: 1\n\n", [200]),
    ("no headers (401 of VLC has no CSeq)", b"RTSP/1.0 401 Unauthorized\r\n\r\n", [401]),
    ("body", b"RTSP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nv=0", [200]),
    ("blank behind the length", b"RTSP/1.0 200 OK\r\nContent-Length: 3 \r\n\r\nv=0", [200]),
    ("frame behind blank lines", b"\r\n\r\n" + FRAME, [0]),
    ("blank lines between", b"\r\n\r\n" + OK + b"\r\n" + OK, [200, 200]),
    ("frame", FRAME, [0]),
    ("empty frame", b"$\x01\x00\x00" + FRAME, [1, 0]),
    ("frames around a reply (ZoneMinder issue 3194)", FRAME + OK + FRAME, [0, 200, 0]),
    ("request of the server", b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" + OK, ["OPTIONS", 200]),
    ("frame shorter than it says", FRAME + b"$\x00\xff\xff" + FRAME * 3, [0]),
    ("frame longer than it says", FRAME + b"$\x00\x00\x03abcdefg" + FRAME, [0, 0, 0]),
    ("junk between frames", FRAME + b"\x00\x01$\x00\x00\x02zz$" + FRAME, [0, 0]),
    ("body longer than its length", b"RTSP/1.0 200 OK\r\n\r\n<html>no" + OK, [200, 200]),
]


@pytest.mark.parametrize(("data", "kinds"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_events(data: bytes, kinds: list[object]) -> None:
    def kind(event: Event) -> object:
        if isinstance(event, Response):
            return event.status
        return event.method if isinstance(event, Request) else event.channel

    whole = fed(data)
    assert [kind(event) for event in whole] == kinds
    assert plain(fed(*(data[i : i + 1] for i in range(len(data))))) == plain(whole)
    assert plain(fed(data, OK[:9]))[: len(whole)] == plain(whole)


def test_contents() -> None:
    (answer, frame) = fed(
        b"RTSP/1.0 200 Fine by me\r\nCseq: 4\r\nX: a\r\n\tb\r\nContent-Length: 4\r\n\r\nbody"
        + FRAME
    )
    assert isinstance(answer, Response)
    assert (answer.status, answer.reason, answer.body) == (200, "Fine by me", b"body")
    assert (answer.headers.get("CSEQ"), answer.headers.get("x")) == ("4", "a b")
    assert frame == Interleaved(0, RTP)


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"\x00\x01", "byte 0"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1"),
        (b"RTSP/1.0 2000 OK\r\n\r\n", "2000"),
        (b"RTSP/1.0\r\n\r\n", "status line"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: -4\r\n\r\n", "Content-Length"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 300000\r\n\r\n", "300000"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: " + b"9" * 99 + b"\r\n\r\n", "exceeds"),
        (b"RTSP/1.0 200 OK\r\n" + b"A" * 20_000, "head longer"),
        (OK + b"\x01" * (MAX_SKIPPED_BYTES + 99), "nothing readable"),
    ],
)
def test_errors_name_what_is_wrong(data: bytes, names: str) -> None:
    with pytest.raises(WireError, match=names):
        fed(data)


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH\r\n", b"220 ftp ready\r\n"])
def test_services_that_speak_first(greeting: bytes) -> None:
    with pytest.raises(ForeignServiceError):
        fed(greeting)


def test_skipped_bytes_are_counted() -> None:
    framer = Framer()
    framer.feed(FRAME + b"\x07junk" + FRAME)
    assert len(list(framer.events())) == 2
    assert framer.skipped == 5


PIECES = st.sampled_from([OK, FRAME, b"$", b"RTSP/1.0 ", b"\r\n\r\n", b"\x00\xff", b"OPTIONS "])


@pytest.mark.parametrize("greeting", [b"SSH-2.0-x", b"220 ftp", b"RFB 003.008"])
def test_a_greeting_is_known_in_any_portions(greeting: bytes) -> None:
    for size in range(1, len(greeting)):
        portions = [greeting[at : at + size] for at in range(0, len(greeting), size)]
        with pytest.raises(ForeignServiceError):
            feed_all(Framer(), portions)


def cost_s(junk: bytes) -> float:
    """CPU seconds for a burst that came in one piece, out of step behind a sound frame."""
    spent = []
    for _ in range(3):
        begun = time.process_time()
        feed_all(Framer(), [FRAME + b"??" + junk])
        spent.append(time.process_time() - begun)
    return min(spent)


@pytest.mark.parametrize("junk", [b"$", b"$\0\0\x08\0", b"RTSP", b"$OPTIONS"])
def test_the_way_back_costs_by_the_byte(junk: bytes) -> None:
    """Four times as much takes about four times as long, where it once took sixteen times: 13 s
    for 128 KB of `$`."""
    size = 30_000
    assert cost_s((junk * size)[: 4 * size]) < 10 * cost_s((junk * size)[:size]) + 0.05


def feed_all(framer: Framer, portions: list[bytes]) -> None:
    for portion in portions:
        framer.feed(portion)
        list(framer.events())


def test_a_trickling_body_after_a_long_head() -> None:
    head = b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 99 + b"Content-Length: 2000\r\n\r\n"
    framer = Framer()
    framer.feed(head)
    for _ in range(1999):
        framer.feed(b"x")
        assert list(framer.events()) == []
    framer.feed(b"xRTSP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nz")
    first, second = framer.events()
    assert isinstance(first, Response)
    assert isinstance(second, Response)
    assert (first.body, second.body) == (b"x" * 2000, b"z")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=12).map(b"".join),
    st.integers(1, 9),
)
def test_any_bytes_in_any_portions(data: bytes, size: int) -> None:
    """Nothing but WireError comes out, and portions change nothing."""

    def outcome(portions: list[bytes]) -> tuple[list[object], bool]:
        framer = Framer()
        found: list[Event] = []
        try:
            for portion in portions:
                framer.feed(portion)
                found.extend(framer.events())
        except WireError:
            return plain(found), True
        return plain(found), False

    whole = outcome([data])
    assert outcome([data[i : i + size] for i in range(0, len(data), size)]) == whole
