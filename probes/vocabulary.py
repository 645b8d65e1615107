"""The words of one look at a camera: what is asked (`ProbeTarget`, `Budget`) and what is
answered (`ProbeResult`, `Failure`, `Media`, `Picture`, `OnvifFacts`).

All are plain frozen data: a target or a result refers to no memory, session or local path, so
that a batch of looks can be run in another process or in another network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Stage(StrEnum):
    """Where in the course of a look something happened, in the order the look reaches them."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    DESCRIBE = "describe"
    SETUP = "setup"
    PLAY = "play"
    FIRST_PACKET = "first_packet"
    KEY_FRAME = "key_frame"
    DECODE = "decode"
    PICTURE = "picture"
    ONVIF = "onvif"
    PROBER = "prober"


class Blame(StrEnum):
    """Who has something to repair."""

    NETWORK = "network"
    CAMERA = "camera"
    CONFIG = "config"
    PROBER = "prober"


class Verdict(StrEnum):
    """What one look says of a camera."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class FaultKind(StrEnum):
    """Picture faults (画面故障); the same names from the probe to the dashboard."""

    NO_SIGNAL = "no_signal"
    FROZEN = "frozen"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    LOW_CONTRAST = "low_contrast"
    BLUR = "blur"
    COLOR_CAST = "color_cast"
    NOISE = "noise"
    STRIPE = "stripe"
    OCCLUSION = "occlusion"
    SCENE_CHANGE = "scene_change"
    SHAKE = "shake"
    CORRUPTION = "corruption"
    OSD_MISSING = "osd_missing"
    OSD_WRONG = "osd_wrong"
    CLOCK_DRIFT = "clock_drift"


class Codec(StrEnum):
    """Video codecs that a look can decode (RTP payload formats RFC 6184, RFC 7798, RFC 2435)."""

    H264 = "h264"
    H265 = "h265"
    MJPEG = "mjpeg"


class StreamKind(StrEnum):
    """A camera's streams of the same view: the one that is recorded, and the small one."""

    MAIN = "main"
    SUB = "sub"


class Transport(StrEnum):
    """How RTP reaches us (RFC 2326 section 12.39)."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A user and password; neither appears in `repr`."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What is kept of a frame to tell a frozen picture at the next look.

    `luma` holds 48 x 27 single luma samples (not averages, so that sensor noise survives), row
    by row; `digest` is CRC-32 and length of the encoded access unit's slice data. Sketches of two
    streams tell nothing together: each is coded on its own.
    """

    luma: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    captured_at: datetime
    stream: StreamKind = StreamKind.MAIN


class Light(StrEnum):
    """What the sun gives at a camera at the time of a look."""

    DAY = "day"
    TWILIGHT = "twilight"
    NIGHT = "night"


class PictureSlot(StrEnum):
    """The kinds of picture that one camera gives in the course of a day; each has a history of
    its own. Infra-red is black and white at night."""

    DAY = "day"
    NIGHT = "night"
    INFRA_RED = "infra_red"


