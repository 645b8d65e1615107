"""RTSP framing (RFC 2326 sections 4, 7 and 10.12): bytes in, events out.

Responses, requests from the server and interleaved binary frames share one TCP connection. The
framer is fed whatever the socket gave and yields what is complete.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from probes.rtsp.headers import Headers, parse_header_lines

# Real heads stay under 2 KB; eight times that leaves room for cookies and long challenges.
MAX_HEAD_BYTES = 16_384
# The longest real session description is 3 KB (VLC puts its encoder's options in it).
MAX_BODY_BYTES = 262_144
# One broken frame can shift the reader by at most a frame (65,539 bytes); twice that without
# anything readable means that the peer has stopped speaking RTSP.
MAX_SKIPPED_BYTES = 131_072

_FRAME = struct.Struct(">xBH")
_DOLLAR = 0x24
_METHODS = (
    b"OPTIONS ",
    b"ANNOUNCE ",
    b"GET_PARAMETER ",
    b"SET_PARAMETER ",
    b"REDIRECT ",
    b"TEARDOWN ",
    b"PAUSE ",
    b"PLAY_NOTIFY ",
)
_STARTS = (b"RTSP/", *_METHODS)
_CANDIDATE = re.compile(b"|".join(re.escape(start) for start in (b"$", *_STARTS)))
_LONGEST_START = max(map(len, _STARTS))


# Services that speak first: none of them will ever answer an RTSP request.
_GREETINGS = {
    b"SSH-": "an SSH server",
    b"220 ": "an FTP or mail server",
    b"220-": "an FTP or mail server",
    b"RFB 0": "a VNC server",
}


class WireError(ValueError):
    """Bytes that are no RTSP; the text names the byte, line or field."""


class ForeignServiceError(WireError):
    """The port belongs to another service, which greets on its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer of the server. Texts are Latin-1, so that every byte survives."""

    status: int
    reason: str
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request of the server (RFC 2326 allows some); a short look never answers them."""

    method: str
    headers: Headers
    body: bytes = b""


class Interleaved(NamedTuple):
    """One binary frame (RFC 2326 section 10.12)."""

    channel: int
    payload: bytes


Event = Response | Request | Interleaved

# Takes frames off a buffer from a position on and gives the position behind them.
PassFrames = Callable[[bytes, int], int]


