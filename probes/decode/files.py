"""Diagnosis of pictures in files: one picture or a burst, perhaps against a reference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from probes.decode.frame import MAX_PIXELS, decode, planes, scaled
from probes.decode.size import coded_size
from probes.osd.judging import hides_overlay, judge_overlay, with_overlay
from probes.osd.reading import read_lines
from probes.osd.vocabulary import Expected
from probes.picture.against import compare_planes
from probes.picture.burst import motion
from probes.picture.measures import measure
from probes.picture.planes import Planes, working_size
from probes.picture.rules import Evidence, judge
from probes.reasons import ProbeFailedError
from probes.vocabulary import Codec, KeyFrame, Picture, Transport

# A JPEG of the largest sensor at the best quality has 30 MB.
MAX_FILE_BYTES = 32 * 1024 * 1024
# A burst is a few seconds: what more there is, is not looked at.
MAX_FRAMES = 16
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
_JPEG = b"\xff\xd8\xff"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnreadablePictureError(Exception):
    """A file that holds no picture we can read; the message names it and says why."""


def read_bytes(path: Path) -> bytes:
    """A picture file's bytes.

    Raises:
        UnreadablePictureError: it is absent or too large.
    """
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UnreadablePictureError(f"{path}: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise UnreadablePictureError(f"{path}: larger than {MAX_FILE_BYTES} bytes")
    return data


def _jpeg_planes(path: Path, data: bytes, scaler: VideoReformatter) -> Planes:
    key_frame = KeyFrame(
        codec=Codec.MJPEG,
        access_unit=data,
        rtp_timestamp=0,
        transport=Transport.TCP,
        received_at=_EPOCH,
    )
    try:
        small = planes(scaled(decode(key_frame, to_be_shown=True), scaler))
    except ProbeFailedError as error:
        raise UnreadablePictureError(f"{path}: {error.failure.evidence}") from error
    # The scaler's frame goes; what is measured stays.
    return Planes(luma=small.luma.copy(), cb=small.cb.copy(), cr=small.cr.copy())


def _other_planes(path: Path, data: bytes) -> Planes:
    size = coded_size_of_png(data)
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise UnreadablePictureError(f"{path}: {size[0]} x {size[1]} pixels claimed")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise UnreadablePictureError(f"{path}: no picture in it") from error
    if picture is None:
        raise UnreadablePictureError(f"{path}: no picture in it")
    size = working_size(picture.shape[1], picture.shape[0])
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    luma, cr, cb = cv2.split(cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb))
    half = (size[0] // 2, size[1] // 2)
    return Planes(
        luma=np.asarray(luma, np.uint8),
        cb=np.asarray(cv2.resize(cb, half, interpolation=cv2.INTER_AREA), np.uint8),
        cr=np.asarray(cv2.resize(cr, half, interpolation=cv2.INTER_AREA), np.uint8),
    )


def coded_size_of_png(data: bytes) -> tuple[int, int] | None:
    """The size in a PNG's header (RFC 2083 section 4.1.1); None for other files."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or len(data) < 24:
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def read_planes(path: Path, scaler: VideoReformatter) -> Planes:
    """One picture file at working size.

    Raises:
        UnreadablePictureError: it is absent, too large or no whole picture.
    """
    return planes_in(path, read_bytes(path), scaler)


def planes_in(path: Path, data: bytes, scaler: VideoReformatter) -> Planes:
    """The picture that a file's bytes hold, at working size; `path` is for the message.

    Raises:
        UnreadablePictureError: it is no whole picture.
    """
    if not data:
        raise UnreadablePictureError(f"{path}: empty")
    if not data.startswith(_JPEG):
        return _other_planes(path, data)
    # Decoders end in a crash of their own sort on a header without a size.
    if coded_size(Codec.MJPEG, data) is None:
        raise UnreadablePictureError(f"{path}: no picture in it")
    return _jpeg_planes(path, data, scaler)


def read_colour(path: Path) -> NDArray[np.uint8]:
    """One picture file at its own size, h x w x 3, blue first: what text is read from.

    Raises:
        UnreadablePictureError: it is absent, too large or no whole picture.
    """
    data = read_bytes(path)
    size = coded_size(Codec.MJPEG, data) if data.startswith(_JPEG) else coded_size_of_png(data)
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise UnreadablePictureError(f"{path}: {size[0]} x {size[1]} pixels claimed")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise UnreadablePictureError(f"{path}: no picture in it") from error
    if picture is None:
        raise UnreadablePictureError(f"{path}: no picture in it")
    return np.asarray(picture, np.uint8)


def _number(path: Path) -> tuple[int, str]:
    return (int(path.stem), "") if path.stem.isdecimal() else (1_000_000, path.name)


def frame_paths(path: Path) -> list[Path]:
    """The pictures of a burst's folder in order (0.jpg, 1.jpg, …), or the file itself.

    Raises:
        UnreadablePictureError: the folder holds none.
    """
    if not path.is_dir():
        return [path]
    try:
        found = [one for one in path.iterdir() if one.suffix.lower() in _SUFFIXES]
    except OSError as error:
        raise UnreadablePictureError(f"{path}: {error.strerror}") from error
    if not found:
        raise UnreadablePictureError(f"{path}: no pictures in the folder")
    return sorted(found, key=_number)[:MAX_FRAMES]


def evidence_of(frames: Sequence[Planes], reference: Planes | None) -> Evidence:
    """What is measured of a picture (one frame) or of a burst, whose last frame is looked at."""
    newest = frames[-1]
    measures = measure(newest)
    mine = measures.slope_ratio
    return Evidence(
        measures=measures,
        motion=motion([frame.luma for frame in frames]) if len(frames) > 1 else None,
        reference=None if reference is None else compare_planes(newest, reference, mine),
    )


def judge_planes(frames: Sequence[Planes], reference: Planes | None) -> Picture:
    """The verdict on a picture or a burst."""
    return judge(evidence_of(frames, reference))


def diagnose_file(
    path: Path,
    reference: Path | None,
    scaler: VideoReformatter,
    expected: Expected | None = None,
) -> Picture:
    """Reads and judges a picture or a burst; its overlay too where something is expected of it.

    Raises:
        UnreadablePictureError: one of the files cannot be read.
    """
    frames = [read_planes(one, scaler) for one in frame_paths(path)]
    known = None if reference is None else read_planes(frame_paths(reference)[-1], scaler)
    picture = judge_planes(frames, known)
    return picture if expected is None else judge_text(path, picture, expected)


def judge_text(path: Path, picture: Picture, expected: Expected) -> Picture:
    """The verdict on a picture, or a burst's last one, with its overlay text judged.

    Raises:
        UnreadablePictureError: the file cannot be read.
    """
    if hides_overlay(picture):
        return picture
    lines = read_lines(read_colour(frame_paths(path)[-1]))
    return with_overlay(picture, judge_overlay(lines, expected)[1])
