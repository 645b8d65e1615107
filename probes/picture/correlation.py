"""Two planes of contour directions, correlated over all shifts at once."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Contours = NDArray[np.complex64]


def correlation(one: Contours, other: Contours) -> NDArray[np.float32]:
    """The magnitude of the cyclic cross-correlation of two planes of one size (Kuglin and Hines,
    1975, without their whitening); no shift is in the middle."""
    product = _transformed(one) * np.conj(_transformed(other))
    found = np.abs(_transformed(product, cv2.DFT_INVERSE | cv2.DFT_SCALE))
    return np.asarray(np.fft.fftshift(found), np.float32)


def _transformed(plane: Contours, flags: int = 0) -> Contours:
    """Fourier's, in a quarter of the time that numpy takes for such a size."""
    parts = np.ascontiguousarray(plane).view(np.float32).reshape(*plane.shape, 2)
    return np.ascontiguousarray(cv2.dft(parts, flags=flags)).view(np.complex64)[..., 0]
