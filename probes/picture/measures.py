"""What is measured on a picture, once, for all rules.

All measures look at the interior only: the strips at the top and the bottom, where cameras write
name and time, are left out, since that text is sharp and bright however poor the picture is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.bands import Bands, bands
from probes.picture.concealment import Concealment, concealment
from probes.picture.cover import Cover, cover
from probes.picture.grain import Grain, grain
from probes.picture.planes import Planes, Samples, mean_of_blocks, quantile
from probes.picture.tone import Colour, Veil, colour, veil
from probes.picture.torn import Torn, torn

# Overlay text of up to 1/16 of the height and its margin.
STRIP = 0.12
# 40 x 16 blocks in a 640 x 360 picture: a block holds one contour or a few.
BLOCK = 16
# A block's luma range up to which it is flat: what a coder leaves of one single colour.
FLAT_RANGE = 4
# Luma ranges from which a block counts as textured, and as holding a strong contour.
TEXTURE_RANGE = 24
CONTOUR_RANGE = 40
# Luma steps over which a contour is followed for `slope_ratio`, and the least rise over the far.
NEAR, FAR, FAR_RISE = 3, 8, 30
# Fewer contours than this and a quantile of them says nothing.
MIN_CONTOURS = 12
# White or nearly: some cameras clip at 5 % below full white.
CLIPPED_FROM = 237
COLOUR_REACH = 2
# What a coder leaves of a column of one luma, the fringes of its neighbours included.
COLUMN_RANGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """`slope_most` and `slope_usual`: as `slope_ratio`, the 97 % quantile and the middle;
    `sharp_share`: the share of blocks with a contour of a ratio above 0.8; `fineness`: the mean
    change over 1 pixel as a share of that over 4, the 90 % quantile of blocks with contrast."""

    slope_most: float | None
    slope_usual: float | None
    sharp_share: float
    fineness: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the finer kinds of fault are judged by; it costs as much again as the rest."""

    colour: Colour
    veil: Veil
    grain: Grain
    bands: Bands
    concealment: Concealment
    cover: Cover
    torn: Torn
    focus: Focus


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinned:
    """Every fourth sample of luma and every other of chroma, across and down, of one size; and the
    histograms of each, 256 counts."""

    luma: Samples
    cb: Samples
    cr: Samples
    luma_counts: NDArray[np.float32]
    cb_counts: NDArray[np.float32]
    cr_counts: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Lumas are 0 to 255; shares and ratios 0 to 1. None where a picture gives too little.

    `details` are None where the picture was not measured in detail. `below` is luma's cumulative
    histogram: for each of 256 lumas the share of samples up to it. `thinned` is the interior's.
    """

    mean_luma: float
    q95_luma: int
    clipped_share: float
    flat_share: float
    one_colour_share: float
    upright_share: float
    upright_range: int
    texture_share: float
    steepness: float | None
    slope_ratio: float | None
    details: Details | None
    below: NDArray[np.float64] = field(repr=False, compare=False)
    thinned: Thinned = field(repr=False, compare=False)


def interior(plane: Samples) -> Samples:
    """The plane without its top and bottom strips, in one piece."""
    strip = int(plane.shape[0] * STRIP)
    return np.ascontiguousarray(plane[strip : plane.shape[0] - strip])


def block_extreme(plane: Samples, ufunc: np.ufunc) -> Samples:
    """The maximum or minimum of each whole 16 x 16 block."""
    rows, columns = plane.shape[0] // BLOCK, plane.shape[1] // BLOCK
    whole = plane[: rows * BLOCK, : columns * BLOCK]
    by_rows = ufunc.reduce(whole.reshape(rows, BLOCK, columns * BLOCK), axis=1)
    # Turned, so that what is reduced lies side by side.
    turned = np.ascontiguousarray(by_rows.reshape(rows * columns, BLOCK).T)
    extreme: Samples = ufunc.reduce(turned, axis=0).reshape(rows, columns)
    return extreme


def _steepest(luma: Samples, lag: int, axis: int) -> Samples:
    """The largest luma difference over `lag` pixels along an axis, in each block.

    Differences are booked at their middle, so that those of different lags meet in one block.
    """
    rows, columns = luma.shape
    near = lag // 2
    steps = np.empty_like(luma)
    if axis == 1:
        cv2.absdiff(luma[:, lag:], luma[:, :-lag], steps[:, near : near + columns - lag])
        steps[:, :near] = steps[:, near + columns - lag :] = 0
    else:
        cv2.absdiff(luma[lag:], luma[:-lag], steps[near : near + rows - lag])
        steps[:near] = steps[near + rows - lag :] = 0
    return block_extreme(steps, np.maximum)


def slope_ratio(luma: Samples, found: NDArray[np.float32] | None = None) -> float | None:
    """How much of a contour's rise over 8 pixels happens within 3, at the sharpest contours.

    For each block and direction with a rise of at least 30 the ratio of the steepest rise over 3
    to that over 8 pixels; of a block's two directions the lower (motion blur leaves contours
    along the motion sharp); the 90 % quantile of the blocks. In focus it is 0.8 to 1; a disk of
    confusion 6 pixels wide brings it to about 0.6. Ratios of differences at two lags are the idea
    of the reblurring measures (Crete et al., 2007), here on single contours, so that the amount
    of texture does not matter. `found` are the picture's `slopes`, where they are at hand.
    """
    found = slopes(luma) if found is None else found
    return quantile(found, 0.9) if found.size >= MIN_CONTOURS else None


def slopes(luma: Samples) -> NDArray[np.float32]:
    """The ratio of each block with a contour, see `slope_ratio`."""
    ratios = []
    for axis in (0, 1):
        far = _steepest(luma, FAR, axis).astype(np.float32)
        ratio = _steepest(luma, NEAR, axis) / np.maximum(far, 1.0)
        ratios.append(np.where(far >= FAR_RISE, ratio, np.inf))
    lower = np.minimum(*ratios)
    return np.asarray(lower[np.isfinite(lower)], np.float32)


def focus(luma: Samples, ranges: Samples, found: NDArray[np.float32]) -> Focus:
    """The finer measures of sharpness; `found` are the picture's `slopes`."""
    enough = found.size >= MIN_CONTOURS
    rough = ranges >= TEXTURE_RANGE
    return Focus(
        slope_most=quantile(found, 0.97) if enough else None,
        slope_usual=quantile(found, 0.5) if enough else None,
        sharp_share=float((found > 0.8).sum()) / max(1, ranges.size),
        fineness=_fineness(luma, rough) if np.count_nonzero(rough) >= MIN_CONTOURS else None,
    )


