"""How noisy a picture is, measured where the scene itself is smooth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Samples

BLOCK = 16
# Clipped blocks hold no noise, whatever the sensor does.
LIT = (12.0, 240.0)
MIN_BLOCKS = 20
# The sum of two crossed second differences: zero on edges and slopes (Immerkaer, 1996).
_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
# Its gain on white noise is 6; the mean of a Gaussian's magnitude is sqrt(2 / pi) of its sigma.
_TO_SIGMA = float(np.sqrt(np.pi / 2) / 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grain:
    """`noise` is the sigma (in luma steps) of the tenth smoothest of the lit blocks; `whiteness`
    how much of the change from pixel to pixel is without correlation: 1 for white noise, 0.3
    for a scene's own texture (25 % quantile). None where too little is lit."""

    noise: float | None
    whiteness: float | None


def block_mean(plane: NDArray[np.float32] | Samples) -> NDArray[np.float32]:
    """The mean of each whole 16 x 16 block."""
    rows, columns = plane.shape[0] // BLOCK, plane.shape[1] // BLOCK
    if rows == 0 or columns == 0:
        return np.zeros((0, 0), np.float32)
    whole = plane[: rows * BLOCK, : columns * BLOCK].astype(np.float32)
    small = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).reshape(rows, columns)


def grain(luma: Samples) -> Grain:
    """Measures noise by Immerkaer's operator, block by block."""
    level = block_mean(luma)
    lit = (level > LIT[0]) & (level < LIT[1])
    if np.count_nonzero(lit) < MIN_BLOCKS:
        return Grain(noise=None, whiteness=None)
    rough = block_mean(np.abs(cv2.filter2D(luma, cv2.CV_32F, _KERNEL)))[lit] * _TO_SIGMA
    steps = np.zeros_like(luma)
    cv2.absdiff(luma[:, 1:], luma[:, :-1], steps[:, :-1])
    # Both are about sigma for white noise: a first difference has a gain of sqrt(2).
    change = block_mean(steps)[lit] * float(np.sqrt(np.pi / 2) / np.sqrt(2))
    return Grain(
        noise=float(np.quantile(rough, 0.10)),
        whiteness=float(np.quantile(rough / (change + 0.3), 0.25)),
    )
