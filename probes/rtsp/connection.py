"""The TCP or TLS connection to a camera: resolving, connecting, and a bounded inbox."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import cast

from probes.reasons import ProbeFailedError, failure
from probes.rtsp.url import StreamUrl
from probes.vocabulary import Failure, Stage

# A key frame of a 4K camera may come in one burst of 2 MB; reading pauses when half of that
# waits unread, since a look is one reader on a loop that it shares with hundreds.
MAX_INBOX_BYTES = 1_048_576
# The most that is taken from a socket at once.
RECEIVE_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Portion:
    """What comes is fetched when there are so many bytes, or after so many seconds: each receipt
    costs as much as going through fifty packets. The system counts them out (it wakes nobody
    before, and keeps a window of at least as much), so nothing waits in the camera meanwhile."""

    least_bytes: int
    at_most_s: float


# While a key picture may be under way, and while pictures of no use are. A look ends so much later
# at the most; a large key picture behind useless ones fills the portion before that.
KEY_PORTION = Portion(65_536, 0.1)
USELESS_PORTION = Portion(131_072, 0.3)
# A name with more addresses than this is no camera; each may cost the whole connect time.
MAX_ADDRESSES = 4

# A lookup cannot be broken off: with the name server away its thread hangs for half a minute. It
# must not be one of those that draw metrics and open files.
MAX_LOOKUPS = 16
_LOOKUPS = ThreadPoolExecutor(MAX_LOOKUPS, thread_name_prefix="lookup")

Address = tuple[socket.AddressFamily, str]

_CONNECT_ERRORS: dict[int, tuple[Stage, str]] = {
    errno.ECONNREFUSED: (Stage.CONNECT, "refused"),
    errno.EHOSTUNREACH: (Stage.CONNECT, "unreachable"),
    errno.EHOSTDOWN: (Stage.CONNECT, "unreachable"),
    errno.ETIMEDOUT: (Stage.CONNECT, "timeout"),
    errno.ECONNRESET: (Stage.CONNECT, "peer_closed"),
    errno.ECONNABORTED: (Stage.CONNECT, "peer_closed"),
    errno.EPIPE: (Stage.CONNECT, "peer_closed"),
    errno.ENETUNREACH: (Stage.PROBER, "no_network"),
    errno.ENETDOWN: (Stage.PROBER, "no_network"),
    errno.EADDRNOTAVAIL: (Stage.PROBER, "no_network"),
    # No port free, no memory for a socket: what is used up is ours.
    errno.EADDRINUSE: (Stage.PROBER, "overload"),
    errno.ENOBUFS: (Stage.PROBER, "overload"),
    errno.ENOMEM: (Stage.PROBER, "overload"),
    errno.EMFILE: (Stage.PROBER, "no_descriptors"),
    errno.ENFILE: (Stage.PROBER, "no_descriptors"),
}

_RESOLVE_ERRORS: dict[int, str] = {
    socket.EAI_NONAME: "not_found",
    socket.EAI_NODATA: "not_found",
}


def connect_failure(error: OSError) -> Failure:
    """What a failed connect says, by its errno; an unlisted one is unreachable."""
    number = error.errno or 0
    stage, reason = _CONNECT_ERRORS.get(number, (Stage.CONNECT, "unreachable"))
    return failure(stage, reason, errno.errorcode.get(number, type(error).__name__))


def resolve_failure(error: socket.gaierror) -> Failure:
    """What a failed lookup says: the name does not exist, or nobody could tell."""
    reason = _RESOLVE_ERRORS.get(error.errno or 0, "server_failure")
    return failure(Stage.RESOLVE, reason, f"getaddrinfo error {error.errno}")


async def system_resolve(host: str) -> list[Address]:
    """The system's resolver.

    Raises:
        socket.gaierror: the name has no address, or no server answered.
    """
    lookup = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_LOOKUPS, lookup)
    return [(family, str(address[0])) for family, _, _, _, address in found]


async def system_connect(address: Address, port: int) -> socket.socket:
    """A connected non-blocking socket.

    Raises:
        OSError: as the system says.
    """
    family, host = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, (host, port))
    except BaseException:
        sock.close()
        raise
    return sock


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How names are looked up and connections made."""

    resolve: Callable[[str], Awaitable[list[Address]]] = system_resolve
    connect: Callable[[Address, int], Awaitable[socket.socket]] = system_connect


