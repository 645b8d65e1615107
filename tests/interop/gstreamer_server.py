"""GStreamer's RTSP server, run by the system's Python (its bindings are no wheel).

Usage: /usr/bin/python3 gstreamer_server.py none|basic|digest CLIP_FOLDER
Prints the port it got, then serves until it is ended.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

USER, PASSWORD = "inspector", "Pa:ss w0rd"  # a colon and a blank, which clients get wrong

CAPS = "video/x-raw,format=I420,width=640,height=360,framerate=10/1"
LIVE = f"videotestsrc is-live=true pattern={{pattern}} ! {CAPS}"
CLIP = "filesrc location={folder}/{codec}.mp4 ! qtdemux"
H264 = "h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1"
H265 = "h265parse ! rtph265pay name=pay0 pt=96 config-interval=-1"
MJPEG = "jpegparse ! rtpjpegpay name=pay0 pt=26"
# Sliced threads give several slices a picture.
X264 = "x264enc tune=zerolatency speed-preset=ultrafast threads=4 key-int-max=10"
X265 = "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10"

MOUNTS = {
    "h264": f"{CLIP} ! {H264}",
    "h265": f"{CLIP} ! {H265}",
    "mjpeg": f"{CLIP} ! {MJPEG}",
    "live-h264": f"{LIVE} ! {X264} ! {H264}",
    "live-h265": f"{LIVE} ! {X265} ! {H265}",
    "live-mjpeg": f"{LIVE} ! jpegenc ! rtpjpegpay name=pay0 pt=26",
    "black": f"{LIVE} ! {X264} ! {H264}",
    "blue": f"{LIVE} ! {X264} ! {H264}",
    "white": f"{LIVE} ! {X264} ! {H264}",
}
PATTERNS = {"black": "black", "blue": "blue", "white": "white"}
TRANSPORTS = {
    "tcp": GstRtsp.RTSPLowerTrans.TCP,
    "udp": GstRtsp.RTSPLowerTrans.UDP,
}


def permissions():
    allowed = GstRtspServer.RTSPPermissions()
    allowed.add_role("viewer")
    for permission in ("media.factory.access", "media.factory.construct"):
        allowed.add_permission_for_role("viewer", permission, True)
    return allowed


def authentication(method):
    auth = GstRtspServer.RTSPAuth()
    auth.set_realm("gst")
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if method == "basic":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(USER, PASSWORD), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(USER, PASSWORD, token)
    return auth


def main():
    method, folder = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    if method != "none":
        server.set_auth(authentication(method))
    mounts = server.get_mount_points()
    for transport, protocol in TRANSPORTS.items():
        for path, pipeline in MOUNTS.items():
            factory = GstRtspServer.RTSPMediaFactory()
            pattern = PATTERNS.get(path, "smpte")
            launch = pipeline.format(folder=folder, codec=path, pattern=pattern)
            factory.set_launch(f"( {launch} )")
            factory.set_protocols(protocol)
            if method != "none":
                factory.set_permissions(permissions())
            mounts.add_factory(f"/{transport}/{path}", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


main()
