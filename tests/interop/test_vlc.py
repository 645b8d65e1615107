"""VLC as a server: UDP only (TCP is refused with 461), and a 401 without CSeq."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.clips import Clips
from tests.interop.look import CLIP_SIZE, assert_bad, assert_good, probe
from tests.interop.servers import vlc


@pytest.fixture(scope="module")
def port(clips: Clips, logs: Path) -> Iterator[int]:
    with vlc(clips.path("h264"), logs) as listening:
        yield listening


@pytest.fixture(scope="module")
def guarded_port(clips: Clips, logs: Path) -> Iterator[int]:
    with vlc(clips.path("h265"), logs, username="viewer", password="letmein-3") as listening:
        yield listening


def test_udp_where_tcp_is_refused(port: int, tmp_path: Path) -> None:
    look = probe(f"rtsp://127.0.0.1:{port}/street", folder=tmp_path)
    assert_good(look, "h264", CLIP_SIZE, "udp")


def test_basic_authentication(guarded_port: int, tmp_path: Path) -> None:
    look = probe(f"rtsp://viewer:letmein-3@127.0.0.1:{guarded_port}/street", folder=tmp_path)
    assert_good(look, "h265", CLIP_SIZE, "udp")
    assert "letmein-3" not in look.written


def test_a_wrong_password(guarded_port: int, tmp_path: Path) -> None:
    look = probe(f"rtsp://viewer:guess-4711@127.0.0.1:{guarded_port}/street", folder=tmp_path)
    assert_bad(look, "auth", "credentials_wrong")


def test_a_missing_stream(port: int, tmp_path: Path) -> None:
    assert_bad(probe(f"rtsp://127.0.0.1:{port}/nowhere", folder=tmp_path), "describe", "not_found")
