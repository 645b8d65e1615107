"""What a look costs, beside decoding and measuring the same frames, and beside others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median

from benchmarks.cities import serving, with_clip
from benchmarks.lines import Line, Sizes
from benchmarks.measured import ask

SECTION = "look"
# The decoders take no more cameras than these at a time; more would only take longer to plan.
CAMERAS = 300
PEERS = {"ffmpeg": "ffmpeg -frames:v 1", "opencv": "cv2.VideoCapture"}
OURS = ("bare", "protocol", "xueliang")

Answers = dict[str, dict[str, float]]


def lines(sizes: Sizes) -> Iterator[Line]:
    """CPU milliseconds a look, all of it on the client's side."""
    cameras = min(CAMERAS, max(60, sizes.looks))
    with _city(cameras, sizes.clip, sizes.gop_s) as folder:
        found = _rounds(folder, sizes, OURS, PEERS)
        bursts = ask("benchmarks.ways", "burst", folder, sizes.peer_looks)
    yield from _own(found)
    yield Line(
        section=SECTION,
        what="a look that stays for a burst, once a day or on suspicion",
        measured=f"{bursts['cpu_ms']:.0f} ms, {bursts['picture_ms']:.0f} of it decoding and "
        f"judging{_lost(bursts)}",
    )
    for way, name in PEERS.items():
        times = found[way]["cpu_ms"] / found["xueliang"]["cpu_ms"]
        measured = f"{found[way]['cpu_ms']:.0f} ms, {times:.1f} times ours{_lost(found[way])}"
        yield Line(
            section=SECTION,
            what=f"{name}, the same cameras",
            measured=measured,
            goal="8 times ours or more",
            met=times >= 8,
        )
    for clip, gop_s, name in (
        (sizes.clip, 0.0, "a look that joins just before a key frame"),
        (sizes.sub_clip, sizes.gop_s, "a look at a 640x360 sub-stream instead"),
    ):
        with _city(cameras, clip, gop_s) as folder:
            other = _rounds(folder, sizes, ("xueliang",), {})["xueliang"]
        yield Line(
            section=SECTION,
            what=name,
            measured=f"{other['cpu_ms']:.1f} ms, {other['parent_ms']:.1f} of it protocol and "
            f"bookkeeping{_lost(other)}",
        )


def _city(cameras: int, clip: str, gop_s: float) -> AbstractContextManager[Path]:
    """Cameras that are joined anywhere in a group of pictures of so many seconds."""
    return serving(cameras, with_clip(clip), gop_wait_s=gop_s, paced=True)


def _own(found: Answers) -> Iterator[Line]:
    bare, ours = found["bare"], found["xueliang"]
    yield Line(
        section=SECTION,
        what="bare loop: decoding and measuring the same frames",
        measured=f"{bare['cpu_ms']:.1f} ms",
    )
    yield Line(
        section=SECTION,
        what="the same, large pictures not deblocked, as a look decodes",
        measured=f"{bare['undeblocked_ms']:.1f} ms",
    )
    ratio = ours["cpu_ms"] / bare["cpu_ms"]
    yield Line(
        section=SECTION,
        what="a whole look of the service",
        measured=f"{ours['cpu_ms']:.1f} ms, {ratio:.2f} times the bare loop{_lost(ours)}",
        goal="at most 1.25 times",
        met=ratio <= 1.25,
    )
    yield Line(
        section=SECTION,
        what="of which protocol and bookkeeping (RTSP, health, SQLite)",
        measured=f"{ours['parent_ms']:.1f} ms",
        goal="at most 3 ms",
        met=ours["parent_ms"] <= 3,
    )
    yield Line(
        section=SECTION,
        what="of which RTSP and RTP alone",
        measured=f"{found['protocol']['cpu_ms']:.1f} ms",
    )
    traffic = found["protocol"]
    yield Line(
        section=SECTION,
        what="floor of that: only receiving as much (mostly what comes before the key frame)",
        measured=f"{traffic['floor_ms']:.1f} ms for {traffic['look_kb']:.0f} kB in "
        f"{traffic['receipts']:.0f} portions",
    )
    yield Line(
        section=SECTION,
        what="of which picture measures and verdict, beside the camera's history",
        measured=f"{bare['picture_ms']:.1f} ms; {bare['alone_ms']:.1f} ms without one",
        goal="at most 3 ms",
        met=bare["picture_ms"] <= 3,
    )


def _lost(answer: dict[str, float]) -> str:
    missed = round(answer["looks"] - answer["good"])
    return f" ({missed} without a picture)" if missed else ""


def _rounds(folder: Path, sizes: Sizes, ours: tuple[str, ...], peers: dict[str, str]) -> Answers:
    """The median of several rounds, each of which asks all ways in turn: what else the machine
    does meets all of them alike."""
    rounds: dict[str, list[dict[str, float]]] = {}
    for _ in range(sizes.rounds):
        for way in (*ours, *peers):
            wanted = sizes.peer_looks if way in peers else sizes.looks
            rounds.setdefault(way, []).append(ask("benchmarks.ways", way, folder, wanted))
    return {
        way: {key: median(one[key] for one in answers) for key in answers[0]}
        for way, answers in rounds.items()
    }
