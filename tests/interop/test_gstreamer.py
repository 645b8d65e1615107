"""GStreamer's RTSP server: three codecs, three ways to authenticate, both transports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.clips import Clips
from tests.interop.look import CLIP_SIZE, assert_bad, assert_good, probe
from tests.interop.servers import gstreamer

USER, PASSWORD = "inspector", "Pa%3Ass%20w0rd"
LIVE_SIZE = (640, 360)


@pytest.fixture(scope="module")
def ports(clips: Clips, logs: Path) -> Iterator[dict[str, int]]:
    with (
        gstreamer("none", clips, logs) as none,
        gstreamer("basic", clips, logs) as basic,
        gstreamer("digest", clips, logs) as digest,
    ):
        yield {"none": none, "basic": basic, "digest": digest}


def url_of(ports: dict[str, int], method: str, path: str, password: str = PASSWORD) -> str:
    user = "" if method == "none" else f"{USER}:{password}@"
    return f"rtsp://{user}127.0.0.1:{ports[method]}/{path}"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("codec", ["h264", "h265", "mjpeg"])
@pytest.mark.parametrize("method", ["none", "basic", "digest"])
def test_a_good_picture_is_ok(
    ports: dict[str, int], tmp_path: Path, method: str, codec: str, transport: str
) -> None:
    look = probe(url_of(ports, method, f"{transport}/{codec}"), folder=tmp_path)
    assert_good(look, codec, CLIP_SIZE, transport)
    assert "Pa:ss w0rd" not in look.written
    assert PASSWORD not in look.written


@pytest.mark.parametrize("codec", ["h264", "h265", "mjpeg"])
def test_a_live_encoders_colour_bars_are_no_signal(
    ports: dict[str, int], tmp_path: Path, codec: str
) -> None:
    """GStreamer's own encoders, with several slices a picture, and the test card they draw."""
    look = probe(url_of(ports, "none", f"tcp/live-{codec}"), folder=tmp_path)
    media = look.document["media"]
    assert (media["codec"], media["width"], media["height"]) == (codec, *LIVE_SIZE)
    assert_bad(look, "picture", "no_signal", verdict="degraded")


@pytest.mark.parametrize("pattern", ["black", "blue"])
def test_no_signal_is_degraded(ports: dict[str, int], tmp_path: Path, pattern: str) -> None:
    look = probe(url_of(ports, "digest", f"tcp/{pattern}"), folder=tmp_path)
    assert_bad(look, "picture", "no_signal", verdict="degraded")
    assert look.document["picture"]["faults"][0]["kind"] == "no_signal"


def test_white_is_too_bright(ports: dict[str, int], tmp_path: Path) -> None:
    look = probe(url_of(ports, "none", "tcp/white"), folder=tmp_path)
    assert_bad(look, "picture", "too_bright", verdict="degraded")


@pytest.mark.parametrize("method", ["basic", "digest"])
def test_a_wrong_password_is_told_from_a_missing_one(
    ports: dict[str, int], tmp_path: Path, method: str
) -> None:
    wrong = probe(url_of(ports, method, "tcp/h264", password="guess-4711"), folder=tmp_path)
    assert_bad(wrong, "auth", "credentials_wrong")
    assert "guess-4711" not in wrong.written
    missing = probe(f"rtsp://127.0.0.1:{ports[method]}/tcp/h264", folder=tmp_path)
    assert_bad(missing, "auth", "credentials_missing")


def test_an_unknown_path_is_a_missing_stream(ports: dict[str, int], tmp_path: Path) -> None:
    assert_bad(
        probe(url_of(ports, "none", "tcp/nowhere"), folder=tmp_path), "describe", "not_found"
    )


def test_a_frame_is_written_on_demand(ports: dict[str, int], tmp_path: Path) -> None:
    frame = tmp_path / "frame.jpg"
    look = probe(url_of(ports, "none", "tcp/h264"), "--frame", str(frame), folder=tmp_path)
    assert look.exit_status == 0
    assert frame.read_bytes().startswith(b"\xff\xd8\xff")
