"""How cameras of different makers word their replies and session descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tests.fleet.clips import Clip

_RTPMAPS = {"h264": "96 H264/90000", "h265": "98 H265/90000", "mjpeg": "26 JPEG/90000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One maker's ways.

    `content_base` is formatted with `url` (as requested, no closing slash) and `path`; empty: no
    such header. `base` is what controls are joined to and `control` what the SDP says; both are
    formatted likewise. `video_track` follows the URL, as the client is to join it.
    """

    head: tuple[str, ...]
    realm: str
    name_algorithm: bool
    content_base: str
    session_control: str
    video_control: str
    audio_control: str
    track: str
    audio_track: str
    session_timeout: str
    session_in_options: bool = False
    ssrc_in_transport: bool = True
    rtp_info: bool = True
    has_audio: bool = True
    sdp_head: tuple[str, ...] = ()
    sdp_tail: tuple[str, ...] = ()
    video_extra: tuple[str, ...] = ()
    sender_report: bool = False
    line_end: str = "\r\n"


_HIKVISION_QUERY = "transportmode=unicast&profile=Profile_1"

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "hikvision": Dialect(
            head=("Date:  Sat, Mar 14 2026 10:08:07 GMT",),
            realm="IP Camera(C6493)",
            name_algorithm=False,
            content_base="{url}/",
            session_control="{url}/?" + _HIKVISION_QUERY,
            video_control="{url}/trackID=1?" + _HIKVISION_QUERY,
            audio_control="{url}/trackID=2?" + _HIKVISION_QUERY,
            track="/trackID=1?" + _HIKVISION_QUERY,
            audio_track="/trackID=2?" + _HIKVISION_QUERY,
            session_timeout=";timeout=60",
            has_audio=False,
            sdp_head=("s=Media Presentation", "e=NONE", "b=AS:5050", "t=0 0"),
            sdp_tail=(
                "a=Media_header:MEDIAINFO=494D4B48010200000400000100000000;",
                "a=appversion:1.0",
            ),
            video_extra=(
                "c=IN IP4 0.0.0.0",
                "b=AS:5000",
                "a=recvonly",
                "a=x-dimensions:{width},{height}",
            ),
            sender_report=True,
        ),
        "dahua": Dialect(
            head=("Server: Rtsp Server/3.0",),
            realm="Login to 4K0A51BPAG7C2E1",
            name_algorithm=False,
            content_base="{url}/",
            session_control="*",
            video_control="trackID=0",
            audio_control="trackID=1",
            track="/trackID=0",
            audio_track="/trackID=1",
            session_timeout=";timeout=60",
            session_in_options=True,
            sdp_head=("s=Media Server", "c=IN IP4 0.0.0.0", "t=0 0"),
            sdp_tail=(),
            video_extra=("a=framerate:{fps}.000000", "a=recvonly"),
            sender_report=True,
        ),
        "uniview": Dialect(
            head=(),
            realm="Surveillance Server",
            name_algorithm=True,
            content_base="",
            session_control="",
            video_control="video",
            audio_control="audio",
            track="/video",
            audio_track="/audio",
            session_timeout="; timeout=30",
            ssrc_in_transport=False,
            sdp_head=("s=streamed by the RTSP server", "t=0 0"),
            video_extra=("c=IN IP4 0.0.0.0",),
        ),
        "tplink": Dialect(
            head=("Server: RTSP Server",),
            realm="TP-LINK IP-Camera",
            name_algorithm=True,
            content_base="{path}/",
            session_control="",
            video_control="{url}/track1",
            audio_control="{url}/track2",
            track="/track1",
            audio_track="/track2",
            session_timeout=";timeout=90",
            rtp_info=False,
            sdp_head=('s=Session streamed by "TP-LINK RTSP Server"', "t=0 0"),
            video_extra=("c=IN IP4 0.0.0.0", "b=AS:4096", "a=range:npt=0-"),
        ),
        "tiandy": Dialect(
            head=("Server: TiandyRTSP", "Cache-Control: no-cache"),
            realm="tiandy",
            name_algorithm=True,
            content_base="{url}",
            session_control="*",
            video_control="trackID=video",
            audio_control="trackID=audio",
            track="/trackID=video",
            audio_track="/trackID=audio",
            session_timeout="",
            sdp_head=("s=RTSP/RTP stream", "t=0 0", "a=tool:TD"),
            video_extra=("a=recvonly",),
        ),
    }
)


def describe(
    dialect: Dialect, clip: Clip, url: str, address: str, *, video: str = "normal"
) -> bytes:
    """The session description. `video` is `normal`, `absent`, or `odd` (a codec nobody uses)."""
    filling = {"url": url, "width": clip.width, "height": clip.height, "fps": clip.fps}
    lines = ["v=0", f"o=- {clip.ssrc} {clip.ssrc} IN IP4 {address}", *dialect.sdp_head]
    if dialect.session_control:
        lines.append("a=control:" + dialect.session_control.format(**filling))
    if video != "absent":
        lines += _video(dialect, clip, filling, odd=video == "odd")
    if dialect.has_audio or video == "absent":
        lines += [
            "m=audio 0 RTP/AVP 8",
            "a=control:" + dialect.audio_control.format(**filling),
            "a=rtpmap:8 PCMA/8000",
            "a=recvonly",
        ]
    lines += dialect.sdp_tail
    return "".join(line + "\r\n" for line in lines).encode()


def _video(dialect: Dialect, clip: Clip, filling: dict[str, object], *, odd: bool) -> list[str]:
    lines = [f"m=video 0 RTP/AVP {97 if odd else clip.payload_type}"]
    lines += [line.format(**filling) for line in dialect.video_extra]
    lines.append("a=control:" + dialect.video_control.format(**filling))
    if odd:
        return [*lines, "a=rtpmap:97 X-SV3C/90000"]
    lines.append("a=rtpmap:" + _RTPMAPS[clip.codec])
    if clip.fmtp:
        lines.append(f"a=fmtp:{clip.payload_type} {clip.fmtp}")
    return lines
