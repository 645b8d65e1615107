"""What is measured of each live picture for its camera's history: cheap, and nothing that an
absolute threshold would have to be found for, since each camera is compared with itself."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.grain import LIT, TO_SIGMA, crossed
from probes.picture.measures import Measures, Thinned, histogram, interior
from probes.picture.planes import Planes, Samples, mean_of_blocks, quantile
from probes.vocabulary import Light, PictureSlot

_PARTS = 8
_SHORTEST, _LONGEST = 3.0, 40.0
_NOISE_ROWS, _NOISE_BLOCK = 3, 16
# Black and white, coded: chroma within this of grey, in the middle and in 90 % of the picture.
_GREY_REACH = 2
_MOST_STEP = 8.0
# What is brighter than three quarters of the picture is lit.
_LIT_FROM = 0.75
# Of samples that stand for 4 x 4 pixels.
_WHOLE = np.ones((3, 3), np.uint8)


def values(planes: Planes, measures: Measures) -> dict[str, float | None]:
    """All of `FIGURES` but those of a comparison with a view, by name."""
    luma = interior(planes.luma)
    below = measures.below
    shares = np.diff(below, prepend=0.0)
    mean = measures.mean_luma
    variance = float(shares @ (np.arange(256) - mean) ** 2)
    rows = _in_parts(luma)
    columns = _down_in_parts(luma)
    few = measures.thinned
    return {
        "mean_luma": mean,
        "darkest": float(np.searchsorted(below, 0.005)),
        "brightest": float(np.searchsorted(below, 0.97)),
        "spread": variance**0.5,
        "texture_share": measures.texture_share,
        "slope_ratio": measures.slope_ratio,
        "steepness": measures.steepness,
        "cb": _median(few.cb_counts) - 128,
        "cr": _median(few.cr_counts) - 128,
        "noise": _noise(luma),
        "wave_rows": _wave(rows),
        "wave_columns": _wave(columns),
        "smear_share": _smear(luma),
        "grey_share": _near(few, (126, 130), (126, 130), (126, 130)),
        "green_share": _near(few, (0, 150), (0, 60), (0, 60)),
        **_lit_colour(few, float(np.searchsorted(below, _LIT_FROM))),
    }


def slot_of(planes: Planes, light: Light) -> PictureSlot | None:
    """The slot that a picture belongs to; None in twilight, when one passes into another."""
    if light is Light.TWILIGHT:
        return None
    if light is Light.DAY:
        # Fog takes the colour as well.
        return PictureSlot.DAY
    return PictureSlot.INFRA_RED if is_grey(planes) else PictureSlot.NIGHT


def is_grey(planes: Planes) -> bool:
    """Whether a picture is black and white."""
    return all(_grey_plane(interior(plane)) for plane in (planes.cb, planes.cr))


def _grey_plane(plane: Samples) -> bool:
    near = cv2.inRange(plane, 128 - _GREY_REACH, 128 + _GREY_REACH)
    return cv2.countNonZero(near) >= 0.9 * plane.size


def _median(counts: NDArray[np.float32]) -> float:
    below = np.cumsum(counts)
    return float(np.searchsorted(below, below[-1] / 2))


def _lit_colour(few: Thinned, from_: float) -> dict[str, float | None]:
    """The medians of chroma where the luma is at least this."""
    found = cv2.threshold(few.luma, max(from_, 1) - 1, 1, cv2.THRESH_BINARY)[1]
    lit = np.asarray(found, np.uint8)
    return {
        "lit_cb": _median(histogram(few.cb, lit)) - 128,
        "lit_cr": _median(histogram(few.cr, lit)) - 128,
    }


def _in_parts(luma: Samples) -> NDArray[np.float32]:
    """The means of each row in 8 parts across, parts x rows."""
    if min(luma.shape) < _PARTS:
        return np.zeros((_PARTS, 0), np.float32)
    width = luma.shape[1] // _PARTS
    whole = np.ascontiguousarray(luma[:, : _PARTS * width]).reshape(-1, width)
    means = cv2.reduce(whole, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
    return np.asarray(means.reshape(luma.shape[0], _PARTS).T, np.float32)


def _down_in_parts(luma: Samples) -> NDArray[np.float32]:
    """The means of each column in 8 parts down, parts x columns."""
    height = luma.shape[0] // _PARTS
    if min(luma.shape) < _PARTS:
        return np.zeros((_PARTS, 0), np.float32)
    parts = luma[: _PARTS * height].reshape(_PARTS, height, luma.shape[1])
    # 720 rows at the most: 90 samples of 8 bits fit into 16.
    sums = np.add.reduce(parts, axis=1, dtype=np.uint16)
    return np.asarray(sums / np.float32(height), np.float32)


def _wave(parts: NDArray[np.float32]) -> float:
    length = parts.shape[1]
    if length < 3 * _LONGEST:
        return 0.0
    # Each step from row to row is bounded, so that contours count no more than waves do. All that
    # follows is linear, so that the parts' mean stands for them.
    steps = np.clip(parts[:, 1:] - parts[:, :-1], -_MOST_STEP, _MOST_STEP)
    common = np.add.reduce(steps, axis=0) * np.float32(1 / _PARTS)
    level = np.cumsum(common - common.mean())
    level -= cv2.blur(level[np.newaxis], (2 * int(_LONGEST) + 1, 1))[0]
    spectrum = np.fft.rfft(level * _window(length - 1)) * (4 / length)
    first, last = int(np.ceil(length / _LONGEST)), int(length / _SHORTEST)
    return float(np.abs(spectrum[first:last]).max())


@cache
def _window(length: int) -> NDArray[np.float32]:
    return np.hanning(length).astype(np.float32)


def _noise(luma: Samples) -> float | None:
    """Measured on some bands of rows: noise is everywhere."""
    height = luma.shape[0] // (2 * _NOISE_ROWS + 1) // _NOISE_BLOCK * _NOISE_BLOCK
    width = luma.shape[1] // _NOISE_BLOCK * _NOISE_BLOCK
    if height < _NOISE_BLOCK or width < 64:
        return None
    tops = ((2 * band + 1) * luma.shape[0] // (2 * _NOISE_ROWS + 1) for band in range(_NOISE_ROWS))
    pieces = [luma[top : top + height, :width] for top in tops]
    level = mean_of_blocks(np.concatenate(pieces), _NOISE_BLOCK)
    rough = mean_of_blocks(np.concatenate([crossed(piece) for piece in pieces]), _NOISE_BLOCK)
    lit = rough[(level > LIT[0]) & (level < LIT[1])]
    return quantile(lit, 0.2) * TO_SIGMA if lit.size >= 20 else None


def _smear(luma: Samples) -> float:
    """The share of rows that repeat the row before although they are not flat."""
    down = cv2.reduce(cv2.absdiff(luma[1:], luma[:-1]), 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
    across = cv2.reduce(
        cv2.absdiff(luma[:, 1:], luma[:, :-1]), 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F
    )[1:]
    return float(((across > 2.5) & (across > 5 * down)).mean())


Bounds = tuple[int, int]


def _within(plane: Samples, between: Bounds) -> Samples:
    low, high = between
    return np.asarray(cv2.inRange(plane, low, high), np.uint8)


def _near(few: Thinned, lumas: Bounds, blues: Bounds, reds: Bounds) -> float:
    """The share of the picture within these ranges."""
    found = _within(few.cb, blues) & _within(few.cr, reds)
    if not cv2.countNonZero(found):
        return 0.0
    # A fog's grey is made of noise; what a decoder fills in is one single colour.
    whole = cv2.erode(found & _within(few.luma, lumas), _WHOLE)
    return float(cv2.countNonZero(whole)) / whole.size
