"""What a second's interval between pictures tells: frozen, shaking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.measures import interior
from probes.picture.planes import Samples

# Frames of a burst are registered at this width: a shift of one is 1 / 320 of the picture.
COLUMNS = 320
_WEAK = 6.0
# Less contrast than this and a picture may well stay the same (standard deviation of luma).
MIN_SPREAD = 6.0
_EQUAL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """`equal_share`: the share of samples within one luma step of the frame before, the least of
    the pairs (a ticking clock is outside of what is compared); 1 where the last two pairs have
    every sample the same, which no sensor gives. `moved`: the
    middle of the shifts from frame to frame as shares of the width; `agreement` (0 to 1) how
    much of the contours these shifts explain."""

    equal_share: float
    moved: float
    agreement: float


def _directions(luma: Samples) -> NDArray[np.complex64]:
    rows = max(16, round(COLUMNS * luma.shape[0] / luma.shape[1]))
    small = cv2.resize(luma, (COLUMNS, min(rows, COLUMNS)), interpolation=cv2.INTER_AREA)
    right = cv2.Sobel(small, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1)
    direction = (right + 1j * down) / (np.hypot(right, down) + _WEAK)
    return np.asarray(direction, np.complex64)


def _shift(one: NDArray[np.complex64], other: NDArray[np.complex64]) -> tuple[float, float]:
    """(shift as a share of the width, correlation there)."""
    energy = float(np.sqrt((np.abs(one) ** 2).sum() * (np.abs(other) ** 2).sum()))
    plane = np.abs(np.fft.ifft2(np.fft.fft2(one) * np.conj(np.fft.fft2(other))))
    row, column = (int(at) for at in np.unravel_index(int(plane.argmax()), plane.shape))
    # Beyond half the size a shift is one to the other side.
    down, right = min(row, plane.shape[0] - row), min(column, plane.shape[1] - column)
    return float(np.hypot(down, right)) / COLUMNS, float(plane.max()) / max(energy, 1.0)


def _equal_share(differences: Sequence[Samples]) -> float:
    if len(differences) >= 2 and not any(one.any() for one in differences[-2:]):
        return 1.0
    return min(float((one <= _EQUAL).mean()) for one in differences)


def motion(lumas: Sequence[Samples]) -> Motion | None:
    """Compares each frame with the one before; None where there is next to no detail, or less
    than two frames of one size. Lumas are in order of time."""
    inner = [np.ascontiguousarray(interior(luma)) for luma in lumas]
    if len(inner) < 2 or len({luma.shape for luma in inner}) > 1:
        return None
    if min(inner[0].shape) < 16 or float(inner[0].std()) < MIN_SPREAD:
        return None
    differences = [np.asarray(cv2.absdiff(one, other), np.uint8) for one, other in pairwise(inner)]
    directions = [_directions(luma) for luma in inner]
    shifts = [_shift(one, other) for one, other in pairwise(directions)]
    return Motion(
        equal_share=_equal_share(differences),
        moved=float(np.median([moved for moved, _ in shifts])),
        agreement=float(np.median([agreed for _, agreed in shifts])),
    )
