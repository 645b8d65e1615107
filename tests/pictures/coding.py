"""What coding and a lossy line make of pictures: an H.264 stream of real bytes, some of which are
lost or turned, decoded with the decoder's own concealment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.pictures.faults import Image

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


def moving(view: Image, rng: np.random.Generator, pasted: Image | None = None) -> list[Image]:
    """A still picture with things that move through it, cut from other parts or pictures."""
    view = even(view)
    rows, columns = view.shape[:2]
    things = []
    for _ in range(int(rng.integers(1, 7))):
        high, wide = (int(rng.uniform(0.06, 0.35) * side) for side in (rows, columns))
        source = pasted if pasted is not None and rng.random() < 0.6 else view
        if source.shape[0] <= high or source.shape[1] <= wide:
            source = view
        top = int(rng.integers(0, source.shape[0] - high))
        left = int(rng.integers(0, source.shape[1] - wide))
        place = rng.uniform(0, 1, 2) * (rows - high, columns - wide)
        things.append((source[top : top + high, left : left + wide], place, rng.normal(0, 9, 2)))
    sway = rng.normal(0, 1.5, 2) * (rng.random() < 0.3)
    return list(_frames(view, things, sway))


def _frames(
    view: Image, things: Sequence[tuple[Image, np.ndarray, np.ndarray]], sway: np.ndarray
) -> Iterator[Image]:
    for number in range(LENGTH):
        shift = np.float32([[1, 0, sway[0] * number], [0, 1, sway[1] * number]])
        size = (view.shape[1], view.shape[0])
        shown = cv2.warpAffine(view, shift, size, borderMode=cv2.BORDER_REFLECT)
        for thing, place, speed in things:
            at = place + speed * number
            top = int(np.clip(at[0], 0, view.shape[0] - thing.shape[0]))
            left = int(np.clip(at[1], 0, view.shape[1] - thing.shape[1]))
            under = shown[top : top + thing.shape[0], left : left + thing.shape[1]]
            np.copyto(under, thing, where=_rounded(thing)[..., None])
        yield np.asarray(shown, np.uint8)


def _rounded(thing: Image) -> NDArray[np.bool_]:
    """Nothing that moves is a rectangle: those are what damage looks like."""
    down, across = (np.linspace(-1, 1, side) for side in thing.shape[:2])
    return np.asarray(down[:, None] ** 2 + across[None] ** 2 <= 1)


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
    is lost, `lost` pictures after it, `bits` bits are turned, in the key frame or after it."""
    units = encoded(frames, crf)
    whole = decoded(units)
    if way == "key":
        # The parameter sets stay: they come with every key frame and in the session description.
        units[0] = _parameter_sets(units[0])
    elif way == "lost":
        first = int(rng.integers(1, len(units) - 2))
        units = units[:first] + units[first + int(rng.integers(1, 5)) :]
    else:
        at = 0 if rng.random() < 0.4 else int(rng.integers(1, len(units)))
        units[at] = turned(units[at], rng, int(rng.integers(1, 30)))
        units = units if rng.random() < 0.6 else units[: at + 1]
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
