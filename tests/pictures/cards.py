"""What recorders and decoders show in place of a picture."""

from __future__ import annotations

import cv2
import numpy as np

from tests.pictures.faults import Image, clipped

ROWS, COLUMNS = 360, 640
_WORDS = ("NO SIGNAL", "NO VIDEO", "VIDEO LOSS", "DISCONNECTED", "Offline")
_COLOURS = ((0, 0, 0), (16, 16, 16), (200, 40, 16), (255, 0, 0), (128, 128, 128), (60, 60, 60))
_BARS = ((235,) * 3, (16, 235, 235), (235, 235, 16), (16, 235, 16), (235, 16, 235), (16, 16, 235))


def card(rng: np.random.Generator) -> Image:
    """Black, blue or grey, with or without words; colour bars."""
    if rng.random() < 0.2:
        bars = np.array([*_BARS, (235, 16, 16)], np.float32) * float(rng.uniform(0.7, 1))
        across = np.arange(COLUMNS) * len(bars) // COLUMNS
        return np.ascontiguousarray(np.broadcast_to(clipped(bars[across]), (ROWS, COLUMNS, 3)))
    colour = _COLOURS[int(rng.integers(len(_COLOURS)))]
    view = np.full((ROWS, COLUMNS, 3), colour, np.uint8)
    if rng.random() < 0.6:
        words = _WORDS[int(rng.integers(len(_WORDS)))]
        size = float(rng.uniform(0.8, 2.4))
        left = int(rng.uniform(20, 200))
        cv2.putText(view, words, (left, 200), 0, size, (230, 230, 230), 1 + int(size * 2), 16)
    return clipped(view + rng.normal(0, float(rng.uniform(0, 0.8)), view.shape))


def green(view: Image, rng: np.random.Generator) -> tuple[Image, float]:
    """(a picture green from some row on, the share that is): zeros in all planes, as decoders
    leave what never came."""
    shown = view.copy()
    share = float(rng.choice([1.0, rng.uniform(0.08, 0.9)], p=[0.2, 0.8]))
    first = view.shape[0] - round(view.shape[0] * share)
    shown[first // 16 * 16 :] = (0, 135, 0)
    return shown, share