SYSTEM_NETWORK = Network()


async def resolve(host: str, network: Network) -> list[Address]:
    """The addresses of a host; an address needs no lookup.

    Raises:
        ProbeFailedError: at stage resolve.
    """
    literal = _literal(host)
    if literal is not None:
        return [literal]
    try:
        addresses = await network.resolve(host)
    except socket.gaierror as error:
        raise ProbeFailedError(resolve_failure(error)) from error
    except UnicodeError as error:
        # The name cannot be written in DNS: a label is empty or longer than 63 characters.
        raise ProbeFailedError(
            failure(Stage.RESOLVE, "bad_address", "host name has an empty or too long label")
        ) from error
    if not addresses:
        raise ProbeFailedError(failure(Stage.RESOLVE, "not_found", "no address"))
    return list(dict.fromkeys(addresses))[:MAX_ADDRESSES]


def _literal(host: str) -> Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255":
        raise ProbeFailedError(
            failure(Stage.RESOLVE, "bad_address", f"{address} is no address of a device")
        )
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    return family, str(address)


async def connect(addresses: list[Address], port: int, network: Network) -> socket.socket:
    """A connected non-blocking socket to the first address that takes one.

    Raises:
        ProbeFailedError: at stage connect or prober, for the last address that says something of
            the camera: of a name's IPv4 and IPv6 address we may have no way to one.
    """
    failures: list[Failure] = []
    for address in addresses:
        try:
            return await network.connect(address, port)
        except OSError as error:
            failures.append(connect_failure(error))
    telling = [found for found in failures if found.stage is not Stage.PROBER]
    raise ProbeFailedError((telling or failures)[-1])


class _Landing(threading.local):
    """Where all connections of a loop receive, and are emptied before the next does: a buffer
    made for each receipt, as loops do by default, costs a third of the receipt."""

    def __init__(self) -> None:
        self.place = memoryview(bytearray(RECEIVE_BYTES))


_landing = _Landing()


