"""NAL units as byte strings: start codes (ITU-T H.264 and H.265, Annex B)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

START_CODE = b"\0\0\0\1"
_SHORT_START = b"\0\0\1"


def split_annex_b(data: bytes) -> Iterator[bytes]:
    """The NAL units in `data`, whether or not it holds start codes.

    Emulation prevention keeps 0x000001 out of a NAL unit, so wherever it stands, a unit begins:
    V380 puts start codes inside single NAL units and FU-A (scottlamb/retina issue 68), others
    leave one at the end of sprop-parameter-sets (GW Security).
    """
    # From the end: half of the time that searching or splitting from the beginning takes.
    end = len(data)
    start = data.rfind(_SHORT_START)
    if start < 0:
        if data:
            yield data
        return
    parts = []
    while start >= 0:
        parts.append(data[start + len(_SHORT_START) : end])
        end, start = start, data.rfind(_SHORT_START, 0, start)
    parts.append(data[:end])
    for part in reversed(parts):
        unit = part.rstrip(b"\0")
        if unit:
            yield unit


def annex_b(units: Iterable[bytes]) -> bytes:
    """Units with a start code before each."""
    return b"".join(piece for unit in units for piece in (START_CODE, unit))
