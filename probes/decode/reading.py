"""One key frame, read: decoded, measured, judged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import av
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter

from probes.decode.burst import Burst, decode_burst
from probes.decode.evidence import evidence_jpeg, overlay_jpeg
from probes.decode.frame import DamagedPictureError, decode, planes, samples, scaled
from probes.decode.units import slice_digest, units_of
from probes.osd.judging import hides_overlay
from probes.picture.burst import Motion, stream_motion
from probes.picture.live import (
    Judged,
    corrupt,
    is_something_left,
    judge_live,
    masked,
    suspects,
)
from probes.picture.planes import Planes, Samples
from probes.picture.sketch import sample, stands, stillness
from probes.picture.view import lost_region
from probes.vocabulary import (
    FaultKind,
    FrameReading,
    KeyFrame,
    Media,
    PictureContext,
    PictureFigures,
    Polygon,
    Sketch,
)

# A frame kept as evidence or shown in the console is at most as wide as a Full HD screen.
EVIDENCE_WIDTH = 1920
# Quantiser of the JPEG coder, 2 (best) to 31: about JPEG quality 85.
_JPEG_QUANTISER = 4

# Pixel formats whose first plane is 8-bit luma, sample by sample.
_LUMA_FIRST = frozenset(
    {
        *("yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p"),
        *("gray", "nv12"),
    }
)


def _full_luma(frame: VideoFrame, working: Samples) -> Samples:
    return samples(frame.planes[0]) if frame.format.name in _LUMA_FIRST else working


def _jpeg(frame: VideoFrame, masks: tuple[Polygon, ...]) -> bytes:
    scale = min(1.0, EVIDENCE_WIDTH / frame.width)
    width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    shown = VideoReformatter().reformat(
        frame, width, height, "yuvj420p", dst_color_range=ColorRange.JPEG, threads=1
    )
    if masks:
        # The planes are views of the frame, to be painted over in place.
        for plane, colour in zip(shown.planes, (0, 128, 128), strict=True):
            part = samples(plane)
            part[:] = masked(part, masks, colour)
    coder = av.CodecContext.create("mjpeg", "w")
    coder.width, coder.height, coder.pix_fmt = width, height, "yuvj420p"
    coder.color_range = int(ColorRange.JPEG)
    coder.time_base = Fraction(1, 1)
    coder.thread_count = 1
    coder.options = {"qmin": str(_JPEG_QUANTISER), "qmax": str(_JPEG_QUANTISER)}
    shown.pts = 0
    return b"".join(bytes(packet) for packet in [*coder.encode(shown), *coder.encode(None)])


def read_key_frame(
    key_frame: KeyFrame,
    previous: Sketch | None,
    *,
    want_frame: bool,
    scaler: VideoReformatter,
    context: PictureContext | None = None,
    monotonic: Callable[[], float] = time.perf_counter,
) -> FrameReading:
    """Decodes and judges one key frame. Private areas are blackened in all that is given out.

    A picture of which the decoder had to guess parts came so from the camera: what lost packets in
    the network never gets here. It is judged as corrupt, if anything is left of it to be seen.

    Raises:
        ProbeFailedError: at stage decode, as `probes.decode.frame.decode` tells.
    """
    start_s = monotonic()
    damaged = None
    units = units_of(key_frame.codec, key_frame.access_unit)
    try:
        frame = decode(key_frame, to_be_shown=want_frame, units=units)
    except DamagedPictureError as error:
        frame, damaged = error.frame, error
    decoded_s = monotonic()
    small = scaled(frame, scaler)
    working = planes(small)
    masks = context.masks if context is not None else ()
    sketch = Sketch(
        luma=sample(masked(_full_luma(frame, working.luma), masks, 0)),
        digest=slice_digest(key_frame.codec, units),
        captured_at=key_frame.received_at,
    )
    if damaged is not None and not is_something_left(working):
        raise damaged
    burst_from_s = monotonic()
    burst = None if damaged is not None else decode_burst(key_frame, scaler)
    burst_s = monotonic() - burst_from_s
    same = stands(previous, sketch)
    judged = judge_live(
        working,
        stillness=stillness(previous, sketch),
        motion=None if burst is None else _motion(burst, working.luma, same=same),
        context=context,
    )
    if damaged is not None:
        judged = corrupt(judged)
    picture_s = monotonic() - decoded_s - burst_s
    return FrameReading(
        media=Media(
            codec=key_frame.codec,
            width=frame.width,
            height=frame.height,
            transport=key_frame.transport,
            key_frame_bytes=len(key_frame.access_unit),
        ),
        picture=judged.picture,
        sketch=sketch,
        decode_s=decoded_s - start_s + burst_s,
        picture_s=picture_s,
        frame_jpeg=_jpeg(frame, masks) if want_frame else None,
        figures=_with_pictures(judged, frame, working, context),
        suspects=suspects(judged, same=same),
        burst_pictures=0 if burst is None else burst.pictures,
    )


def _motion(burst: Burst, luma: Samples, *, same: bool | None) -> Motion | None:
    """What a burst tells. That the picture stands for the moment proves nothing of one that has
    changed since the look before."""
    keys = () if burst.next_key is None else (luma, burst.next_key)
    found = stream_motion(burst.moving, keys)
    if found is None or same:
        return found
    return replace(found, equal_share=None)


def _with_pictures(
    judged: Judged, frame: VideoFrame, working: Planes, context: PictureContext | None
) -> PictureFigures | None:
    figures, found = judged.figures, judged.picture.faults
    if figures is None or context is None:
        return figures
    if context.want_overlay and not hides_overlay(judged.picture):
        figures = replace(figures, overlay_jpeg=overlay_jpeg(frame, context.masks))
    if not (found or context.want_evidence):
        return figures
    region = None
    if judged.known_view and any(fault.kind is FaultKind.OCCLUSION for fault in found):
        region = lost_region(figures.view, judged.known_view)
    jpeg = evidence_jpeg(working, context.masks, marked=bool(found), region=region)
    return replace(figures, evidence_jpeg=jpeg)
