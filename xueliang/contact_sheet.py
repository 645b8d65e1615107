"""What was judged wrongly, on one sheet for the eye: each picture with its name, what it shows,
what was found in it and what the rule in question said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.decode.files import UnreadablePictureError, frame_paths, read_colour
from probes.picture.scoring import Mistake
from xueliang.commands.manifest import Asked
from xueliang.commands.options import Refusal

Image = NDArray[np.uint8]

# Tiles of a sheet: so many misses and so many false alarms, five in a row.
MOST_OF_EACH = 40
_ACROSS = 5
_WIDTH, _HEIGHT = 320, 180
# The reference stands small in the corner.
_INSET = 3
_LINE, _MARGIN = 17, 6
_LINES = 4
_HEADING = 30
_PAPER, _INK, _MISS, _FALSE = 250, (20, 20, 20), (40, 40, 190), (0, 120, 200)
_QUALITY = 82
_MOST_LETTERS = 44


def write_sheet(
    out: Path, missed: Sequence[Mistake], false: Sequence[Mistake], rows: dict[str, Asked]
) -> int:
    """Writes the worst of both as a JPEG; returns how many pictures are on it.

    Raises:
        Refusal: it cannot be written.
    """
    parts = []
    for title, mistakes in (("missed", missed), ("false alarms", false)):
        shown = mistakes[:MOST_OF_EACH]
        parts.append(_heading(f"{title}: {len(shown)} of {len(mistakes)}"))
        parts += _grid([_tile(one, rows[one.picture.name]) for one in shown])
    sheet = np.vstack(parts)
    coded = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    try:
        out.write_bytes(bytes(coded))
    except OSError as error:
        raise Refusal(f"{out}: {error.strerror}") from error
    return min(len(missed), MOST_OF_EACH) + min(len(false), MOST_OF_EACH)


def _blank(height: int, width: int) -> Image:
    return np.full((height, width, 3), _PAPER, np.uint8)


def _heading(text: str) -> Image:
    strip = _blank(_HEADING, _ACROSS * _WIDTH)
    cv2.putText(strip, text, (_MARGIN, 21), 0, 0.65, _INK, 2, cv2.LINE_AA)
    return strip


def _grid(tiles: Sequence[Image]) -> list[Image]:
    height = _HEIGHT + _LINES * _LINE + _MARGIN
    rows = []
    for first in range(0, len(tiles), _ACROSS):
        row = [*tiles[first : first + _ACROSS]]
        row += [_blank(height, _WIDTH)] * (_ACROSS - len(row))
        rows.append(np.hstack(row))
    return rows


def _tile(mistake: Mistake, row: Asked) -> Image:
    tile = _blank(_HEIGHT + _LINES * _LINE + _MARGIN, _WIDTH)
    try:
        tile[:_HEIGHT] = _fitted(read_colour(frame_paths(row.path)[-1]), _WIDTH, _HEIGHT)
        if row.reference is not None:
            small = _fitted(read_colour(row.reference), _WIDTH // _INSET, _HEIGHT // _INSET)
            tile[_HEIGHT - small.shape[0] : _HEIGHT, _WIDTH - small.shape[1] :] = small
    except UnreadablePictureError as error:
        raise Refusal(str(error)) from error
    colour = _MISS if mistake.missed else _FALSE
    for number, text in enumerate(_captions(mistake)):
        place = (_MARGIN, _HEIGHT + (number + 1) * _LINE - 3)
        ink = colour if number == 1 else _INK
        cv2.putText(tile, text[:_MOST_LETTERS], place, 0, 0.42, ink, 1, cv2.LINE_AA)
    return tile


def _fitted(view: Image, width: int, height: int) -> Image:
    """The whole picture, its sides kept in proportion, on paper."""
    scale = min(width / view.shape[1], height / view.shape[0])
    size = (max(1, round(view.shape[1] * scale)), max(1, round(view.shape[0] * scale)))
    fitted = _blank(height, width)
    small = cv2.resize(view, size, interpolation=cv2.INTER_AREA)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    fitted[top : top + size[1], left : left + size[0]] = small
    return fitted


def _captions(mistake: Mistake) -> tuple[str, ...]:
    picture = mistake.picture
    level = "too little to tell" if mistake.level is None else f"{mistake.level:.2f}"
    truth = ", ".join(
        kind if severity == "none" else f"{kind} {severity}"
        for kind, severity in picture.truth.items()
    )
    found = ", ".join(f"{kind} {picture.levels.get(kind, 0.0):.2f}" for kind in picture.found)
    return (
        picture.name[-_MOST_LETTERS:],
        f"{mistake.kind}: {level}",
        f"truth: {truth}",
        f"found: {found or 'nothing'}",
    )
