"""Something in front of the lens: a large soft patch that reaches in from the side."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Samples, quantile, shrunk

COLUMNS = 64
# Luma range within about 9 x 9 pixels below which there is no detail.
SMOOTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The largest patch without detail: its share of the picture, mean luma and the spread of its
    lumas, its mean chroma less 128, how much of the bottom and of the top it takes, and the
    mean luma and the detail (90 % quantile of local ranges) of the rest. `rim_step` is the luma's
    range over 9 pixels along the patch's rim (median), `rim_sharp` the steepest change of one
    half-size pixel there as a share of it: what is too near to be in focus has a soft rim.
    `mottle` is how much luma changes within the patch over a sixteenth of the width."""

    share: float
    luma: float
    spread: float
    cb: float
    cr: float
    chroma_spread: float
    bottom: float
    top: float
    side: float
    rest_luma: float
    rest_detail: float
    rim_step: float
    rim_sharp: float
    mottle: float


_NOTHING = Cover(
    share=0,
    luma=0,
    spread=0,
    cb=0,
    cr=0,
    chroma_spread=0,
    bottom=0,
    top=0,
    side=0,
    rest_luma=0,
    rest_detail=0,
    rim_step=0,
    rim_sharp=0,
    mottle=0,
)


def cover(luma: Samples, cb: Samples, cr: Samples) -> Cover:
    """Finds the largest patch."""
    # In steps of half-size pixels, which chroma samples are as well.
    step = max(1, round(cb.shape[1] / COLUMNS))
    if min(cb.shape) < 4 * step or cb.shape[0] > 4 * cb.shape[1]:
        return _NOTHING
    half = shrunk(luma, 2)
    rows, columns = min(half.shape[0], cb.shape[0]), min(half.shape[1], cb.shape[1])
    soft = cv2.blur(half[:rows, :columns], (3, 3))
    ranges = cv2.morphologyEx(soft, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))
    detail, level, blue, red = (
        shrunk(np.asarray(plane, np.uint8), step).astype(np.float32)
        for plane in (ranges, soft, cb[:rows, :columns], cr[:rows, :columns])
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats((detail < SMOOTH).astype(np.uint8))
    if count < 2:
        return _NOTHING
    inside = labels == int(stats[1:, cv2.CC_STAT_AREA].argmax()) + 1
    patch = inside.view(np.uint8)
    some = inside if inside.all() else ~inside
    means, spreads = cv2.meanStdDev(cv2.merge((level, blue, red)), mask=patch)
    return Cover(
        share=np.count_nonzero(inside) / inside.size,
        luma=float(means[0, 0]),
        spread=float(spreads[0, 0]),
        cb=float(means[1, 0]) - 128,
        cr=float(means[2, 0]) - 128,
        chroma_spread=math.hypot(spreads[1, 0], spreads[2, 0]),
        bottom=float(inside[-1].mean()),
        top=float(inside[0].mean()),
        side=float(max(inside[:, 0].mean(), inside[:, -1].mean())),
        rest_luma=cv2.mean(level, mask=some.view(np.uint8))[0],
        rest_detail=quantile(detail[some], 0.9),
        **_rim(_steepest(np.asarray(soft, np.uint8), step), detail, level, inside),
    )


def _rim(
    steepest: NDArray[np.float32],
    detail: NDArray[np.float32],
    level: NDArray[np.float32],
    inside: NDArray[np.bool_],
) -> dict[str, float]:
    """Of the cells around the patch, and within it."""
    patch = inside.astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    rim = (cv2.dilate(patch, kernel, iterations=2) > 0) & ~inside
    strong = rim & (detail > SMOOTH)
    mottle = cv2.absdiff(level, cv2.blur(level, (5, 5)))
    core = cv2.erode(patch, kernel, iterations=2) > 0
    return {
        "rim_step": quantile(detail[strong], 0.5) if strong.any() else 0.0,
        "rim_sharp": quantile(steepest[strong] / detail[strong], 0.5) if strong.any() else 0.0,
        "mottle": float(mottle[core].mean()) if core.any() else 0.0,
    }


def _steepest(soft: Samples, step: int) -> NDArray[np.float32]:
    """The mean over each cell of the change to the next pixel, the larger of right and down."""
    across, down = np.zeros_like(soft), np.zeros_like(soft)
    cv2.absdiff(soft[:, 1:], soft[:, :-1], across[:, :-1])
    cv2.absdiff(soft[1:], soft[:-1], down[:-1])
    largest = cv2.dilate(cv2.max(across, down), np.ones((5, 5), np.uint8))
    return shrunk(np.asarray(largest, np.uint8), step).astype(np.float32)
