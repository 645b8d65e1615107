"""What the service and the process that reads overlay text say to each other: a capture as two
4-byte lengths, a JSON head and a JPEG; an answer as one line of JSON."""

from __future__ import annotations

import json
import struct
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from probes.osd.vocabulary import MAX_STRIPS_BYTES, Capture, Expected, Overlay, OverlayReading
from probes.vocabulary import FaultKind, Picture, PictureFault

LENGTHS = struct.Struct(">II")
# A head holds a name and a time.
_MAX_HEAD_BYTES = 64 * 1024
# An answer holds a line of text and some numbers.
MAX_ANSWER_BYTES = 64 * 1024
_MAX_PLACE = 200


def pack_capture(capture: Capture) -> bytes:
    """A capture as bytes."""
    expected = capture.expected
    head = json.dumps(
        {
            "camera_id": capture.camera_id,
            "place": expected.place,
            "at": None if expected.at is None else expected.at.isoformat(),
            "limit_s": expected.clock_limit.total_seconds(),
        }
    ).encode()
    return LENGTHS.pack(len(head), len(capture.strips_jpeg)) + head + capture.strips_jpeg


def read_capture(source: BinaryIO) -> Capture | None:
    """The next capture; None where the input has ended.

    Raises:
        ValueError: lengths beyond the bounds, or a capture cut off.
    """
    prefix = source.read(LENGTHS.size)
    if not prefix:
        return None
    head_bytes, body_bytes = LENGTHS.unpack(prefix)
    if head_bytes > _MAX_HEAD_BYTES or body_bytes > MAX_STRIPS_BYTES:
        raise ValueError(f"capture of {head_bytes} + {body_bytes} bytes")
    said, body = json.loads(source.read(head_bytes)), source.read(body_bytes)
    if len(body) != body_bytes:
        raise ValueError(f"capture cut off after {len(body)} of {body_bytes} bytes")
    at = said["at"]
    return Capture(
        camera_id=said["camera_id"],
        strips_jpeg=body,
        expected=Expected(
            place=said["place"],
            at=None if at is None else datetime.fromisoformat(at),
            clock_limit=timedelta(seconds=said["limit_s"]),
        ),
    )


def answer_of(overlay: Overlay, picture: Picture) -> dict[str, Any]:
    """An answer as JSON."""
    offset = overlay.clock_offset
    return {
        "place": overlay.place,
        "offset_s": None if offset is None else offset.total_seconds(),
        "faults": [[fault.kind, fault.score] for fault in picture.faults],
        "not_checkable": list(picture.not_checkable),
    }


def unpack_answer(capture: Capture, line: bytes) -> OverlayReading | None:
    """What was answered on a capture; None where it could not be read.

    Raises:
        KeyError, TypeError, ValueError: this is no answer of a sane process.
    """
    said = json.loads(line)
    if said is None or capture.expected.at is None:
        return None
    place, offset_s = said["place"], said["offset_s"]
    return OverlayReading(
        camera_id=capture.camera_id,
        captured_at=capture.expected.at,
        expected_place=capture.expected.place,
        overlay=Overlay(
            place=None if place is None else str(place)[:_MAX_PLACE],
            clock_offset=None if offset_s is None else timedelta(seconds=float(offset_s)),
        ),
        picture=Picture(
            faults=tuple(
                PictureFault(kind=FaultKind(kind), score=float(score))
                for kind, score in said["faults"]
            ),
            not_checkable=tuple(FaultKind(kind) for kind in said["not_checkable"]),
        ),
    )
