"""Two pictures of one camera, laid over each other by their contours."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from probes.picture.correlation import Contours, match
from probes.picture.figures import is_grey
from probes.picture.measures import interior, slope_ratio
from probes.picture.planes import Planes, Samples

# Pictures are compared at this size: a camera's aspect ratio does not change.
COLUMNS, ROWS = 160, 90
# Contours weaker than this (luma steps, by Sobel) count less and less: that is noise.
_WEAK = 6.0
# A lens settles and a mast sways: shifts up to this share of the width are the same view.
SAME_VIEW = 0.025
_STRIP = 0.12
_SMOOTH, _DETAILED = 10, 30
# A picture with contours like this is in focus, whatever its reference has.
_STEEP = 0.84


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Correlations of contour directions, 0 (nothing in common) to 1. `here` is the best for
    shifts of up to 2.5 % of the width, `anywhere` the best of all and `distance` its shift, as
    a share of the width."""

    here: float
    anywhere: float
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A picture against its reference: `shift` of the contours (None where one has none),
    `lost_share`, see there, and by how much `softer` its contours are (None where either has too
    few, see `probes.picture.measures.slope_ratio`, or the picture's are steep). `colour_away` is
    how far its mean chroma lies from all between the reference's and grey (None where either has
    no colour, or chroma is not compared)."""

    shift: Shift | None
    lost_share: float
    softer: float | None = None
    colour_away: float | None = None


def halved(luma: Samples) -> Samples:
    """A luma of any size at 320 x 180, as pictures are compared."""
    size = (2 * COLUMNS, 2 * ROWS)
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


def contours(half: Samples) -> Contours:
    """The directions of a picture's contours, 68 x 160; their strength hardly matters, so that day
    and night, sun and rain have most of them in common."""
    small = cv2.resize(half, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    inner = small[round(ROWS * _STRIP) : ROWS - round(ROWS * _STRIP)]
    right, down = cv2.Sobel(inner, cv2.CV_32F, 1, 0), cv2.Sobel(inner, cv2.CV_32F, 0, 1)
    strength = cv2.magnitude(right, down) + np.float32(_WEAK)
    direction = np.empty(inner.shape, np.complex64)
    direction.real, direction.imag = right / strength, down / strength
    return direction


def shift(one: Contours, other: Contours) -> Shift | None:
    """Correlates over all shifts at once (by FFT); None where one picture has no contours."""
    energy = float(np.sqrt((np.abs(one) ** 2).sum() * (np.abs(other) ** 2).sum()))
    if energy < 1.0:
        return None
    found = match(one, other, max(1, round(SAME_VIEW * COLUMNS)))
    return Shift(
        here=found.here / energy,
        anywhere=found.anywhere / energy,
        distance=found.cells / COLUMNS,
    )


def lost_share(half: Samples, reference: Samples) -> float:
    """The largest patch that shows no detail where the reference shows some, as a share; both
    `halved`."""
    detail = []
    for plane in (half, reference):
        soft = cv2.blur(plane, (3, 3))
        ranges = cv2.morphologyEx(soft, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))
        detail.append(cv2.resize(ranges, (64, 36), interpolation=cv2.INTER_AREA)[4:32])
    smooth = (detail[0] < _SMOOTH).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(smooth)
    if count < 2:
        return 0.0
    inside = labels == int(stats[1:, cv2.CC_STAT_AREA].argmax()) + 1
    return float((inside & (detail[1] > _DETAILED)).mean())


def compare(luma: Samples, reference: Samples, mine: float | None = None) -> Comparison:
    """Compares lumas of any sizes, both of the same camera. `mine` is the picture's own
    `slope_ratio`, where it has been measured."""
    if mine is None:
        mine = slope_ratio(interior(luma))
    # Nothing is much steeper than what is in focus.
    theirs = slope_ratio(interior(reference)) if mine is not None and mine < _STEEP else None
    halves = halved(luma), halved(reference)
    return Comparison(
        shift=shift(contours(halves[0]), contours(halves[1])),
        lost_share=lost_share(*halves),
        softer=None if mine is None or theirs is None else theirs - mine,
    )


def compare_planes(picture: Planes, reference: Planes, mine: float | None = None) -> Comparison:
    """As `compare`, with colours."""
    compared = compare(picture.luma, reference.luma, mine)
    if is_grey(picture) or is_grey(reference):
        return compared
    now, usual = _mean_chroma(picture), _mean_chroma(reference)
    # Haze, rain and a low sun fade colours; a gain of a channel turns them.
    share = (now * usual.conjugate()).real / max(abs(usual) ** 2, 1.0)
    return replace(compared, colour_away=abs(now - usual * min(1.0, max(0.0, share))))


def _mean_chroma(picture: Planes) -> complex:
    blue, red = (cv2.mean(interior(plane))[0] - 128 for plane in (picture.cb, picture.cr))
    return complex(blue, red)
