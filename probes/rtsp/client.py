"""One key frame from one camera over RTSP: the deadline and the stages around the core."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial

from probes.deadline import Deadline
from probes.reasons import ProbeFailedError, failure
from probes.rtp.assembly import PictureTooLargeError
from probes.rtp.collector import KeyFrameCollector, KeyPicture
from probes.rtsp.connection import (
    SYSTEM_NETWORK,
    Connection,
    Network,
    connect,
    connect_failure,
    open_connection,
    resolve,
)
from probes.rtsp.scrubbed import scrubbed
from probes.rtsp.session import OpenPorts, RtspSession, Send, Step
from probes.rtsp.udp import UdpPorts, open_ports
from probes.rtsp.url import StreamUrl, UrlError, parse_stream_url
from probes.rtsp.wire import ForeignServiceError, Framer, Interleaved, Response, WireError
from probes.vocabulary import (
    CodedPicture,
    Failure,
    KeyFrame,
    ProbeTarget,
    Stage,
    Transport,
)

# A marker bit says that a picture has ended; cameras that set it on every slice are found out by
# the slices that follow within this time. Encoders give out a picture's slices within
# milliseconds; the next picture comes 33 ms later at the earliest.
SETTLE_S = 0.02
# A burst ends so long before the look's deadline, which would take its key picture for late.
LEFT_S = 0.25


async def fetch_key_frame(
    target: ProbeTarget, deadline: Deadline, network: Network = SYSTEM_NETWORK
) -> KeyFrame:
    """Asks `target.stream_url` for its first whole key frame, and with `target.burst` for the
    pictures behind it, then says goodbye.

    The time of each stage is booked to `deadline`, that of the one it fails in too. The goodbye
    (TEARDOWN) has its own short time and is said on failure and cancellation as well.

    Raises:
        ProbeFailedError: with the stage, reason and evidence; picture/corruption where a camera
            sends its key pictures with packets missing.
    """
    stages = _Stages(deadline)
    try:
        async with _playing(target, deadline, network, stages) as exchange:
            picture = await exchange.key_picture(last=not target.burst)
            received_at = deadline.clock.now()
            further: tuple[CodedPicture, ...] = ()
            if target.burst:
                stages.book()
                burst_s = deadline.remaining_s(deadline.budget.burst_s + LEFT_S) - LEFT_S
                further = await exchange.further_pictures(burst_s, deadline.budget.burst_bytes)
                deadline.skip()
            return KeyFrame(
                codec=picture.codec,
                access_unit=picture.access_unit,
                rtp_timestamp=picture.rtp_timestamp,
                transport=exchange.transport,
                received_at=received_at,
                further=further,
            )
    except ProbeFailedError as error:
        raise ProbeFailedError(scrubbed(error.failure, target.credentials)) from error


async def confirm_stream(
    target: ProbeTarget, deadline: Deadline, network: Network = SYSTEM_NETWORK
) -> None:
    """Asks `target.stream_url` for the first packet of its video, then says goodbye: the camera
    delivers, whatever its picture shows. Time and failures as for `fetch_key_frame`.

    Raises:
        ProbeFailedError: with the stage, reason and evidence.
    """
    stages = _Stages(deadline)
    try:
        async with _playing(target, deadline, network, stages) as exchange:
            await exchange.first_packet()
    except ProbeFailedError as error:
        raise ProbeFailedError(scrubbed(error.failure, target.credentials)) from error


@contextlib.asynccontextmanager
async def _playing(
    target: ProbeTarget, deadline: Deadline, network: Network, stages: _Stages
) -> AsyncIterator[Exchange]:
    """An exchange on a new connection; the look's time bounds what is done with it."""
    try:
        url = parse_stream_url(target.stream_url or "")
        open_anew = partial(_connect, url, target, deadline, network, stages)
        sock, connection = await open_anew()
    except UrlError as error:
        raise ProbeFailedError(failure(Stage.RESOLVE, "bad_address", str(error))) from error
    finally:
        stages.book()
    session = RtspSession(url, target.credentials, partial(secrets.token_hex, 8))
    exchange = Exchange(connection, session, sock, stages, open_anew)
    try:
        async with asyncio.timeout(deadline.remaining_s()):
            yield exchange
    except TimeoutError as error:
        raise ProbeFailedError(exchange.gave_up("timeout", "")) from error
    finally:
        stages.book()
        await exchange.leave(deadline.budget.teardown_s)


