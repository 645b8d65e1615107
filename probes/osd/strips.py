"""The parts of a picture in which overlay text stands, to be read later by another process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.osd.vocabulary import TextLine

# Overlay text stands above and below; what lies between is nobody's business.
STRIP = 0.2
# At this width a line of overlay is 16 to 30 pixels high, as recognition likes it.
WIDTH = 960
QUALITY = 85
# A picture far taller than wide is no camera's.
_MAX_HEIGHT = 1080


def size_of(width: int, height: int) -> tuple[int, int]:
    """The size to which a picture is brought before its strips are cut: even sides."""
    scale = min(1.0, WIDTH / width, _MAX_HEIGHT / height)
    return max(16, round(width * scale / 2) * 2), max(16, round(height * scale / 2) * 2)


def strips_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """The upper and the lower strip of a picture (h x w x 3, blue first), one on the other."""
    rows = max(1, round(picture.shape[0] * STRIP))
    both = np.vstack([picture[:rows], picture[-rows:]])
    coded = cv2.imencode(".jpg", both, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return np.asarray(coded, np.uint8).tobytes()


def in_picture(lines: Iterable[TextLine]) -> tuple[TextLine, ...]:
    """Lines that were found in the strips, placed where they stand in the whole picture. A line
    across the seam belongs to neither strip."""
    placed = []
    for line in lines:
        top, bottom = line.y - line.height / 2, line.y + line.height / 2
        if top < 0.5 < bottom and min(0.5 - top, bottom - 0.5) > 0.25 * line.height:
            continue
        below = line.y >= 0.5
        y = 1 - STRIP + (line.y - 0.5) * 2 * STRIP if below else line.y * 2 * STRIP
        placed.append(replace(line, y=y, height=line.height * 2 * STRIP))
    return tuple(placed)
