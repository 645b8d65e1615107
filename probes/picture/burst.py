"""What a second's interval between pictures tells: frozen, shaking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.measures import BLOCK, interior
from probes.picture.planes import Samples

# Frames of a burst are registered at this width: a shift of one is 1 / 320 of the picture.
COLUMNS = 320
_WEAK = 6.0
# Less contrast than this and a picture may well stay the same (standard deviation of luma).
MIN_SPREAD = 6.0
_EQUAL = 1
# A block's mean that has moved so far (luma steps), and the share of such blocks that makes it
# more than a flaw of the coding.
_STIRRED, _STIRRED_SHARE = 2.5, 0.002
# A coder that is given the same picture again gives the same key picture; of a still room at night
# with next to no noise up to 0.9 stays within one step.
_REPEATED = 0.98
# A way of fewer steps may end anywhere by chance.
_LEAST_STEPS = 5
# Rolling bars are looked for in so many rows, in so many parts of the width.
_BANDS, _PARTS = 48, 4
# Lumas this low are noise's: added before the logarithm.
_DIM = 8.0
# Changes are of parts of so many samples; looked at are all but so many of them.
_PART, _MUCH, _MOST = 9, 0.98, 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """`equal_share`: the share of samples within one luma step of the frame before, the least of
    the pairs (a ticking clock is outside of what is compared); 1 where the last two pairs have
    every sample the same, which no sensor gives; None where nothing shows whether it stands, and 0
    where a part of the picture has changed.
    `moved`: the middle (of a few the mean) of the shifts from frame to frame as shares of the
    width; `agreement` (0 to 1) how much of the contours these shifts explain; `onward` the share
    of the way that is left of it at the end: 1 of a camera that turns, next to nothing of one
    that shakes, and 0 where the steps are too few to tell. `rolling`: how far brightness goes up
    and down from row to row, over the whole width at once and elsewhere in the next frame (a
    logarithm).

    `changes`, where each picture is coded on its own: by how many luma steps parts of 9 x 9
    samples changed from frame to frame; that of the middle one, of the one in fifty blocks and of
    the one in a thousand that changed most (the middle of the pairs). Repeats that were coded anew
    change everywhere a little and nowhere much; the light on a live scene is never that even."""

    equal_share: float | None
    moved: float
    agreement: float
    onward: float = 0.0
    rolling: float = 0.0
    changes: tuple[float, float, float] | None = None


def _directions(luma: Samples) -> NDArray[np.complex64]:
    rows = max(16, round(COLUMNS * luma.shape[0] / luma.shape[1]))
    small = cv2.resize(luma, (COLUMNS, min(rows, COLUMNS)), interpolation=cv2.INTER_AREA)
    right = cv2.Sobel(small, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1)
    direction = (right + 1j * down) / (np.hypot(right, down) + _WEAK)
    return np.asarray(direction, np.complex64)


def _shift(one: NDArray[np.complex64], other: NDArray[np.complex64]) -> tuple[complex, float]:
    """(shift to the right and down, as shares of the width, in one number; correlation there)."""
    energy = float(np.sqrt((np.abs(one) ** 2).sum() * (np.abs(other) ** 2).sum()))
    plane = np.abs(np.fft.ifft2(np.fft.fft2(one) * np.conj(np.fft.fft2(other))))
    row, column = (int(at) for at in np.unravel_index(int(plane.argmax()), plane.shape))
    # Beyond half the size a shift is one to the other side.
    down = row - plane.shape[0] * (row > plane.shape[0] // 2)
    right = column - plane.shape[1] * (column > plane.shape[1] // 2)
    return complex(right, down) / COLUMNS, float(plane.max()) / max(energy, 1.0)


def _equal_share(differences: Sequence[Samples]) -> float:
    if len(differences) >= 2 and not any(one.any() for one in differences[-2:]):
        return 1.0
    return min(float((one <= _EQUAL).mean()) for one in differences)


def _changes(inner: Sequence[Samples]) -> tuple[float, float, float]:
    """See `Motion.changes`; a sensor's noise mostly cancels out in a part."""
    found = []
    for one, other in pairwise(inner):
        apart = cv2.subtract(one, other, dtype=cv2.CV_16S).astype(np.float32)
        parts = np.abs(cv2.blur(apart, (_PART, _PART)))
        blocks = (max(1, apart.shape[1] // BLOCK), max(1, apart.shape[0] // BLOCK))
        means = cv2.resize(parts, blocks, interpolation=cv2.INTER_AREA)
        middle, most = np.quantile(parts[::2, ::2], (0.5, _MOST))
        found.append((middle, np.quantile(means, _MUCH), most))
    middle, much, most = np.median(found, axis=0)
    return float(middle), float(much), float(most)


def motion(lumas: Sequence[Samples]) -> Motion | None:
    """Compares each frame with the one before; None where there is next to no detail, or less
    than two frames of one size. Lumas are in order of time."""
    inner = _comparable(lumas)
    if inner is None:
        return None
    found = _motion(inner, _equal_share(_differences(inner)))
    return replace(found, changes=_changes(inner))


def stream_motion(moving: Sequence[Samples], keys: Sequence[Samples]) -> Motion | None:
    """As `motion`, of a stream. Pictures that are coded as differences (`moving`) stay the same
    where a coder found their changes too small to be worth it, so whether a picture stands is told
    by `keys`, which are coded on their own."""
    pair = _comparable(keys)
    equal_share = None if pair is None else _standing_share(pair)
    inner = _comparable(moving)
    if inner is not None:
        return _motion(inner, equal_share)
    if equal_share is None:
        return None
    return Motion(equal_share=equal_share, moved=0.0, agreement=0.0)


def _standing_share(pair: Sequence[Samples]) -> float:
    """The equal share, unless a block is as a whole brighter or darker than before: coding anew
    changes samples, and hardly a block's mean. What is soft or nearly white stays within one step
    too while something drives through it."""
    blocks = pair[0].shape[1] // BLOCK, pair[0].shape[0] // BLOCK
    means = [
        cv2.resize(one.astype(np.float32), blocks, interpolation=cv2.INTER_AREA)
        for one in (pair[0], pair[-1])
    ]
    stirred = np.abs(means[0] - means[1]) > _STIRRED
    share = _equal_share(_differences(pair))
    return 0.0 if share < _REPEATED or stirred.mean() > _STIRRED_SHARE else share


def _comparable(lumas: Sequence[Samples]) -> list[Samples] | None:
    inner = [np.ascontiguousarray(interior(luma)) for luma in lumas]
    if len(inner) < 2 or len({luma.shape for luma in inner}) > 1:
        return None
    if min(inner[0].shape) < 16 or float(inner[0].std()) < MIN_SPREAD:
        return None
    return inner


def _differences(inner: Sequence[Samples]) -> list[Samples]:
    return [np.asarray(cv2.absdiff(one, other), np.uint8) for one, other in pairwise(inner)]


def _motion(inner: Sequence[Samples], equal_share: float | None) -> Motion:
    directions = [_directions(luma) for luma in inner]
    shifts = [_shift(one, other) for one, other in pairwise(directions)]
    way = sum(abs(moved) for moved, _ in shifts)
    telling = way > 0 and len(shifts) >= _LEAST_STEPS
    return Motion(
        equal_share=equal_share,
        # Of a few the middle is one of them.
        moved=float((np.median if telling else np.mean)([abs(moved) for moved, _ in shifts])),
        agreement=float(np.median([agreed for _, agreed in shifts])),
        onward=abs(sum(moved for moved, _ in shifts)) / way if telling else 0.0,
        rolling=_rolling(inner),
    )


def _rolling(inner: Sequence[Samples]) -> float:
    """The 90 % quantile over the rows of how far a row differs from its own middle over time, in
    the part of the picture's width where it differs least: lamps flicker over the whole width,
    what drives by does not. What all rows have in common is the exposure."""
    if len(inner) < 3:
        return 0.0
    rows = np.stack(
        [
            cv2.resize(luma, (_PARTS, _BANDS), interpolation=cv2.INTER_AREA).astype(np.float32)
            for luma in inner
        ]
    )
    levels = np.log(rows + _DIM)
    change = levels - np.median(levels, axis=0)
    change -= np.median(change, axis=1, keepdims=True)
    # The same in all parts: the least of them where all have one sign.
    up, down = np.maximum(change, 0).min(axis=2), np.maximum(-change, 0).min(axis=2)
    return float(np.median(np.quantile(up + down, 0.9, axis=1)))