# What is measured of each picture for its camera's history, in the order of `Baseline.means`.
# Lumas and chromas are steps of 255, shares and ratios 0 to 1.
FIGURES: tuple[str, ...] = (
    "mean_luma",
    # Quantiles of luma: 0.5 % and 97 % (headlights take less); and its standard deviation.
    "darkest",
    "brightest",
    "spread",
    # As in `measures`.
    "texture_share",
    "slope_ratio",
    "steepness",
    # Medians of chroma less 128: what covers less than half of the picture does not move them.
    "cb",
    "cr",
    # Sigma by Immerkaer's operator (1996) in the smoothest fifth of the blocks.
    "noise",
    # Amplitude (luma steps) of the strongest wave of 3 to 40 pixels in all parts at once.
    "wave_rows",
    "wave_columns",
    # Shares of rows drawn out, of grey 128 and of the green of zeros: what decoders conceal with.
    "smear_share",
    "grey_share",
    "green_share",
    # Likeness to the view known (`probes.picture.view`).
    "here",
    "lost_share",
    # The largest step (logarithm) from row to row that is not usual there, and the largest patch
    # that has become smooth and of another brightness, as a share.
    "bar_step",
    "changed_share",
    # As `cb` and `cr`, of the brighter quarter: by night the rest has no colour to speak of.
    "lit_cb",
    "lit_cr",
)
# A view ends with so many tones, which are learnt by small steps (`probes.picture.tones`).
TONES_BYTES = 36 * 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a camera's good pictures of one slot usually measure: mean and spread of each of
    `FIGURES` (None where it was never measured), and the view they show (`probes.picture.view`).
    Pictures are judged by it once it is `learnt`; before, they are only compared with its view."""

    slot: PictureSlot
    learnt: bool = True
    means: tuple[float | None, ...]
    spreads: tuple[float, ...]
    view: bytes = field(repr=False)


# Corners of a polygon, each (across, down) as shares of the picture's width and height.
Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureContext:
    """What is known of a camera before its picture is looked at.

    `baselines` are those of the slots that are learnt. `movable` cameras (球机) look elsewhere by
    themselves. `accepted` says that people have accepted the view as it is now and a new history
    has not been learnt yet. `masks` are private areas: they are blackened in all that leaves the
    decoder. `want_evidence` asks for a small picture even where nothing is found, `want_overlay`
    for the strips in which overlay text stands.
    """

    light: Light
    baselines: tuple[Baseline, ...] = ()
    movable: bool = False
    accepted: bool = False
    masks: tuple[Polygon, ...] = ()
    want_evidence: bool = False
    want_overlay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFigures:
    """What a picture measured, for the camera's history: `values` as `Baseline.means`; `slot`
    is None in twilight, which nothing is learnt from. `view` is the picture's own;
    `hazy` says that there is a veil over what its camera usually sees. `evidence_jpeg` is a small
    picture with what was found marked and masks blackened; None unless something was found or it
    was asked for. `overlay_jpeg` are the strips, where they were asked for."""

    slot: PictureSlot | None
    values: tuple[float | None, ...]
    view: bytes = field(default=b"", repr=False)
    hazy: bool = False
    evidence_jpeg: bytes | None = field(default=None, repr=False)
    overlay_jpeg: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTarget:
    """One camera to look at.

    With `picture` false the look ends at the first packet of the video: it tells whether the
    camera delivers at a tenth of the cost, and nothing of the picture. `picture_stream` is the
    stream whose picture is judged, where the camera has it: `sub_stream_url`, which may be a
    guess, or what ONVIF names where only `onvif_url` is known. The URLs hold no user information;
    at least one of `stream_url` and `onvif_url` is given. `upstream` names what the camera hangs
    on (a recorder, a host), for the bound on simultaneous sessions. With `burst` the look stays for
    some further pictures, which tell whether anything moves, within `Budget.burst_s`.
    """

    camera_id: str
    stream_url: str | None = None
    sub_stream_url: str | None = None
    onvif_url: str | None = None
    credentials: Credentials | None = None
    upstream: str | None = None
    tls_verify: bool = True
    picture: bool = True
    picture_stream: StreamKind = StreamKind.MAIN
    ask_onvif: bool = False
    want_frame: bool = False
    burst: bool = False
    previous: Sketch | None = None
    context: PictureContext | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Targets that hang on one upstream and are looked at by one runner. It is plain data, so
    that a runner may as well sit in a town's closed network. An urgent batch (second looks) goes
    before all that wait."""

    upstream: str
    urgent: bool = False
    targets: tuple[ProbeTarget, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long a look may take. `total_s` bounds everything but the farewell (TEARDOWN).

    A burst takes at most `burst_s` of it and keeps at most `burst_bytes` of coded pictures:
    cameras repeat their key picture every 1 to 4 s, at up to 8 Mbit/s.
    """

    total_s: float = 15.0
    connect_s: float = 5.0
    teardown_s: float = 0.5
    burst_s: float = 4.5
    burst_bytes: int = 6 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """The video as decoded, sizes in pixels."""

    codec: Codec
    width: int
    height: int
    transport: Transport | None = None
    key_frame_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedPicture:
    """A picture behind a key frame, coded as that one is. One that is no key picture can be decoded
    only behind all between it and the key frame; those that are no key pictures are given without
    a gap from the key frame on."""

    access_unit: bytes = field(repr=False)
    rtp_timestamp: int
    is_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFrame:
    """One complete coded picture.

    `access_unit` is Annex B with its parameter sets in front (ITU-T H.264 / H.265 Annex B), or a
    whole JFIF image for MJPEG. `lost_packets` counts RTP sequence gaps inside the picture.
    `further` are the pictures of the burst behind it, in the order in which they came.
    """

    codec: Codec
    access_unit: bytes = field(repr=False)
    rtp_timestamp: int
    transport: Transport
    lost_packets: int = 0
    received_at: datetime
    further: tuple[CodedPicture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFault:
    """A fault found in a picture; `score` is 0 (none) to 1 (certain)."""

    kind: FaultKind
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the picture shows of the camera's health: faults found, most causal first, and the
    kinds that could not be judged."""

    faults: tuple[PictureFault, ...] = ()
    not_checkable: tuple[FaultKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameReading:
    """A key frame decoded and measured. `frame_jpeg` is set only when it was asked for.

    `decode_s` and `picture_s` are the seconds that decoding and measuring took. `suspects` are
    the kinds that one picture only suggests and a burst would tell; `burst_pictures` is how many
    pictures of a burst were compared (0: there was none).
    """

    media: Media
    picture: Picture
    sketch: Sketch
    decode_s: float
    picture_s: float
    frame_jpeg: bytes | None = field(default=None, repr=False)
    figures: PictureFigures | None = None
    suspects: tuple[FaultKind, ...] = ()
    burst_pictures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OnvifProfile:
    """A media profile of a device (ONVIF Media service, GetProfiles); sizes in pixels. `source`
    is the token of the video input that it shows, empty where the device doesn't tell."""

    token: str
    name: str
    codec: str
    width: int
    height: int
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnvifFacts:
    """What a device says of itself. Absent answers are None.

    `clock_offset_s` is the device's clock less ours, in seconds (positive: it is fast).
    `stream_url` and `sub_stream_url` (asked for only where a look wants it) carry no user
    information and their host is the configured one. `mac` is that of the network interface which
    has the configured address, as `02:58:4C:00:00:01`.
    """

    manufacturer: str | None = None
    model: str | None = None
    firmware: str | None = None
    serial: str | None = None
    mac: str | None = None
    clock_offset_s: float | None = None
    profiles: tuple[OnvifProfile, ...] = ()
    stream_url: str | None = None
    sub_stream_url: str | None = None
    snapshot_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a look did not succeed: a row of `probes.reasons.REASONS` and the evidence.

    `evidence` is a short English line of what was seen (a status line, a byte offset, an errno
    name); it holds no credentials. Decisions are made on stage and reason, never on evidence.
    """

    stage: Stage
    reason: str
    blame: Blame
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """One look, done. (`camera_id`, `started_at`) identifies it: taking it in twice is once.

    `stages` maps each stage reached to the seconds spent in it. `onvif_failure` tells why the
    ONVIF facts are missing where they were asked for and the stream itself was reached. `stream`
    is the one that the verdict speaks of, None where none was asked for. `suspects` and
    `burst_pictures` are those of the `FrameReading`.
    """

    camera_id: str
    started_at: datetime
    verdict: Verdict
    failure: Failure | None = None
    stages: Mapping[Stage, float] = field(default_factory=lambda: MappingProxyType({}))
    stream: StreamKind | None = None
    media: Media | None = None
    picture: Picture | None = None
    onvif: OnvifFacts | None = None
    onvif_failure: Failure | None = None
    sketch: Sketch | None = field(default=None, repr=False)
    frame_jpeg: bytes | None = field(default=None, repr=False)
    figures: PictureFigures | None = None
    suspects: tuple[FaultKind, ...] = ()
    burst_pictures: int = 0
