"""Session descriptions as cameras write them, each cut down to what is peculiar."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.rtsp.sdp import MAX_MEDIA, SdpError, Video, parse_sdp
from probes.vocabulary import Codec

SPS = "Z0LAFtoCgL/lwEQAAAMABAAAAwB4PFi6gA=="
PPS = "aM4PyA=="


def video_of(*lines: str, end: str = "\r\n") -> Video:
    found = parse_sdp(end.join(lines).encode()).video()
    assert found is not None
    return found


M, R, C = "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=control:track1"

# name, lines; all of them describe H.264 of payload type 96 with control track1
SAME_VIDEO: list[tuple[str, list[str]]] = [
    ("ordinary", ["v=0", "o=- 7 1 IN IP4 192.0.2.1", "s=x", "t=0 0", M, R, C]),
    ("only media lines (go2rtc issue 679)", [M, R, C]),
    ("no o= (macro-video)", ["v=0", "s=x", "t=0 0", M, R, C]),
    ("o= and c= cut off (Uniview)", ["v=0", "o=- 1001 1 IN", "c=IN", "s=x", M, R, C]),
    ("c= doubled", ["v=0", "c=IN c=IN IP4 192.0.2.1", M, R, C]),
    ("IP in place of IN, hex id", ["v=0", "o=a b 0xF 1 IP IP4 192.0.2.1", M, R, C]),
    ("attribute before t= (Anjvision)", ["v=0", "a=tool:x", "t=0 0", M, R, C]),
    ("s= and i= inside the media", ["v=0", M, "s=x", "i=Video Media", R, C]),
    ("control before rtpmap (Dahua)", [M, C, R]),
    ("blank behind rtpmap (H264DVR)", [M, R + " ", C]),
    ("tab and blank in m= (VStarcam)", [M + "\t ", R, C]),
    ("negative port", ["m=video -1 RTP/AVP 96", R, C]),
    ("lower case", [M, "a=rtpmap:96 h264/90000", C]),
    ("no clock", [M, "a=rtpmap:96 H264", C]),
    ("two rtpmaps", [M, R, "a=rtpmap:96 H265/90000", C]),
    ("rtpmap for another payload type too", [M, "a=rtpmap:97 PCMU/8000", R, C]),
    ("control given twice", [M, R, C, "a=control:other"]),
    ("control empty first", [M, R, "a=control:", C]),
    (
        "text for payload types (TP-Link)",
        ["m=application/TP-LINK 0 RTP/AVP smart/1/90000", M, R, C],
    ),
    ("framerate 0S (IPCAM)", [M, R, "a=framerate:0S", C]),
    ("not text", ["v=0", "s=\udcff\udcfe", M, R, C]),
    ("back channel video first", [M, R, "a=control:back", "a=sendonly", M, R, C]),
    ("its own video marked sendonly", [M, R, C, "a=sendonly"]),
    ("MPEG-4 first", ["m=video 0 RTP/AVP 97", "a=rtpmap:97 MP4V-ES/90000", M, R, C]),
    ("audio first (Ubiquiti)", ["m=audio 0 RTP/AVP 97", "a=rtpmap:97 opus/48000/2", M, R, C]),
]


@pytest.mark.parametrize("lines", [pytest.param(lines, id=name) for name, lines in SAME_VIDEO])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"], ids=["crlf", "lf", "cr"])
def test_same_video(lines: list[str], end: str) -> None:
    description = parse_sdp(end.join(lines).encode("utf-8", "surrogateescape"))
    video = description.video()
    assert video is not None
    assert (video.codec, video.payload_type, video.clock_hz) == (Codec.H264, 96, 90_000)
    assert video.control == "track1"


@pytest.mark.parametrize(
    ("lines", "codec", "payload_type"),
    [
        pytest.param(["m=video 0 RTP/AVP 26"], Codec.MJPEG, 26, id="MJPEG without rtpmap"),
        pytest.param([M, "a=rtpmap:96 H265/90000"], Codec.H265, 96, id="H265"),
        pytest.param([M, "a=rtpmap:96 HEVC/90000"], Codec.H265, 96, id="HEVC"),
        pytest.param(
            ["m=video 0 RTP/AVP 35", "a=rtpmap:96 H264/90000"],
            Codec.H264,
            96,
            id="rtpmap names another payload type than m=",
        ),
    ],
)
def test_codecs(lines: list[str], codec: Codec, payload_type: int) -> None:
    video = video_of(*lines)
    assert (video.codec, video.payload_type) == (codec, payload_type)


@pytest.mark.parametrize(
    ("lines", "sizes"),
    [
        pytest.param([f"sprop-parameter-sets={SPS},{PPS}"], [25, 4], id="ordinary"),
        pytest.param([f" ; sprop-parameter-sets={SPS},{PPS}; x=y"], [25, 4], id="odd semicolons"),
        pytest.param([f"SPROP-Parameter-Sets={SPS} , {PPS}"], [25, 4], id="blanks and capitals"),
        pytest.param([f"sprop-parameter-sets={SPS[:-2]},{PPS[:-2]}"], [25, 4], id="no padding"),
        pytest.param([f"sprop-parameter-sets={SPS}"], [25], id="without PPS"),
        pytest.param(["sprop-parameter-sets="], [], id="empty (VZ Smart-IPC)"),
        pytest.param(["sprop-parameter-sets=***,§§"], [], id="spoiled"),
        pytest.param(["packetization-mode=1"], [], id="missing"),
        pytest.param(["sprop-sps=QUJD;sprop-vps=QQ==;sprop-pps=QUI="], [1, 3, 2], id="H.265"),
    ],
)
def test_parameter_sets(lines: list[str], sizes: list[int]) -> None:
    video = video_of(M, R, *(f"a=fmtp:96 {line}" for line in lines))
    assert [len(data) for data in video.parameter_sets] == sizes


def test_fmtp_broken_over_lines() -> None:
    """VLC 3.0.16 with x265 breaks the Base64 of its SEI, and what stands before it."""
    video = video_of(M, R, f"a=fmtp:96 sprop-parameter-sets={SPS[:10]}", SPS[10:] + "," + PPS, C)
    assert [len(data) for data in video.parameter_sets] == [25, 4]
    assert video.control == "track1"


def test_fmtp_of_the_video_inside_the_audio_media() -> None:
    fmtp = f"a=fmtp:96 sprop-parameter-sets={SPS},{PPS}"
    video = video_of(M, R, "m=audio 0 RTP/AVP 8", fmtp)
    assert len(video.parameter_sets) == 2


def test_the_session_has_its_own_control() -> None:
    description = parse_sdp(b"a=control:rtsp://192.0.2.1/x\nm=video 0 RTP/AVP 96\n" + R.encode())
    assert description.control == "rtsp://192.0.2.1/x"
    assert len(description.media) == 1


@pytest.mark.parametrize(
    ("encoding", "payload_type", "names"),
    [("MP4V-ES", 96, ["MP4V-ES"]), ("MP2T", 33, ["MP2T"]), ("", 33, ["MP2T"])],
)
def test_video_that_we_do_not_decode(encoding: str, payload_type: int, names: list[str]) -> None:
    rtpmap = f"a=rtpmap:{payload_type} {encoding}/90000" if encoding else "a=x"
    description = parse_sdp(f"m=video 0 RTP/AVP {payload_type}\n{rtpmap}".encode())
    assert description.video() is None
    assert description.video_encodings() == names


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"", "empty"),
        (b"\r\n \r\n", "empty"),
        (b"<html>\n<body>", "line 1 is '<html>'"),
        (b"m=video 0 RTP/AVP 96\n" * (MAX_MEDIA + 1), "more than"),
    ],
)
def test_no_description(body: bytes, names: str) -> None:
    with pytest.raises(SdpError, match=names):
        parse_sdp(body)


PIECES = st.sampled_from(
    ["m=", "video ", "96 ", "RTP/AVP ", "a=rtpmap:", "H264/90000", "a=fmtp:96 ", ";", "=", "\n"]
) | st.sampled_from(["sprop-parameter-sets=", SPS, ",", "a=control:", "*", "a=sendonly", "-1"])


def test_an_fmtp_broken_into_very_many_lines() -> None:
    body = b"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets=Z0"
    video = parse_sdp(body + b"\nA" * 100_000).video()
    assert video is not None
    assert len(video.parameter_sets[0]) == 100_002 * 3 // 4


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=25).map("".join))
def test_any_text(text: str) -> None:
    """Nothing but SdpError comes out."""
    try:
        description = parse_sdp(text.encode("utf-8", "surrogatepass"))
    except SdpError:
        return
    description.video()
    description.video_encodings()
