"""Two planes of contour directions, correlated over all shifts at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Contours = NDArray[np.complex64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The greatest magnitude of a correlation for shifts of up to some cells either way (`here`)
    and for any (`anywhere`), and how many cells the latter is (`cells`)."""

    here: float
    anywhere: float
    cells: float


def match(one: Contours, other: Contours, reach: int) -> Match:
    """Correlates two planes of one size over all cyclic shifts at once (Kuglin and Hines, 1975,
    without their whitening)."""
    product = cv2.mulSpectrums(_transformed(one), _transformed(other), 0, conjB=True)
    found = cv2.dft(product, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE)
    plane = np.abs(np.ascontiguousarray(found).view(np.complex64)[..., 0])
    near = np.arange(-reach, reach + 1)
    _, most, _, (column, row) = cv2.minMaxLoc(plane)
    # What lies behind the middle is a shift the other way.
    height, width = plane.shape
    return Match(
        here=float(plane[near[:, None], near].max()),
        anywhere=most,
        cells=math.hypot(min(row, height - row), min(column, width - column)),
    )


def _transformed(plane: Contours) -> NDArray[np.float32]:
    """Fourier's, in a quarter of the time that numpy takes for such a size."""
    parts = np.ascontiguousarray(plane).view(np.float32).reshape(*plane.shape, 2)
    return np.asarray(cv2.dft(parts), np.float32)
