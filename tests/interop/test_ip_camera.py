"""ipycam: an ONVIF camera that wants a WS-Security token even for its date, with an open RTSP
server beside it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.interop.clips import HEIGHT, WIDTH, Clips
from tests.interop.look import COMMAND, assert_bad, assert_good, probe
from tests.interop.servers import IpCamera, ip_camera

CODE = "34088100001320000001"


@pytest.fixture(scope="module")
def camera(clips: Clips, logs: Path) -> Iterator[IpCamera]:
    with ip_camera(clips.path("h264"), logs) as running:
        yield running


def url_of(camera: IpCamera, password: str) -> str:
    stream = urlsplit(camera.stream_url)
    return stream._replace(netloc=f"{camera.username}:{password}@{stream.netloc}").geturl()


def archive(camera: IpCamera, password: str, folder: Path) -> None:
    """A registry in the folder with this one camera, of which only ONVIF is known."""
    device = urlsplit(camera.onvif_url)
    row = {
        "设备编码": CODE,
        "设备名称": "县政府门口",
        "乡镇街道": "孔城镇",
        "建设类别": "建成",
        "接入协议": "ONVIF",
        "IPv4地址": str(device.hostname),
        "端口": str(device.port),
        "用户名": camera.username,
        "口令": password,
    }
    sheet = folder / "archive.csv"
    sheet.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", "utf-8")
    for command in (["db", "upgrade"], ["import", str(sheet)]):
        subprocess.run([COMMAND, *command], cwd=folder, check=True, timeout=60)


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


def test_its_stream_is_found_by_onvif(camera: IpCamera, tmp_path: Path) -> None:
    archive(camera, camera.password, tmp_path)
    look = probe(CODE, folder=tmp_path, enter=camera.enter)
    assert_good(look, "h264", (WIDTH // 2, HEIGHT // 2), "tcp")
    assert look.document["target"] == CODE
    assert look.document["stages"]["onvif"] > 0
    assert camera.password not in look.written


def test_without_the_password_its_stream_is_not_found(camera: IpCamera, tmp_path: Path) -> None:
    archive(camera, "guess-4711", tmp_path)
    look = probe(CODE, folder=tmp_path, enter=camera.enter)
    assert_bad(look, "onvif", "credentials_wrong")


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
