"""Session descriptions (RFC 4566) as cameras write them: only what a look needs, read leniently.

Lines that are missing, doubled, out of order or cut off are survived; only `m=` lines and the
attributes `control`, `rtpmap` and `fmtp` matter.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass, field

from probes.vocabulary import Codec

# Real descriptions have up to 4 media; a metadata-heavy camera 7.
MAX_MEDIA = 64

_CODECS = {"H264": Codec.H264, "H265": Codec.H265, "HEVC": Codec.H265, "JPEG": Codec.MJPEG}
# RFC 3551 table 5: payload types that need no rtpmap.
_STATIC_VIDEO = {26: "JPEG", 31: "H261", 32: "MPV", 33: "MP2T", 34: "H263"}
_LINE = re.compile(r"[A-Za-z]\s?=")


class SdpError(ValueError):
    """A body that is no session description; the text names the line."""


@dataclass(slots=True, kw_only=True)
class Media:
    """One `m=` line and what follows it. `formats` are the numeric payload types it names."""

    kind: str
    formats: list[int]
    control: str | None = None
    encodings: dict[int, tuple[str, int]] = field(default_factory=dict)
    parameters: dict[int, dict[str, str]] = field(default_factory=dict)
    sent_to_device: bool = False

    @property
    def payload_type(self) -> int | None:
        """The first payload type of which anything is known; else one that only rtpmap names."""
        known = [number for number in self.formats if self.encoding(number)]
        return next(iter([*known, *self.encodings, *self.formats]), None)

    def encoding(self, payload_type: int) -> tuple[str, int] | None:
        """Encoding name in capitals and clock rate in Hz."""
        named = self.encodings.get(payload_type)
        if named is not None or payload_type not in _STATIC_VIDEO:
            return named
        return _STATIC_VIDEO[payload_type], 90_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """The video media to set up.

    `parameter_sets` are the NAL units of sprop-parameter-sets or sprop-vps/sps/pps, without
    start codes, unchecked. `payload_types` are all that may carry it.
    """

    codec: Codec
    payload_type: int
    payload_types: frozenset[int]
    clock_hz: int
    control: str | None
    parameter_sets: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A session description: the session's own control and its media in order."""

    control: str | None
    media: tuple[Media, ...]

    def video(self) -> Video | None:
        """The first video media with a codec that we decode, or None. One marked as sent to the
        device counts where there is no other: some devices mark their own video from their side.
        """
        likely_first = sorted(self.media, key=lambda media: media.sent_to_device)
        return next((video for media in likely_first if (video := _video(media))), None)

    def video_encodings(self) -> list[str]:
        """Encoding names of the video media, for an error's text."""
        return [
            (media.encoding(number) or ("unnamed", 0))[0]
            for media in self.media
            if media.kind == "video"
            for number in [media.payload_type]
            if number is not None
        ]


def parse_sdp(body: bytes) -> Description:
    """Reads a description.

    Raises:
        SdpError: no line of it is an SDP line, or it has too many media.
    """
    lines = _logical_lines(body.decode("utf-8", "replace"))
    if not any(_LINE.match(line) for line in lines):
        raise SdpError(f"no SDP line; line 1 is {lines[0][:60]!r}" if lines else "empty body")
    session = Media(kind="session", formats=[])
    media: list[Media] = []
    for line in lines:
        key, _, value = line.partition("=")
        if key.strip() == "m":
            media.append(_media_line(value))
            if len(media) > MAX_MEDIA:
                raise SdpError(f"more than {MAX_MEDIA} media")
        elif key.strip() == "a":
            _attribute(media[-1] if media else session, value.strip())
    _rescue_strays(media)
    return Description(control=session.control, media=tuple(media))


def _logical_lines(text: str) -> list[str]:
    """Lines without blanks around them; a broken a=fmtp is put together again (VLC 3.0.16
    breaks the long sprop-sei that x265 leaves it over several lines)."""
    lines: list[list[str]] = []
    for line in text.replace("\r", "\n").split("\n"):
        line = line.strip(" \t\0")
        if not line:
            continue
        if lines and lines[-1][0].startswith("a=fmtp:") and not _LINE.match(line):
            lines[-1].append(line)
        else:
            lines.append([line])
    return ["".join(parts) for parts in lines]


def _media_line(value: str) -> Media:
    """`video 0 RTP/AVP 96`; words in place of payload types are left out (TP-Link writes
    `application/TP-LINK 0 RTP/AVP smart/1/90000`), as are ports and profiles of any form."""
    words = value.split()
    kind = words[0].lower() if words else ""
    return Media(kind=kind, formats=[n for word in words[3:] if (n := _number(word)) is not None])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else None


def _attribute(media: Media, text: str) -> None:
    name, _, value = text.partition(":")
    name, value = name.strip().lower(), value.strip()
    if name == "control":
        # Given twice, the first counts; an empty one does not.
        media.control = media.control or value
    elif name == "sendonly" and media.kind != "session":
        # Seen from the device's description a back channel, into which the client speaks
        # (ONVIF Streaming Specification section 5.3): cameras mark their own media recvonly.
        media.sent_to_device = True
    elif name == "rtpmap":
        _rtpmap(media, value)
    elif name == "fmtp":
        number, _, parameters = value.partition(" ")
        payload_type = _number(number)
        if payload_type is not None:
            media.parameters.setdefault(payload_type, {}).update(_fmtp(parameters))


def _rtpmap(media: Media, value: str) -> None:
    """`96 H264/90000`; the first of two for one payload type counts."""
    number, _, encoding = value.partition(" ")
    payload_type = _number(number)
    name, _, clock = encoding.strip().partition("/")
    if payload_type is not None and name:
        clock_hz = clock.split("/")[0].strip()
        hertz = int(clock_hz[:9]) if clock_hz.isascii() and clock_hz.isdecimal() else 90_000
        media.encodings.setdefault(payload_type, (name.strip().upper(), hertz))


def _fmtp(text: str) -> dict[str, str]:
    """Parameters by lower-case name; `=` belongs to Base64 values too."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name.strip():
            found.setdefault(name.strip().lower(), value.strip())
    return found


def _rescue_strays(media: list[Media]) -> None:
    """Some cameras put the video's fmtp into the audio media: it is found by payload type."""
    for video in (item for item in media if item.kind == "video"):
        number = video.payload_type
        if number is None or number in video.parameters:
            continue
        for other in media:
            if number in other.parameters and number not in other.formats:
                video.parameters[number] = other.parameters[number]


def _video(media: Media) -> Video | None:
    if media.kind != "video" or media.payload_type is None:
        return None
    name, clock_hz = media.encoding(media.payload_type) or ("", 0)
    codec = _CODECS.get(name)
    if codec is None:
        return None
    parameters = media.parameters.get(media.payload_type, {})
    return Video(
        codec=codec,
        payload_type=media.payload_type,
        payload_types=frozenset([*media.formats, *media.encodings]),
        clock_hz=clock_hz or 90_000,
        control=media.control,
        parameter_sets=tuple(_parameter_sets(parameters)),
    )


_SPROPS = ("sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets")


def _parameter_sets(parameters: dict[str, str]) -> list[bytes]:
    """RFC 6184 section 8.1, RFC 7798 section 7.1; what does not decode is left out."""
    texts = [text for name in _SPROPS for text in parameters.get(name, "").split(",")]
    return [data for text in texts if (data := _base64(text))]


def _base64(text: str) -> bytes:
    """Base64 with or without its padding."""
    bare = text.strip().rstrip("=")
    try:
        return b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
