"""Evaluates the parsers over a folder of what real cameras send.

    python -m tests.devices.evaluate_cameras DIR

DIR holds `manifest.csv` (columns file, kind, request_url, codec, payload_type, clock,
media_count, session_control, control, setup_url, param_sets_in_sdp, width, height, notes) and
the files it names. Prints what differs and a table of right and wrong per kind; exit status 1
when anything differs. ONVIF texts are evaluated by `tests.devices.evaluate_onvif`.
"""

from __future__ import annotations

import base64
import csv
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from probes.reasons import ProbeFailedError
from probes.rtp.codecs import NAL_RULES
from probes.rtp.collector import KeyFrameCollector
from probes.rtp.nal import split_annex_b
from probes.rtp.parameter_sets import ParameterSets
from probes.rtsp.auth import Authenticator
from probes.rtsp.headers import parse_session, parse_transport
from probes.rtsp.sdp import Video, parse_sdp
from probes.rtsp.url import control_url, repaired_base
from probes.rtsp.wire import Event, Framer, Interleaved, Response
from probes.vocabulary import Codec, Credentials

Row = dict[str, str]
_CODEC_NAMES = {Codec.H264: "H264", Codec.H265: "H265", Codec.MJPEG: "JPEG"}


def parse_response(data: bytes) -> Response:
    """The one reply in `data`, fed whole and byte by byte with the same outcome."""
    outcomes = []
    for portions in ([data], [data[i : i + 1] for i in range(len(data))]):
        framer = Framer()
        events: list[Event] = []
        for portion in portions:
            framer.feed(portion)
            events += framer.events()
        outcomes.append(events)
    (whole,), (pieces,) = outcomes
    assert isinstance(whole, Response)
    assert isinstance(pieces, Response)
    assert (whole.status, whole.body) == (pieces.status, pieces.body)
    return whole


def size_of(video: Video) -> tuple[str, str]:
    """Width and height out of the description's parameter sets, empty where they tell none."""
    rules = NAL_RULES.get(video.codec)
    units = ParameterSets(rules, video.parameter_sets).units() if rules else None
    if rules is None or units is None:
        return "", ""
    for unit in units:
        if rules.parameter_set_key(unit)[0] == rules.sps_type:
            width, height = rules.picture_size(unit)
            return str(width), str(height)
    return "", ""


def described(row: Row, data: bytes) -> Row:
    """What the parsers make of a session description, in the manifest's columns."""
    base = row["request_url"]
    if data.startswith(b"RTSP/"):
        response = parse_response(data)
        base = repaired_base(response.headers.get("Content-Base"), base)
        data = response.body
    description = parse_sdp(data)
    video = description.video()
    assert video is not None, "no video found"
    width, height = size_of(video)
    return {
        "codec": _CODEC_NAMES[video.codec],
        "payload_type": str(video.payload_type),
        "clock": str(video.clock_hz),
        "media_count": str(len(description.media)),
        "session_control": description.control or "",
        "control": video.control or "",
        "setup_url": control_url(base, video.control),
        "param_sets_in_sdp": "yes" if width else "no",
        "width": width,
        "height": height,
    }


def check_description(row: Row, data: bytes) -> Iterator[str]:
    if row["size_from"] == "x-dimensions":
        # A number that the camera writes beside the stream is not the coded size: not read.
        row = {**row, "width": "", "height": ""}
    for column, value in described(row, data).items():
        if value != row[column]:
            yield f"{column}: {value!r}, expected {row[column]!r}"


def check_reply(row: Row, data: bytes) -> Iterator[str]:
    response = parse_response(data)
    if response.status != 200:
        yield f"status {response.status}"


