"""The benchmarks run through and print every figure. What they measure is not asserted: a busy
machine would fail such a test, and a quiet one would pass it for nothing."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.__main__ import SECTIONS
from benchmarks.lines import FULL, SHORT, USUAL
from benchmarks.memory import sparkline

# How many figures each section prints.
FIGURES = {
    "look": 10,
    "cores": 2,
    "silent": 4,
    "memory": 3,
    "growth": 12,
    "onvif": 1,
    "storage": 4,
    "diagnosis": 10,
    "pictures_week": 5,
    "replay": 5,
    "report": 2,
    "boards": 90,
}


def test_the_short_form_prints_every_figure() -> None:
    command = [sys.executable, "-m", "benchmarks", "--short"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split("│") for line in done.stdout.splitlines() if line.startswith("│")]
    begun = [row[1].strip() for row in rows if row[1].strip()]
    assert begun == list(FIGURES) == list(SECTIONS)
    section, figures = "", dict.fromkeys(FIGURES, 0)
    for row in rows:
        section = row[1].strip() or section
        # A figure's line has what was measured; lines that go on below it may have, too.
        figures[section] += row[3].strip() != "" and row[2].strip() != ""
    assert all(figures[name] >= count for name, count in FIGURES.items()), done.stdout


def test_an_unknown_section_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "sweeps"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "sweeps" in refused.stderr


def test_the_usual_form_keeps_the_cameras_of_the_full_one() -> None:
    assert SHORT.points < USUAL.points
    assert set(USUAL.points) < set(FULL.points)
    assert FULL.sweep_cameras == FULL.silent_cameras == 6_980


def test_a_sparkline_is_as_long_as_its_values() -> None:
    assert sparkline([1.0, 0.5, 0.01]) == "█▅▁"
