"""What the parent and a worker say to each other: a JSON head and raw bytes after it.

Not pickle: a worker that a hostile picture has taken over must not be able to run anything in
the parent. Each message is two 4-byte lengths, the head, the bytes.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any

from probes.osd.vocabulary import MAX_STRIPS_BYTES
from probes.reasons import ProbeFailedError, failure
from probes.vocabulary import (
    FIGURES,
    Baseline,
    Codec,
    CodedPicture,
    FaultKind,
    FrameReading,
    KeyFrame,
    Light,
    Media,
    Picture,
    PictureContext,
    PictureFault,
    PictureFigures,
    PictureSlot,
    Sketch,
    Stage,
    Transport,
)

# Sent once when the worker is ready, so that its start doesn't count as decoding time.
READY = b"R"
LENGTHS = struct.Struct(">II")
# A head holds some names and numbers; a body a coded picture (32 MiB is far above the largest
# key frame that a look collects) or a JPEG.
MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 32 * 1024 * 1024
# 320 x 180 of pure noise at quality 80 has 40 kB.
MAX_EVIDENCE_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is to read."""

    key_frame: KeyFrame = field(repr=False)
    previous: Sketch | None
    want_frame: bool
    context: PictureContext | None = None


def lengths(prefix: bytes) -> tuple[int, int]:
    """The lengths of head and body.

    Raises:
        ValueError: they exceed the bounds.
    """
    head_bytes, body_bytes = LENGTHS.unpack(prefix)
    if head_bytes > MAX_HEAD_BYTES or body_bytes > MAX_BODY_BYTES:
        raise ValueError(f"message of {head_bytes} + {body_bytes} bytes")
    return head_bytes, body_bytes


def _message(head: dict[str, Any], body: bytes) -> list[bytes]:
    coded = json.dumps(head).encode()
    return [LENGTHS.pack(len(coded), len(body)) + coded, body]


def _pack_sketch(sketch: Sketch) -> dict[str, str]:
    return {
        "luma": sketch.luma.hex(),
        "digest": sketch.digest.hex(),
        "captured_at": sketch.captured_at.isoformat(),
    }


def _unpack_sketch(packed: dict[str, str]) -> Sketch:
    return Sketch(
        luma=bytes.fromhex(packed["luma"]),
        digest=bytes.fromhex(packed["digest"]),
        captured_at=datetime.fromisoformat(packed["captured_at"]),
    )


def _pack_context(context: PictureContext) -> dict[str, Any]:
    return {
        "light": context.light,
        "baselines": [
            [one.slot, one.learnt, one.means, one.spreads, one.view.hex()]
            for one in context.baselines
        ],
        "movable": context.movable,
        "accepted": context.accepted,
        "masks": context.masks,
        "want_evidence": context.want_evidence,
        "want_overlay": context.want_overlay,
    }


def _unpack_context(packed: dict[str, Any]) -> PictureContext:
    return PictureContext(
        light=Light(packed["light"]),
        baselines=tuple(
            Baseline(
                slot=PictureSlot(slot),
                learnt=learnt,
                means=tuple(means),
                spreads=tuple(spreads),
                view=bytes.fromhex(view),
            )
            for slot, learnt, means, spreads, view in packed["baselines"]
        ),
        movable=packed["movable"],
        accepted=packed["accepted"],
        masks=tuple(tuple((x, y) for x, y in mask) for mask in packed["masks"]),
        want_evidence=packed["want_evidence"],
        want_overlay=packed["want_overlay"],
    )


def _pack_figures(figures: PictureFigures) -> dict[str, Any]:
    return {
        "slot": figures.slot,
        "values": figures.values,
        "view": figures.view.hex(),
        "hazy": figures.hazy,
    }


def _unpack_figures(packed: dict[str, Any], evidence: bytes, overlay: bytes) -> PictureFigures:
    values = packed["values"]
    if len(values) != len(FIGURES):
        raise ValueError(f"{len(values)} figures")
    return PictureFigures(
        slot=PictureSlot(packed["slot"]) if packed["slot"] is not None else None,
        values=tuple(None if value is None else float(value) for value in values),
        view=bytes.fromhex(packed["view"]),
        hazy=bool(packed["hazy"]),
        evidence_jpeg=evidence or None,
        overlay_jpeg=overlay or None,
    )


def pack_job(job: Job) -> list[bytes]:
    """A job as the pieces to write."""
    key_frame = job.key_frame
    head = {
        "codec": key_frame.codec,
        "transport": key_frame.transport,
        "rtp_timestamp": key_frame.rtp_timestamp,
        "lost_packets": key_frame.lost_packets,
        "received_at": key_frame.received_at.isoformat(),
        "further": [
            [len(one.access_unit), one.rtp_timestamp, one.is_key] for one in key_frame.further
        ],
        "previous": None if job.previous is None else _pack_sketch(job.previous),
        "want_frame": job.want_frame,
        "context": None if job.context is None else _pack_context(job.context),
    }
    further = (one.access_unit for one in key_frame.further)
    return _message(head, b"".join((key_frame.access_unit, *further)))


