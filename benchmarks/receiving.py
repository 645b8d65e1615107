"""What the system asks for receiving as many bytes as a look does, in as many portions: the part of
the protocol's cost that no client can save."""

from __future__ import annotations

import asyncio
import selectors
import socket
import time
from dataclasses import dataclass
from multiprocessing import get_context

from probes.rtsp.connection import Address

# Between portions, so that each is received by itself.
PAUSE_S = 0.0003


class CountingSocket(socket.socket):
    """Counts what comes out of all its kind."""

    received_bytes = 0
    receipts = 0

    def recv_into(self, *given: object) -> int:
        received = super().recv_into(*given)  # type: ignore[arg-type]
        CountingSocket.received_bytes += received
        CountingSocket.receipts += 1
        return received


async def counting_connect(address: Address, port: int) -> socket.socket:
    """As `probes.rtsp.connection.system_connect`."""
    family, host = address
    sock = CountingSocket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (host, port))
    return sock


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a look receives, on average."""

    look_bytes: int
    receipts: int


def bare_receiving_ms(traffic: Traffic, looks: int) -> float:
    """CPU milliseconds a look of a loop that only waits, receives, and looks at nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    portion = traffic.look_bytes // traffic.receipts
    sender = get_context("spawn").Process(
        target=_send, args=(listener.getsockname()[1], portion, traffic.receipts * looks)
    )
    sender.start()
    connection, _ = listener.accept()
    place = memoryview(bytearray(262_144))
    selector = selectors.DefaultSelector()
    selector.register(connection, selectors.EVENT_READ)
    begun_s = time.process_time()
    while selector.select() and connection.recv_into(place):
        pass
    spent_s = time.process_time() - begun_s
    sender.join()
    return spent_s / looks * 1000


def _send(port: int, portion_bytes: int, portions: int) -> None:
    portion = bytes(portion_bytes)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(portions):
            connection.sendall(portion)
            time.sleep(PAUSE_S)
