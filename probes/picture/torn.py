"""Steps along the grid of blocks that a coder works in, where the scene has none."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from probes.picture.planes import Samples

# Luma is coded in blocks of 16, transformed in 8 and 4 (ITU-T H.264 section 6.4); half in chroma.
# A boundary is looked at in pieces as long as a block's side.
GRID = 8
# Between the boundaries, where no transform ends either.
BETWEEN = 3
# By so many steps the change over a boundary exceeds those on both its sides.
LUMA_STEPS, CHROMA_STEPS = (12, 24, 40), (8, 16)
# Damage comes in patches, the smallest of a few blocks: the densest window of so many pieces.
WINDOW, SPOT = 5, 3
MIN_SIDE = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Torn:
    """Pieces of 8 pixels along which luma (or chroma) jumps more than beside them, on the coder's
    grid. `share` is that of a jump of 12 (chroma 8) and more; each `excess` is less the share
    half-way between the boundaries, where a scene's own contours are as frequent: of jumps of
    12, `strong` of 24, `sharp` of 40 (chroma 8 and 16); `patch` and `spot` that in the window of
    40 x 40 and of 24 x 24 pixels that has most. `row` is the share of the level boundary that
    has most. The idea is that of no-reference blocking measures (Wang, Bovik and Evans, 2000);
    a deblocking filter leaves few in an undamaged picture, coarse coding leaves them everywhere."""

    luma_share: float
    luma_excess: float
    strong_excess: float
    sharp_excess: float
    patch: float
    strong_spot: float
    sharp_spot: float
    row: float
    strong_row: float
    sharp_row: float
    chroma_share: float
    chroma_excess: float
    chroma_strong: float
    chroma_spot: float
    chroma_strong_spot: float


_NOTHING = Torn(
    luma_share=0.0,
    luma_excess=0.0,
    strong_excess=0.0,
    sharp_excess=0.0,
    patch=0.0,
    strong_spot=0.0,
    sharp_spot=0.0,
    row=0.0,
    strong_row=0.0,
    sharp_row=0.0,
    chroma_share=0.0,
    chroma_excess=0.0,
    chroma_strong=0.0,
    chroma_spot=0.0,
    chroma_strong_spot=0.0,
)
# Jumps over level and over upright boundaries, cut to one shape; twice: on the grid and between.
_Maps = tuple[Samples, Samples]


def _jumps(plane: Samples) -> tuple[Samples, Samples]:
    """By how much the change over each level boundary exceeds those beside it, by pieces."""
    count = (plane.shape[0] - BETWEEN - GRID - 2) // GRID
    columns = plane.shape[1] // GRID

    def rows(shift: int) -> Samples:
        firsts = GRID + shift, GRID + BETWEEN + shift
        return np.concatenate(
            [plane[first : first + GRID * count : GRID, : columns * GRID] for first in firsts]
        )

    before, last, first, after = rows(-2), rows(-1), rows(0), rows(1)
    beside = cv2.max(cv2.absdiff(last, before), cv2.absdiff(after, first))
    over = cv2.subtract(cv2.absdiff(first, last), beside)
    scaled = cv2.resize(over, (columns, 2 * count), interpolation=cv2.INTER_AREA)
    pieces: Samples = np.asarray(scaled, np.uint8)
    return pieces[:count], pieces[count:]


def _cut(level: Samples, upright: Samples) -> _Maps:
    rows, columns = min(level.shape[0], upright.shape[1]), min(level.shape[1], upright.shape[0])
    turned = np.asarray(cv2.transpose(upright), np.uint8)
    return np.ascontiguousarray(level[:rows, :columns]), turned[:rows, :columns]


def _both(plane: Samples) -> tuple[_Maps, _Maps]:
    """The jumps on the grid, and those between."""
    level, upright = _jumps(plane), _jumps(np.asarray(cv2.transpose(plane), np.uint8))
    return _cut(level[0], upright[0]), _cut(level[1], upright[1])


def _marked(maps: _Maps, step: int) -> Samples:
    """How many of both pieces at each place are above a step."""
    level, upright = (cv2.threshold(one, step, 1, cv2.THRESH_BINARY)[1] for one in maps)
    return np.asarray(cv2.add(level, upright), np.uint8)


def _mean(marked: Samples) -> float:
    return cv2.sumElems(marked)[0] / (2 * marked.size)


def _densest(marked: Samples, window: int) -> float:
    sums = cv2.boxFilter(marked, cv2.CV_32F, (window, window), normalize=False)
    return cv2.minMaxLoc(sums)[1] / (2 * window**2)


def _fullest_row(maps: _Maps, step: int) -> float:
    counts = np.count_nonzero(maps[0] > step, axis=1)
    return float(counts.max() / maps[0].shape[1])


def _chroma(plane: Samples) -> tuple[float, ...]:
    """The five of one chroma plane, in the order of the fields."""
    on, off = _both(plane)
    weak, strong = ((_marked(on, step), _marked(off, step)) for step in CHROMA_STEPS)
    share = _mean(weak[0])
    return (
        share,
        share - _mean(weak[1]),
        _mean(strong[0]) - _mean(strong[1]),
        _densest(weak[0], SPOT) - _densest(weak[1], SPOT),
        _densest(strong[0], SPOT) - _densest(strong[1], SPOT),
    )


def torn(luma: Samples, cb: Samples, cr: Samples) -> Torn:
    """Looks at the whole picture, at the size it was coded in where that is small enough."""
    if min(luma.shape) < MIN_SIDE:
        return _NOTHING
    on, off = _both(luma)
    marks = [(_marked(on, step), _marked(off, step)) for step in LUMA_STEPS]
    shares = [_mean(here) for here, _ in marks]
    excess = [share - _mean(between) for share, (_, between) in zip(shares, marks, strict=True)]
    spots = [_densest(here, SPOT) - _densest(between, SPOT) for here, between in marks[1:]]
    rows = [_fullest_row(on, step) for step in LUMA_STEPS]
    tint = [max(pair) for pair in zip(_chroma(cb), _chroma(cr), strict=True)]
    return Torn(
        luma_share=shares[0],
        luma_excess=excess[0],
        strong_excess=excess[1],
        sharp_excess=excess[2],
        patch=_densest(marks[0][0], WINDOW) - _densest(marks[0][1], WINDOW),
        strong_spot=spots[0],
        sharp_spot=spots[1],
        row=rows[0],
        strong_row=rows[1],
        sharp_row=rows[2],
        chroma_share=tint[0],
        chroma_excess=tint[1],
        chroma_strong=tint[2],
        chroma_spot=tint[3],
        chroma_strong_spot=tint[4],
    )
