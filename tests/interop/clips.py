"""A street scene, drawn here and encoded by ffmpeg, for other people's servers to serve."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, RATE, FRAMES = 1280, 720, 10, 100

_HORIZON = 300
_SEED = 20260701
_ENCODERS = {
    # Key frames of some 40 KB: a burst of three times that overruns the relaying server's sockets.
    "h264": (
        *("libx264", "-preset", "veryfast", "-crf", "30", "-profile:v", "main"),
        *("-pix_fmt", "yuv420p"),
    ),
    "h265": (
        *("libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"),
        *("-tag:v", "hvc1", "-pix_fmt", "yuv420p"),
    ),
    # RFC 2435 carries 4:2:0 JPEG with the standard Huffman tables.
    "mjpeg": ("mjpeg", "-q:v", "4", "-huffman", "default", "-pix_fmt", "yuvj420p"),
}

Frame = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """The scene as MP4 files, one a codec."""

    folder: Path

    def path(self, codec: str) -> Path:
        return self.folder / f"{codec}.mp4"


def _street(noise: np.random.Generator) -> Frame:
    """The still part: sky, houses with windows, pavement, road (BGR)."""
    down = np.linspace(0.0, 1.0, HEIGHT)[:, None, None]
    scene = (1 - down) * np.array([205, 180, 160]) + down * np.array([150, 160, 165])
    frame: Frame = np.broadcast_to(scene, (HEIGHT, WIDTH, 3)).astype(np.uint8).copy()
    left = 0
    while left < WIDTH:
        width = int(noise.integers(120, 220))
        top = int(noise.integers(60, 180))
        wall = tuple(int(shade) for shade in noise.integers(70, 170, 3))
        cv2.rectangle(frame, (left, top), (left + width, _HORIZON + 60), wall, -1)
        for row in range(top + 20, _HORIZON + 10, 42):
            for column in range(left + 16, left + width - 24, 38):
                pane = int(noise.integers(30, 220))
                cv2.rectangle(frame, (column, row), (column + 20, row + 26), (pane,) * 3, -1)
        left += width
    cv2.rectangle(frame, (0, _HORIZON + 60), (WIDTH, _HORIZON + 110), (135, 140, 142), -1)
    cv2.rectangle(frame, (0, _HORIZON + 110), (WIDTH, HEIGHT), (82, 80, 78), -1)
    for column in range(0, WIDTH, 160):
        cv2.rectangle(frame, (column, 560), (column + 90, 572), (225, 228, 230), -1)
    grain = noise.normal(0.0, 5.0, frame.shape)
    return np.clip(frame + grain, 0, 255).astype(np.uint8)


def _frames() -> Iterator[Frame]:
    noise = np.random.default_rng(_SEED)
    street = _street(noise)
    cars = [(int(noise.integers(0, WIDTH)), 450 + 55 * lane, 9 + 4 * lane) for lane in range(4)]
    paint = [(40, 40, 170), (160, 90, 40), (215, 215, 215), (35, 35, 38)]
    for index in range(FRAMES):
        frame = street.copy()
        for (start, top, step), colour in zip(cars, paint, strict=True):
            left = (start + index * step) % (WIDTH + 200) - 200
            cv2.rectangle(frame, (left, top), (left + 150, top + 48), colour, -1)
            cv2.rectangle(frame, (left + 30, top + 6), (left + 110, top + 22), (190, 180, 170), -1)
            for wheel in (left + 30, left + 120):
                cv2.circle(frame, (wheel, top + 48), 13, (20, 20, 20), -1)
        grain = noise.integers(-3, 4, frame.shape, dtype=np.int16)
        yield np.clip(frame + grain, 0, 255).astype(np.uint8)


def make_clips(folder: Path) -> Clips:
    """Draws the scene once and encodes it in each codec, with a key frame each second."""
    outputs: list[str] = []
    for codec, encoder in _ENCODERS.items():
        outputs += ["-c:v", *encoder, "-g", str(RATE), "-movflags", "+faststart"]
        outputs += [str(folder / f"{codec}.mp4")]
    raw = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE)]
    done = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", *raw, "-i", "pipe:0", *outputs],
        input=b"".join(frame.tobytes() for frame in _frames()),
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    # Some of the servers run as another user.
    folder.chmod(0o755)
    return Clips(folder=folder)