class Connection(asyncio.BufferedProtocol):
    """Received bytes and UDP datagrams of one look, in one inbox with one waiter."""

    def __init__(self, plain: socket.socket | None = None) -> None:
        """`plain` is the socket where it carries no TLS."""
        self._plain = plain
        self._transport: asyncio.Transport | None = None
        self._chunks: list[bytes] = []
        self._datagrams: list[bytes] = []
        self._waiting_bytes = 0
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._draining = False
        self._portion: Portion | None = None
        self.ended = False
        self.error: Exception | None = None

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the loop's
        return _landing.place

    def buffer_updated(self, nbytes: int) -> None:
        data = _landing.place[:nbytes].tobytes()
        if self._draining:
            # After TEARDOWN only its answer matters; packets still on the way are dropped.
            self.ended = self.ended or b"RTSP/1." in data
            self._wake()
            return
        self._chunks.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > MAX_INBOX_BYTES and self._transport is not None:
            self._transport.pause_reading()
            self._paused = True
        self._wake()

    def eof_received(self) -> None:
        self.ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.error = exc
        self._wake()

    # For the client

    def datagram(self, data: bytes) -> None:
        """A UDP packet from the camera; dropped when the inbox is full, as a network would."""
        if self._waiting_bytes <= MAX_INBOX_BYTES and not self._draining:
            self._datagrams.append(data)
            self._waiting_bytes += len(data)
            self._wake()

    def send(self, data: bytes) -> None:
        if self._transport is not None and not self.ended:
            self._transport.write(data)

    async def wait(self, at_most_s: float | None = None) -> None:
        """Returns as soon as there is something to take, or the peer has closed, or the time is
        over."""
        while not (self._chunks or self._datagrams or self.ended):
            await self._news(at_most_s)
            if at_most_s is not None:
                return

    async def _news(self, at_most_s: float | None) -> None:
        if at_most_s is None and self._portion is not None:
            at_most_s = self._portion.at_most_s
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = None if at_most_s is None else loop.call_later(at_most_s, self._fetch)
        try:
            await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def take(self) -> tuple[bytes, list[bytes]]:
        """All bytes and datagrams received since the last call."""
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        datagrams, self._datagrams = self._datagrams, []
        self._chunks, self._waiting_bytes = [], 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data, datagrams

    def read_in_portions(self, *, of_use: bool) -> None:
        """From now on lets a portion gather before it is taken in; of TLS nothing can be told
        beforehand."""
        self._let_gather(KEY_PORTION if of_use else USELESS_PORTION)

    def _let_gather(self, portion: Portion | None) -> None:
        if self._plain is None or self.ended or portion is self._portion:
            return
        self._portion = portion
        least = 1 if portion is None else portion.least_bytes
        self._plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least)

    def _fetch(self) -> None:
        """Takes what there is of a portion."""
        if (
            self._plain is not None
            and self._portion is not None
            and not (self.ended or self._paused)
        ):
            # An error or the end is told by the transport.
            with contextlib.suppress(OSError):
                received = self._plain.recv_into(_landing.place)
                if received:
                    self.buffer_updated(received)
        self._wake()

    def stop_reading(self) -> None:
        """Leaves what follows in the kernel: the look has what it wanted."""
        if self._transport is not None and not self.ended and not self._paused:
            self._transport.pause_reading()
            self._paused = True

    async def farewell(self, data: bytes) -> None:
        """Sends a last request and waits for any answer to it, or the end.

        Reading goes on meanwhile: closing with unread bytes would send a reset, and the camera
        might never read the request.
        """
        if self.ended:
            return
        self.send(data)
        self._chunks, self._datagrams, self._draining = [], [], True
        self._let_gather(None)
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        while not self.ended:
            await self.wait()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def open_connection(sock: socket.socket, url: StreamUrl, *, tls_verify: bool) -> Connection:
    """Wraps a connected socket, in TLS for rtsps; the socket is closed where that fails.

    Raises:
        ProbeFailedError: at stage tls.
    """
    try:
        return await _wrap(sock, url, tls_verify=tls_verify)
    except ssl.SSLCertVerificationError as error:
        sock.close()
        evidence = error.verify_message
        raise ProbeFailedError(failure(Stage.TLS, "certificate_invalid", evidence)) from error
    except OSError as error:
        sock.close()
        raise ProbeFailedError(tls_failure(error)) from error
    except BaseException:
        sock.close()
        raise


async def _wrap(sock: socket.socket, url: StreamUrl, *, tls_verify: bool) -> Connection:
    loop = asyncio.get_running_loop()
    if url.tls:
        _, connection = await loop.create_connection(
            Connection, sock=sock, ssl=_tls_context(tls_verify), server_hostname=url.host
        )
    else:
        _, connection = await loop.create_connection(partial(Connection, sock), sock=sock)
    return connection


def tls_failure(error: OSError) -> Failure:
    """What a failed handshake says (`ssl.SSLError` is an `OSError`)."""
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return failure(Stage.TLS, "malformed", error.reason or "TLS error")
    if isinstance(error, TimeoutError):
        return failure(Stage.TLS, "timeout", "the system gave up")
    name = errno.errorcode.get(error.errno or 0, "EOF")
    return failure(Stage.TLS, "peer_closed", f"{name} in the handshake")


@lru_cache(maxsize=2)
def _tls_context(verify: bool) -> ssl.SSLContext:
    """Loading the system's authorities takes 10 ms, so the contexts are shared."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
