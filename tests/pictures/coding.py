"""What coding and a lossy line make of pictures: an H.264 stream of real bytes, some of which are
lost or turned, decoded with the decoder's own concealment."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.pictures.faults import Image, clipped

_FLAG_OUTPUT_CORRUPT = 8
LENGTH = 8


def even(view: Image) -> Image:
    return np.ascontiguousarray(view[: view.shape[0] // 2 * 2, : view.shape[1] // 2 * 2])


def encoded(frames: Sequence[Image], crf: int) -> list[bytes]:
    """One key frame, then pictures predicted from what went before; an access unit each."""
    coder = av.CodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt = frames[0].shape[1], frames[0].shape[0], "yuv420p"
    coder.time_base = Fraction(1, 25)
    coder.thread_count = 1
    coder.options = {
        "preset": "veryfast",
        "tune": "zerolatency",
        "crf": str(crf),
        "x264-params": "keyint=250:scenecut=0:bframes=0:slices=1",
    }
    packets: list[bytes] = []
    for number, view in enumerate(frames):
        frame = VideoFrame.from_ndarray(view, "bgr24")
        frame.pts = number
        packets += [bytes(packet) for packet in coder.encode(frame)]
    return packets + [bytes(packet) for packet in coder.encode(None)]


def decoded(units: Sequence[bytes]) -> Image | None:
    """The last picture that the decoder makes of it, however damaged."""
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    decoder.options = {"flags": "+output_corrupt", "flags2": "+showall", "ec": "guess_mvs+deblock"}
    last = None
    for unit in [*units, None]:
        try:
            for frame in decoder.decode(None if unit is None else av.Packet(unit)):
                last = frame
        except av.error.FFmpegError:
            continue
    return None if last is None else np.asarray(last.to_ndarray(format="bgr24"), np.uint8)


def key_frame(view: Image, crf: int) -> Image:
    """The picture as a camera's key frame brings it."""
    shown = decoded(encoded([even(view)], crf))
    return even(view) if shown is None else shown


def moving(view: Image, other: Image, rng: np.random.Generator) -> list[Image]:
    """A picture in which some parts are pulled along, things (cut from another one) pass through
    it, perhaps all of it moves, and the sensor's noise is in all."""
    view = even(view)
    field = _pull(view.shape[1], view.shape[0], rng)
    things = [_thing(view, other, rng) for _ in range(int(rng.integers(0, 4)))]
    sigma = float(rng.uniform(0.5, 2.5))
    frames = []
    for number in range(LENGTH):
        shown = cv2.remap(
            view, *(field[0] - number * field[1]), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        ).astype(np.float32)
        for thing, opacity, speed in things:
            shift = np.float32([[1, 0, speed[0] * number], [0, 1, speed[1] * number]])
            size = (view.shape[1], view.shape[0])
            here = cv2.warpAffine(opacity, shift, size)[..., None]
            shown += (cv2.warpAffine(thing, shift, size) - shown) * here
        grain = np.zeros(shown.shape, np.float32)
        cv2.randn(grain, 0, sigma)
        frames.append(clipped(shown + grain))
    return frames


def _pull(columns: int, rows: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(where each pixel is, by how much it moves from frame to frame), 2 x 2 x rows x columns."""
    place = np.stack(
        np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    )
    speed = np.zeros_like(place)
    for _ in range(int(rng.integers(1, 5))):
        size = rng.uniform(0.05, 0.2, 2) * (columns, rows)
        middle = rng.uniform(0.1, 0.9, 2) * (columns, rows)
        apart = (((place - middle[:, None, None]) / size[:, None, None]) ** 2).sum(axis=0)
        speed += np.exp(-(apart**2))[None] * rng.normal(0, 5, 2)[:, None, None]
    if rng.random() < 0.5:
        speed += rng.normal(0, 1.5, 2)[:, None, None]
    return np.stack([place, speed]).astype(np.float32)


def _thing(
    view: Image, other: Image, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """(picture, opacity, speed) of a thing of uneven shape, its rim as soft as a lens leaves it."""
    rows, columns = view.shape[:2]
    picture = cv2.resize(other, (columns, rows)).astype(np.float32)
    down, across = np.mgrid[0:rows, 0:columns].astype(np.float32)
    size = rng.uniform(0.03, 0.14, 2) * (rows, columns)
    middle = rng.uniform(0.15, 0.9, 2) * (rows, columns)
    lumps = cv2.resize(rng.normal(0, 0.35, (12, 20)).astype(np.float32), (columns, rows))
    apart = ((down - middle[0]) / size[0]) ** 2 + ((across - middle[1]) / size[1]) ** 2 + lumps
    mask = cv2.GaussianBlur((apart < 1).astype(np.float32), (0, 0), float(rng.uniform(0.7, 1.5)))
    return picture, np.asarray(mask, np.float32), rng.normal(0, 9, 2)


def turned(unit: bytes, rng: np.random.Generator, bits: int) -> bytes:
    """With some bits turned, behind the slice's header."""
    data = bytearray(unit)
    for _ in range(bits):
        data[int(rng.integers(min(40, len(data) - 1), len(data)))] ^= 1 << int(rng.integers(8))
    return bytes(data)


def damaged(
    frames: Sequence[Image], rng: np.random.Generator, way: str, crf: int
) -> tuple[Image, float] | None:
    """(what the decoder shows, share of the pixels that came out wrong). Ways: `key` the key frame
    is lost, `lost` pictures after it, bits are turned in the `first` or in `later` ones."""
    units = encoded(frames, crf)
    whole = decoded(units)
    if way == "key":
        # The parameter sets stay: they come with every key frame and in the session description.
        units[0] = _parameter_sets(units[0])
    elif way == "lost":
        first = int(rng.integers(1, len(units) - 2))
        units = units[:first] + units[first + int(rng.integers(1, 5)) :]
    else:
        at = 0 if way == "first" else int(rng.integers(1, len(units)))
        units[at] = turned(units[at], rng, int(rng.integers(1, 30)))
        units = units if rng.random() < 0.5 else units[: at + 1]
        whole = decoded(encoded(frames[: len(units)], crf))
    shown = decoded(units)
    if shown is None or whole is None or shown.shape != whole.shape:
        return None
    apart = cv2.absdiff(shown, whole).max(axis=2)
    return shown, float((apart > 24).mean())


def _parameter_sets(unit: bytes) -> bytes:
    """What stands before the first slice (ITU-T H.264 table 7-1: type 5 is a key frame's)."""
    parts = unit.split(b"\x00\x00\x01")
    kept = [part for part in parts[1:] if part and part[0] & 0x1F in (7, 8)]
    return b"".join(b"\x00\x00\x00\x01" + part.rstrip(b"\x00") for part in kept)