class Framer:
    """Cuts a connection's bytes into events.

    A frame with a wrong length throws the reader off (several cameras send such frames, see curl
    pull 10808); it then looks for the next thing that can be a frame or a message. `skipped`
    counts the bytes passed over. Who reads the frames may set `pass_frames`, which is asked before
    each of them, with the buffer and the frame's position in it.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._arrived: list[bytes] = []
        self._arrived_bytes = 0
        self._position = 0
        self._consumed = 0
        self._head_searched = 0
        self._message_bytes = 0
        self._in_step = True
        self._ready: Iterator[Interleaved] = iter(())
        self._anything_read = False
        self._skipped_in_a_row = 0
        self.skipped = 0
        self.pass_frames: PassFrames | None = None

    def feed(self, data: bytes) -> None:
        """Takes bytes as received, in any portions."""
        self._arrived.append(data)
        self._arrived_bytes += len(data)

    def events(self) -> Iterator[Event]:
        """The events complete by now; can be left and resumed at any event.

        Raises:
            WireError: the peer does not speak RTSP, or exceeds a bound.
        """
        yield from self._ready
        self._gather()
        while True:
            self._ready = self._frames_in_step()
            yield from self._ready
            event = self._next()
            if event is None:
                return
            self._anything_read = self._in_step = True
            self._skipped_in_a_row = 0
            yield event

    def _gather(self) -> None:
        """Puts what has arrived behind what was left over. The pieces of a body wait until it is
        whole: one that trickles must not be copied at each byte."""
        left = len(self._buffer) - self._position
        if not self._arrived or left + self._arrived_bytes < self._message_bytes:
            return
        left_over = self._buffer[self._position :]
        self._consumed += self._position
        self._buffer = b"".join((left_over, *self._arrived)) if left_over else self._joined()
        self._position = self._arrived_bytes = 0
        self._arrived.clear()

    def _joined(self) -> bytes:
        """What has arrived; a single piece is not copied."""
        return self._arrived[0] if len(self._arrived) == 1 else b"".join(self._arrived)

    @property
    def pending_status(self) -> int | None:
        """The status of a reply that has begun and is not complete."""
        line, ended, _ = self._buffer[self._position :].partition(b"\n")
        if not ended or not line.startswith(b"RTSP/"):
            return None
        try:
            return _status_line(line.decode("latin-1").rstrip("\r"))[0]
        except WireError:
            return None

    def _frames_in_step(self) -> Iterator[Interleaved]:
        """The whole frames that stand one behind the other: the straight way, since a key frame
        comes in hundreds."""
        buffer, size = self._buffer, len(self._buffer)
        while self._in_step:
            if self.pass_frames is not None:
                self._position = self.pass_frames(buffer, self._position)
            start = self._position
            if start + 4 > size or buffer[start] != _DOLLAR:
                return
            channel, length = _FRAME.unpack_from(buffer, start)
            self._position = start + 4 + length
            if self._position > size:
                self._position = start
                return
            self._anything_read = True
            yield Interleaved(channel, buffer[start + 4 : self._position])

    def _next(self) -> Event | None:
        while self._position < len(self._buffer):
            if self._buffer[self._position] == _DOLLAR and self._frame_is_plausible():
                return self._frame()
            start = self._buffer[self._position : self._position + _LONGEST_START]
            if start.startswith(_STARTS):
                return self._message()
            awaited = _STARTS if self._anything_read else (*_STARTS, *_GREETINGS)
            if any(known.startswith(start) and known != start for known in awaited):
                return None
            self._skip(start)
        return None

    def _frame_is_plausible(self) -> bool:
        """While in step every frame is taken as it is; out of step only one that can hold RTP
        or RTCP (version 2, at least 8 bytes: RFC 3550 sections 5.1 and 6.4.2)."""
        if self._in_step or len(self._buffer) - self._position < 5:
            return True
        length = _FRAME.unpack_from(self._buffer, self._position)[1]
        return length >= 8 and self._buffer[self._position + 4] >> 6 == 2

    def _frame(self) -> Interleaved | None:
        start = self._position + 4
        if len(self._buffer) < start or (not self._in_step and len(self._buffer) == start):
            return None
        channel, length = _FRAME.unpack_from(self._buffer, self._position)
        if len(self._buffer) < start + length:
            return None
        self._position = start + length
        return Interleaved(channel, self._buffer[start : start + length])

    def _message(self) -> Response | Request | None:
        if len(self._buffer) - self._position < self._message_bytes:
            # The head was read already: a body that trickles must not have it read each time.
            return None
        end = self._head_end()
        if end is None:
            return None
        head = self._buffer[self._position : end].decode("latin-1")
        first, *lines = head.replace("\r\n", "\n").rstrip("\n").split("\n")
        headers = parse_header_lines(lines)
        body_end = end + _content_length(headers)
        if len(self._buffer) < body_end:
            self._head_searched = end - self._position - 4
            self._message_bytes = body_end - self._position
            return None
        body = self._buffer[end:body_end]
        self._position, self._head_searched, self._message_bytes = body_end, 0, 0
        if not first.startswith("RTSP/"):
            return Request(method=first.split(" ")[0], headers=headers, body=body)
        status, reason = _status_line(first)
        return Response(status=status, reason=reason, headers=headers, body=body)

    def _head_end(self) -> int | None:
        """Offset behind the blank line; bare line feeds are taken for line ends as well."""
        begin = self._position + max(0, self._head_searched)
        limit = self._position + MAX_HEAD_BYTES
        ends = [
            found + len(blank)
            for blank in (b"\n\r\n", b"\n\n")
            if (found := self._buffer.find(blank, begin, limit)) >= 0
        ]
        if ends:
            return min(ends)
        if len(self._buffer) >= limit:
            raise WireError(f"head longer than {MAX_HEAD_BYTES} bytes")
        self._head_searched = len(self._buffer) - self._position - 3
        return None

    def _skip(self, start: bytes) -> None:
        if start[:1] in b"\r\n":
            self._position += 1
            return
        if not self._anything_read:
            _refuse_greeting(start)
            offset = self._consumed + self._position
            raise WireError(f"byte {offset}: neither RTSP nor a frame: {start!r}")
        self._in_step = False
        # One pass for all of them: a peer that sends nothing but `$` comes here at each byte.
        candidate = _CANDIDATE.search(self._buffer, self._position + 1)
        # A start may be cut off at the end of the buffer: its bytes are kept.
        kept = max(self._position + 1, len(self._buffer) - _LONGEST_START + 1)
        target = kept if candidate is None else min(candidate.start(), kept)
        self.skipped += target - self._position
        self._skipped_in_a_row += target - self._position
        self._position = target
        if self._skipped_in_a_row > MAX_SKIPPED_BYTES:
            raise WireError(f"nothing readable within {self._skipped_in_a_row} bytes: {start!r}")


def _refuse_greeting(start: bytes) -> None:
    for greeting, service in _GREETINGS.items():
        if start.startswith(greeting):
            raise ForeignServiceError(f"{service} is on this port: {start!r}")


def _content_length(headers: Headers) -> int:
    """Content-Length (RFC 2326 section 12.14), 0 where absent."""
    text = headers.get("Content-Length")
    if text is None:
        return 0
    if not (text.isascii() and text.isdecimal()):
        raise WireError(f"Content-Length is no number: {text[:40]!r}")
    if len(text) > 9 or int(text) > MAX_BODY_BYTES:
        raise WireError(f"Content-Length {text[:20]} exceeds {MAX_BODY_BYTES} bytes")
    return int(text)


def _status_line(line: str) -> tuple[int, str]:
    """`RTSP/1.0 200 OK` (RFC 2326 section 7.1); the phrase may be missing."""
    _, _, rest = line.partition(" ")
    code, _, reason = rest.strip().partition(" ")
    if not (len(code) == 3 and code.isascii() and code.isdecimal()):
        raise WireError(f"status line without a three-digit code: {line[:60]!r}")
    return int(code), reason.strip()
