"""What a camera looks at, in 2,200 bytes: to be kept for each slot of its history.

The directions of its contours on 80 x 35 cells and how much detail there is on 32 x 14, the
strips of overlay text left out, 4 bits each, and its tones (`probes.picture.tones`). No face or
plate survives this.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.correlation import Contours, match
from probes.picture.planes import Samples, quantile
from probes.picture.tones import ROWS, bar_step, changed_share, departure, tones_of
from probes.vocabulary import TONES_BYTES

_HALF, _QUARTER = (320, 180), (160, 90)
_COLUMNS, _ROWS, _STRIP = 80, 45, 5
_CELLS = (_ROWS - 2 * _STRIP, _COLUMNS)
_DETAIL_COLUMNS, _DETAIL_ROWS, _DETAIL_STRIP = 32, 18, 2
_DETAIL_CELLS = (_DETAIL_ROWS - 2 * _DETAIL_STRIP, _DETAIL_COLUMNS)
_CONTOUR_BYTES = _CELLS[0] * _CELLS[1] // 2
_TONES_AT = _CONTOUR_BYTES + _DETAIL_CELLS[0] * _DETAIL_CELLS[1] // 2
VIEW_BYTES = _TONES_AT + TONES_BYTES
# The rows of tones without the strips of text, as those of detail.
_TONE_ROWS = slice(
    ROWS * _DETAIL_STRIP // _DETAIL_ROWS, ROWS - ROWS * _DETAIL_STRIP // _DETAIL_ROWS
)
# Weaker contours (Sobel's sums of luma steps) are noise's.
_WEAK = 24.0
# Directions are kept in fifteenths of a turn; 0 stands for no contour.
_DIRECTIONS = 15
# Detail is the luma range within 5 x 5 of 320 x 180 pixels, in steps of 4 up to 60.
_DETAIL_STEP = 4
_SMOOTH, _DETAILED = 2, 7
# A road has so much at least.
_NOT_SMOOTH = 3
# A lens settles and a mast sways: shifts of up to 2.5 % of the width are the same view.
_REACH = 2
# Less contours in common than this many cells and nothing can be compared.
_LEAST_CELLS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Toned:
    """A view's tones against the known one's, see `probes.picture.tones`: `bar_step` as a
    logarithm, `changed_share` of the picture without the strips of text; `level` is by how much the
    middle cell is brighter, as a logarithm."""

    bar_step: float
    changed_share: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A view against the one known. Correlations of contour directions, 0 to 1: `here` in place,
    `elsewhere` shifted by `distance` (a share of the width), the best there is. `lost_share` is
    the largest patch without detail where there was some, as a share of what had detail;
    `kept_detail` how much of its detail the rest still has (1: all); None where none had.
    `crowd` is how many contours there are now for each that is known."""

    here: float
    elsewhere: float
    distance: float
    lost_share: float
    kept_detail: float | None
    crowd: float = 1.0

    @property
    def placed(self) -> float:
        """How many of the contours that are there now stand where they are known to; what covers a
        part of the view takes contours away and leaves the others in place."""
        return self.here / float(np.sqrt(min(1.0, max(self.crowd, 0.05))))


