"""The process that reads overlay text: real strips of a real picture, and processes that fail."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter

from probes.decode.pool import DecodePool
from probes.decode.reading import read_key_frame
from probes.osd.process import OverlayProcess
from probes.osd.strips import in_picture
from probes.osd.vocabulary import Capture, Expected, TextLine
from probes.vocabulary import Codec, FaultKind, Light, PictureContext
from tests.core.picture_scenes import street
from tests.shell.coded_pictures import coded, key_frame

SHOWN = datetime(2026, 7, 5, 14, 20, 9, tzinfo=UTC)
WANTED = PictureContext(light=Light.DAY, want_overlay=True)


def strips(context: PictureContext = WANTED) -> bytes:
    """Of a picture of 960 x 540 with its place and time."""
    view = np.asarray(cv2.resize(street(), (960, 540)), np.uint8)
    for text, at in (("2026-07-05 14:20:09", (20, 45)), ("G206 K32 EAST", (560, 520))):
        for colour, thickness in ((0, 6), (255, 2)):
            cv2.putText(view, text, at, cv2.FONT_HERSHEY_SIMPLEX, 1.1, colour, thickness)
    frame = key_frame(Codec.H264, coded(Codec.H264, view, crf=24))
    reading = read_key_frame(
        frame, None, want_frame=False, scaler=VideoReformatter(), context=context
    )
    assert reading.figures is not None
    return reading.figures.overlay_jpeg or b""


def capture(place: str, at: datetime, jpeg: bytes) -> Capture:
    return Capture(camera_id=7, strips_jpeg=jpeg, expected=Expected(place=place, at=at))


async def test_reads_what_a_look_brings_along() -> None:
    jpeg, process = strips(), OverlayProcess()
    try:
        right = await process.read(capture("G206 K32 EAST", SHOWN, jpeg))
        pid = process.pid
        late = await process.read(capture("G206 K32 EAST", SHOWN + timedelta(minutes=7), jpeg))
        other = await process.read(capture("G206 K99 EAST", SHOWN, jpeg))
        nothing = await process.read(capture("G206 K32 EAST", SHOWN, b"no picture"))
        assert process.pid == pid
    finally:
        await process.close()
    assert process.pid is None
    assert right is not None
    assert right.picture.faults == ()
    assert right.overlay.clock_offset == timedelta(0)
    assert late is not None
    assert [fault.kind for fault in late.picture.faults] == [FaultKind.CLOCK_DRIFT]
    assert late.overlay.clock_offset == -timedelta(minutes=7)
    assert other is not None
    assert [fault.kind for fault in other.picture.faults] == [FaultKind.OSD_WRONG]
    assert nothing is None


def test_private_areas_are_blackened_in_the_strips() -> None:
    left = ((0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0))
    masked = strips(PictureContext(light=Light.DAY, want_overlay=True, masks=(left,)))
    picture = cv2.imdecode(np.frombuffer(masked, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert picture.shape == (216, 960)
    assert picture[:, :370].max() < 24
    assert picture[:, 400:].max() > 150


def test_no_strips_unless_asked_for() -> None:
    assert strips(PictureContext(light=Light.DAY)) == b""


async def test_strips_pass_through_the_decoders_process() -> None:
    view = coded(Codec.H264, street())
    async with DecodePool(1) as pool:
        reading = await pool.read_frame(key_frame(Codec.H264, view), None, True, WANTED)
    assert reading.figures is not None
    assert (reading.figures.overlay_jpeg or b"").startswith(b"\xff\xd8")
    assert (reading.frame_jpeg or b"").startswith(b"\xff\xd8")


def test_where_a_line_of_the_strips_stands_in_the_picture() -> None:
    def line(y: float, height: float = 0.1) -> TextLine:
        return TextLine(text="x", confidence=1.0, x=0.5, y=y, height=height)

    placed = in_picture([line(0.25), line(0.75), line(0.5)])
    assert [round(one.y, 3) for one in placed] == [0.1, 0.9]
    assert [round(one.height, 3) for one in placed] == [0.04, 0.04]


@pytest.mark.parametrize(
    "program",
    [
        "pass",
        "import sys; sys.stdin.buffer.read(1); print('[1]')",
        "import sys; sys.stdin.buffer.read(1); print('not JSON')",
        "import sys; sys.stdin.buffer.read(1); print('x' * 1_000_000)",
        "import time; time.sleep(600)",
    ],
    ids=["ends", "other JSON", "no JSON", "endless line", "hangs"],
)
async def test_a_process_that_fails_costs_a_reading_and_no_more(
    program: str, tmp_path: Path
) -> None:
    script = tmp_path / "reader.py"
    script.write_text(program)
    hangs = "sleep" in program
    process = OverlayProcess((sys.executable, str(script)), reading_s=1.0 if hangs else 60.0)
    assert await process.read(capture("x", SHOWN, b"jpeg")) is None
    assert process.pid is None
