"""The words of overlay text. Frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# How far an overlay's clock may be off, unless configured.
CLOCK_LIMIT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """A line of text found in a picture. `x` and `y` are its centre as shares of width and height
    (0 left and top), `height` its own as a share of the picture's; `confidence` is 0 to 1."""

    text: str
    confidence: float
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an overlay is to show. `place` is the archived name, empty where there is none; `at`
    is when the picture was taken, aware, in the zone whose wall clock the overlay shows."""

    place: str = ""
    at: datetime | None = None
    clock_limit: timedelta = CLOCK_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What an overlay shows. `place` is the text taken for it; `clock_offset` how far the shown
    time is ahead of the true one, None where none could be read."""

    place: str | None = None
    clock_offset: timedelta | None = None
