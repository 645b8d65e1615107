"""How well the picture rules do on a folder of labelled pictures.

    python -m tests.devices.evaluate_pictures DIR [--verbose]

DIR holds `manifest.csv` with columns file (a picture, or a folder with a burst 0.jpg, 1.jpg, …),
label and severity: none, subtle (must not raise an alarm), clear, severe (must). Prints, for
each kind of fault that there are rules for, the recall on clear and severe and the share of
false alarms on what must stay quiet; exits 1 where one of them is past its floor.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
from av.video.reformatter import VideoReformatter

from probes.decode.reading import read_key_frame
from probes.picture.rules import RULES
from probes.picture.thresholds import THRESHOLDS
from probes.vocabulary import Codec, FaultKind, KeyFrame, Picture, Sketch, Transport

# (least recall, most false alarms on normal and subtle pictures), as shares. Reached when set:
# no_signal 1, too_dark 1, too_bright 1, blur 0.85, frozen 0.69, no false alarm.
FLOORS = {
    FaultKind.NO_SIGNAL: (0.99, 0.0),
    FaultKind.TOO_DARK: (0.97, 0.0),
    FaultKind.TOO_BRIGHT: (0.97, 0.0),
    FaultKind.BLUR: (0.80, 0.003),
    # A burst that was coded anew for each frame looks as alive as a live one to two looks.
    FaultKind.FROZEN: (0.60, 0.003),
}
# The frames of a burst are a second apart; two looks are minutes apart.
_BETWEEN_LOOKS = THRESHOLDS.frozen_min_age
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Labelled:
    """A picture or burst: its severity for each label, and what was found."""

    truth: dict[str, str] = field(default_factory=dict)
    found: set[FaultKind] = field(default_factory=set)

    def must_alarm(self, kind: FaultKind) -> bool:
        return self.truth.get(kind) in {"clear", "severe"}

    def must_be_quiet(self) -> bool:
        return all(severity in {"none", "subtle"} for severity in self.truth.values())


def _key_frame(path: Path, received_at: datetime) -> KeyFrame:
    return KeyFrame(
        codec=Codec.MJPEG,
        access_unit=path.read_bytes(),
        rtp_timestamp=0,
        transport=Transport.TCP,
        received_at=received_at,
    )


def diagnose(path: Path, scaler: VideoReformatter) -> tuple[list[Picture], float]:
    """The verdicts on a picture or a burst's frames, and the seconds of CPU they took."""
    frames = sorted(path.glob("*.jpg")) if path.is_dir() else [path]
    pictures: list[Picture] = []
    previous: Sketch | None = None
    took_s = 0.0
    for index, frame in enumerate(frames):
        reading = read_key_frame(
            _key_frame(frame, _EPOCH + index * _BETWEEN_LOOKS),
            previous,
            want_frame=False,
            scaler=scaler,
            monotonic=time.process_time,
        )
        # The digest is left out: these bursts also hold frames coded anew.
        previous = replace(reading.sketch, digest=b"")
        pictures.append(reading.picture)
        took_s += reading.picture_s
    return pictures, took_s / max(1, len(frames))


def _load(folder: Path) -> dict[str, Labelled]:
    files: dict[str, Labelled] = defaultdict(Labelled)
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            files[row["file"]].truth[row["label"]] = row["severity"]
    return files


def _row(kind: FaultKind, files: dict[str, Labelled], verbose: bool) -> bool:
    wanted = {name: one for name, one in files.items() if one.must_alarm(kind)}
    quiet = {name: one for name, one in files.items() if one.must_be_quiet()}
    missed = [name for name, one in wanted.items() if kind not in one.found]
    false = [name for name, one in quiet.items() if kind in one.found]
    others = [
        name
        for name, one in files.items()
        if kind in one.found and name not in wanted and name not in quiet
    ]
    recall = 1 - len(missed) / len(wanted) if wanted else 1.0
    false_share = len(false) / len(quiet) if quiet else 0.0
    least, most = FLOORS[kind]
    good = recall >= least and false_share <= most
    print(
        f"{kind.value:12} {len(wanted):4} {recall:7.3f} (floor {least:.2f})"
        f" {len(false):4}/{len(quiet)} = {false_share:.4f} (at most {most:.3f})"
        f" {len(others):4} on other faults  {'ok' if good else 'BELOW'}"
    )
    if verbose:
        print("   missed:", *missed, "\n   false:", *false)
        print("   on other faults:", *(f"{name} {[*files[name].truth]}" for name in others))
    return good


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; 0 where every class holds its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="name the files that went wrong")
    asked = parser.parse_args(arguments)
    if not (asked.folder / "manifest.csv").is_file():
        parser.error(f"no manifest.csv in {asked.folder}")
    cv2.setNumThreads(1)
    files = _load(asked.folder)
    scaler = VideoReformatter()
    took_s = []
    for name, one in files.items():
        pictures, picture_s = diagnose(asked.folder / name, scaler)
        one.found = {fault.kind for picture in pictures for fault in picture.faults}
        took_s.append(picture_s)
    print(f"{len(files)} pictures and bursts; {'fault':8} n, recall, false alarms")
    good = [_row(rule.kind, files, asked.verbose) for rule in RULES]
    quiet = [one for one in files.values() if one.must_be_quiet()]
    alarms = sum(bool(one.found) for one in quiet)
    print(f"any alarm on what must stay quiet: {alarms}/{len(quiet)}")
    middle_s = timedelta(seconds=sorted(took_s)[len(took_s) // 2])
    print(f"scaling, measuring and judging: {middle_s / timedelta(milliseconds=1):.2f} ms (median)")
    return 0 if all(good) else 1


if __name__ == "__main__":
    raise SystemExit(main())
