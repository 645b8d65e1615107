"""Raw non-blocking connections and listeners: thousands of addresses at little cost each."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable

# A viewer that does not read is cut off; a 1080p group of pictures is well under a megabyte.
MAX_UNSENT_BYTES = 8 * 1024 * 1024
MAX_UNREAD_BYTES = 64 * 1024
_READ_BYTES = 16 * 1024
_ACCEPTS_AT_ONCE = 16
_PAUSE_S = 0.1
BACKLOG = 32


class Peer:
    """One accepted connection. Subclasses answer in `received`, which takes what it can from
    `self.unread`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        on_closed: Callable[[Peer], None],
    ) -> None:
        self.loop = loop
        self.sock = sock
        self.unread = bytearray()
        self.closed = False
        self.bytes_sent = 0
        self._on_closed = on_closed
        self._unsent: deque[memoryview] = deque()
        self._unsent_bytes = 0
        self._close_when_sent = False
        self._muted = False
        loop.add_reader(sock.fileno(), self._readable)

    def received(self) -> None:
        """New bytes stand in `self.unread`."""
        raise NotImplementedError

    def _readable(self) -> None:
        try:
            data = self.sock.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        if not data:
            self.close()
            return
        if self._muted or self._close_when_sent:
            return
        self.unread += data
        if len(self.unread) > MAX_UNREAD_BYTES:
            self.close()
            return
        self.received()

    def write(self, data: bytes | memoryview) -> None:
        """Send now what the socket takes, and the rest when it takes more."""
        if self.closed or self._muted:
            return
        view = memoryview(data)
        if not self._unsent:
            view = self._send(view)
        if len(view) and not self.closed:
            if not self._unsent:
                self.loop.add_writer(self.sock.fileno(), self._writable)
            self._unsent.append(view)
            self._unsent_bytes += len(view)
            if self._unsent_bytes > MAX_UNSENT_BYTES:
                self.close()

    def _send(self, view: memoryview) -> memoryview:
        try:
            sent = self.sock.send(view)
        except (BlockingIOError, InterruptedError):
            return view
        except OSError:
            self.close()
            return view
        self.bytes_sent += sent
        return view[sent:]

    def _writable(self) -> None:
        while self._unsent:
            view = self._unsent[0]
            rest = self._send(view)
            if self.closed:
                return
            self._unsent_bytes -= len(view) - len(rest)
            if len(rest):
                self._unsent[0] = rest
                return
            self._unsent.popleft()
        if not self.closed:
            self.loop.remove_writer(self.sock.fileno())
            if self._close_when_sent:
                self.close()

    def close_when_sent(self) -> None:
        """Close as soon as all that was written is sent."""
        self._close_when_sent = True
        if not self._unsent:
            self.close()

    def mute(self) -> None:
        """The network is gone: nothing is sent or heard any more, and no farewell either."""
        self._muted = True
        self._unsent.clear()
        self._unsent_bytes = 0
        self.loop.remove_writer(self.sock.fileno())

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.loop.remove_reader(self.sock.fileno())
        self.loop.remove_writer(self.sock.fileno())
        self.sock.close()
        self._unsent.clear()
        self._on_closed(self)


class Door:
    """One listening address and port: open, shut (refuses) or silent (SYNs are dropped).

    Silent: a queue of one, filled by a connection of our own that nobody accepts, so that the
    kernel drops every further SYN.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        address: str,
        port: int,
        welcome: Callable[[socket.socket], None],
    ) -> None:
        self._loop = loop
        self._where = (address, port)
        self._welcome = welcome
        self._listener: socket.socket | None = None
        self._filler: socket.socket | None = None
        self.state = "shut"

    def set(self, state: str) -> None:
        """`open`, `shut` or `silent`.

        Raises:
            OSError: the address is in use or no descriptor is left.
        """
        if state == self.state:
            return
        self._drop()
        self.state = state
        if state == "shut":
            return
        try:
            self._listen(state)
        except OSError as error:
            address, port = self._where
            raise OSError(error.errno, f"{address}:{port}: {error.strerror}") from error

    def _listen(self, state: str) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._listener = listener
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(self._where)
        if state == "silent":
            listener.listen(0)
            self._filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            self._filler.connect_ex(self._where)
            return
        listener.listen(BACKLOG)
        self._loop.add_reader(listener.fileno(), self._accept)

    def _accept(self) -> None:
        listener = self._listener
        for _ in range(_ACCEPTS_AT_ONCE):
            if listener is None or listener is not self._listener:
                return
            try:
                sock, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                # No descriptor left: viewers wait in the queue for a while.
                self._loop.remove_reader(listener.fileno())
                self._loop.call_later(_PAUSE_S, self._resume, listener)
                return
            sock.setblocking(False)
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._welcome(sock)

    def _resume(self, listener: socket.socket) -> None:
        if listener is self._listener:
            self._loop.add_reader(listener.fileno(), self._accept)

    def _drop(self) -> None:
        if self._listener is not None:
            if self.state == "open":
                self._loop.remove_reader(self._listener.fileno())
            self._listener.close()
            self._listener = None
        if self._filler is not None:
            self._filler.close()
            self._filler = None
