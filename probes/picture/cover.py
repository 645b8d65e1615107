"""Something in front of the lens: a large soft patch that reaches in from the side."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Samples

COLUMNS = 64
# Luma range within about 9 x 9 pixels below which there is no detail.
SMOOTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The largest patch without detail: its share of the picture, mean luma and the spread of its
    lumas, its mean chroma less 128, how much of the bottom and of the top it takes, and the
    mean luma and the detail (90 % quantile of local ranges) of the rest."""

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
)


def cover(luma: Samples, cb: Samples, cr: Samples) -> Cover:
    """Finds the largest patch."""
    rows = max(4, round(COLUMNS * luma.shape[0] / luma.shape[1]))
    if rows > 4 * COLUMNS or min(luma.shape) < 16:
        return _NOTHING
    size = (COLUMNS, rows)
    half = (max(8, luma.shape[1] // 2), max(8, luma.shape[0] // 2))
    soft = cv2.blur(cv2.resize(luma, half, interpolation=cv2.INTER_AREA), (3, 3))
    ranges = cv2.morphologyEx(soft, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))

    def small(plane: Samples) -> NDArray[np.float32]:
        resized = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        return np.asarray(resized, np.float32)

    detail, level, blue, red = (
        small(np.asarray(ranges, np.uint8)),
        small(np.asarray(soft, np.uint8)),
        small(cb),
        small(cr),
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats((detail < SMOOTH).astype(np.uint8))
    if count < 2:
        return _NOTHING
    inside = labels == int(stats[1:, cv2.CC_STAT_AREA].argmax()) + 1
    rest = ~inside
    some = rest if rest.any() else inside
    return Cover(
        share=float(inside.mean()),
        luma=float(level[inside].mean()),
        spread=float(level[inside].std()),
        cb=float(blue[inside].mean() - 128),
        cr=float(red[inside].mean() - 128),
        chroma_spread=float(np.hypot(blue[inside].std(), red[inside].std())),
        bottom=float(inside[-1].mean()),
        top=float(inside[0].mean()),
        side=float(max(inside[:, 0].mean(), inside[:, -1].mean())),
        rest_luma=float(level[some].mean()),
        rest_detail=float(np.quantile(detail[some], 0.9)),
    )