class _Stages:
    """The stage that the look is in; leaving one books its time."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self.current = Stage.RESOLVE

    def enter(self, stage: Stage) -> None:
        if stage is not self.current:
            self.book()
            self.current = stage

    def turn_into(self, stage: Stage) -> None:
        """The stage proves to be another one, with all its time since it was entered."""
        self.current = stage

    def book(self) -> None:
        self._deadline.book(self.current)


async def _connect(
    url: StreamUrl, target: ProbeTarget, deadline: Deadline, network: Network, stages: _Stages
) -> tuple[socket.socket, Connection]:
    try:
        async with asyncio.timeout(deadline.remaining_s(deadline.budget.connect_s)):
            addresses = await resolve(url.host, network)
            stages.enter(Stage.CONNECT)
            sock = await connect(addresses, url.port, network)
            if url.tls:
                stages.enter(Stage.TLS)
            return sock, await open_connection(sock, url, tls_verify=target.tls_verify)
    except TimeoutError as error:
        raise ProbeFailedError(failure(stages.current, "timeout")) from error


class Exchange:
    """The RTSP session on an open connection, up to the first whole key picture."""

    def __init__(
        self,
        connection: Connection,
        session: RtspSession,
        sock: socket.socket,
        stages: _Stages,
        open_anew: Callable[[], Awaitable[tuple[socket.socket, Connection]]],
    ) -> None:
        self._connection = connection
        self._session = session
        self._sock = sock
        self._stages = stages
        self._open_anew = open_anew
        self._framer = Framer()
        self._begun = False
        self._collector: KeyFrameCollector | None = None
        self._ports: UdpPorts | None = None
        self._keep_alive: asyncio.TimerHandle | None = None
        # Packets that came together with the end of the key picture.
        self._left: Iterator[bytes] = iter(())

    @property
    def transport(self) -> Transport:
        """How the packets come."""
        return self._session.transport

    async def key_picture(self, *, last: bool = True) -> KeyPicture:
        """The first whole key picture; where it is the `last` thing wanted, nothing is read after
        it.

        Raises:
            ProbeFailedError: the camera refused, closed, or sent what cannot be read.
        """
        while True:
            picture = await self._more()
            if picture is not None:
                if last:
                    self._connection.stop_reading()
                return picture
            await self._check_hope()

    async def further_pictures(self, most_s: float, most_bytes: int) -> tuple[CodedPicture, ...]:
        """The pictures of a burst behind the key picture: those that come whole within `most_s`.
        Whatever goes wrong ends the burst and not the look, which has its key picture."""
        if self._collector is None or most_s <= 0:
            return ()
        follower = self._collector.follow(most_bytes)
        with contextlib.suppress(TimeoutError, WireError, PictureTooLargeError, ProbeFailedError):
            async with asyncio.timeout(most_s):
                follower.feed(self._left)
                while not follower.done and not self._connection.ended:
                    await self._connection.wait()
                    data, datagrams = self._connection.take()
                    self._framer.feed(data)
                    follower.feed(self._payloads(datagrams))
        self._connection.stop_reading()
        return follower.pictures

    async def first_packet(self) -> None:
        """Waits for the first packet of the video; nothing is read after it.

        Raises:
            ProbeFailedError: as `key_picture`.
        """
        while await self._more() is None and self._stages.current is not Stage.KEY_FRAME:
            await self._check_hope()
        self._connection.stop_reading()

    async def _more(self) -> KeyPicture | None:
        """Digests what comes next; the picture that it completes."""
        if not self._begun:
            self._begun = True
            self._stages.enter(Stage.DESCRIBE)
            self._take(self._session.begin())
        marked = self._collector is not None and self._collector.marked
        await self._connection.wait(SETTLE_S if marked else None)
        data, datagrams = self._connection.take()
        if self._collector is not None and not data and not datagrams:
            return self._collector.finish()
        self._framer.feed(data)
        return self._digest(datagrams)

    async def _check_hope(self) -> None:
        collector = self._collector
        if collector is not None and collector.hopeless:
            raise ProbeFailedError(self.gave_up("timeout", ""))
        if collector is not None and collector.corrupt:
            seen = f"{collector.shortfall.lost_keys} key pictures in a row sent with gaps"
            raise ProbeFailedError(failure(Stage.PICTURE, "corruption", seen))
        if self._connection.ended:
            again = self._session.start_over()
            if again is None:
                raise ProbeFailedError(self.gave_up("peer_closed", _ending(self._connection)))
            await self._reconnect(again)

    async def _reconnect(self, request: Send) -> None:
        self._connection.close()
        self._sock, self._connection = await self._open_anew()
        self._framer = Framer()
        self._stages.enter(Stage.AUTH)
        self._connection.send(request.data)

    def gave_up(self, reason: str, evidence: str) -> Failure:
        """The failure for time that ran out or a peer that closed, in the stage reached; what
        the packets have shown by then tells more than that."""
        if self._framer.pending_status == 401:
            self._stages.turn_into(Stage.AUTH)
        stage = self._stages.current
        if self._collector is None or stage not in (Stage.FIRST_PACKET, Stage.KEY_FRAME):
            return failure(stage, reason, evidence)
        shortfall = self._collector.shortfall
        if stage is Stage.KEY_FRAME:
            known = shortfall.reason()
            seen = f"no key picture in {shortfall.packets} packets"
        else:
            known = self._unreadable()
            seen = f"no packet of the video, {shortfall.foreign} of other payload types"
        if known is not None:
            return failure(stage, *known)
        return failure(stage, reason, f"{evidence}; {seen}" if evidence else seen)

    async def leave(self, teardown_s: float) -> None:
        """TEARDOWN within `teardown_s`, then the sockets closed, whatever happens."""
        self._forget()
        last = self._session.farewell()
        if self._keep_alive is not None:
            self._keep_alive.cancel()
        try:
            if last is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(teardown_s):
                        await self._connection.farewell(last)
        finally:
            if self._ports is not None:
                self._ports.close()
            self._connection.close()

    def _forget(self) -> None:
        """Lets go of what was received: a goodbye takes time, and `_left` closes a cycle."""
        self._left, self._collector, self._framer = iter(()), None, Framer()

    def _unreadable(self) -> tuple[str, str] | None:
        """Something came after PLAY, and none of it was RTP."""
        if self._collector is not None and self._collector.shortfall.malformed:
            return "malformed", self._collector.shortfall.first_error
        if self._framer.skipped:
            return "malformed", f"{self._framer.skipped} bytes that are no interleaved frames"
        return None

    def _digest(self, datagrams: list[bytes]) -> KeyPicture | None:
        """Answers replies and collects packets until a key picture is whole."""
        try:
            payloads = self._left = self._payloads(datagrams)
            first = next(payloads, None)
            if self._collector is None:
                return None
            received = payloads if first is None else itertools.chain((first,), payloads)
            picture = self._collector.feed(received)
        except ForeignServiceError as error:
            raise ProbeFailedError(failure(Stage.CONNECT, "malformed", str(error))) from error
        except WireError as error:
            found = failure(self._stages.current, "malformed", str(error))
            raise ProbeFailedError(found) from error
        except PictureTooLargeError as error:
            self._stages.enter(Stage.KEY_FRAME)
            raise ProbeFailedError(failure(Stage.KEY_FRAME, "too_large", str(error))) from error
        if picture is not None or (self._collector.receiving and self._session.playing):
            self._stages.enter(Stage.KEY_FRAME)
            if self._session.transport is Transport.TCP:
                self._connection.read_in_portions(of_use=not self._collector.passing_over)
        return picture

    def _payloads(self, datagrams: list[bytes]) -> Iterator[bytes]:
        """RTP packets of the video. What comes before PLAY was sent belongs to an earlier
        session (old LIVE555 servers); channels that were not set up (Tapo C320WS) are dropped."""
        for event in self._framer.events():
            if type(event) is Interleaved:
                if self._collector is not None and event.channel == self._session.channel:
                    yield event.payload
            elif isinstance(event, Response) and not self._session.playing:
                self._receive(event)
        if self._collector is not None:
            yield from datagrams

    def _receive(self, response: Response) -> None:
        if response.status == 401:
            # Being challenged is what the time up to here went into.
            self._stages.turn_into(Stage.AUTH)
        try:
            step = self._session.receive(response)
        finally:
            self._stages.enter(self._session.stage)
        self._take(step)
        if self._session.playing:
            self._live_on()

    def _live_on(self) -> None:
        """Gives signs of life for as long as the look lasts."""
        if self._keep_alive is not None:
            self._connection.send(self._session.keep_alive().data)
        loop = asyncio.get_running_loop()
        self._keep_alive = loop.call_later(self._session.keep_alive_s, self._live_on)

    def _take(self, step: Step) -> None:
        if isinstance(step, OpenPorts):
            step = self._session.ports_opened(*self._open_ports())
        if isinstance(step, Send):
            self._connection.send(step.data)
        video = self._session.video
        if self._session.play_sent and self._collector is None and video is not None:
            self._collector = KeyFrameCollector(
                video.codec,
                parameter_sets=video.parameter_sets,
                payload_types=video.payload_types,
                ssrc=self._session.ssrc,
                transport=self._session.transport,
            )
            if self._session.transport is Transport.TCP:
                self._framer.pass_frames = partial(
                    self._collector.pass_frames, channel=self._session.channel
                )

    def _open_ports(self) -> tuple[int, int]:
        try:
            self._ports = open_ports(self._sock)
        except OSError as error:
            raise ProbeFailedError(connect_failure(error)) from error
        self._ports.deliver_to(self._connection.datagram)
        return self._ports.numbers


def _ending(connection: Connection) -> str:
    error = connection.error
    if isinstance(error, OSError) and error.errno:
        return errno.errorcode.get(error.errno, "error")
    return "connection closed by the camera"
