"""Bursts as cameras code them: what stands, shakes, turns or rolls, and what only lies still."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter

from probes.decode.reading import read_key_frame
from probes.picture.planes import Samples
from probes.vocabulary import (
    Codec,
    CodedPicture,
    FaultKind,
    FrameReading,
    KeyFrame,
    Transport,
)
from tests.core.picture_scenes import street, with_overlay
from tests.shell.coded_pictures import RECEIVED_AT, coded

ENCODERS = {Codec.H264: "libx264", Codec.H265: "libx265"}
SECOND = 90_000
FIFTH = SECOND // 5


def stream(codec: Codec, lumas: list[Samples], quantisers: tuple[int, int] = (30, 30)) -> KeyFrame:
    """A key frame and the pictures behind it, a fifth of a second apart, the last a key picture;
    the two key pictures have quantisers of their own."""
    if codec is Codec.MJPEG:
        units = [coded(codec, luma) for luma in lumas]
    else:
        units = _group(codec, lumas[:-1], quantisers[0]) + _group(codec, lumas[-1:], quantisers[1])
    last = len(units) - 1
    return KeyFrame(
        codec=codec,
        access_unit=units[0],
        rtp_timestamp=0xFFFFFF00,
        transport=Transport.TCP,
        received_at=RECEIVED_AT,
        further=tuple(
            CodedPicture(
                access_unit=unit,
                rtp_timestamp=(0xFFFFFF00 + at * FIFTH) & 0xFFFFFFFF,
                is_key=at == last or codec is Codec.MJPEG,
            )
            for at, unit in enumerate(units)
            if at
        ),
    )


def _group(codec: Codec, lumas: list[Samples], quantiser: int) -> list[bytes]:
    context = av.CodecContext.create(ENCODERS[codec], "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = lumas[0].shape[1], lumas[0].shape[0], "yuv420p"
    context.time_base = Fraction(1, 5)
    quiet = ":log-level=none" if codec is Codec.H265 else ""
    name = ENCODERS[codec].removeprefix("lib")
    context.options = {
        "preset": "ultrafast",
        "crf": str(quantiser),
        f"{name}-params": f"keyint=60:bframes=0:rc-lookahead=0:scenecut=0{quiet}",
    }
    units = []
    for at, luma in enumerate(lumas):
        rgb = np.repeat(luma[..., None], 3, axis=2)
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
        frame.pts = at
        units += [bytes(packet) for packet in context.encode(frame)]
    return units + [bytes(packet) for packet in context.encode(None)]


def read(frame: KeyFrame, before: Samples | None = None) -> FrameReading:
    """The reading of a burst; `before` is what a look ten minutes earlier saw."""
    previous = None
    if before is not None:
        earlier = replace(frame, access_unit=_alone(frame.codec, before), further=())
        seen = read(earlier).sketch
        previous = replace(seen, captured_at=RECEIVED_AT - timedelta(minutes=10))
    return read_key_frame(frame, previous, want_frame=False, scaler=VideoReformatter())


def _alone(codec: Codec, luma: Samples) -> bytes:
    return coded(codec, luma) if codec is Codec.MJPEG else _group(codec, [luma], 23)[0]


def kinds(reading: FrameReading) -> set[FaultKind]:
    return {fault.kind for fault in reading.picture.faults}


def moved(right: int, down: int, *, at: int = 0) -> Samples:
    """The street, its cars where they are by then, seen by a camera that points elsewhere."""
    wide = cv2.resize(street(3, shift=at, noise=0.5), (760, 428))
    return np.ascontiguousarray(wide[30 + down : 390 + down, 60 + right : 700 + right])


LIVE = [with_overlay(street(1, shift=at)) for at in range(8)]


@pytest.mark.parametrize("codec", list(Codec))
def test_a_live_street(codec: Codec) -> None:
    reading = read(stream(codec, LIVE), with_overlay(street(1, shift=50)))
    assert kinds(reading) == set()
    assert FaultKind.SHAKE not in reading.picture.not_checkable
    assert reading.burst_pictures >= 6


@pytest.mark.parametrize("codec", list(Codec))
def test_a_frozen_picture_that_is_coded_anew(codec: Codec) -> None:
    """Other quantisers than at the look before; within one stream a coder whose picture stands
    keeps to the same."""
    still = with_overlay(street(1, noise=1.0))
    reading = read(stream(codec, [still] * 8, (28, 28)), still)
    assert kinds(reading) == {FaultKind.FROZEN}


def test_a_frozen_picture_with_a_clock_that_goes_on() -> None:
    frames = []
    for at in range(8):
        frames.append(street(1))
        cv2.putText(frames[-1], f"10:15:{41 + at}", (12, 28), 0, 0.8, 255, 2)
    reading = read(stream(Codec.H264, frames), street(1))
    assert kinds(reading) == {FaultKind.FROZEN}


def test_one_picture_alone_suggests_it_and_proves_nothing() -> None:
    """Coded otherwise than before, and no burst behind it."""
    still = street(1)
    frame = stream(Codec.H264, [still] * 3, (24, 24))
    alone = replace(frame, further=())
    reading = read(alone, still)
    assert reading.suspects == (FaultKind.FROZEN,)
    assert FaultKind.FROZEN not in kinds(reading)
    assert read(alone, street(1, shift=60)).suspects == ()


def test_a_still_scene_cannot_be_told_from_repeats_with_other_quantisers() -> None:
    """So neither is an alarm, and both stay suspected."""
    still = with_overlay(street(1))
    reading = read(stream(Codec.H264, [still] * 8, (26, 32)), still)
    assert kinds(reading) == set()
    assert reading.suspects == (FaultKind.FROZEN,)


@pytest.mark.parametrize("noise", [0.25, 0.5, 1.0])
def test_a_room_in_which_nothing_moves_is_not_frozen(noise: float) -> None:
    """Same light as ten minutes ago; a coder leaves out what changes too little."""
    still, rng = street(1, noise=0), np.random.default_rng(5)

    def shown() -> Samples:
        return np.clip(still + rng.normal(0, noise, still.shape), 0, 255).astype(np.uint8)

    for quantiser in (23, 28, 33):
        frames = [shown() for _ in range(8)]
        reading = read(stream(Codec.H264, frames, (quantiser, quantiser)), shown())
        assert kinds(reading) == set()


SWAY = [(0, 0), (14, 6), (-12, -5), (10, -8), (-15, 4), (12, 9), (-10, -6), (0, 0)]


@pytest.mark.parametrize("codec", list(Codec))
def test_a_mast_that_shakes(codec: Codec) -> None:
    frames = [moved(right, down, at=at) for at, (right, down) in enumerate(SWAY)]
    assert kinds(read(stream(codec, frames))) == {FaultKind.SHAKE}


def test_a_camera_that_turns_does_not_shake() -> None:
    frames = [moved(8 * at - 28, 2 * at - 8) for at in range(8)]
    reading = read(stream(Codec.H264, frames))
    assert kinds(reading) == set()
    assert FaultKind.SHAKE in reading.picture.not_checkable


def test_bars_that_roll_through_the_picture() -> None:
    frames = []
    rows = np.arange(360)[:, None]
    for at in range(8):
        bars = 1 + 0.16 * np.sin(2 * np.pi * (rows / 180 + at * 0.37))
        frames.append(np.clip(street(1, shift=at) * bars, 0, 255).astype(np.uint8))
    assert FaultKind.STRIPE in kinds(read(stream(Codec.H264, frames)))


def test_exposure_that_follows_a_cloud_is_no_bar() -> None:
    frames = [
        np.clip(street(1, shift=at) * (1 - 0.05 * at), 0, 255).astype(np.uint8) for at in range(8)
    ]
    assert kinds(read(stream(Codec.H264, frames))) == set()


def test_of_large_pictures_fewer_are_decoded() -> None:
    """A burst must not take a decoder's process longer than it has."""
    large = [np.asarray(cv2.resize(one, (3840, 2160)), np.uint8) for one in LIVE]
    assert read(stream(Codec.H264, LIVE, (38, 38))).burst_pictures == 8
    assert read(stream(Codec.H264, large, (38, 38))).burst_pictures == 7


def test_a_burst_whose_pictures_are_garbage_leaves_the_look_as_it_is() -> None:
    frame = stream(Codec.H264, LIVE)
    rubbish = b"\0\0\0\1\x41" + bytes(range(256)) * 4
    spoilt = tuple(replace(one, access_unit=rubbish) for one in frame.further)
    garbage = replace(frame, further=spoilt)
    assert kinds(read(garbage, LIVE[0])) == set()
