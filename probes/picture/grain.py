"""How noisy a picture is, measured where the scene itself is smooth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from probes.picture.planes import Samples, mean_of_blocks, quantile

BLOCK = 16
# Clipped blocks hold no noise, whatever the sensor does.
LIT = (12.0, 240.0)
MIN_BLOCKS = 20
# A pixel this far from the median of its neighbours is no part of a contour.
SPOT = 30
# The sum of two crossed second differences: zero on edges and slopes (Immerkaer, 1996).
_SECOND = np.array([1, -2, 1], np.float32)
# Its gain on white noise is 6; the mean of a Gaussian's magnitude is sqrt(2 / pi) of its sigma.
TO_SIGMA = float(np.sqrt(np.pi / 2) / 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grain:
    """`noise` is the sigma (in luma steps) of the tenth smoothest of the lit blocks; `whiteness`
    how much of the change from pixel to pixel is without correlation: 1 for white noise, 0.3
    for a scene's own texture (25 % quantile). None where too little is lit. `usual` is the sigma
    in the middle block, `chroma` that of the third smoothest block of the noisier chroma plane,
    `spots` the share of pixels that stand out from the median of their 3 x 3."""

    noise: float | None
    whiteness: float | None
    usual: float | None
    chroma: float
    spots: float


def crossed(plane: Samples) -> Samples:
    """The magnitude of the crossed second differences, 255 at most: that of a sigma of 50."""
    differences = cv2.sepFilter2D(plane, cv2.CV_16S, _SECOND, _SECOND)
    return np.asarray(cv2.convertScaleAbs(differences), np.uint8)


def _spots(luma: Samples) -> float:
    apart = cv2.absdiff(luma, cv2.medianBlur(luma, 3))
    return cv2.countNonZero(cv2.threshold(apart, SPOT, 255, cv2.THRESH_BINARY)[1]) / luma.size


def _chroma(plane: Samples) -> float:
    rough = mean_of_blocks(crossed(plane), BLOCK) * TO_SIGMA
    return quantile(rough, 0.3) if rough.size else 0.0


def grain(luma: Samples, cb: Samples, cr: Samples) -> Grain:
    """Measures noise by Immerkaer's operator, block by block."""
    chroma, spots = max(_chroma(cb), _chroma(cr)), _spots(luma)
    level = mean_of_blocks(luma, BLOCK)
    lit = (level > LIT[0]) & (level < LIT[1])
    if np.count_nonzero(lit) < MIN_BLOCKS:
        return Grain(noise=None, whiteness=None, usual=None, chroma=chroma, spots=spots)
    rough = mean_of_blocks(crossed(luma), BLOCK)[lit] * TO_SIGMA
    steps = np.zeros_like(luma)
    cv2.absdiff(luma[:, 1:], luma[:, :-1], steps[:, :-1])
    # Both are about sigma for white noise: a first difference has a gain of sqrt(2).
    change = mean_of_blocks(steps, BLOCK)[lit] * float(np.sqrt(np.pi / 2) / np.sqrt(2))
    return Grain(
        noise=quantile(rough, 0.10),
        whiteness=quantile(rough / (change + 0.3), 0.25),
        usual=quantile(rough, 0.5),
        chroma=chroma,
        spots=spots,
    )
