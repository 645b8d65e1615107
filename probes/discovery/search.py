"""The search itself: a question to the multicast group, answers until the time is up."""

from __future__ import annotations

import asyncio
import errno
import socket
import uuid
from collections.abc import Sequence
from ipaddress import IPv4Address

from probes.clock import Clock
from probes.discovery.answers import MAX_DATAGRAM_BYTES
from probes.discovery.findings import Findings
from probes.discovery.messages import TYPES, probe

# WS-Discovery of April 2005, section 2.4.
GROUP = ("239.255.255.250", 3702)
# Datagrams get lost: the question goes out again (SOAP-over-UDP section 5, MULTICAST_UDP_REPEAT).
REPEAT_AFTER_S = 0.5
# Hundreds of devices answer within half a second, 2 KB each; the default holds 100 of them.
_RECEIVE_BUFFER_BYTES = 1 << 20


class SearchError(Exception):
    """The question could not be sent; the text says why."""


class NotOurAddressError(SearchError):
    """The interface's address is none of this machine's."""


async def search(interface: IPv4Address | None, *, wait_s: float, clock: Clock) -> Findings:
    """Asks at one interface (where None, the one of the multicast route) and collects answers
    for `wait_s` seconds.

    Raises:
        NotOurAddressError: the machine has no interface of that address.
        SearchError: nothing could be sent or received.
    """
    questions = {f"urn:uuid:{uuid.uuid4()}": type_ for type_ in TYPES}
    datagrams = [probe(message_id, *type_) for message_id, type_ in questions.items()]
    findings = Findings(questions)
    end_s = clock.monotonic() + wait_s
    try:
        with _open(interface) as endpoint:
            await _ask(endpoint, datagrams)
            await _collect(
                endpoint, findings, min(end_s, clock.monotonic() + REPEAT_AFTER_S), clock
            )
            await _ask(endpoint, datagrams)
            await _collect(endpoint, findings, end_s, clock)
    except OSError as error:
        raise SearchError(f"multicast to {GROUP[0]}: {error.strerror or error}") from error
    return findings


def _open(interface: IPv4Address | None) -> socket.socket:
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        endpoint.setblocking(False)
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        # The devices of this network segment, no router's other ones.
        endpoint.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        if interface is not None:
            _use(endpoint, interface)
        endpoint.bind((str(interface or ""), 0))
    except BaseException:
        endpoint.close()
        raise
    return endpoint


def _use(endpoint: socket.socket, interface: IPv4Address) -> None:
    try:
        endpoint.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface.packed)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise NotOurAddressError(f"{interface} is no address of this machine") from error
        raise


async def _ask(endpoint: socket.socket, datagrams: Sequence[bytes]) -> None:
    loop = asyncio.get_running_loop()
    for datagram in datagrams:
        await loop.sock_sendto(endpoint, datagram, GROUP)


async def _collect(endpoint: socket.socket, findings: Findings, end_s: float, clock: Clock) -> None:
    """The clock is read for each datagram: in a flood no timer would ever be served."""
    loop = asyncio.get_running_loop()
    while not findings.full and (left_s := end_s - clock.monotonic()) > 0:
        try:
            async with asyncio.timeout(left_s):
                datagram, sender = await loop.sock_recvfrom(endpoint, MAX_DATAGRAM_BYTES + 1)
        except TimeoutError:
            return
        findings.take(datagram, sender[0])
