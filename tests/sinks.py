"""Where notices end in tests: a webhook and a mail server on loopback that keep what they get, and
answer as they are told to."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO


@dataclass
class Posted:
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Webhook:
    """`answers` are used up one by one, then every post is taken with 200. An answer is a status
    with a body, or None: the connection is closed without one, the post is kept all the same."""

    port: int = 0
    posted: list[Posted] = field(default_factory=list)
    answers: list[tuple[int, bytes] | None] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    # Called with each post before it is answered.
    on_post: Callable[[Posted], None] = lambda _: None

    def url(self, path: str = "/hook") -> str:
        """The address for Apprise."""
        return f"json://127.0.0.1:{self.port}{path}"

    def wait(self, count: int, within_s: float = 20) -> list[Posted]:
        with self.changed:
            self.changed.wait_for(lambda: len(self.posted) >= count, within_s)
            return list(self.posted)

    def ids(self) -> list[str]:
        return [one.headers.get("X-Xueliang-Message", "") for one in self.posted]


@contextmanager
def webhook(port: int = 0) -> Iterator[Webhook]:
    sink = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            raw = self.rfile.read(length)
            if len(raw) < length:
                # The sender died before the last byte: nothing was received.
                self.close_connection = True
                return
            post = Posted(self.path, dict(self.headers), json.loads(raw or b"null"))
            sink.on_post(post)
            with sink.changed:
                sink.posted.append(post)
                answer = sink.answers.pop(0) if sink.answers else (200, b"{}")
                sink.changed.notify_all()
            if answer is None:
                self.close_connection = True
                return
            # The sender may have died meanwhile.
            with suppress(ConnectionError):
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    sink.port = server.server_address[1]
    with _serving(server):
        yield sink


@dataclass
class Mailbox:
    """`refusals` maps a command (MAIL, RCPT, DATA) to the answer it gets instead of a yes."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=xueliang@city.example&to=crew@city.example"

    def wait(self, count: int, within_s: float = 20) -> list[EmailMessage]:
        with self.changed:
            self.changed.wait_for(lambda: len(self.mails) >= count, within_s)
            return list(self.mails)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Speaks as much SMTP (RFC 5321) as a client needs to hand a mail over."""
    sink = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 sink")
            for line in self.rfile:
                verb = line.split(b" ")[0].strip().decode().upper()
                if verb in sink.refusals:
                    self._say(sink.refusals[verb])
                elif verb == "DATA":
                    self._say("354 go on")
                    if not self._take():
                        return
                else:
                    self._say("221 bye" if verb == "QUIT" else "250 yes")
                if verb == "QUIT":
                    return

        def _take(self) -> bool:
            """Whether the mail arrived to its last line: one that was cut off was not received."""
            lines = _mail_lines(self.rfile)
            if lines is None:
                return False
            mail = message_from_bytes(b"".join(lines), policy=policy.default)
            with sink.changed:
                sink.mails.append(mail)  # type: ignore[arg-type]
                sink.changed.notify_all()
            self._say("250 taken")
            return True

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    sink.port = server.server_address[1]
    with _serving(server):
        yield sink


def _mail_lines(stream: BinaryIO) -> list[bytes] | None:
    """What is between DATA and the lone dot (RFC 5321, 4.5.2); None where the sender died first."""
    lines = []
    for line in stream:
        if line == b".\r\n":
            return lines
        lines.append(line.removeprefix(b"."))
    return None


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
