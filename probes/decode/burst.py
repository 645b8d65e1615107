"""The pictures of a burst, decoded: only those that are compared are scaled and kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import av
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from probes.decode.frame import MAX_PIXELS, decode, decoder_of, planes, scaled
from probes.decode.size import coded_size
from probes.picture.planes import Samples
from probes.reasons import ProbeFailedError
from probes.rtp.following import CLOCK_HZ, STANDING_TICKS, ticks_between
from probes.vocabulary import Codec, CodedPicture, KeyFrame

# Pictures closer than this show the same phase of a swing, and cost as much again.
_APART_TICKS = CLOCK_HZ * 15 // 100
_MAX_COMPARED = 8
# 25 pictures of Full HD. A decoder's process has 5 s for a job, and of larger pictures this many
# pixels take 0.3 s as well.
_MAX_DECODED_PIXELS = 25 * 1920 * 1088


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Lumas at working size. `moving` are pictures some tenths of a second apart from the key frame
    on, which are coded as differences: they show movement and never its absence. `next_key` is the
    next key picture, which is coded on its own; None where none came in time."""

    moving: tuple[Samples, ...]
    next_key: Samples | None

    @property
    def pictures(self) -> int:
        """How many are compared with the key frame or each other."""
        return len(self.moving) + (self.next_key is not None)


def decode_burst(key_frame: KeyFrame, scaler: VideoReformatter) -> Burst | None:
    """The burst behind a key frame that was decoded well; None where none came. What cannot be
    decoded is left out."""
    if not key_frame.further:
        return None
    standing = _standing(key_frame)
    return Burst(
        moving=tuple(_moving(key_frame, standing, scaler)),
        next_key=None if standing is None else _alone(key_frame, standing, scaler),
    )


def _standing(key_frame: KeyFrame) -> CodedPicture | None:
    """The next key picture, if it came late enough behind the first to tell anything. Where RTP
    time stands or runs back, somebody plays the same again, and any will do."""
    for picture in reversed(key_frame.further):
        ticks = ticks_between(key_frame.rtp_timestamp, picture.rtp_timestamp)
        if picture.is_key and (ticks is None or ticks >= STANDING_TICKS):
            return picture
    return None


def _alone(key_frame: KeyFrame, picture: CodedPicture, scaler: VideoReformatter) -> Samples | None:
    coded = replace(
        key_frame,
        access_unit=picture.access_unit,
        rtp_timestamp=picture.rtp_timestamp,
        further=(),
    )
    try:
        return _luma(decode(coded, to_be_shown=False), scaler)
    except ProbeFailedError:
        return None


def _luma(frame: VideoFrame, scaler: VideoReformatter) -> Samples:
    # The scaler's frame goes; what is compared stays.
    return planes(scaled(frame, scaler)).luma.copy()


def _moving(
    key_frame: KeyFrame, standing: CodedPicture | None, scaler: VideoReformatter
) -> Iterator[Samples]:
    units = [(0, key_frame.access_unit)]
    for picture in key_frame.further:
        ticks = ticks_between(key_frame.rtp_timestamp, picture.rtp_timestamp)
        if picture is standing or ticks is None:
            break
        units.append((ticks, picture.access_unit))
    units = units[: _most(key_frame)]
    if any(_is_too_large(key_frame.codec, unit) for _, unit in units):
        return
    shown: int | None = None
    count = 0
    for frame in _decoded(key_frame.codec, _thinned(key_frame.codec, units)):
        if frame.is_corrupt or count == _MAX_COMPARED:
            return
        if shown is None or (frame.pts or 0) - shown >= _APART_TICKS:
            shown, count = frame.pts or 0, count + 1
            yield _luma(frame, scaler)


def _most(key_frame: KeyFrame) -> int:
    """How many pictures of this size are decoded at the most."""
    size = coded_size(key_frame.codec, key_frame.access_unit)
    return max(2, _MAX_DECODED_PIXELS // max(1, size[0] * size[1])) if size is not None else 2


def _is_too_large(codec: Codec, access_unit: bytes) -> bool:
    size = coded_size(codec, access_unit)
    return size is not None and size[0] * size[1] > MAX_PIXELS


def _thinned(codec: Codec, units: list[tuple[int, bytes]]) -> Iterable[tuple[int, bytes]]:
    """Those that have to be decoded: of pictures coded on their own, only what is compared."""
    if codec is not Codec.MJPEG:
        return units
    kept: list[tuple[int, bytes]] = []
    for ticks, unit in units:
        if not kept or ticks - kept[-1][0] >= _APART_TICKS:
            kept.append((ticks, unit))
    return kept


def _decoded(codec: Codec, units: Iterable[tuple[int, bytes]]) -> Iterator[VideoFrame]:
    """The pictures in the order in which they are shown; they end where the decoder gives up."""
    context = decoder_of(codec, {})
    try:
        for ticks, unit in units:
            packet = av.Packet(unit)
            packet.pts = packet.dts = ticks
            yield from context.decode(packet)
        yield from context.decode(None)
    except av.FFmpegError:
        return
