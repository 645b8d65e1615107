"""Stripes over the whole picture: interference (waves of one period) and rolling bars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Samples, quantile

SEGMENTS = 8
# Periods in pixels: shorter ones do not survive the scaling, longer ones are the scene's.
SHORTEST, LONGEST = 3.0, 40.0
# Bins on each side that a peak is compared with.
_AROUND = 12
_BESIDE = np.delete(np.arange(2 * _AROUND + 1), np.arange(_AROUND - 2, _AROUND + 3))
MIN_LENGTH = 96
# Steps from pixel to pixel count up to this much: contours weigh no more than waves do.
_MOST_STEP = 16
# A bar's edge is looked for over so many rows, on samples of so many columns.
_STEP, _THIN = 3, 8
# A bar's edge dims by this much at least, as a logarithm.
_LEAST_STEP = 0.08
_LIGHT = np.log(np.arange(256, dtype=np.float32) + 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """`wave_contrast`: how far a line stands above its neighbours in the spectrum of the rows' or
    columns' means, the lesser of that of amplitude 1 and more. `wave_amplitude`: its amplitude
    in luma steps in the second weakest of 8 parts across. `wave_coherence`: 1 where it has one
    phase in all the parts; `wave_period` in pixels. `bar_share`: the share of columns in which
    both edges of a darker or brighter bar are seen; `bar_step` the lesser edge, as the logarithm
    of the luma's ratio. `edge_share`, `edge_step`: those of its clearer edge; `edge_spread` how
    much that edge's steps differ between columns (half their interquartile range), `bar_gap` by
    how much the two edges differ, and `bar_height` how far they are apart, as a share of the
    height. A bar dims all that it passes over by one factor; a scene's own edges do not."""

    wave_contrast: float
    wave_amplitude: float
    wave_coherence: float
    wave_period: float
    bar_share: float
    bar_step: float
    edge_share: float
    edge_step: float
    edge_spread: float
    bar_gap: float
    bar_height: float


def _neighbours(spectrum: NDArray[np.float32]) -> NDArray[np.float32]:
    """The middle of each line's neighbours on both sides, itself and the two next left out."""
    ends = np.clip(np.arange(-_AROUND, spectrum.size + _AROUND), 0, spectrum.size - 1)
    windows = np.lib.stride_tricks.sliding_window_view(spectrum[ends], 2 * _AROUND + 1)
    middle = np.partition(windows[:, _BESIDE], _BESIDE.size // 2, axis=1)[:, _BESIDE.size // 2]
    return np.asarray(middle, np.float32)


@cache
def _quick(length: int) -> int:
    """The greatest length up to this one that a Fourier transform is quick for: a product of
    twos, threes and fives."""
    products = (2**two * 3**three * 5**five for two, three, five in np.ndindex(12, 8, 5))
    return int(max(product for product in products if product <= length))


@cache
def _weights(length: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A window, and what makes amplitudes of a spectrum of steps so windowed: a wave's steps are
    its amplitude by a gain that grows with its frequency."""
    gain = np.maximum(2 * np.sin(np.pi * np.arange(length // 2 + 1) / length), 1e-3)
    return np.hanning(length).astype(np.float32), (4 / length / gain).astype(np.float32)


def _profiles(lines: Samples) -> NDArray[np.float32]:
    """The mean steps along the lines in each of 8 groups of them, shape (8, samples - 1)."""
    before, after = lines[:, :-1], lines[:, 1:]
    rises, falls = (
        cv2.threshold(cv2.subtract(*pair), _MOST_STEP, 0, cv2.THRESH_TRUNC)[1]
        for pair in ((after, before), (before, after))
    )
    count = lines.shape[0] // SEGMENTS
    shape = (SEGMENTS, count, lines.shape[1] - 1)
    up, down = (
        np.add.reduce(one[: SEGMENTS * count].reshape(shape), axis=1, dtype=np.int32)
        for one in (rises, falls)
    )
    return np.asarray((up - down) * np.float32(1 / count), np.float32)


def _wave(lines: Samples) -> tuple[float, float, float, float]:
    """(contrast, amplitude, coherence, period) of the strongest wave along the lines."""
    length, width = lines.shape[1] - 1, lines.shape[0]
    if length < MIN_LENGTH or width < SEGMENTS:
        return 0.0, 0.0, 0.0, 0.0
    parts = _profiles(lines)
    length = _quick(length)
    parts = parts[:, :length]
    window, amplitudes = _weights(length)
    spectra = np.fft.rfft((parts - parts.mean(axis=1, keepdims=True)) * window, axis=1)
    spectra *= amplitudes
    common = np.abs(spectra.mean(axis=0))
    first, last = int(np.ceil(length / LONGEST)), int(length / SHORTEST)
    # No more of the spectrum than the neighbours reach into.
    low = max(0, first - _AROUND)
    around = _neighbours(common[low : last + _AROUND])[first - low : last - low]
    contrast = common[first:last] / (around + 0.15)
    best = int(contrast.argmax())
    there = np.abs(spectra[:, first + best])
    coherence = float(common[first + best] / (there.mean() + 0.05))
    return float(contrast[best]), float(np.sort(there)[1]), coherence, length / (first + best)


def _bar(luma: Samples) -> dict[str, float]:
    """The two edges of a level bar."""
    rows, columns = luma.shape
    if rows < MIN_LENGTH or columns < 8 * _THIN:
        names = ("bar_share", "bar_step", "edge_share", "edge_step", "edge_spread", "bar_gap")
        return dict.fromkeys((*names, "bar_height"), 0.0)
    means = np.ascontiguousarray(cv2.blur(luma, (_THIN, 1))[:, _THIN // 2 :: _THIN])
    light = np.asarray(cv2.LUT(means, _LIGHT), np.float32)
    steps = light[_STEP:] - light[:-_STEP]
    falls = np.count_nonzero(steps < -_LEAST_STEP, axis=1) / steps.shape[1]
    rises = np.count_nonzero(steps > _LEAST_STEP, axis=1) / steps.shape[1]
    down, up = int(falls.argmax()), int(rises.argmax())
    edges = [(float(falls[down]), -np.sort(steps[down])), (float(rises[up]), np.sort(steps[up]))]
    middles = [quantile(edge, 0.5) for _, edge in edges]
    clear = int(edges[1][0] > edges[0][0])
    share, edge = edges[clear]
    quarter = edge.size // 4
    return {
        "bar_share": min(edges[0][0], edges[1][0]),
        "bar_step": min(middles),
        "edge_share": share,
        "edge_step": middles[clear],
        "edge_spread": abs(float(np.sort(edge)[-1 - quarter] - np.sort(edge)[quarter])) / 2,
        "bar_gap": abs(middles[0] - middles[1]),
        "bar_height": abs(down - up) / rows,
    }


def bands(luma: Samples) -> Bands:
    """Looks for waves along the rows and along the columns, and for level bars."""
    # Every fourth column (or row) tells as much of what goes on down (or across) the picture.
    waves = [_wave(lines[::4]) for lines in (np.asarray(cv2.transpose(luma), np.uint8), luma)]
    contrast, amplitude, coherence, period = max(waves, key=lambda wave: wave[0] * wave[2])
    return Bands(
        wave_contrast=contrast,
        wave_amplitude=amplitude,
        wave_coherence=coherence,
        wave_period=period,
        **_bar(luma),
    )
