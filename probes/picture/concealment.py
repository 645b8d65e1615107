"""What a decoder leaves in place of a picture's missing parts."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Samples, mean_of_blocks

BLOCK = 16
# Zeros in all planes show as green: chroma of RGB (0, 135, 0) as converted, less where not.
GREEN_CB, GREEN_CR = 104, 96
GREEN_LUMA = (66, 92)
FLAT = 4
# A decoder without a reference starts from 128 in all planes (ITU-T H.264 section 8.2.1 leaves
# it open; this is what decoders do).
GREY, GREY_REACH = 128, 3
# 128 of limited range, as it is shown, and by how much residues and noise move it.
GREY_MIDDLE, GREY_REACHES = 130, (4, 8, 16)


# A decoder that lost its place draws on what stands above: luma stays within a step over 4 rows,
# and changes by more over 4 columns, in nearly all of a block and in a quarter of it.
LAG, STEP = 4, 3
STILL, CHANGING = 0.03, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Concealment:
    """Shares of the picture's blocks (`smear_share`: of its rows): green without any detail, grey
    128 without any, and single rows drawn out downwards; `smear_ratio` is how much more luma
    changes across than down, in the rows of the seventh part where it does most.

    `grey_close`, `grey_near` and `grey_wide`: the share of samples within 4, 8 and 16 of luma 130
    and 4 of grey, which a decoder without its key frame starts from; `mode_luma` the commonest
    luma and `mode_share` the share of samples within 3 of it. Of the blocks of 16 x 16 that are
    drawn out, `drawn_rows` is the share in the rows of blocks that have most (the fourth most),
    `drawn_patch` that in the densest 4 x 4, and `drawn_width` how wide the largest patch is.
    `tint_spot` is by how many steps the third most deviant chroma block of 16 x 16 differs from
    the median of the 25 around it."""

    green_share: float
    grey_share: float
    smear_share: float
    smear_ratio: float
    grey_close: float
    grey_near: float
    grey_wide: float
    mode_luma: float
    mode_share: float
    drawn_rows: float
    drawn_patch: float
    drawn_width: float
    tint_spot: float


def _block_share(marked: Samples, block: int, least: float) -> float:
    means = mean_of_blocks(marked, block)
    return float((means >= least * 255).mean()) if means.size else 0.0


def _row_means(plane: cv2.typing.MatLike) -> NDArray[np.float32]:
    means = cv2.reduce(plane, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
    return np.asarray(means.ravel(), np.float32)


def _smear(luma: Samples) -> tuple[float, float]:
    """Rows that differ from the one 8 above by next to nothing, though they hold contrast."""
    lag = 8
    if luma.shape[0] <= 2 * lag:
        return 0.0, 0.0
    thin = np.ascontiguousarray(luma[::2])
    apart = lag // 2
    down = _row_means(cv2.absdiff(thin[apart:], thin[:-apart]))
    steps = cv2.absdiff(thin[apart:, lag:], thin[apart:, :-lag])
    across = _row_means(steps)
    # All along the row: a pole before a wall is drawn out as well.
    everywhere = _row_means(cv2.threshold(steps, 2, 255, cv2.THRESH_BINARY)[1]) > 127.5
    drawn = everywhere & (across > 3.0) & (across > 5.0 * down)
    ratio = np.sort(across / (down + 0.7))
    return float(drawn.mean()), float(ratio[-1 - ratio.size // 7])


def _within(plane: Samples, low: int, high: int) -> Samples:
    return np.asarray(cv2.inRange(plane, low, high), np.uint8)


def _zero_luma(luma: Samples) -> Samples:
    """Where luma is what zeros give: as decoded, or after a JPEG of the green."""
    return _within(luma, 0, 2) | _within(luma, *GREEN_LUMA)


def _drawn(luma: Samples) -> tuple[float, float, float]:
    """(`drawn_rows`, `drawn_patch`, `drawn_width`)."""
    if min(luma.shape) < 8 * BLOCK:
        return 0.0, 0.0, 0.0
    down, across = np.zeros_like(luma), np.zeros_like(luma)
    cv2.absdiff(luma[LAG:], luma[:-LAG], down[LAG // 2 : -LAG // 2])
    cv2.absdiff(luma[:, LAG:], luma[:, :-LAG], across[:, LAG // 2 : -LAG // 2])
    still, changing = (
        mean_of_blocks(np.asarray(cv2.threshold(one, STEP, 1, cv2.THRESH_BINARY)[1]), BLOCK)
        for one in (down, across)
    )
    drawn = ((still < STILL) & (changing > CHANGING)).astype(np.uint8)
    if not drawn.any():
        return 0.0, 0.0, 0.0
    dense = cv2.blur(drawn.astype(np.float32), (4, 4), borderType=cv2.BORDER_CONSTANT)
    joined = cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    largest = stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())]
    return (
        float(np.sort(drawn.mean(axis=1))[-4]),
        float(dense.max()),
        float(largest[cv2.CC_STAT_WIDTH]) / joined.shape[1],
    )


def _counts(luma: Samples, mask: Samples | None = None) -> NDArray[np.float32]:
    counts = cv2.calcHist([luma], [0], mask, [256], [0, 256])
    return np.asarray(counts.ravel(), np.float32)


def _greys(thinned: Samples, cb: Samples, cr: Samples) -> list[float]:
    """Shares by one luma for each chroma sample."""
    counts = _counts(thinned, _within(cb, 124, 132) & _within(cr, 124, 132))
    return [
        float(counts[GREY_MIDDLE - reach : GREY_MIDDLE + reach + 1].sum()) / thinned.size
        for reach in GREY_REACHES
    ]


def _tint_spot(cb: Samples, cr: Samples) -> float:
    deviant = []
    for plane in (cb, cr):
        blocks = mean_of_blocks(plane, BLOCK // 2)
        if min(blocks.shape) < 5:
            return 0.0
        apart = cv2.absdiff(blocks, cv2.medianBlur(blocks, 5)).ravel()
        deviant.append(float(np.partition(apart, apart.size - 3)[-3]))
    return max(deviant)


def concealment(luma: Samples, cb: Samples, cr: Samples) -> Concealment:
    """Looks at the whole picture: text over a missing part is missing as well."""
    rows, columns = min(cb.shape[0], luma.shape[0] // 2), min(cb.shape[1], luma.shape[1] // 2)
    thinned = np.ascontiguousarray(luma[: 2 * rows : 2, : 2 * columns : 2])
    blue, red = (np.ascontiguousarray(plane[:rows, :columns]) for plane in (cb, cr))
    green = _within(blue, 0, GREEN_CB) & _within(red, 0, GREEN_CR)
    if green.any():
        ranges = cv2.morphologyEx(thinned, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        green &= _within(np.asarray(ranges, np.uint8), 0, FLAT) & _zero_luma(thinned)
    grey = _within(thinned, GREY - GREY_REACH, GREY + GREY_REACH)
    counts = np.convolve(_counts(thinned), np.ones(7), "same")
    smear_share, smear_ratio = _smear(luma)
    drawn_rows, drawn_patch, drawn_width = _drawn(luma)
    close, near, wide = _greys(thinned, blue, red)
    return Concealment(
        green_share=_block_share(green, BLOCK // 2, 0.9),
        grey_share=_block_share(grey, BLOCK // 2, 0.9),
        smear_share=smear_share,
        smear_ratio=smear_ratio,
        grey_close=close,
        grey_near=near,
        grey_wide=wide,
        mode_luma=float(counts.argmax()),
        mode_share=float(counts.max()) / thinned.size,
        drawn_rows=drawn_rows,
        drawn_patch=drawn_patch,
        drawn_width=drawn_width,
        tint_spot=_tint_spot(blue, red),
    )
