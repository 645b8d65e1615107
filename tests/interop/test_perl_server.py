"""rtsp-server-perl: UDP only (TCP is refused with 400), a session from the first answer on, no
Content-Base; it relays what ffmpeg publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.clips import Clips
from tests.interop.look import CLIP_SIZE, assert_bad, assert_good, probe
from tests.interop.servers import perl_server


@pytest.fixture(scope="module")
def port(clips: Clips, logs: Path) -> Iterator[int]:
    with perl_server(clips.path("h264"), logs) as listening:
        yield listening


def test_udp_where_tcp_is_a_bad_request(port: int, tmp_path: Path) -> None:
    look = probe(f"rtsp://127.0.0.1:{port}/street", folder=tmp_path)
    assert_good(look, "h264", CLIP_SIZE, "udp")


def test_a_missing_stream(port: int, tmp_path: Path) -> None:
    assert_bad(probe(f"rtsp://127.0.0.1:{port}/nowhere", folder=tmp_path), "describe", "not_found")
