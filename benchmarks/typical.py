"""Picture checks as they are commonly written: the Laplacian's variance, means, standard
deviations, HSV and Lab, each held against the number that tutorials give.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.vocabulary import FaultKind

Image = NDArray[np.uint8]

FLAT_STD = 8.0
DARK_MEAN, BRIGHT_MEAN = 50.0, 200.0
LOW_CONTRAST_STD = 30.0
BLUR_VARIANCE = 100.0
NOISE_RESIDUAL = 8.0
CAST_FACTOR = 1.5
SATURATED_MEAN = 150.0
STRIPE_PEAK = 12.0
COVERED_EDGES = 0.02


def found(view: Image) -> frozenset[FaultKind]:
    """The kinds whose number is past its threshold; `view` is BGR."""
    grey = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY)
    mean, spread = (float(one[0, 0]) for one in cv2.meanStdDev(grey))
    past = {
        FaultKind.NO_SIGNAL: spread < FLAT_STD,
        FaultKind.TOO_DARK: mean < DARK_MEAN,
        FaultKind.TOO_BRIGHT: mean > BRIGHT_MEAN,
        FaultKind.LOW_CONTRAST: spread < LOW_CONTRAST_STD,
        FaultKind.BLUR: float(cv2.Laplacian(grey, cv2.CV_64F).var()) < BLUR_VARIANCE,
        FaultKind.NOISE: _residual(grey) > NOISE_RESIDUAL,
        FaultKind.STRIPE: _peak(grey) > STRIPE_PEAK,
        FaultKind.COLOR_CAST: _cast(view) > CAST_FACTOR or _saturation(view) > SATURATED_MEAN,
        FaultKind.OCCLUSION: _least_edges(grey) < COVERED_EDGES,
    }
    return frozenset(kind for kind, is_past in past.items() if is_past)


def _residual(grey: Image) -> float:
    """What a median filter takes away."""
    return float(cv2.absdiff(grey, cv2.medianBlur(grey, 3)).mean())


def _peak(grey: Image) -> float:
    """How far the strongest line of the rows' means stands above the others."""
    spectrum = np.abs(np.fft.rfft(grey.mean(axis=1) - grey.mean()))[3:]
    return float(spectrum.max() / max(float(np.median(spectrum)), 1e-6))


def _cast(view: Image) -> float:
    """The mean's distance from grey by the spread around it, in Lab."""
    lab = cv2.cvtColor(view, cv2.COLOR_BGR2LAB).astype(np.float32)
    blue, red = lab[..., 1] - 128, lab[..., 2] - 128
    away = float(np.hypot(blue.mean(), red.mean()))
    around = float(np.hypot(np.abs(blue - blue.mean()).mean(), np.abs(red - red.mean()).mean()))
    return away / max(around, 1e-6)


def _saturation(view: Image) -> float:
    return float(cv2.cvtColor(view, cv2.COLOR_BGR2HSV)[..., 1].mean())


def _least_edges(grey: Image) -> float:
    """The share of contours in the emptiest quarter of the picture."""
    edges = cv2.Canny(grey, 50, 150) > 0
    rows, columns = grey.shape[0] // 2, grey.shape[1] // 2
    parts = (edges[:rows], edges[rows:], edges[:, :columns], edges[:, columns:])
    return min(float(part.mean()) for part in parts)
