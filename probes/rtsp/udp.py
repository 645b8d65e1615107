"""A pair of UDP ports for RTP and RTCP (RFC 3550 section 11: an even one and the next)."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable

# A burst of a 4K key frame is 2 MB; the kernel grants what its own limit allows.
RECEIVE_BUFFER_BYTES = 2_097_152
# Random even ports whose neighbour is free are nearly all; sixteen failures mean exhaustion.
MAX_ATTEMPTS = 16
# Datagrams read in one go before other looks get their turn.
MAX_BATCH = 256
_MAX_DATAGRAM_BYTES = 65_535


class UdpPorts:
    """Two bound sockets; packets from other hosts than `peer` are dropped.

    RTCP is bound, so that the camera gets no ICMP errors, and never read.
    """

    def __init__(self, rtp: socket.socket, rtcp: socket.socket, peer: str) -> None:
        self._rtp, self._rtcp = rtp, rtcp
        self._peer = _plain(peer)
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def numbers(self) -> tuple[int, int]:
        """RTP port, RTCP port."""
        return self._rtp.getsockname()[1], self._rtcp.getsockname()[1]

    def deliver_to(self, take: Callable[[bytes], None]) -> None:
        """Gives each datagram of the peer to `take`, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._rtp, self._read, take)

    def _read(self, take: Callable[[bytes], None]) -> None:
        for _ in range(MAX_BATCH):
            try:
                data, address = self._rtp.recvfrom(_MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:
                # An ICMP error of an earlier packet; the next read goes on.
                return
            if _plain(address[0]) == self._peer:
                take(data)

    def close(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._rtp)
        self._rtp.close()
        self._rtcp.close()


def open_ports(connected: socket.socket) -> UdpPorts:
    """Binds a pair on the address that `connected` uses towards the camera.

    Raises:
        OSError: no pair could be bound.
    """
    family = connected.family
    local = connected.getsockname()[0]
    peer = connected.getpeername()[0]
    failed: OSError | None = None
    for _ in range(MAX_ATTEMPTS):
        rtp = _bound(family, local, 0)
        port = rtp.getsockname()[1]
        if port % 2:
            rtp.close()
            continue
        try:
            rtcp = _bound(family, local, port + 1)
        except OSError as error:
            failed = error
            rtp.close()
            continue
        rtp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        return UdpPorts(rtp, rtcp, peer)
    raise failed or OSError(errno.EADDRINUSE, "no pair of UDP ports")


def _bound(family: int, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def _plain(address: str) -> str:
    """An address in one form, IPv4-mapped IPv6 as IPv4."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)
