"""ipycam found by WS-Discovery in a network of its own, and what comes of it in the archive."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.clips import Clips
from tests.interop.look import COMMAND
from tests.interop.servers import IpCamera, ip_camera


@pytest.fixture(scope="module")
def camera(clips: Clips, logs: Path) -> Iterator[IpCamera]:
    with ip_camera(clips.path("h264"), logs) as running:
        yield running


def xueliang(*words: object, enter: tuple[str, ...] = (), folder: Path) -> str:
    done = subprocess.run(
        [*enter, COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def discovered(camera: IpCamera, folder: Path, *options: object) -> dict[str, Any]:
    """With the shortest wait: a real camera on this machine answers at once."""
    written = xueliang(
        "discover", "--json", "--wait-s", 1, *options, enter=camera.enter, folder=folder
    )
    document: dict[str, Any] = json.loads(written)
    return document


@pytest.mark.parametrize("options", [(), ("--interface", "127.0.0.1")])
def test_it_is_found_once_at_the_address_it_answers_from(
    camera: IpCamera, tmp_path: Path, options: tuple[str, ...]
) -> None:
    document = discovered(camera, tmp_path, *options)
    (device,) = document["devices"]
    assert (device["address"], device["url"]) == ("127.0.0.1", camera.onvif_url)
    assert device["name"] == "Town hall"
    assert device["onvif"]["failure"]["reason"] == "credentials_missing"
    assert document["complete"]


def test_its_row_can_be_completed_and_imported(camera: IpCamera, tmp_path: Path) -> None:
    sheet = tmp_path / "found.csv"
    discovered(camera, tmp_path, "--out", sheet)
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        headings, (row,) = reader.fieldnames, list(reader)
    assert headings is not None
    assert row["IPv4地址"] == "127.0.0.1"
    assert (row["端口"], row["接入协议"]) == ("8080", "ONVIF")
    row |= {"设备名称": "县政府门口", "乡镇街道": "孔城镇", "建设类别": "建成"}
    row |= {"用户名": camera.username, "口令": camera.password}
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerow(row)
    xueliang("db", "upgrade", folder=tmp_path)
    report = json.loads(xueliang("import", sheet, "--json", folder=tmp_path))
    assert (report["created"], report["rejected"]) == (1, [])


def test_people_get_a_table(camera: IpCamera, tmp_path: Path) -> None:
    written = xueliang("discover", "--wait-s", 1, enter=camera.enter, folder=tmp_path)
    assert "127.0.0.1:8080" in written
    assert "credentials_missing" in written
