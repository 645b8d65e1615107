"""The words of overlay text. Frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from probes.vocabulary import Picture

# How far an overlay's clock may be off, unless configured.
CLOCK_LIMIT = timedelta(seconds=60)
# Two strips of noise (`probes.osd.strips`) have 200 kB.
MAX_STRIPS_BYTES = 512 * 1024


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
class Capture:
    """The strips of one picture (`probes.osd.strips`) and what their text is to show."""

    camera_id: int
    strips_jpeg: bytes = field(repr=False)
    expected: Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayReading:
    """What a capture's text was found to be: the faults of the three kinds and those that could
    not be told."""

    camera_id: int
    captured_at: datetime
    expected_place: str
    overlay: Overlay
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What an overlay shows. `place` is the text taken for it; `clock_offset` how far the shown
    time is ahead of the true one, None where none could be read."""

    place: str | None = None
    clock_offset: timedelta | None = None