def _fineness(luma: Samples, rough: NDArray[np.bool_]) -> float:
    near, far = np.zeros_like(luma), np.zeros_like(luma)
    cv2.absdiff(luma[:, 1:], luma[:, :-1], near[:, :-1])
    cv2.absdiff(luma[:, 4:], luma[:, :-4], far[:, 2:-2])
    ratio = mean_of_blocks(near, BLOCK)[rough] / (mean_of_blocks(far, BLOCK)[rough] + 0.5)
    return quantile(ratio, 0.9)


def steepness(luma: Samples, ranges: Samples) -> float | None:
    """The steepest rise over one pixel as a share of the block's luma range, in blocks with a
    strong contour; the 90 % quantile. A sharp contour gives 0.5 to 1."""
    strong = ranges >= CONTOUR_RANGE
    if np.count_nonzero(strong) < MIN_CONTOURS:
        return None
    rise = np.maximum(_steepest(luma, 1, 0), _steepest(luma, 1, 1))
    return quantile(rise[strong] / ranges[strong].astype(np.float32), 0.9)


def histogram(plane: Samples, mask: Samples | None = None) -> NDArray[np.float32]:
    """How often each of 256 values is found, where the mask is not 0."""
    counts = cv2.calcHist([plane], [0], mask, [256], [0, 256])
    return counts.ravel().astype(np.float32)


