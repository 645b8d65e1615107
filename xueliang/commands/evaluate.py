"""`xueliang evaluate`: how well labelled pictures are diagnosed."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import Any

import click
import cv2
from av.video.reformatter import VideoReformatter
from rich.console import Console
from rich.table import Table

from probes.decode.files import (
    UnreadablePictureError,
    frame_paths,
    judge_planes,
    judge_text,
    read_planes,
)
from probes.picture.scoring import ALARMING, Judged, Scores, Share, score
from probes.vocabulary import FaultKind
from xueliang.commands.manifest import Asked, read_manifest, with_overlays
from xueliang.commands.options import BadState, Refusal, json_option, print_json

OVERLAYS = "osd.csv"
_LABELS = frozenset({"normal", *FaultKind})
_SEVERITIES = frozenset({"none", "subtle", *ALARMING})


def judge_manifest(manifest: Path, overlays: Path | None = None) -> tuple[list[Judged], float]:
    """Every picture judged, and the middle of the milliseconds of CPU that measuring took
    (reading overlay text apart, which is done where `overlays` or the manifest expects any).

    Raises:
        Refusal: the manifest has no labels, or others than ours.
        BadState: a picture cannot be read.
    """
    asked = read_manifest(manifest)
    if overlays is not None:
        asked = with_overlays(asked, overlays)
    truth: dict[str, dict[str, str]] = {}
    for row in asked:
        if row.label not in _LABELS or row.severity not in _SEVERITIES:
            raise Refusal(f"{manifest}: {row.name}: label {row.label!r}, severity {row.severity!r}")
        truth.setdefault(row.name, {})[row.label] = row.severity
    cv2.setNumThreads(1)
    scaler = VideoReformatter()
    judged, took_ms = [], []
    for row in {row.name: row for row in asked}.values():
        found, spent_ms = _found(row, scaler)
        judged.append(Judged(name=row.name, truth=truth[row.name], found=found))
        took_ms.append(spent_ms)
    return judged, median(took_ms) if took_ms else 0.0


def _found(row: Asked, scaler: VideoReformatter) -> tuple[frozenset[FaultKind], float]:
    try:
        frames = [read_planes(one, scaler) for one in frame_paths(row.path)]
        known = None if row.reference is None else read_planes(row.reference, scaler).luma
    except UnreadablePictureError as error:
        raise BadState(str(error)) from error
    started_s = time.process_time()
    picture = judge_planes(frames, known)
    spent_ms = (time.process_time() - started_s) * 1000
    if row.expected is not None:
        picture = judge_text(row.path, picture, row.expected)
    return frozenset(fault.kind for fault in picture.faults), spent_ms


def _share(share: Share) -> dict[str, Any]:
    return {"hits": share.hits, "of": share.of, "share": share.value, "interval": share.interval}


def _document(scores: Scores, cpu_ms: float) -> dict[str, Any]:
    return {
        "classes": [
            {
                "kind": one.kind.value,
                "recall": _share(one.recall),
                "false_alarms": _share(one.false),
                "on_other_faults": _share(one.beside),
                "f1": one.f1,
                "missed": one.missed,
                "wrong": one.wrong,
            }
            for one in scores.classes
        ],
        "macro_f1": scores.macro_f1,
        "clean_with_any_alarm": _share(scores.clean),
        "quiet_with_any_alarm": _share(scores.quiet),
        "cpu_ms": cpu_ms,
    }


def _text(share: Share) -> str:
    low, high = share.interval
    shown = "-" if share.value is None else f"{share.value:.3f}"
    return f"{share.hits}/{share.of} {shown} [{low:.3f}, {high:.3f}]"


def _print_table(scores: Scores, cpu_ms: float) -> None:
    table = Table(
        "fault", "recall [95 %]", "false alarms [95 %]", "on other faults", "F1", box=None
    )
    for one in scores.classes:
        beside = f"{one.beside.hits}/{one.beside.of}"
        table.add_row(one.kind, _text(one.recall), _text(one.false), beside, f"{one.f1:.3f}")
    console = Console(width=110)
    console.print(table)
    console.print(f"macro-F1 {scores.macro_f1:.3f}", markup=False)
    console.print(f"clean with any alarm: {_text(scores.clean)}", markup=False)
    console.print(f"clean and subtle with any alarm: {_text(scores.quiet)}", markup=False)
    console.print(f"measuring and judging: {cpu_ms:.2f} ms of CPU (median)")


@click.command("evaluate")
@click.argument("manifest", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--overlays",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV with the columns file, expected_place and captured_at, where MANIFEST has none. "
    f"Default: {OVERLAYS} beside it, where there is one.",
)
@json_option
def evaluate_command(manifest: Path, overlays: Path | None, as_json: bool) -> None:
    """Recall and false alarms for each kind of fault on labelled pictures. MANIFEST is a CSV with
    the columns file, label, severity (none, subtle, clear, severe), and perhaps reference."""
    beside = manifest.parent / OVERLAYS
    judged, cpu_ms = judge_manifest(manifest, overlays or (beside if beside.is_file() else None))
    scores = score(judged)
    if as_json:
        print_json(_document(scores, cpu_ms))
    else:
        _print_table(scores, cpu_ms)