def check_setup(row: Row, data: bytes) -> Iterator[str]:
    """Session, timeout, transport and channels against a plain search in the text."""
    response = parse_response(data)
    text = data.decode("latin-1")
    session = parse_session(response.headers.get("Session") or "")
    transport = parse_transport(response.headers.get("Transport") or "")
    timeout = re.search(r"timeout=\s*(\d+)", text)
    channels = re.search(r"interleaved=(\d+)-(\d+)", text)
    identity = re.search(r"Session:\s*([^;\s]+)", text)
    if session is None or identity is None or session.id != identity[1]:
        yield f"session {session}"
    elif session.timeout_s != (int(timeout[1]) if timeout else 60):
        yield f"timeout {session.timeout_s}"
    if transport.interleaved != ((int(channels[1]), int(channels[2])) if channels else None):
        yield f"channels {transport.interleaved}"
    ssrc = re.search(r"ssrc=\s*([0-9A-Fa-f]+)", text)
    if transport.ssrc != ((int(ssrc[1], 16) or None) if ssrc else None):
        yield f"ssrc {transport.ssrc}"


def check_challenge(row: Row, data: bytes) -> Iterator[str]:
    response = parse_response(data)
    account = Credentials(username="u", password="p")
    authenticator = Authenticator(account, lambda: "00")
    try:
        authenticator.challenged(response.headers.get_all("WWW-Authenticate"))
    except ProbeFailedError as error:
        yield str(error.failure)
        return
    answer = authenticator.header("DESCRIBE", "rtsp://192.0.2.1/") or ""
    if response.status != 401 or "response=" not in answer:
        yield f"status {response.status}, answer {answer!r}"


def check_packets(row: Row, data: bytes) -> Iterator[str]:
    """The first key picture's size, taken from its own parameter sets."""
    framer = Framer()
    framer.feed(data)
    payloads = [event.payload for event in framer.events() if isinstance(event, Interleaved)]
    sets = re.search(r"sprop-parameter-sets=(\S+?)\.", row["notes"])
    described_sets = [base64.b64decode(part) for part in sets[1].split(",")] if sets else []
    codec = Codec(row["codec"].lower())
    collector = KeyFrameCollector(codec, parameter_sets=described_sets)
    picture = collector.feed(payloads) or collector.finish()
    if picture is None:
        yield "no key picture"
        return
    rules = NAL_RULES[picture.codec]
    units = list(split_annex_b(picture.access_unit))
    found = [
        rules.picture_size(unit)
        for unit in units
        if rules.is_parameter_set(unit) and rules.parameter_set_key(unit)[0] == rules.sps_type
    ]
    if found != [(int(row["width"]), int(row["height"]))]:
        yield f"sizes {found}"
    if not rules.is_key_picture(units):
        yield "picture is no key picture"


CHECKS: dict[str, Callable[[Row, bytes], Iterator[str]]] = {
    "sdp": check_description,
    "rtsp-describe": check_description,
    "rtsp-options": check_reply,
    "rtsp-play": check_reply,
    "rtsp-teardown": check_reply,
    "rtsp-setup": check_setup,
    "rtsp-unauthorized": check_challenge,
    "rtp-interleaved": check_packets,
}


def differences(row: Row, data: bytes) -> list[str]:
    """What is wrong with one file; a parser that raises is wrong too."""
    try:
        return list(CHECKS[row["kind"]](row, data))
    except (ValueError, AssertionError, LookupError) as error:
        return [f"{type(error).__name__}: {error}"]


def main(arguments: list[str]) -> int:
    """Prints the table; 0 when all is right, 1 when something differs, 2 for wrong usage."""
    if len(arguments) != 1:
        print("usage: python -m tests.devices.evaluate_cameras DIR", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as manifest:
        rows = [row for row in csv.DictReader(manifest) if row["kind"] in CHECKS]
    for row in rows:
        found = differences(row, (folder / row["file"]).read_bytes())
        (wrong if found else right)[row["kind"]] += 1
        for difference in found:
            print(f"{row['file']}: {difference}")
    print(f"{'kind':<20} {'right':>5} {'wrong':>5}")
    for kind in CHECKS:
        print(f"{kind:<20} {right[kind]:>5} {wrong[kind]:>5}")
    print(f"{'all':<20} {right.total():>5} {wrong.total():>5}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
