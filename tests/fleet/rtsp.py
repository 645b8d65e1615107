"""The RTSP server's side of one connection (RFC 2326), in the words of the camera's maker and
with its present fault.
"""

from __future__ import annotations

import re
import secrets
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.fleet import dialects, rtp
from tests.fleet.auth import Guard
from tests.fleet.peer import Peer
from tests.fleet.player import DatagramSink, Manner, Player
from tests.fleet.rtp import Gop

if TYPE_CHECKING:
    from tests.fleet.host import Camera, Host

_PHRASES = {
    200: "OK",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}
_PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
# Simultaneous sessions that a camera grants.
MAX_SESSIONS = 4
_AUTHORITY = re.compile(r"^rtsps?://[^/]*", re.IGNORECASE)
_NTP_EPOCH_S = 2_208_988_800
# Bytes of another protocol: neither `$` nor `RTSP` among them, more than any reply's head.
GARBAGE = bytes(0x80 | (number * 37 & 0x7F) for number in range(64 * 1024))

# DESCRIBE answered with a status by fault.
_DESCRIBE_STATUS = {
    "not_found": 404,
    "busy_503": 503,
    "forbidden": 403,
    "server_error": 500,
    "rejected": 400,
}
_VIDEO = {"no_video": "absent", "odd_codec": "odd"}
_MANNERS = {
    "play_nothing": "nothing",
    "half_key_frame": "half",
    "trickle_key_frame": "trickle",
    "no_key_frame": "no_key_frame",
}


