"""A scripted camera on loopback: plain byte strings out, requests kept as received.

Nothing here uses the client's own parsers or serialisers: a mistake shared by both would cancel
out.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

SPS = base64.b64decode("Z0LAFtoCgL/lwEQAAAMABAAAAwB4PFi6gA==")
PPS = base64.b64decode("aM4PyA==")
IDR = b"\x65\x88" + bytes(range(1, 250)) * 20
INTER = b"\x41\x9a" + b"\x55" * 600

SDP = (
    b"v=0\r\no=- 7 1 IN IP4 192.0.2.30\r\ns=Live\r\nt=0 0\r\na=control:*\r\n"
    b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
    b"a=control:trackID=1\r\n"
)


def reply(status: str, *headers: str, body: bytes = b"") -> bytes:
    """A whole RTSP reply; Content-Length is added where there is a body."""
    lines = [f"RTSP/1.0 {status}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def rtp(sequence: int, timestamp: int, payload: bytes, *, marker: bool = False) -> bytes:
    """An RTP packet of payload type 96 from one source."""
    return struct.pack(">BBHII", 0x80, 96 | marker << 7, sequence, timestamp, 0xABCD) + payload


def framed(packet: bytes, channel: int = 0) -> bytes:
    return struct.pack(">BBH", 0x24, channel, len(packet)) + packet


def fragments(unit: bytes, size: int = 1000) -> Iterator[bytes]:
    """FU-A payloads of an H.264 NAL unit."""
    body = unit[1:]
    for start in range(0, len(body), size):
        flags = 0x80 * (start == 0) | 0x40 * (start + size >= len(body))
        yield bytes([unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F]) + body[start : start + size]


def packets(*pictures: tuple[bytes, ...], first: int = 1000) -> list[bytes]:
    """RTP packets of pictures given as NAL units, a fifth of a second apart."""
    found: list[bytes] = []
    for index, units in enumerate(pictures):
        payloads = [
            part
            for unit in units
            for part in (fragments(unit) if len(unit) > 1400 else iter([unit]))
        ]
        for number, payload in enumerate(payloads):
            marker = number == len(payloads) - 1
            sequence = (first + len(found)) & 0xFFFF
            found.append(rtp(sequence, 18_000 * index, payload, marker=marker))
    return found


KEY_PICTURE = (SPS, PPS, IDR)
STREAM = b"".join(framed(packet) for packet in packets(KEY_PICTURE, (INTER,), (INTER,)))
ACCESS_UNIT = b"".join(b"\0\0\0\1" + unit for unit in KEY_PICTURE)

DESCRIBED = reply("200 OK", "CSeq: 1", "Content-Type: application/sdp", body=SDP)
SET_UP = reply(
    "200 OK", "CSeq: 2", "Session: 7;timeout=60", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
)
PLAYS = reply("200 OK", "CSeq: 3", "Session: 7")
DIGEST = 'WWW-Authenticate: Digest realm="camera", nonce="0123456789abcdef"'
BASIC = 'WWW-Authenticate: Basic realm="camera"'
CHALLENGE = reply("401 Unauthorized", "CSeq: 1", DIGEST)

Answer = bytes | Callable[["Visit"], object]


@dataclass(slots=True)
class Visit:
    """One connection to the camera, for answers that are more than bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    camera: Camera


@dataclass(slots=True)
class Camera:
    """What the camera saw. `gone` is set when a visitor has left."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    @property
    def methods(self) -> list[str]:
        return [head.split(" ")[0] for head in self.heads]


def close(visit: Visit) -> None:
    """Ends the connection in order."""
    visit.writer.close()


def reset(visit: Visit) -> None:
    """Ends the connection with a reset."""
    sock = visit.writer.get_extra_info("socket")
    sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SOL_SOCKET, SO_LINGER: no time to linger
    visit.writer.transport.abort()


def silence(_visit: Visit) -> None:
    """Says nothing."""


def then_close(data: bytes) -> Answer:
    """Says `data` and closes."""

    def answer(visit: Visit) -> None:
        visit.writer.write(data)
        visit.writer.close()

    return answer


def trickle(data: bytes, at_once: bytes = b"") -> Answer:
    """Sends `at_once`, then one byte every 20 ms (a camera's second in a test's time)."""

    async def answer(visit: Visit) -> None:
        visit.writer.write(at_once)
        for byte in data:
            visit.writer.write(bytes([byte]))
            await asyncio.sleep(0.02)

    return answer


@contextlib.asynccontextmanager
async def camera(
    *answers: Answer,
    greeting: Answer | None = None,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Camera]:
    """Serves connections with the answers in order, one to each request of a connection; after
    the last it stays silent."""
    seen = Camera()
    visits: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def give(answer: Answer, visit: Visit) -> None:
        if isinstance(answer, bytes):
            visit.writer.write(answer)
            return
        result = answer(visit)
        if asyncio.iscoroutine(result):
            await result

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        visits[task] = writer
        visit = Visit(reader, writer, seen)
        remaining = list(answers)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            if greeting is not None:
                await give(greeting, visit)
            while True:
                seen.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
                if remaining:
                    await give(remaining.pop(0), visit)
        seen.gone.set()
        writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for task, writer in visits.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        await server.wait_closed()
