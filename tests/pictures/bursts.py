"""Bursts of one camera, about a second apart, and pictures with their reference."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from probes.vocabulary import FaultKind
from tests.pictures.coding import decoded, encoded, even
from tests.pictures.faults import Image, clipped, covered, stamped, tinted

LENGTH = 4
# A burst's pictures are of this width.
COLUMNS = 416
# Shifts from frame to frame in pixels of such a picture.
SWAYS = {"subtle": (0.6, 1.4), "clear": (5.5, 7.5), "severe": (14.0, 20.0)}
Row = tuple[str, str, list[Image], Image | None]


def _small(view: Image) -> Image:
    rows = round(view.shape[0] * COLUMNS / view.shape[1])
    return even(np.asarray(cv2.resize(view, (COLUMNS, rows), interpolation=cv2.INTER_AREA)))


def _clock(view: Image, second: int) -> Image:
    shown = view.copy()
    text = f"2026-11-23 10:15:{second:02d}"
    cv2.putText(shown, text, (8, 22), 0, 0.55, (20, 20, 20), 4, cv2.LINE_AA)
    cv2.putText(shown, text, (8, 22), 0, 0.55, (250, 250, 250), 1, cv2.LINE_AA)
    return shown


def _grained(view: Image, rng: np.random.Generator, sigma: float) -> Image:
    return clipped(view + rng.normal(0, sigma, view.shape))


def _coded_anew(view: Image, rng: np.random.Generator) -> Image:
    """Each repeat with other quantisers: that much of the differences is the coder's."""
    shown = decoded(encoded([even(view)], int(rng.integers(20, 34))))
    return view if shown is None else shown


def live(view: Image, rng: np.random.Generator) -> list[Image]:
    """A still scene: only the sensor's noise, perhaps a cloud's shadow, and the clock move."""
    small, sigma = _small(view), float(rng.uniform(0.9, 3))
    shadow = float(rng.uniform(-0.01, 0.01))
    frames = [_grained(small * (1 + shadow * at), rng, sigma) for at in range(LENGTH)]
    frames = [_clock(frame, at) for at, frame in enumerate(frames)]
    return [_coded_anew(frame, rng) for frame in frames] if rng.random() < 0.3 else frames


def frozen(view: Image, rng: np.random.Generator) -> list[Image]:
    """The same frame again: bit by bit, coded anew, or with a clock that goes on."""
    small = _small(view)
    ticks, anew = rng.random() < 0.5, rng.random() < 0.6
    frames = [_clock(small, at if ticks else 7) for at in range(LENGTH)]
    return [_coded_anew(frame, rng) for frame in frames] if anew else frames


def shaking(view: Image, pixels: float, rng: np.random.Generator) -> list[Image]:
    frames = []
    grown = np.asarray(cv2.resize(view, None, fx=1.15, fy=1.15), np.uint8)
    for at in range(LENGTH):
        angle = float(rng.uniform(0, 2 * np.pi))
        step = pixels * float(rng.uniform(0.7, 1.2)) * view.shape[1] / COLUMNS
        shift = np.float32([[1, 0, step * np.cos(angle)], [0, 1, step * np.sin(angle)]])
        moved = cv2.warpAffine(grown, shift, (grown.shape[1], grown.shape[0]))
        top, left = (grown.shape[0] - view.shape[0]) // 2, (grown.shape[1] - view.shape[1]) // 2
        cut = moved[top : top + view.shape[0], left : left + view.shape[1]]
        frames.append(_clock(_grained(_small(np.asarray(cut, np.uint8)), rng, 1.0), at))
    return frames


def _window(view: Image, left: float, top: float, size: float = 0.7) -> Image:
    rows, columns = (int(side * size) for side in view.shape[:2])
    y, x = int(top * (view.shape[0] - rows)), int(left * (view.shape[1] - columns))
    return even(np.ascontiguousarray(view[y : y + rows, x : x + columns]))


def _relit(view: Image, rng: np.random.Generator) -> Image:
    """The same view at another hour: other light, from another side, and noise."""
    _rows, columns = view.shape[:2]
    side = np.linspace(float(rng.uniform(0.6, 1)), float(rng.uniform(0.8, 1.2)), columns)
    shown = 255 * (view / 255) ** float(rng.uniform(0.7, 1.5)) * side[None, :, None]
    if rng.random() < 0.3:
        shown = np.repeat(shown.mean(axis=2, keepdims=True), 3, axis=2) * rng.uniform(0.4, 0.9)
    return _grained(clipped(shown), rng, float(rng.uniform(1, 4)))


def compared(view: Image, other: Image, rng: np.random.Generator) -> Iterator[Row]:
    """With a reference: the same view at another hour, turned, and another place."""
    left, top = (float(at) for at in rng.uniform(0.2, 0.5, 2))
    here = _window(view, left, top)
    again = stamped(_relit(here, rng), rng)
    yield "normal", "none", [again], here
    turn = float(rng.uniform(0.14, 0.24)) * 0.7 / 0.3
    turned = _window(view, left + turn if left + turn <= 1 else max(0.0, left - turn), top)
    shifted = _window(view, left + 0.008 * 0.7 / 0.3, top)
    yield FaultKind.SCENE_CHANGE, "subtle", [stamped(_relit(shifted, rng), rng)], here
    yield FaultKind.SCENE_CHANGE, "clear", [stamped(_grained(turned, rng, 1.0), rng)], here
    place = _window(other, 0.3, 0.3)
    yield FaultKind.SCENE_CHANGE, "severe", [stamped(place, rng)], here
    share = float(rng.uniform(0.28, 0.45))
    yield FaultKind.OCCLUSION, "clear", [stamped(covered(again, share, rng), rng)], here
    gain = float(rng.uniform(1.45, 1.7))
    yield FaultKind.COLOR_CAST, "clear", [stamped(tinted(here, gain, rng), rng)], here


def all_of(view: Image, other: Image, rng: np.random.Generator) -> Iterator[Row]:
    yield "normal", "none", live(view, rng), None
    yield FaultKind.FROZEN, "clear", frozen(view, rng), None
    for severity, (low, high) in SWAYS.items():
        sway = float(rng.uniform(low, high))
        yield FaultKind.SHAKE, severity, shaking(view, sway, rng), None
    yield from compared(view, other, rng)
