"""How bright the parts of a view are, on 36 x 16 cells as logarithms, and what has changed since.

A camera's usual tones are learnt cell by cell as a running median (steps of one: after the
sigma-delta estimation of backgrounds, Manzanera and Richefeu, 2007), so that cars and headlights
leave no trace in them. What a bar dims it dims by one factor from side to side; what covers a lens
is darker or brighter than what it hides, and smooth.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Samples

COLUMNS, ROWS = 16, 36
# Black counts as this much light, so that a dark scene's noise makes no great steps.
_BLACK = 6.0
# One step of a cell's byte, as a logarithm.
_STEP = float(np.log((255 + _BLACK) / _BLACK) / 255)
_CODES = np.rint(np.log((np.arange(256) + _BLACK) / _BLACK) / _STEP).astype(np.uint8)
# A bar's edge: two rows of cells above against two below, one between.
_RUN, _APART = 2, 3
# Cars and lamps may hide an edge in so many columns on either side of the middle.
_HIDDEN = 3
# All others step alike where it is a bar's edge; a cover's differ with what it hides.
_EVEN = 2.0
# As a logarithm of light, the exposure's own changes left out: a cover changes cells by more.
_CHANGED = 0.15

Tones = NDArray[np.float32]


def tones_of(luma: Samples) -> bytes:
    """The tones of a picture of any size, row by row."""
    cells = cv2.resize(cv2.LUT(luma, _CODES), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(cells, np.uint8).tobytes()


def departure(tones: bytes, known: bytes) -> Tones:
    """By how much each cell is brighter than usual, as a logarithm, 36 x 16."""
    now, usual = (np.frombuffer(one, np.uint8).astype(np.float32) for one in (tones, known))
    return ((now - usual) * np.float32(_STEP)).reshape(ROWS, COLUMNS)


def bar_step(departed: Tones) -> float:
    """The largest step from row to row that all columns but a few have in common and about alike:
    the edge of a bar that dims what it passes over. 0 and more, as a logarithm."""
    sums = np.cumsum(np.vstack([np.zeros((1, COLUMNS), np.float32), departed]), axis=0)
    runs = (sums[_RUN:] - sums[:-_RUN]) / _RUN
    steps = np.sort(runs[_APART:] - runs[:-_APART], axis=1)
    low, high = steps[:, _HIDDEN], steps[:, COLUMNS - 1 - _HIDDEN]
    rises, falls = low[high <= _EVEN * low], -high[low >= _EVEN * high]
    return float(max(rises.max(initial=0.0), falls.max(initial=0.0)))


def changed_share(departed: Tones, smooth: NDArray[np.bool_]) -> float:
    """The largest patch that is `smooth` and of another brightness than usual, as a share. What is
    `smooth` stands for the same part of the view as the tones, whose middle is 0."""
    height, width = smooth.shape
    level = cv2.resize(departed, (width, height), interpolation=cv2.INTER_LINEAR)
    patches = ((np.abs(level) > _CHANGED) & smooth).astype(np.uint8)
    if not patches.any():
        return 0.0
    whole = cv2.morphologyEx(patches, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(whole)
    return float(stats[1:, cv2.CC_STAT_AREA].max()) / smooth.size
