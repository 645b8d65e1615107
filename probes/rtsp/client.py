"""One key frame from one camera over RTSP: the sockets and the deadline around the core."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import secrets
import socket
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from probes.deadline import Deadline
from probes.reasons import ProbeFailedError, failure
from probes.rtp.assembly import PictureTooLargeError
from probes.rtp.collector import KeyFrameCollector, KeyPicture
from probes.rtsp.connection import (
    Connection,
    Resolve,
    connect,
    connect_failure,
    open_connection,
    resolve,
    system_resolve,
)
from probes.rtsp.session import OpenPorts, RtspSession, Send, Step
from probes.rtsp.udp import UdpPorts, open_ports
from probes.rtsp.url import StreamUrl, UrlError, parse_stream_url
from probes.rtsp.wire import Framer, Interleaved, Response, WireError
from probes.vocabulary import Credentials, Failure, KeyFrame, ProbeTarget, Stage


async def fetch_key_frame(
    target: ProbeTarget, deadline: Deadline, resolver: Resolve = system_resolve
) -> KeyFrame:
    """Asks `target.stream_url` for its first whole key frame, then says goodbye.

    The time of each stage is booked to `deadline`, that of the one it fails in too.

    Raises:
        ProbeFailedError: with the stage, reason and evidence.
    """
    look = _Look(target=target, deadline=deadline, resolver=resolver)
    try:
        async with asyncio.timeout(deadline.remaining_s()):
            return await look.run()
    except TimeoutError as error:
        raise ProbeFailedError(look.gave_up("timeout", "")) from error
    except ProbeFailedError as error:
        raise ProbeFailedError(_scrubbed(error.failure, target.credentials)) from error
    finally:
        deadline.book(look.stage)
        await look.leave()


@dataclass(slots=True, kw_only=True)
class _Look:
    """The state of one look while it runs."""

    target: ProbeTarget
    deadline: Deadline
    resolver: Resolve
    stage: Stage = Stage.RESOLVE
    connection: Connection | None = None
    sock: socket.socket | None = None
    ports: UdpPorts | None = None
    session: RtspSession | None = None
    collector: KeyFrameCollector | None = None
    channel: int = 0
    framer: Framer = field(default_factory=Framer)

    async def run(self) -> KeyFrame:
        url = self._url()
        self.connection = await self._connect(url)
        self.session = RtspSession(url, self.target.credentials, _cnonce)
        self._enter(Stage.DESCRIBE)
        self._take_step(self.session.begin())
        picture = await self._exchange(self.connection)
        return KeyFrame(
            codec=picture.codec,
            access_unit=picture.access_unit,
            rtp_timestamp=picture.rtp_timestamp,
            transport=self.session.transport,
            received_at=self.deadline.clock.now(),
        )

    def gave_up(self, reason: str, evidence: str) -> Failure:
        """The failure for time that ran out or a peer that closed, in the stage reached; what
        the packets have shown by then tells more than that."""
        if self.collector is None or self.stage not in (Stage.FIRST_PACKET, Stage.KEY_FRAME):
            return failure(self.stage, reason, evidence)
        shortfall = self.collector.shortfall
        if self.stage is Stage.KEY_FRAME:
            known = shortfall.reason()
            seen = f"no key picture in {shortfall.packets} packets"
        else:
            known = self._unreadable()
            seen = f"no packet of the video, {shortfall.foreign} of other payload types"
        if known is not None:
            return failure(self.stage, *known)
        return failure(self.stage, reason, f"{evidence}; {seen}" if evidence else seen)

    def _unreadable(self) -> tuple[str, str] | None:
        """Something came after PLAY, and none of it was RTP."""
        if self.collector is not None and self.collector.shortfall.malformed:
            return "malformed", self.collector.shortfall.first_error
        if self.framer.skipped:
            return "malformed", f"{self.framer.skipped} bytes that are no interleaved frames"
        return None

    async def leave(self) -> None:
        """TEARDOWN within its own short time, then the sockets closed, whatever happens."""
        try:
            last = self.session.farewell() if self.session is not None else None
            if last is not None and self.connection is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.deadline.budget.teardown_s):
                        await self.connection.farewell(last)
        finally:
            if self.ports is not None:
                self.ports.close()
            if self.connection is not None:
                self.connection.close()

    # Getting there

    def _url(self) -> StreamUrl:
        try:
            return parse_stream_url(self.target.stream_url or "")
        except UrlError as error:
            raise ProbeFailedError(failure(Stage.RESOLVE, "bad_address", str(error))) from error

    async def _connect(self, url: StreamUrl) -> Connection:
        try:
            async with asyncio.timeout(self.deadline.remaining_s(self.deadline.budget.connect_s)):
                addresses = await resolve(url.host, self.resolver)
                self._enter(Stage.CONNECT)
                sock = await connect(addresses, url.port)
                self.sock = sock
                if url.tls:
                    self._enter(Stage.TLS)
                return await open_connection(sock, url, tls_verify=self.target.tls_verify)
        except TimeoutError as error:
            raise ProbeFailedError(failure(self.stage, "timeout")) from error

    def _enter(self, stage: Stage) -> None:
        if stage is not self.stage:
            self.deadline.book(self.stage)
            self.stage = stage

    # The exchange

    async def _exchange(self, connection: Connection) -> KeyPicture:
        while True:
            await connection.wait()
            data, datagrams = connection.take()
            self.framer.feed(data)
            picture = self._digest(datagrams)
            if picture is not None:
                connection.stop_reading()
                return picture
            if self.collector is not None and self.collector.hopeless:
                raise ProbeFailedError(self.gave_up("timeout", ""))
            if connection.ended:
                raise ProbeFailedError(self.gave_up("peer_closed", _ending(connection)))

    def _digest(self, datagrams: list[bytes]) -> KeyPicture | None:
        try:
            payloads = self._payloads(datagrams)
            first = next(payloads, None)
            if first is None or self.collector is None:
                return None
            picture = self.collector.feed(itertools.chain((first,), payloads))
        except WireError as error:
            raise ProbeFailedError(failure(self.stage, "malformed", str(error))) from error
        except PictureTooLargeError as error:
            self._enter(Stage.KEY_FRAME)
            raise ProbeFailedError(failure(Stage.KEY_FRAME, "too_large", str(error))) from error
        if self.collector.receiving and self.stage is Stage.FIRST_PACKET:
            self._enter(Stage.KEY_FRAME)
        if picture is not None:
            # Some cameras send before they answer PLAY.
            self._enter(Stage.KEY_FRAME)
        return picture

    def _payloads(self, datagrams: list[bytes]) -> Iterator[bytes]:
        """RTP packets of the video, answering replies on the way. What comes before PLAY was
        sent belongs to an earlier session; other channels were not asked for."""
        for event in self.framer.events():
            if type(event) is Interleaved:
                if self.collector is not None and event.channel == self.channel:
                    yield event.payload
            elif isinstance(event, Response):
                self._receive(event)
        yield from datagrams

    def _receive(self, response: Response) -> None:
        assert self.session is not None  # noqa: S101 - set before anything is sent
        if self.stage in (Stage.FIRST_PACKET, Stage.KEY_FRAME):
            # Nothing of ours is outstanding once PLAY is answered.
            return
        try:
            step = self.session.receive(response)
        finally:
            self._enter(self.session.stage)
        self._take_step(step)

    def _take_step(self, step: Step) -> None:
        assert self.session is not None and self.connection is not None  # noqa: S101 - see above
        if isinstance(step, OpenPorts):
            step = self.session.ports_opened(*self._open_ports())
        if isinstance(step, Send):
            self.connection.send(step.data)
        if self.session.play_sent and self.collector is None and self.session.video is not None:
            video = self.session.video
            self.channel = self.session.channel
            self.collector = KeyFrameCollector(
                video.codec,
                parameter_sets=video.parameter_sets,
                payload_types=video.payload_types,
                ssrc=self.session.ssrc,
            )

    def _open_ports(self) -> tuple[int, int]:
        assert self.sock is not None and self.connection is not None  # noqa: S101 - connected
        try:
            self.ports = open_ports(self.sock)
        except OSError as error:
            raise ProbeFailedError(connect_failure(error)) from error
        self.ports.deliver_to(self.connection.datagram)
        return self.ports.numbers


def _ending(connection: Connection) -> str:
    error = connection.error
    if isinstance(error, OSError) and error.errno:
        return errno.errorcode.get(error.errno, "error")
    return "connection closed by the camera"


def _cnonce() -> str:
    return secrets.token_hex(8)


def _scrubbed(found: Failure, credentials: Credentials | None) -> Failure:
    """A hostile camera may send our own words back: credentials never stay in evidence."""
    if credentials is None:
        return found
    pair = f"{credentials.username}:{credentials.password}".encode()
    evidence = found.evidence
    for secret in (credentials.password, b64encode(pair).decode("ascii")):
        if secret:
            evidence = evidence.replace(secret, "***")
    return replace(found, evidence=evidence)
