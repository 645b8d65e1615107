"""What a decoder leaves in place of a picture's missing parts."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from probes.picture.planes import Samples

BLOCK = 16
# Zeros in all planes show as green: chroma of RGB (0, 135, 0) as converted, less where not.
GREEN_CB, GREEN_CR = 104, 96
GREEN_LUMA = (66, 92)
FLAT = 4
# A decoder without a reference starts from 128 in all planes (ITU-T H.264 section 8.2.1 leaves
# it open; this is what decoders do).
GREY, GREY_REACH = 128, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Concealment:
    """Shares of the picture's blocks (`smear_share`: of its rows): green without any detail, grey
    128 without any, and single rows drawn out downwards."""

    green_share: float
    grey_share: float
    smear_share: float


def _block_share(marked: Samples, block: int, least: float) -> float:
    rows, columns = marked.shape[0] // block, marked.shape[1] // block
    if rows == 0 or columns == 0:
        return 0.0
    whole = np.ascontiguousarray(marked[: rows * block, : columns * block])
    means = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    return float((means >= least * 255).mean())


def _smear_share(luma: Samples) -> float:
    """Rows that differ from the one 8 above by next to nothing, though they hold contrast."""
    lag = 8
    if luma.shape[0] <= lag:
        return 0.0
    thin = np.ascontiguousarray(luma[::2])
    apart = lag // 2
    down = cv2.absdiff(thin[apart:], thin[:-apart]).mean(axis=1)
    steps = cv2.absdiff(thin[apart:, lag:], thin[apart:, :-lag])
    across = steps.mean(axis=1)
    # All along the row: a pole before a wall is drawn out as well.
    everywhere = (steps > 2).mean(axis=1) > 0.5
    return float((everywhere & (across > 3.0) & (across > 5.0 * down)).mean())


def _within(plane: Samples, low: int, high: int) -> Samples:
    return np.asarray(cv2.inRange(plane, low, high), np.uint8)


def _zero_luma(luma: Samples) -> Samples:
    """Where luma is what zeros give: as decoded, or after a JPEG of the green."""
    return _within(luma, 0, 2) | _within(luma, *GREEN_LUMA)


def concealment(luma: Samples, cb: Samples, cr: Samples) -> Concealment:
    """Looks at the whole picture: text over a missing part is missing as well."""
    green = _within(cb, 0, GREEN_CB) & _within(cr, 0, GREEN_CR)
    if green.any():
        kernel = np.ones((3, 3), np.uint8)
        small = np.asarray(
            cv2.resize(luma, (cb.shape[1], cb.shape[0]), interpolation=cv2.INTER_NEAREST), np.uint8
        )
        ranges = np.asarray(cv2.morphologyEx(small, cv2.MORPH_GRADIENT, kernel), np.uint8)
        green &= _within(ranges, 0, FLAT) & _zero_luma(small)
    grey = _within(luma, GREY - GREY_REACH, GREY + GREY_REACH)
    return Concealment(
        green_share=_block_share(green, BLOCK // 2, 0.9),
        grey_share=_block_share(grey, BLOCK, 0.9),
        smear_share=_smear_share(luma),
    )
