"""Overlay text read from real pictures by the real recognition, through `xueliang diagnose`."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from click.testing import CliRunner

from probes.osd.reading import read_lines
from tests.core.picture_scenes import card, street
from xueliang.cli import main

_SHOWN = "2026-07-05 14:20:09"


def picture(
    place: str = "G206 K32", clock: str = _SHOWN
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    view = cv2.cvtColor(street(), cv2.COLOR_GRAY2BGR)
    for text, at in ((clock, (20, 40)), (place, (20, 345))):
        for colour, thickness in (((0, 0, 0), 4), ((255, 255, 255), 2)):
            cv2.putText(
                view, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.8, colour, thickness, cv2.LINE_AA
            )
    return np.asarray(view, np.uint8)


def test_reads_place_and_time() -> None:
    lines = {line.text.replace(" ", ""): line for line in read_lines(picture())}
    assert set(lines) == {_SHOWN.replace(" ", ""), "G206K32"}
    assert lines["G206K32"].y > 0.8
    assert lines["G206K32"].confidence > 0.8


def test_no_text_in_a_picture_without() -> None:
    assert read_lines(np.zeros((360, 640, 3), np.uint8)) == ()


def test_diagnose_compares_with_what_is_expected(tmp_path: Path) -> None:
    rows = {
        "right.png": (picture(), "G206 K32", "2026-07-05T14:20:31"),
        "drift.png": (picture(), "G206 K32", "2026-07-05T06:25:09Z"),
        "wrong.png": (picture("IPCamera 01"), "G206 K32", "2026-07-05 14:20:09"),
        "missing.png": (picture("", ""), "G206 K32", "2026-07-05 14:20:09"),
        "black.png": (card(0), "G206 K32", "2026-07-05 14:20:09"),
        "unasked.png": (picture("", ""), "", ""),
    }
    listed = tmp_path / "m.csv"
    text = ["file,reference,expected_place,captured_at"]
    for name, (view, place, at) in rows.items():
        cv2.imwrite(str(tmp_path / name), view)
        text.append(f"{name},,{place},{at}")
    listed.write_text("\n".join(text))
    done = CliRunner().invoke(main, ["diagnose", "--manifest", str(listed), "--json"])
    found = {one["file"]: [f["kind"] for f in one["faults"]] for one in json.loads(done.stdout)}
    assert found == {
        "right.png": [],
        "drift.png": ["clock_drift"],
        "wrong.png": ["osd_wrong"],
        "missing.png": ["osd_missing"],
        "black.png": ["no_signal"],
        "unasked.png": [],
    }


def test_evaluate_reads_what_is_expected_beside_the_manifest(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), picture())
    (tmp_path / "m.csv").write_text("file,label,severity\na.png,clock_drift,clear\n")
    (tmp_path / "osd.csv").write_text(
        "file,expected_place,captured_at\na.png,G206 K32,2026-07-05 14:30:00\n"
    )
    done = CliRunner().invoke(main, ["evaluate", str(tmp_path / "m.csv"), "--json"])
    assert json.loads(done.stdout)["macro_f1"] == 1.0


def test_a_time_that_is_none_is_refused_by_its_row(tmp_path: Path) -> None:
    listed = tmp_path / "m.csv"
    listed.write_text("file,captured_at\na.png,yesterday\n")
    done = CliRunner().invoke(main, ["diagnose", "--manifest", str(listed)])
    assert done.exit_code == 2
    assert "m.csv:2: captured_at" in done.stderr
