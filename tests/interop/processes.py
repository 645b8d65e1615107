"""Starts somebody else's server, waits until it listens, and reaps it with its children."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

# A loaded two-core machine takes seconds to start a media player; a broken one must not hang us.
READY_S = 30.0
STOP_S = 5.0


class ServerNotReadyError(AssertionError):
    """A server ended or stayed silent; the message holds the end of its log."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def describes(port: int, path: str, user: str = "") -> bool:
    """Whether the RTSP server there can describe the path already; `user` is `name:password`."""
    login = f"Authorization: Basic {b64encode(user.encode()).decode()}\r\n" if user else ""
    request = f"DESCRIBE rtsp://127.0.0.1:{port}{path} RTSP/1.0\r\nCSeq: 1\r\n{login}\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(request.encode())
            return connection.recv(64).startswith(b"RTSP/1.0 200")
    except OSError:
        return False


def tail(log: Path) -> str:
    return log.read_bytes()[-2000:].decode(errors="replace")


@contextlib.contextmanager
def running(
    command: Sequence[object],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    says_one_line: bool = False,
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs `command` in a process group of its own until the block ends.

    Its output goes to `log`; with `says_one_line` its standard output is a pipe instead, which
    would block a server that goes on talking.
    """
    with log.open("wb") as record:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if says_one_line else record,
            stderr=record,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the process's whole group, politely and then not."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
            break
    # Children that outlived their parent are still in the group.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdout is not None:
        process.stdout.close()


def await_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    """Returns when `ready` says so.

    Raises:
        ServerNotReadyError: the process ended first, or `READY_S` passed.
    """
    end_s = time.monotonic() + READY_S
    while not ready():
        if process.poll() is not None or time.monotonic() > end_s:
            raise ServerNotReadyError(f"not ready: {process.args!r}: {tail(log)}")
        time.sleep(0.05)


def await_line(process: subprocess.Popen[bytes], log: Path) -> str:
    """The first line of the server's standard output."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], READY_S)
    line = process.stdout.readline().decode().strip() if ready else ""
    if not line:
        raise ServerNotReadyError(f"the server said nothing: {tail(log)}")
    return line
