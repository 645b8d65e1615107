"""Telling a frozen picture from two looks at it."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Samples
from probes.picture.thresholds import THRESHOLDS, Thresholds
from probes.vocabulary import Sketch

COLUMNS, ROWS = 48, 27
_TEXT_ROWS = 3
# Parts of 12 x 7 samples: the coder's changes average out.
_PARTS_ACROSS, _PARTS_DOWN = 4, 3


def sample(luma: Samples) -> bytes:
    """48 x 27 single samples on an even grid, as `Sketch.luma` keeps them.

    Single samples, not averages: a live sensor's noise moves them from one frame to the next
    even where nothing in the scene moves.
    """
    rows = (np.arange(ROWS) * 2 + 1) * luma.shape[0] // (2 * ROWS)
    columns = (np.arange(COLUMNS) * 2 + 1) * luma.shape[1] // (2 * COLUMNS)
    return bytes(luma[rows[:, None], columns])


def equal_share(one: Sketch, other: Sketch) -> float | None:
    """The share of samples that are the same in both; 1 where the coded pictures are the same.

    None where the sketches cannot be compared.
    """
    if one.digest == other.digest:
        return 1.0
    if len(one.luma) != COLUMNS * ROWS or len(other.luma) != COLUMNS * ROWS:
        return None
    equal = np.frombuffer(one.luma, np.uint8) == np.frombuffer(other.luma, np.uint8)
    return float(equal.mean())


def stillness(
    previous: Sketch | None, current: Sketch, thresholds: Thresholds = THRESHOLDS
) -> float | None:
    """`equal_share` of two looks, or None where it would prove nothing: no earlier look, one too
    short ago (`frozen_min_age`), or a picture without detail (`frozen_min_spread`)."""
    if previous is None or not _old_enough(previous.captured_at, current.captured_at, thresholds):
        return None
    samples = np.frombuffer(current.luma, np.uint8)
    if samples.size == 0 or float(samples.std()) < thresholds.frozen_min_spread:
        return None
    return equal_share(previous, current)


def _old_enough(before: datetime, now: datetime, thresholds: Thresholds) -> bool:
    return now - before >= thresholds.frozen_min_age


def stands(
    previous: Sketch | None, current: Sketch, thresholds: Thresholds = THRESHOLDS
) -> bool | None:
    """Whether two looks show the same but for what coding it anew changes: hardly a sample by more
    than some steps, and no part as a whole. Suns and lamps do not shine that evenly, but a still
    scene at night comes near it: this suggests a frozen picture and does not prove one. None as
    for `stillness`."""
    if previous is None or not _old_enough(previous.captured_at, current.captured_at, thresholds):
        return None
    if len(previous.luma) != COLUMNS * ROWS or len(current.luma) != COLUMNS * ROWS:
        return None
    now, before = _samples(current), _samples(previous)
    if float(now.std()) < thresholds.frozen_min_spread:
        return None
    # The rows of overlay text above and below are left out: its clock may go on.
    change = (now - before)[_TEXT_ROWS : ROWS - _TEXT_ROWS]
    parts = change.reshape(_PARTS_DOWN, -1, _PARTS_ACROSS, COLUMNS // _PARTS_ACROSS)
    drift = float(np.abs(parts.mean(axis=(1, 3))).max())
    near = float((np.abs(change) <= thresholds.stands_within).mean())
    return near >= thresholds.stands_share and drift <= thresholds.stands_drift


def _samples(sketch: Sketch) -> NDArray[np.int16]:
    return np.frombuffer(sketch.luma, np.uint8).reshape(ROWS, COLUMNS).astype(np.int16)
