"""`python -m tests.fleet` as people call it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell.fleet_dialogue import free_port

ROOT = Path(__file__).resolve().parents[2]


def _fleet(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fleet", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _ports() -> tuple[str, ...]:
    port = free_port()
    return "--rtsp-port", str(port), "--onvif-port", str(port + 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_writes_serves_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with _fleet("--cameras", "30", "--dir", str(tmp_path), *_ports()) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("fleet ready: 30 cameras on ")
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == f"archive of 30 points written to {tmp_path}\n"
    assert (tmp_path / "archive.xlsx").exists()


def test_archive_alone_then_serve(tmp_path: Path) -> None:
    with _fleet(
        "archive", "--cameras", "40", "--seed", "9", "--out", str(tmp_path), *_ports()
    ) as p:
        assert p.wait(30) == 0
    with _fleet("serve", "--dir", str(tmp_path), "--control-port", "0") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("fleet ready: 40 cameras on ")
        process.terminate()
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["archive", "--cameras", "3", "--out", "{dir}"], 2, "at least 30 cameras"),
        (["archive", "--uplink-down", "Nowhere", "--out", "{dir}"], 2, "no town is called Nowhere"),
        (["serve", "--dir", "{dir}"], 1, "no readable city"),
        ([], 2, "--dir is missing"),
    ],
)
def test_wrong_use_is_said_in_one_line(
    tmp_path: Path, arguments: list[str], status: int, words: str
) -> None:
    with _fleet(*(part.format(dir=tmp_path) for part in arguments)) as process:
        _, errors = process.communicate(timeout=30)
        assert process.returncode == status
        assert words in errors.splitlines()[-1]
        assert "Traceback" not in errors


def test_a_busy_control_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        arguments = ("--cameras", "30", "--dir", str(tmp_path), "--control-port", port)
        with _fleet(*arguments, *_ports()) as process:
            _, errors = process.communicate(timeout=30)
            assert process.returncode == 1
            assert "cannot listen" in errors.splitlines()[-1]
            assert port in errors.splitlines()[-1]