class _Request:
    """A parsed request; header names in lower case."""

    __slots__ = ("headers", "method", "uri")

    def __init__(self, head: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        self.method, self.uri = words[0], words[1] if len(words) == 3 else ""
        self.headers: dict[str, str] = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()

    @property
    def resource(self) -> str:
        return _AUTHORITY.sub("", self.uri)


class RtspPeer(Peer):
    """One viewer's connection. It has at most one session, of one camera."""

    def __init__(self, host: Host, sock: socket.socket, on_closed: Callable[[Peer], None]) -> None:
        super().__init__(host.world.loop, sock, on_closed)
        self._host = host
        self._dialect = host.dialect
        self._guard = Guard(
            host.account, host.dialect.realm, name_algorithm=host.dialect.name_algorithm
        )
        self._camera: Camera | None = None
        self._is_sub = False
        self._session = ""
        self._channel = 0
        self._datagrams: DatagramSink | None = None
        self._sockets: list[socket.socket] = []
        self._player: Player | None = None
        self._slow_bytes = b""

    def received(self) -> None:
        while self.unread and not self.closed:
            if self.unread[0] == 0x24:
                if len(self.unread) < 4:
                    return
                size = 4 + int.from_bytes(self.unread[2:4], "big")
                if len(self.unread) < size:
                    return
                del self.unread[:size]
                continue
            end = self.unread.find(b"\r\n\r\n")
            if end < 0:
                return
            request = _Request(bytes(self.unread[:end]))
            length = request.headers.get("content-length", "0")
            body = int(length) if length.isdigit() else 0
            if len(self.unread) < end + 4 + body:
                return
            del self.unread[: end + 4 + body]
            self._answer(request)

    def close(self) -> None:
        if not self.closed:
            if self._session and self._camera is not None:
                self._camera.left_without_teardown += 1
            self._end_session()
        super().close()

    def _hang_up(self) -> None:
        """The camera itself ends it."""
        self._end_session()
        self.close()

    def mute(self) -> None:
        super().mute()
        self._end_session()

    # Answering

    def _answer(self, request: _Request) -> None:
        fault = self._host.fault
        if fault == "garbage":
            self.write(GARBAGE)
            return
        if fault == "closes":
            self.close()
            return
        handler = _METHODS.get(request.method)
        if handler is None:
            self._reply(request, 501)
            return
        handler(self, request)

    def _head(self, request: _Request, status: int, lines: list[str]) -> bytes:
        cseq = request.headers.get("cseq", "0")
        every = [
            f"RTSP/1.0 {status} {_PHRASES[status]}",
            f"CSeq: {cseq}",
            *self._dialect.head,
            *lines,
        ]
        return ("\r\n".join(every) + "\r\n\r\n").encode()

    def _reply(self, request: _Request, status: int, lines: list[str] | None = None) -> None:
        self.write(self._head(request, status, lines or []))

    def _passes(self, request: _Request) -> bool:
        """Whether the login is right; answers 401 if not."""
        authorization = request.headers.get("authorization", "")
        if self._camera is not None and self._camera.fault == "odd_auth":
            self._reply(request, 401, ["WWW-Authenticate: Negotiate"])
            return False
        if self._guard.admits(authorization, request.method, request.uri):
            return True
        if authorization and self._camera is not None:
            self._camera.logins_refused += 1
        self._reply(request, 401, [f"WWW-Authenticate: {c}" for c in self._guard.challenge()])
        return False

    def _options(self, request: _Request) -> None:
        lines = [f"Public: {_PUBLIC}"]
        if self._dialect.session_in_options:
            lines.append(f"Session: {secrets.randbelow(10**9)}")
        self._reply(request, 200, lines)

    def _describe(self, request: _Request) -> None:
        camera = self._host.camera(request.resource)
        self._camera = camera
        self._is_sub = self._host.is_sub(request.resource)
        if not self._passes(request):
            return
        if camera is None:
            self._reply(request, 404)
            return
        status = _DESCRIBE_STATUS.get(camera.fault)
        if status is not None:
            self._reply(request, status)
        elif camera.fault == "redirected":
            self._reply(request, 302, ["Location: rtsp://192.0.2.1/moved"])
        else:
            self._send_description(request, camera)

    def _send_description(self, request: _Request, camera: Camera) -> None:
        url = request.uri.rstrip("/")
        body = dialects.describe(
            self._dialect,
            self._host.clip(camera, sub=self._is_sub),
            url,
            self._host.address,
            video=_VIDEO.get(camera.fault, "normal"),
        )
        lines = ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        if self._dialect.content_base:
            base = self._dialect.content_base.format(url=url, path=self._path(camera))
            lines.insert(0, f"Content-Base: {base}")
        self.write(self._head(request, 200, lines) + body)

    def _path(self, camera: Camera) -> str:
        return camera.point.sub_resource if self._is_sub else camera.point.resource

    def _trickle(self) -> None:
        """One byte a second."""
        if self._slow_bytes and not self.closed:
            self.write(self._slow_bytes[:1])
            self._slow_bytes = self._slow_bytes[1:]
            self.loop.call_later(1.0, self._trickle)

    def _setup(self, request: _Request) -> None:
        camera, is_video = self._track(request.resource)
        if camera is None:
            self._reply(request, 404)
            return
        self._camera = self._camera or camera
        if not self._passes(request):
            return
        if camera.fault == "busy_453" or (not self._session and self._is_full(camera)):
            self._reply(request, 453)
            return
        accepted = self._transport(request.headers.get("transport", ""), camera, is_video)
        if accepted is None:
            self._reply(request, 461)
            return
        if not self._session:
            self._open_session(camera)
        if is_video and self._dialect.ssrc_in_transport:
            accepted += f";ssrc={self._host.clip(camera, sub=self._is_sub).ssrc:08X}"
        timeout = self._dialect.session_timeout
        lines = [f"Session: {self._session}{timeout}", f"Transport: {accepted}"]
        if camera.fault == "trickle":
            self._slow_bytes = self._head(request, 200, lines)
            self._trickle()
        else:
            self._reply(request, 200, lines)

    def _track(self, resource: str) -> tuple[Camera | None, bool]:
        """The camera that a SETUP URL means, and whether its video."""
        for suffix, is_video in ((self._dialect.track, True), (self._dialect.audio_track, False)):
            if resource.endswith(suffix):
                stream = resource.removesuffix(suffix)
                self._is_sub = self._host.is_sub(stream)
                return self._host.camera(stream), is_video
        return None, False

    def _is_full(self, camera: Camera) -> bool:
        return camera.sessions >= MAX_SESSIONS

    def _open_session(self, camera: Camera) -> None:
        self._session = f"{secrets.randbelow(10**9):09d}"
        self._camera = camera
        camera.sessions += 1
        camera.peak_sessions = max(camera.peak_sessions, camera.sessions)

    def _transport(self, offers: str, camera: Camera, is_video: bool) -> str | None:
        """The first offer that the camera takes, as it answers it; None: none of them."""
        allowed = camera.point.transport
        if camera.fault == "no_transport":
            return None
        for offer in offers.split(","):
            name, *parts = (part.strip() for part in offer.split(";"))
            options = dict(part.partition("=")[::2] for part in parts)
            if name.upper() == "RTP/AVP/TCP" and allowed != "udp":
                channels = options.get("interleaved", "0-1" if is_video else "2-3")
                first = channels.partition("-")[0]
                if is_video and first.isdigit():
                    self._channel = int(first) & 0xFF
                return f"RTP/AVP/TCP;unicast;interleaved={channels}"
            if name.upper() in ("RTP/AVP", "RTP/AVP/UDP") and allowed != "tcp":
                ports = options.get("client_port", "")
                if ports:
                    return self._datagram_transport(ports, is_video)
        return None

    def _datagram_transport(self, ports: str, is_video: bool) -> str:
        pair = _port_pair(self._host.address)
        self._sockets += pair
        own = [sock.getsockname()[1] for sock in pair]
        if is_video:
            viewer = (self.sock.getpeername()[0], int(ports.partition("-")[0]))
            rtp_socket = pair[0]

            def send(packet: memoryview) -> None:
                try:
                    rtp_socket.sendto(packet, viewer)
                except OSError:
                    # Nobody listens there any more, or the buffer is full: datagrams get lost.
                    return

            self._datagrams = DatagramSink(self.loop, send)
        return f"RTP/AVP;unicast;client_port={ports};server_port={own[0]}-{own[1]}"

    def _play(self, request: _Request) -> None:
        camera = self._camera
        if not self._session or camera is None:
            self._reply(request, 454)
            return
        if not self._passes(request):
            return
        if camera.fault == "play_error":
            self._reply(request, 500)
            return
        clip = self._host.clip(camera, sub=self._is_sub)
        # Each look begins at another key frame than the one before; a clip of a single group of
        # pictures (frozen) always at the same.
        start = 1 + camera.starts % (len(clip.gops) - 1) if len(clip.gops) > 1 else 0
        camera.starts += 1
        camera.looks += 1
        lines = [f"Session: {self._session}", "Range: npt=now-"]
        if self._dialect.rtp_info:
            sequence = int.from_bytes(clip.gops[start].blob[6:8], "big")
            lines.append(f"RTP-Info: url={request.uri}{self._dialect.track};seq={sequence}")
        self._reply(request, 200, lines)
        if self._player is None:
            self._start(camera, start)

    def _start(self, camera: Camera, start: int) -> None:
        clip = self._host.clip(camera, sub=self._is_sub)
        manner = Manner(
            kind=_MANNERS.get(camera.fault, "normal"),
            gop_wait_s=self._host.world.gop_wait_s,
            channel=0 if self._datagrams else self._channel,
            paced=self._host.world.paced,
        )
        if self._dialect.sender_report and self._datagrams is None and manner.kind != "nothing":
            report = rtp.sender_report(clip.ssrc, time.time() + _NTP_EPOCH_S, clip.ssrc, 0)
            head = bytes([0x24, self._channel + 1 & 0xFF]) + len(report).to_bytes(2, "big")
            self.write(head + report)
        self._player = Player(
            self.loop,
            clip,
            start,
            self._datagrams or _Interleaved(self),
            manner,
            self._host.world.chance,
            self._hang_up,
        )
        self._player.begin()

    def _teardown(self, request: _Request) -> None:
        if not self._session:
            self._reply(request, 454)
            return
        session = self._session
        self._end_session()
        self._reply(request, 200, [f"Session: {session}"])

    def _get_parameter(self, request: _Request) -> None:
        self._reply(request, 200, [f"Session: {self._session}"] if self._session else [])

    def _end_session(self) -> None:
        if self._player is not None:
            self._player.stop()
            self._player = None
        if self._datagrams is not None:
            self._datagrams.stop()
            self._datagrams = None
        for sock in self._sockets:
            sock.close()
        self._sockets.clear()
        if self._session and self._camera is not None:
            self._camera.sessions -= 1
        self._session = ""


class _Interleaved:
    """Packets on the RTSP connection itself."""

    def __init__(self, peer: RtspPeer) -> None:
        self._peer = peer

    def send(self, blob: bytes, gop: Gop, first: int, last: int) -> None:
        self._peer.write(memoryview(blob)[gop.packets[first] : gop.packets[last]])


def _port_pair(address: str) -> list[socket.socket]:
    """Two UDP sockets with neighbouring ports, the first even (RFC 3550 section 11).

    Raises:
        OSError: no such pair is free.
    """
    for _ in range(50):
        first = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        first.bind((address, 0))
        port = first.getsockname()[1]
        second = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            if port % 2 == 0:
                second.bind((address, port + 1))
                return [first, second]
        except OSError:
            pass
        first.close()
        second.close()
    raise OSError("no pair of neighbouring UDP ports is free")


_METHODS: dict[str, Callable[[RtspPeer, _Request], None]] = {
    "OPTIONS": RtspPeer._options,
    "DESCRIBE": RtspPeer._describe,
    "SETUP": RtspPeer._setup,
    "PLAY": RtspPeer._play,
    "TEARDOWN": RtspPeer._teardown,
    "GET_PARAMETER": RtspPeer._get_parameter,
}
