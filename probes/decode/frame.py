"""Decodes one key frame with PyAV on one thread and brings it to working size.

No full-size picture is ever converted: swscale reads the decoded planes once, scales by area,
and writes planes of full range. Measured against numpy views and OpenCV's INTER_AREA it takes a
third of the time (0.3 to 0.5 ms against 0.9 to 1.3 ms for 1080p) and knows every pixel format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from probes.decode.size import size_of_units
from probes.decode.units import units_of
from probes.picture.planes import WORKING_WIDTH, Planes, Samples, working_size
from probes.reasons import ProbeFailedError, failure
from probes.vocabulary import Codec, KeyFrame, Stage

# The largest surveillance sensors give 32 megapixels (7008 x 4640). One such frame takes 50 MB
# decoded, and a decoder holds up to three: that fits the worker's address space.
MAX_PIXELS = 36_000_000

_DECODERS: Mapping[Codec, Literal["h264", "hevc", "mjpeg"]] = MappingProxyType(
    {Codec.H264: "h264", Codec.H265: "hevc", Codec.MJPEG: "mjpeg"}
)
# H.264 marks a frame with concealed parts as corrupt. The other two decoders return such a frame
# unmarked unless told to give up at the first error.
_STRICT: Mapping[Codec, Mapping[str, str]] = MappingProxyType(
    {Codec.H264: {}, Codec.H265: {"err_detect": "explode"}, Codec.MJPEG: {"err_detect": "explode"}}
)
# Deblocking is the last thing done to a picture and nothing in an intra picture is predicted from
# its result (ITU-T H.264 section 8.7, ITU-T H.265 section 8.7.1), so it can be left out: a twelfth
# of the decoding. From twice the working width up, scaling down takes the edges of blocks away.
_WITHOUT_DEBLOCKING: Mapping[str, str] = MappingProxyType({"skip_loop_filter": "all"})
_DEBLOCKED_BELOW_WIDTH = 2 * WORKING_WIDTH
_H264_IDR = 5
# An SEI message (ITU-T H.264 section D.1.8) of recovery_frame_cnt 0 and exact_match_flag 1.
_RECOVERY_POINT = bytes.fromhex("060601c480")
# ITU-T H.265 table 7-1: 32 to 34 are VPS, SPS, PPS; 0 to 31 slices.
_H265_PARAMETER_SETS = range(32, 35)
_H265_SLICES = range(32)


def decoder_of(codec: Codec, options: Mapping[str, str]) -> av.VideoCodecContext:
    """A bounded decoder on one thread."""
    context = av.CodecContext.create(_DECODERS[codec], "r")
    context.thread_count = 1
    context.options = {"max_pixels": str(MAX_PIXELS), **options}
    return context


def _frames(
    codec: Codec, data: bytes, options: Mapping[str, str], extradata: bytes
) -> list[VideoFrame]:
    context = decoder_of(codec, options)
    if extradata:
        context.extradata = extradata
    return [*context.decode(av.Packet(data)), *context.decode(None)]


def _joined(units: Iterable[bytes]) -> bytes:
    return b"".join(b"\x00\x00\x00\x01" + unit for unit in units)


def _parted_h264(access_unit: bytes, units: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Nothing, and the picture; an intra picture that is no IDR gets a recovery point in front.

    Cameras with open GOPs or periodic intra pictures announce them by parameter sets alone. The
    decoder would wait for more pictures before it gives one of those out.
    """
    slices = [index for index, unit in enumerate(units) if 1 <= unit[0] & 0x1F <= 5]
    if not slices or any(units[index][0] & 0x1F == _H264_IDR for index in slices):
        return b"", access_unit
    first = slices[0]
    return b"", _joined([*units[:first], _RECOVERY_POINT, *units[first:]])


def _parted_h265(_: bytes, units: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Parameter sets, and slices alone: a damaged SEI message, which shows nothing, must not
    count as a damaged picture."""
    kinds = [(unit[0] >> 1 & 0x3F, unit) for unit in units]
    return (
        _joined(unit for kind, unit in kinds if kind in _H265_PARAMETER_SETS),
        _joined(unit for kind, unit in kinds if kind in _H265_SLICES),
    )


_PARTED: Mapping[Codec, Callable[[bytes, Sequence[bytes]], tuple[bytes, bytes]]] = MappingProxyType(
    {
        Codec.H264: _parted_h264,
        Codec.H265: _parted_h265,
        Codec.MJPEG: lambda image, _: (b"", image),
    }
)


class DamagedPictureError(ProbeFailedError):
    """decode/damaged, with what the decoder made of the picture all the same."""

    def __init__(self, evidence: str, frame: VideoFrame) -> None:
        super().__init__(failure(Stage.DECODE, "damaged", evidence))
        self.frame = frame


def _lenient(codec: Codec, data: bytes) -> list[VideoFrame]:
    try:
        return _frames(codec, data, {}, b"")
    except av.FFmpegError:
        return []


def decode(
    key_frame: KeyFrame, *, to_be_shown: bool, units: Sequence[bytes] | None = None
) -> VideoFrame:
    """The picture of one access unit, as the decoder gives it. One that is only to be measured
    is not deblocked where it is large. `units` are the access unit's, where they are at hand.

    Raises:
        DamagedPictureError: parts of it had to be guessed.
        ProbeFailedError: decode/too_large where its headers claim more than `MAX_PIXELS`,
            decode/no_picture where nothing could be decoded.
    """
    codec, data = key_frame.codec, key_frame.access_unit
    units = units_of(codec, data) if units is None else units
    size = size_of_units(codec, units)
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise _failed("too_large", f"{size[0]} x {size[1]} pixels claimed")
    large = size is not None and size[0] >= _DEBLOCKED_BELOW_WIDTH
    finish = _WITHOUT_DEBLOCKING if large and not to_be_shown else {}
    sets, picture = _PARTED[codec](data, units)
    try:
        frames = _frames(codec, picture, {**_STRICT[codec], **finish}, sets)
    except av.FFmpegError as error:
        frames = _lenient(codec, sets + picture)
        if frames:
            evidence = f"{codec} decoder gave up: {type(error).__name__}"
            raise DamagedPictureError(evidence, frames[0]) from error
    if not frames:
        raise _failed("no_picture", f"{len(data)} bytes of {codec} gave no picture")
    if frames[0].is_corrupt:
        raise DamagedPictureError(f"{codec} decoder concealed parts of the picture", frames[0])
    return frames[0]


def _failed(reason: str, evidence: str) -> ProbeFailedError:
    return ProbeFailedError(failure(Stage.DECODE, reason, evidence))


def samples(plane: VideoPlane) -> Samples:
    """A view of an 8-bit plane, h x w."""
    # PyAV's stubs name `__buffer__`, which type checkers know from Python 3.12 on.
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def scaled(frame: VideoFrame, scaler: VideoReformatter) -> VideoFrame:
    """The frame at working size: yuv420p of full range."""
    width, height = working_size(frame.width, frame.height)
    return scaler.reformat(
        frame,
        width,
        height,
        "yuv420p",
        interpolation=Interpolation.AREA,
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )


def planes(small: VideoFrame) -> Planes:
    """Views of a `scaled` frame's planes; they live as long as it does."""
    luma, cb, cr = (samples(plane) for plane in small.planes)
    return Planes(luma=luma, cb=cb, cr=cr)
