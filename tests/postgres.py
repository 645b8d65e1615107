"""A real PostgreSQL for the tests, on a free port of 127.0.0.1, gone when they are done."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_INSTALL = "install the Debian package `postgresql` (tests/install_system_packages.sh does)"
# A PostgreSQL refuses to run as root.
_USER = "nobody"


def binaries() -> Path:
    """The folder of the newest installed server's programs."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]),
    )
    if not found:
        raise FileNotFoundError(f"no PostgreSQL under /usr/lib/postgresql: {_INSTALL}")
    return found[-1].parent


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that a test may stop and start again."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Its URL without a database's name."""
        return f"postgresql://xueliang@127.0.0.1:{self.port}"

    def start(self) -> None:
        options = (
            f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off "
            "-c max_connections=40 -c shared_buffers=32MB"
        )
        self._control("-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def _control(self, *command: object) -> None:
        _run(self.programs / "pg_ctl", "-D", self.folder / "data", "-w", *command)


@contextmanager
def running_server() -> Iterator[Server]:
    """A server with an empty cluster."""
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="xueliang-postgres-"))
    try:
        if os.geteuid() == 0:
            owner = pwd.getpwnam(_USER)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-A", "trust", "-U", "xueliang", "--no-sync")
        server = Server(programs=programs, folder=folder, port=_free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Starts a server with an empty cluster, and gives its URL without a database's name."""
    with running_server() as server:
        yield server.url


def _run(*command: object) -> None:
    prefix = ["runuser", "-u", _USER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*prefix, *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        cwd="/",
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with status {done.returncode}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