def thinned(luma: Samples, cb: Samples, cr: Samples) -> Thinned:
    """So many samples tell what is common; to count all costs four times as much."""
    few = luma[::4, ::4], cb[::2, ::2], cr[::2, ::2]
    rows, columns = (min(plane.shape[axis] for plane in few) for axis in (0, 1))
    whole = [np.ascontiguousarray(plane[:rows, :columns]) for plane in few]
    counts = [histogram(plane) for plane in whole]
    return Thinned(
        luma=whole[0],
        cb=whole[1],
        cr=whole[2],
        luma_counts=counts[0],
        cb_counts=counts[1],
        cr_counts=counts[2],
    )


def _around_mode(plane: Samples, counts: NDArray[np.float32]) -> Samples:
    """255 for samples within two steps of the window of five values that holds most."""
    window = np.convolve(counts, np.ones(2 * COLOUR_REACH + 1), "same")
    mode = int(window.argmax())
    return np.asarray(cv2.inRange(plane, mode - COLOUR_REACH, mode + COLOUR_REACH), np.uint8)


def one_colour_share(few: Thinned) -> float:
    """The share of the picture in its commonest colour: a luma and two chromas, each within 2
    steps."""
    common = (
        _around_mode(few.luma, few.luma_counts)
        & _around_mode(few.cb, few.cb_counts)
        & _around_mode(few.cr, few.cr_counts)
    )
    return cv2.countNonZero(common) / max(1, common.size)


def upright(luma: Samples) -> tuple[float, int]:
    """(share of columns that keep one luma down the upper half, their range of lumas).

    Colour bars are all upright, with a wide range. The upper half, since test patterns have other
    fields below.
    """
    upper = luma[: max(1, luma.shape[0] // 2)]
    tops, bottoms = upper.max(axis=0), upper.min(axis=0)
    plain = tops - bottoms <= COLUMN_RANGE
    lumas = tops[plain]
    return float(plain.mean()), int(lumas.max()) - int(lumas.min()) if lumas.size else 0


def measure(planes: Planes, *, in_detail: bool = True) -> Measures:
    """Measures a picture at working size; without detail in half the time."""
    luma, cb, cr = interior(planes.luma), interior(planes.cb), interior(planes.cr)
    counts = histogram(luma)
    below = np.cumsum(counts) / luma.size
    ranges = block_extreme(luma, np.maximum) - block_extreme(luma, np.minimum)
    upright_columns, upright_range = upright(luma)
    found = slopes(luma)
    few = thinned(luma, cb, cr)
    return Measures(
        mean_luma=float(counts @ np.arange(256) / luma.size),
        q95_luma=int(np.searchsorted(below, 0.95)),
        clipped_share=float(1.0 - below[CLIPPED_FROM - 1]),
        flat_share=float((ranges <= FLAT_RANGE).mean()) if ranges.size else 0.0,
        one_colour_share=one_colour_share(few),
        upright_share=upright_columns,
        upright_range=upright_range,
        texture_share=float((ranges >= TEXTURE_RANGE).mean()) if ranges.size else 0.0,
        steepness=steepness(luma, ranges),
        slope_ratio=slope_ratio(luma, found),
        details=_details(planes, below, ranges, found) if in_detail else None,
        below=below,
        thinned=few,
    )


def _details(
    planes: Planes, below: NDArray[np.float64], ranges: Samples, found: NDArray[np.float32]
) -> Details:
    luma, cb, cr = interior(planes.luma), interior(planes.cb), interior(planes.cr)
    return Details(
        colour=colour(luma, cb, cr),
        veil=veil(luma, below.astype(np.float32), ranges),
        grain=grain(luma, cb, cr),
        bands=bands(luma),
        concealment=concealment(planes.luma, planes.cb, planes.cr),
        cover=cover(luma, cb, cr),
        torn=torn(planes.luma, planes.cb, planes.cr),
        focus=focus(luma, ranges, found),
    )