def view_of(luma: Samples) -> bytes:
    """The view of a picture at working size."""
    # By halves: a quarter of the time that an eighth takes at once.
    half = np.asarray(cv2.resize(luma, _HALF, interpolation=cv2.INTER_AREA), np.uint8)
    quarter = cv2.resize(half, _QUARTER, interpolation=cv2.INTER_AREA)
    small = cv2.resize(quarter, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA)
    across, down = cv2.Sobel(small, cv2.CV_32F, 1, 0), cv2.Sobel(small, cv2.CV_32F, 0, 1)
    strength, angle = cv2.cartToPolar(across, down)
    code = 1 + np.rint(angle * (_DIRECTIONS / (2 * np.pi))).astype(np.uint8) % _DIRECTIONS
    code[strength < _WEAK] = 0
    ranges = cv2.morphologyEx(cv2.blur(half, (3, 3)), cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))
    detail = cv2.resize(ranges, (_DETAIL_COLUMNS, _DETAIL_ROWS), interpolation=cv2.INTER_AREA)
    steps = np.minimum(detail // _DETAIL_STEP, 15).astype(np.uint8)
    contours = _packed(code[_STRIP : _ROWS - _STRIP])
    return contours + _packed(steps[_DETAIL_STRIP : _DETAIL_ROWS - _DETAIL_STRIP]) + tones_of(half)


def _packed(codes: NDArray[np.uint8]) -> bytes:
    flat = codes.ravel()
    return bytes(flat[0::2] << 4 | flat[1::2])


def _unpacked(data: bytes, shape: tuple[int, int]) -> NDArray[np.uint8]:
    pairs = np.frombuffer(data, np.uint8)
    flat = np.empty(2 * pairs.size, np.uint8)
    flat[0::2], flat[1::2] = pairs >> 4, pairs & 15
    return flat.reshape(shape)


_TURNS = np.concatenate([[0], np.exp(2j * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS)]).astype(
    np.complex64
)


def _detail(view: bytes) -> NDArray[np.uint8]:
    return _unpacked(view[_CONTOUR_BYTES:_TONES_AT], _DETAIL_CELLS)


def _contours(view: bytes) -> Contours:
    return np.asarray(_TURNS[_unpacked(view[:_CONTOUR_BYTES], _CELLS)], np.complex64)


def toned(view: bytes, known: bytes) -> Toned:
    """Compares the tones of two views.

    Raises:
        ValueError: one of them is no view.
    """
    _check(view, known)
    departed = departure(view[_TONES_AT:], known[_TONES_AT:])
    newly_smooth = (_detail(view) <= _SMOOTH) & (_detail(known) >= _NOT_SMOOTH)
    inner = departed[_TONE_ROWS]
    level = quantile(inner, 0.5)
    return Toned(
        bar_step=bar_step(departed),
        changed_share=changed_share(inner - np.float32(level), newly_smooth),
        level=level,
    )


def _check(view: bytes, known: bytes) -> None:
    if len(view) != VIEW_BYTES or len(known) != VIEW_BYTES:
        raise ValueError(f"a view has {VIEW_BYTES} bytes, not {len(view)} and {len(known)}")


def likeness(view: bytes, known: bytes) -> Likeness | None:
    """Compares a view with the known one; None where either has too few contours.

    Raises:
        ValueError: one of them is no view.
    """
    _check(view, known)
    one, other = _contours(view), _contours(known)
    cells = np.count_nonzero(one), np.count_nonzero(other)
    if cells[1] < _LEAST_CELLS:
        return None
    lost, kept = _lost(view, known)
    # A covered lens has no contours at all: then nothing of the known ones is in place.
    energy = float(np.sqrt(max(int(cells[0]), _LEAST_CELLS) * int(cells[1])))
    found = match(one, other, _REACH)
    return Likeness(
        here=found.here / energy,
        elsewhere=found.anywhere / energy,
        distance=found.cells / _COLUMNS,
        lost_share=lost,
        kept_detail=kept,
        crowd=float(cells[0] / cells[1]),
    )


def lost_cells(view: bytes, known: bytes) -> NDArray[np.bool_]:
    """Which cells of detail belong to the largest patch that lost it, 14 x 32."""
    return _lost_cells(_detail(view), _detail(known))


def _lost_cells(now: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.bool_]:
    count, labels, _, _ = cv2.connectedComponentsWithStats((now <= _SMOOTH).astype(np.uint8))
    if count < 2:
        return np.zeros(_DETAIL_CELLS, np.bool_)
    had = np.bincount(labels[before >= _DETAILED], minlength=count)
    had[0] = 0
    return np.asarray((labels == int(had.argmax())) & (had.max() > 0), np.bool_)


def _lost(view: bytes, known: bytes) -> tuple[float, float | None]:
    now, had = _detail(view), _detail(known)
    detailed = had >= _DETAILED
    if not detailed.any():
        return 0.0, None
    patch = _lost_cells(now, had)
    rest = detailed & ~patch
    left = np.count_nonzero(rest)
    kept = quantile(now[rest] / had[rest].astype(np.float32), 0.5) if left > 8 else None
    return 1.0 - left / np.count_nonzero(detailed), kept


def lost_region(view: bytes, known: bytes) -> tuple[float, float, float, float] | None:
    """The patch that lost its detail as (left, top, right, bottom) in shares of the picture."""
    before = _detail(known)
    rows, columns = np.nonzero(lost_cells(view, known) & (before >= _DETAILED))
    if rows.size == 0:
        return None
    return (
        float(columns.min()) / _DETAIL_COLUMNS,
        float(rows.min() + _DETAIL_STRIP) / _DETAIL_ROWS,
        float(columns.max() + 1) / _DETAIL_COLUMNS,
        float(rows.max() + 1 + _DETAIL_STRIP) / _DETAIL_ROWS,
    )
