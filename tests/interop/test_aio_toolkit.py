"""aio-rtsp-toolkit's server: TCP only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.clips import Clips
from tests.interop.look import CLIP_SIZE, assert_bad, assert_good, probe
from tests.interop.servers import aio_toolkit


@pytest.fixture(scope="module")
def port(clips: Clips, logs: Path) -> Iterator[int]:
    with aio_toolkit(clips, logs) as listening:
        yield listening


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_good_picture_is_ok(port: int, tmp_path: Path, codec: str) -> None:
    look = probe(f"rtsp://127.0.0.1:{port}/{codec}.mp4", folder=tmp_path)
    assert_good(look, codec, CLIP_SIZE, "tcp")


def test_a_missing_stream(port: int, tmp_path: Path) -> None:
    look = probe(f"rtsp://127.0.0.1:{port}/nowhere.mp4", folder=tmp_path)
    assert_bad(look, "describe", "not_found")
