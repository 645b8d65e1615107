"""How much of the range a picture uses, and which colour lies over it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Samples, quantile, shrunk

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
    of luma that three quarters of the picture exceed; `neutral_share` the share of what is lit
    that is within 4 % of grey. `bright_cb`, `bright_cr`, `dark_cb`, `dark_cr` are the mean colours
    of the brightest and the darkest tenth, `mean_cb` and `mean_cr` of all; `spread` is how much the
    relative chroma varies, and `one_side` its mean as a share of its mean length: 1 where all of
    the picture leans to one colour. None where too little is lit."""

    bright_chroma: float | None
    least_chroma: float | None
    neutral_share: float | None = None
    bright_cb: float | None = None
    bright_cr: float | None = None
    dark_cb: float | None = None
    dark_cr: float | None = None
    mean_cb: float | None = None
    mean_cr: float | None = None
    spread: float | None = None
    one_side: float | None = None


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
    if min(cb.shape) < THINNED:
        return Colour(bright_chroma=None, least_chroma=None)
    thinned = luma[::2, ::2]
    rows, columns = min(cb.shape[0], thinned.shape[0]), min(cb.shape[1], thinned.shape[1])
    small = [
        shrunk(np.ascontiguousarray(plane[:rows, :columns]), THINNED) for plane in (thinned, cb, cr)
    ]
    lit = (small[0] > COLOUR_LUMA[0]) & (small[0] < COLOUR_LUMA[1])
    if np.count_nonzero(lit) < MIN_SAMPLES:
        return Colour(bright_chroma=None, least_chroma=None)
    level, blue, red = (plane[lit].astype(np.float32) for plane in small)
    blue, red = blue - 128, red - 128
    tenth, quarter = level.size // 10, level.size // 4
    ordered = np.partition(level, (tenth, level.size - 1 - tenth))
    share = 100 / (level + 20)
    # One product for the mean colours of all samples, of the brightest, of the darkest, and of
    # all by their share.
    weights = np.stack(
        [np.ones_like(level), level >= ordered[-1 - tenth], level <= ordered[tenth], share]
    )
    totals = weights.sum(axis=1)
    totals[3] = level.size
    means = weights @ np.stack([blue, red], axis=1) / totals[:, None]
    everywhere, bright, dark, leaning = ((float(cb), float(cr)) for cb, cr in means)
    relative = cv2.magnitude(blue, red).ravel() * share
    middle, spread = (float(at.item()) for at in cv2.meanStdDev(relative))
    return Colour(
        bright_chroma=math.hypot(*bright),
        least_chroma=float(np.partition(relative, quarter)[quarter]),
        neutral_share=np.count_nonzero(relative < 4) / relative.size,
        bright_cb=bright[0],
        bright_cr=bright[1],
        dark_cb=dark[0],
        dark_cr=dark[1],
        mean_cb=everywhere[0],
        mean_cr=everywhere[1],
        spread=spread,
        one_side=math.hypot(*leaning) / (middle + 1.0),
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
        contrast=quantile(ranges, 0.99) if ranges.size else 0.0,
        edge_share=edge_share,
    )
