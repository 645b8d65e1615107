"""Small pictures that leave the decoder: of a finding, marked, and the strips of overlay text;
private areas are blackened in all of them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from probes.osd.strips import size_of, strips_jpeg
from probes.picture.live import masked
from probes.picture.planes import Planes, Samples
from probes.vocabulary import Polygon

# Enough to see what is wrong with a picture, too small to read a plate from across a street.
WIDTH, HEIGHT = 320, 180
QUALITY = 80


Region = tuple[float, float, float, float]


def evidence_jpeg(
    planes: Planes, masks: tuple[Polygon, ...] = (), *, marked: bool, region: Region | None = None
) -> bytes:
    """A JPEG of at most 320 pixels' width. A finding is framed: the region (left, top, right,
    bottom in shares of the picture) where it has one, else the whole picture."""
    height = max(2, min(HEIGHT * 2, round(WIDTH * planes.luma.shape[0] / planes.luma.shape[1])))
    small = [
        cv2.resize(plane, (WIDTH, height), interpolation=cv2.INTER_AREA)
        for plane in _covered(planes, masks)
    ]
    picture = cv2.cvtColor(cv2.merge([small[0], small[2], small[1]]), cv2.COLOR_YCrCb2BGR)
    if marked:
        left, top, right, bottom = region or (0.0, 0.0, 1.0, 1.0)
        corner = (int(left * WIDTH), int(top * height))
        other = (int(right * WIDTH) - 1, int(bottom * height) - 1)
        cv2.rectangle(picture, corner, other, (40, 40, 230), 2 if region else 4)
    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return np.asarray(coded, np.uint8).tobytes()


def _covered(planes: Planes, masks: tuple[Polygon, ...]) -> Sequence[Samples]:
    return (
        masked(planes.luma, masks, 0),
        masked(planes.cb, masks, 128),
        masked(planes.cr, masks, 128),
    )


def overlay_jpeg(frame: VideoFrame, masks: tuple[Polygon, ...]) -> bytes:
    """The strips of the frame in which overlay text stands."""
    width, height = size_of(frame.width, frame.height)
    shown = VideoReformatter().reformat(
        frame, width, height, "bgr24", interpolation=Interpolation.AREA, threads=1
    )
    colours = cv2.split(shown.to_ndarray())
    return strips_jpeg(np.dstack([masked(np.asarray(one, np.uint8), masks, 0) for one in colours]))
