"""ipycam: an ONVIF camera that wants a WS-Security token even for its date, with an open RTSP
server beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.interop.clips import HEIGHT, WIDTH, Clips
from tests.interop.look import assert_good, probe
from tests.interop.servers import IpCamera, ip_camera


@pytest.fixture(scope="module")
def camera(clips: Clips, logs: Path) -> Iterator[IpCamera]:
    with ip_camera(clips.path("h264"), logs) as running:
        yield running


def url_of(camera: IpCamera, password: str) -> str:
    stream = urlsplit(camera.stream_url)
    return stream._replace(netloc=f"{camera.username}:{password}@{stream.netloc}").geturl()


def test_the_stream_and_what_the_device_says_of_itself(camera: IpCamera, tmp_path: Path) -> None:
    look = probe(
        url_of(camera, camera.password),
        "--onvif",
        camera.onvif_url,
        folder=tmp_path,
        enter=camera.enter,
    )
    assert_good(look, "h264", (WIDTH // 2, HEIGHT // 2), "tcp")
    facts = look.document["onvif"]
    assert facts["failure"] is None
    assert (facts["manufacturer"], facts["model"]) == ("PythonCam", "VirtualCam-1")
    assert abs(facts["clock_offset_s"]) < 5
    assert facts["stream_url"] == camera.stream_url
    assert {(profile["width"], profile["height"]) for profile in facts["profiles"]} == {
        (WIDTH // 2, HEIGHT // 2),
        (WIDTH // 4, HEIGHT // 4),
    }
    assert camera.password not in look.written


def test_a_wrong_password_leaves_the_stream_ok(camera: IpCamera, tmp_path: Path) -> None:
    """Its RTSP server is open: the picture counts, and the ONVIF failure stands beside it."""
    look = probe(
        url_of(camera, "guess-4711"),
        "--onvif",
        camera.onvif_url,
        folder=tmp_path,
        enter=camera.enter,
    )
    assert look.document["verdict"] == "ok"
    failure = look.document["onvif"]["failure"]
    assert (failure["stage"], failure["reason"]) == ("onvif", "credentials_wrong")