def unpack_job(head: bytes, body: bytes) -> Job:
    """The reverse of `pack_job`."""
    said = json.loads(head)
    sizes = [size for size, _, _ in said["further"]]
    own = len(body) - sum(sizes)
    starts = accumulate(sizes, initial=own)
    return Job(
        key_frame=KeyFrame(
            codec=Codec(said["codec"]),
            access_unit=body[:own],
            rtp_timestamp=said["rtp_timestamp"],
            transport=Transport(said["transport"]),
            lost_packets=said["lost_packets"],
            received_at=datetime.fromisoformat(said["received_at"]),
            further=tuple(
                CodedPicture(
                    access_unit=body[start : start + size],
                    rtp_timestamp=timestamp,
                    is_key=is_key,
                )
                for start, (size, timestamp, is_key) in zip(starts, said["further"], strict=False)
            ),
        ),
        previous=None if said["previous"] is None else _unpack_sketch(said["previous"]),
        want_frame=said["want_frame"],
        context=None if said["context"] is None else _unpack_context(said["context"]),
    )


def pack_failure(error: ProbeFailedError) -> list[bytes]:
    """A failure as the pieces to write."""
    found = error.failure
    return _message({"failure": [found.stage, found.reason, found.evidence]}, b"")


def pack_reading(reading: FrameReading) -> list[bytes]:
    """A reading as the pieces to write. The transport and the size of the key frame stay with
    the parent, which knows them. Evidence and overlay stand before the frame."""
    evidence = (reading.figures.evidence_jpeg if reading.figures else None) or b""
    overlay = (reading.figures.overlay_jpeg if reading.figures else None) or b""
    head = {
        "size": [reading.media.width, reading.media.height],
        "faults": [[fault.kind, fault.score] for fault in reading.picture.faults],
        "not_checkable": list(reading.picture.not_checkable),
        "sketch": _pack_sketch(reading.sketch),
        "seconds": [reading.decode_s, reading.picture_s],
        "has_frame": reading.frame_jpeg is not None,
        "figures": None if reading.figures is None else _pack_figures(reading.figures),
        "evidence_bytes": len(evidence),
        "overlay_bytes": len(overlay),
        "suspects": list(reading.suspects),
        "burst_pictures": reading.burst_pictures,
    }
    return _message(head, evidence + overlay + (reading.frame_jpeg or b""))


def unpack_reading(key_frame: KeyFrame, head: bytes, body: bytes) -> FrameReading:
    """What a worker answered on a key frame.

    Raises:
        ProbeFailedError: the worker found the picture unusable.
        KeyError, TypeError, ValueError: this is no answer of a sane worker.
    """
    said = json.loads(head)
    if "failure" in said:
        stage, reason, evidence = said["failure"]
        raise ProbeFailedError(failure(Stage(stage), reason, str(evidence)))
    width, height = said["size"]
    decode_s, picture_s = said["seconds"]
    evidence_bytes, figures = int(said["evidence_bytes"]), said["figures"]
    overlay_bytes = int(said["overlay_bytes"])
    if not (0 <= evidence_bytes <= MAX_EVIDENCE_BYTES and 0 <= overlay_bytes <= MAX_STRIPS_BYTES):
        raise ValueError(f"evidence of {evidence_bytes} bytes, overlay of {overlay_bytes}")
    evidence, body = body[:evidence_bytes], body[evidence_bytes:]
    overlay, body = body[:overlay_bytes], body[overlay_bytes:]
    return FrameReading(
        media=Media(
            codec=key_frame.codec,
            width=int(width),
            height=int(height),
            transport=key_frame.transport,
            key_frame_bytes=len(key_frame.access_unit),
        ),
        picture=Picture(
            faults=tuple(
                PictureFault(kind=FaultKind(kind), score=float(score))
                for kind, score in said["faults"]
            ),
            not_checkable=tuple(FaultKind(kind) for kind in said["not_checkable"]),
        ),
        sketch=_unpack_sketch(said["sketch"]),
        decode_s=float(decode_s),
        picture_s=float(picture_s),
        frame_jpeg=body if said["has_frame"] else None,
        figures=None if figures is None else _unpack_figures(figures, evidence, overlay),
        suspects=tuple(FaultKind(kind) for kind in said["suspects"]),
        burst_pictures=int(said["burst_pictures"]),
    )
