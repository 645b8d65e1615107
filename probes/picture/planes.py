"""A picture at working size, as the measures take it."""

from __future__ import annotations

from dataclasses import dataclass, field

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
