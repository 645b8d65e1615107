"""Stripes over the whole picture: interference (waves of one period) and rolling bars."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Samples

SEGMENTS = 8
# Periods in pixels: shorter ones do not survive the scaling, longer ones are the scene's.
SHORTEST, LONGEST = 3.0, 40.0
# Bins on each side that a peak is compared with.
_AROUND = 12
MIN_LENGTH = 96
_STEP = 3
# A bar's edge dims by this much at least, as a logarithm.
_LEAST_STEP = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """`wave_contrast`: how far a line stands above its neighbours in the spectrum of the rows' or
    columns' means, the lesser of that of amplitude 1 and more. `wave_amplitude`: its amplitude
    in luma steps in the second weakest of 8 parts across. `wave_coherence`: 1 where it has one
    phase in all the parts. `bar_share`: the share of columns in which both edges of a darker or
    brighter bar are seen; `bar_step` the lesser edge, as the logarithm of the luma's ratio."""

    wave_contrast: float
    wave_amplitude: float
    wave_coherence: float
    bar_share: float
    bar_step: float


def _neighbours(spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    """The middle of each line's neighbours on both sides, itself and the two next left out."""
    padded = np.pad(spectrum, _AROUND, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1)
    beside = np.delete(np.arange(2 * _AROUND + 1), np.arange(_AROUND - 2, _AROUND + 3))
    middle = np.median(windows[:, beside], axis=1)
    return np.asarray(middle, np.float64)


def _wave(luma: Samples) -> tuple[float, float, float]:
    """(contrast, amplitude, coherence) of the strongest line along the rows' means."""
    length, width = luma.shape
    if length < MIN_LENGTH or width < SEGMENTS:
        return 0.0, 0.0, 0.0
    whole = luma[:, : width - width % SEGMENTS].astype(np.float32)
    parts = cv2.resize(whole, (SEGMENTS, length), interpolation=cv2.INTER_AREA).T
    window = np.hanning(length).astype(np.float32)
    spectra = np.fft.rfft((parts - parts.mean(axis=1, keepdims=True)) * window, axis=1)
    spectra *= 4 / length
    common = np.abs(spectra.mean(axis=0))
    first, last = int(np.ceil(length / LONGEST)), int(length / SHORTEST)
    around = _neighbours(common)[first:last]
    contrast = common[first:last] / (around + 0.15)
    best = int(contrast.argmax())
    there = np.abs(spectra[:, first + best])
    coherence = float(common[first + best] / (there.mean() + 0.05))
    return float(contrast[best]), float(np.sort(there)[1]), coherence


def _log_steps(luma: Samples) -> NDArray[np.float32]:
    light = np.log(luma[:, ::4].astype(np.float32) + 8)
    return np.asarray(light[_STEP:] - light[:-_STEP], np.float32)


def _bar(luma: Samples) -> tuple[float, float]:
    """(share of columns with both edges, the lesser edge) of a horizontal bar."""
    if luma.shape[0] < MIN_LENGTH:
        return 0.0, 0.0
    steps = _log_steps(luma)
    falls = (steps < -_LEAST_STEP).mean(axis=1)
    rises = (steps > _LEAST_STEP).mean(axis=1)
    down, up = int(falls.argmax()), int(rises.argmax())
    edge = min(-float(np.median(steps[down])), float(np.median(steps[up])))
    return min(float(falls[down]), float(rises[up])), edge


def bands(luma: Samples) -> Bands:
    """Looks along the rows and along the columns."""
    waves = [_wave(luma), _wave(np.ascontiguousarray(luma.T))]
    contrast, amplitude, coherence = max(waves, key=lambda wave: wave[0] * wave[2])
    share, step = _bar(luma)
    return Bands(
        wave_contrast=contrast,
        wave_amplitude=amplitude,
        wave_coherence=coherence,
        bar_share=share,
        bar_step=step,
    )
