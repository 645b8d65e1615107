"""A picture at working size, as the measures take it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.uint8]

# The measures' thresholds hold for this width; smaller pictures are taken as they are.
WORKING_WIDTH = 640
# A picture far taller than wide is no camera's; the bound keeps its cost that of a usual one.
WORKING_HEIGHT = 720


@dataclass(frozen=True, slots=True, kw_only=True)
class Planes:
    """Luma (h x w) and chroma (h/2 x w/2), 8 bits, full range (ITU-R BT.601 / BT.709: luma 0 is
    black and 255 white, chroma 128 is grey)."""

    luma: Samples = field(repr=False)
    cb: Samples = field(repr=False)
    cr: Samples = field(repr=False)


def working_size(width: int, height: int) -> tuple[int, int]:
    """The size to measure a picture at: even, at most 640 x 720, the aspect ratio kept."""
    scale = min(1.0, WORKING_WIDTH / width, WORKING_HEIGHT / height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def quantile(values: NDArray[Any], share: float) -> float:
    """The value that so great a share of the values is not above, by rank: a third of the time
    that numpy's interpolating one takes on so few."""
    flat = values.ravel()
    rank = min(flat.size - 1, int(share * flat.size))
    return float(np.partition(flat, rank)[rank])


def mean_of_blocks(plane: Samples, block: int) -> NDArray[np.float32]:
    """The mean of each whole block of so many pixels (at most 256) across and down."""
    rows = plane.shape[0] // block
    if rows == 0 or plane.shape[1] < block:
        return np.zeros((0, 0), np.float32)
    columns = plane.shape[1] // block
    whole = plane[: rows * block].reshape(rows, block, plane.shape[1])
    # So many rows of 8 bits fit into 16, and their sums are whole numbers that 32 bits hold.
    sums = np.add.reduce(whole, axis=1, dtype=np.uint16)[:, : columns * block]
    runs = sums.astype(np.float32).reshape(rows * columns, block)
    means = runs @ np.full(block, 1 / block**2, np.float32)
    return np.asarray(means.reshape(rows, columns), np.float32)


def shrunk(plane: Samples, step: int) -> Samples:
    """Scaled down by a whole number, what is left over at the right and below cut off: five times
    as fast as by any other number."""
    columns, rows = plane.shape[1] // step, plane.shape[0] // step
    whole = plane[: rows * step, : columns * step]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
