"""The program and the simulated city as processes of their own, as a user would start them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
XUELIANG = [sys.executable, "-m", "xueliang"]
FLEET = [sys.executable, "-m", "tests.fleet"]

T = TypeVar("T")


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as listener:
        listener.bind((host, 0))
        return int(listener.getsockname()[1])


def until(condition: Callable[[], T | None], within_s: float, what: str) -> T:
    """The condition's first answer that is not None, asked for at intervals."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        answer = condition()
        if answer is not None:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {within_s:g} s")


def get_json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


@dataclass(frozen=True)
class RunningCity:
    """A simulated city with its folder and control endpoint."""

    folder: Path
    control: str

    def truth(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = get_json(f"{self.control}/truth")
        return rows

    def stats(self) -> dict[str, int]:
        stats: dict[str, int] = get_json(f"{self.control}/stats")
        return stats

    def set_fault(self, subject: str, fault: str | None) -> None:
        body = json.dumps({"subject": subject, "fault": fault}).encode()
        request = urllib.request.Request(
            f"{self.control}/fault", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200


@contextmanager
def running_city(folder: Path, cameras: int, *options: str) -> Iterator[RunningCity]:
    """A city on ports of its own, so that a demo may run beside the tests."""
    ports = ["--rtsp-port", str(free_port()), "--onvif-port", str(free_port())]
    size = ["--cameras", str(cameras), *ports, *options]
    subprocess.run([*FLEET, "archive", *size, "--out", str(folder)], cwd=ROOT, check=True)
    control = free_port()
    command = [*FLEET, "serve", "--dir", str(folder), "--control-port", str(control)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("fleet ready"), line
        yield RunningCity(folder=folder, control=f"http://127.0.0.1:{control}")
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()  # type: ignore[union-attr]


@dataclass(frozen=True)
class Program:
    """The program with a configuration of its own in `folder`."""

    folder: Path
    port: int
    environ: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "xueliang.sqlite3"

    def with_settings(self, **settings: object) -> Program:
        """The same program with these settings changed."""
        changed = {f"XUELIANG_{name.upper()}": str(value) for name, value in settings.items()}
        return replace(self, environ={**self.environ, **changed})

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*XUELIANG, *arguments],
            cwd=self.folder,
            env=dict(self.environ),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def done(self, *arguments: str) -> str:
        """What a command printed that must succeed."""
        finished = self.run(*arguments)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def serve(self) -> subprocess.Popen[bytes]:
        """The service, listening."""
        process = subprocess.Popen([*XUELIANG, "serve"], cwd=self.folder, env=dict(self.environ))

        def alive() -> bool | None:
            assert process.poll() is None, f"the service ended with {process.returncode}"
            try:
                return bool(get_json(f"{self.url}/healthz"))
            except (urllib.error.URLError, ConnectionError):
                return None

        try:
            until(alive, 60, "the service listens")
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process

    def metrics(self) -> str:
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=30) as answer:
            return str(answer.read().decode())


def make_program(folder: Path, **settings: object) -> Program:
    """A program whose settings are given as `section_key=value`."""
    port = free_port()
    chosen = {
        "database_url": f"sqlite:///{folder / 'xueliang.sqlite3'}",
        "database_key_file": folder / "xueliang.key",
        "http_port": port,
        "log_level": "warning",
        # A test must not read differently at night.
        "overlay_read": "false",
        # Tests of other things have no use for reports of days that nobody saw.
        "report_periods": "",
        **settings,
    }
    environ = {name: value for name, value in os.environ.items() if "XUELIANG" not in name}
    environ |= {f"XUELIANG_{name.upper()}": str(value) for name, value in chosen.items()}
    environ["PYTHONPATH"] = str(ROOT)
    return Program(folder=folder, port=port, environ=environ)


@contextmanager
def stopping(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Ends the process in good order when the block ends."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
