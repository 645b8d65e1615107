"""All measures of a picture as one row of numbers, as what was learnt takes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from probes.picture.bands import Bands
from probes.picture.concealment import Concealment
from probes.picture.cover import Cover
from probes.picture.grain import Grain
from probes.picture.measures import Details, Focus, Measures
from probes.picture.tone import Colour, Veil
from probes.picture.torn import Torn

_PARTS = (
    ("colour", Colour),
    ("veil", Veil),
    ("grain", Grain),
    ("bands", Bands),
    ("concealment", Concealment),
    ("cover", Cover),
    ("torn", Torn),
    ("focus", Focus),
)

_NO_NUMBERS = frozenset({"details", "below", "thinned"})


def _names() -> Iterator[str]:
    for field in fields(Measures):
        if field.name not in _NO_NUMBERS:
            yield field.name
    for part, kind in _PARTS:
        for field in fields(kind):
            yield f"{part}.{field.name}"


NAMES: tuple[str, ...] = tuple(_names())


def row(measures: Measures, details: Details) -> NDArray[np.float32]:
    """One number for each of NAMES; not a number where the picture gives too little."""
    values: list[float | None] = [getattr(measures, name) for name in NAMES if "." not in name]
    for part, _ in _PARTS:
        seen = getattr(details, part)
        values.extend(getattr(seen, field.name) for field in fields(seen))
    return np.array([np.nan if value is None else value for value in values], np.float32)
