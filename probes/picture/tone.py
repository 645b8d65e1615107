"""How much of the range a picture uses, and which colour lies over it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Samples

# Luma between which a sample's colour can be told.
COLOUR_LUMA = (30, 250)
MIN_SAMPLES = 50
# Chroma is looked at on samples that stand for 8 x 8 pixels.
THINNED = 4
# Canny's thresholds, low enough for a view through fog.
_CANNY = (8, 20)
# With darker pixels than this there is no veil, and contours need not be looked for.
VEILED_FROM = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """`bright_chroma` is the distance from grey (in chroma steps) of the mean colour of the
    brightest tenth, which white balance makes grey; `least_chroma` the chroma as a percentage
    of luma that three quarters of the picture exceed. None where too little is lit."""

    bright_chroma: float | None
    least_chroma: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """A veil of fog lifts the darkest lumas (the dark channel of He et al., 2009) and flattens
    all contours. `darkest` and `brightest` are the 0.1 % and 99 % quantiles of luma; `contrast`
    the luma range of the blocks, 99 % quantile; `edge_share` the share of pixels on a contour,
    however faint (Canny, 1986), looked for only where nothing is dark."""

    darkest: int
    brightest: int
    contrast: float
    edge_share: float | None


def colour(luma: Samples, cb: Samples, cr: Samples) -> Colour:
    """White patch and grey world (Buchsbaum, 1980), both as distances from grey."""
    size = (max(1, cb.shape[1] // THINNED), max(1, cb.shape[0] // THINNED))
    thinned = np.ascontiguousarray(luma[::2, ::2])
    small = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (thinned, cb, cr)]
    lit = (small[0] > COLOUR_LUMA[0]) & (small[0] < COLOUR_LUMA[1])
    if np.count_nonzero(lit) < MIN_SAMPLES:
        return Colour(bright_chroma=None, least_chroma=None)
    level, blue, red = (plane[lit].astype(np.float32) for plane in small)
    blue, red = blue - 128, red - 128
    bright = level >= np.quantile(level, 0.9)
    relative = np.hypot(blue, red) / (level + 20) * 100
    return Colour(
        bright_chroma=float(np.hypot(blue[bright].mean(), red[bright].mean())),
        least_chroma=float(np.quantile(relative, 0.25)),
    )


def veil(luma: Samples, below: NDArray[np.float32], ranges: Samples) -> Veil:
    """`below` is the luma's cumulative histogram, `ranges` the luma ranges of its blocks."""
    darkest = int(np.searchsorted(below, 0.001))
    edge_share = None
    if darkest >= VEILED_FROM:
        outlines = cv2.Canny(cv2.GaussianBlur(luma, (3, 3), 0), *_CANNY)
        edge_share = float(np.count_nonzero(outlines)) / luma.size
    return Veil(
        darkest=darkest,
        brightest=int(np.searchsorted(below, 0.99)),
        contrast=float(np.quantile(ranges, 0.99)) if ranges.size else 0.0,
        edge_share=edge_share,
    )
