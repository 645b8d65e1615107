"""Session descriptions: nothing but SdpError comes out, and what is read is usable."""

from __future__ import annotations

from probes.rtsp.sdp import SdpError, parse_sdp
from probes.rtsp.url import control_url

_H264 = (
    b"v=0\r\no=- 1001 1 IN\r\ns=x\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n"
    b"a=rtpmap:96 H264/90000\r\na=control:trackID=1\r\n"
    b"a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IAHqtAUB7I,aM4xUg==\r\n"
)
SEEDS = [
    _H264,
    b"m=audio 0 RTP/AVP 0\na=sendonly\nm=video 0 RTP/AVP 98 99\na=rtpmap:98 H265/90000/1\n"
    b"a=fmtp:98 sprop-vps=QAE=;sprop-sps=QgE=;sprop-pps=RAE=\na=control:?ctype=video\n",
    b"m=application/TP-LINK 0 RTP/AVP smart/1/90000\nm=video -1 RTP/AVP 26\na=control:rtsp://u@h/1",
    b"v=0\rm=video 0 RTP/AVP 96 \ta=rtpmap: 96  H264/x\ra=fmtp:96 a=b;c\r continued\r=;\r",
    b"m=audio 0 RTP/AVP 8\na=fmtp:96 sprop-parameter-sets=Z0I\nm=video 0 RTP/AVP 96\n"
    b"a=rtpmap:96 H264/90000\n",
]


def check(data: bytes) -> None:
    """Data is the body of a DESCRIBE's answer."""
    try:
        description = parse_sdp(data)
    except SdpError:
        return
    assert all(isinstance(name, str) for name in description.video_encodings())
    video = description.video()
    if video is not None:
        assert video.clock_hz > 0
        assert video.payload_type in video.payload_types or video.payload_type < 128
        assert control_url("rtsp://192.0.2.7/live", video.control)
        assert all(video.parameter_sets)
