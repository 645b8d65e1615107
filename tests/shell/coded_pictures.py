"""Coded pictures for the decoder's tests, made with PyAV's encoders."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import av
import numpy as np

from probes.picture.planes import Samples
from probes.vocabulary import Codec, KeyFrame, Transport

_ENCODERS = {Codec.H264: "libx264", Codec.H265: "libx265", Codec.MJPEG: "mjpeg"}
RECEIVED_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def coded(
    codec: Codec, luma: Samples, pixel_format: str = "yuvj420p", crf: int | None = None
) -> bytes:
    """One key frame of a grey picture; `crf` (0 to 51) is how coarse."""
    rows, columns = luma.shape
    context = av.CodecContext.create(_ENCODERS[codec], "w")
    context.width, context.height, context.pix_fmt = columns, rows, pixel_format
    context.time_base = Fraction(1, 25)
    options = {} if crf is None else {"crf": str(crf)}
    if codec is Codec.H265:
        options["x265-params"] = "log-level=none"
    context.options = options
    if pixel_format.startswith("yuvj"):
        context.color_range = 2
    frame = av.VideoFrame.from_ndarray(np.repeat(luma[..., None], 3, axis=2), format="rgb24")
    frame = frame.reformat(format=pixel_format, dst_color_range=context.color_range)
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def open_gop(codec: Codec, pictures: list[Samples]) -> list[bytes]:
    """A stream of open GOPs, ten pictures each, one access unit in each piece."""
    rows, columns = pictures[0].shape
    context = av.CodecContext.create(_ENCODERS[codec], "w")
    context.width, context.height, context.pix_fmt = columns, rows, "yuv420p"
    context.time_base = Fraction(1, 25)
    name = _ENCODERS[codec].removeprefix("lib")
    quiet = ":log-level=none" if codec is Codec.H265 else ""
    context.options = {f"{name}-params": f"open-gop=1:keyint=10:bframes=2{quiet}"}
    units = []
    for index, luma in enumerate(pictures):
        rgb = np.repeat(luma[..., None], 3, axis=2)
        frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
        frame.pts = index
        units += [bytes(packet) for packet in context.encode(frame)]
    return units + [bytes(packet) for packet in context.encode(None)]


def key_frame(codec: Codec, access_unit: bytes) -> KeyFrame:
    """A key frame of these bytes, as a look would have collected it."""
    return KeyFrame(
        codec=codec,
        access_unit=access_unit,
        rtp_timestamp=90_000,
        transport=Transport.UDP,
        received_at=RECEIVED_AT,
    )


class Bits:
    """Writes fixed-length and Exp-Golomb codes, most significant bit first."""

    def __init__(self) -> None:
        self.text = ""

    def u(self, count: int, value: int) -> None:
        self.text += format(value, f"0{count}b")

    def ue(self, value: int) -> None:
        digits = format(value + 1, "b")
        self.text += "0" * (len(digits) - 1) + digits

    def unit(self) -> bytes:
        """With the stop bit, and the emulation prevention of Annex B."""
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        unit, zeros = bytearray(), 0
        for at in range(0, len(text), 8):
            byte = int(text[at : at + 8], 2)
            if zeros >= 2 and byte <= 3:
                unit.append(3)
                zeros = 0
            unit.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return bytes(unit)


def h264_sps(width: int, height: int, profile: int = 66) -> bytes:
    """An H.264 sequence parameter set of a size in whole macroblocks."""
    bits = Bits()
    for count, value in ((8, 0x67), (8, profile), (8, 0), (8, 51)):
        bits.u(count, value)
    bits.ue(0)
    if profile == 100:
        for value in (1, 0, 0):
            bits.ue(value)
        bits.u(2, 0b00)
    for value in (0, 0, 0, 1):
        bits.ue(value)
    bits.u(1, 0)
    bits.ue(width // 16 - 1)
    bits.ue(height // 16 - 1)
    for flag in (1, 1, 0, 0):
        bits.u(1, flag)
    return b"\x00\x00\x00\x01" + bits.unit()
