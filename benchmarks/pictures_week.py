"""A week of a city's pictures: false faults at healthy cameras, and how soon planted ones are
found. `python -m benchmarks pictures_week`; about ten minutes of CPU.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from time import process_time

import cv2

from benchmarks.lines import SHORT, Line, Sizes
from probes.vocabulary import FaultKind, Light
from tests.pictures.plants import PLANTS
from tests.pictures.week import Outcome, run_town

SECTION = "pictures_week"
TOWNS, CAMERAS, DAYS = 15, 34, 7
# Faults are planted at the cameras of the first towns: each kind once by day and once by night.
PLANTED_TOWNS = 2
GOAL = 1e-4


def _town(number: int, cameras: int, days: int, *, planted: bool) -> tuple[Outcome, float]:
    cv2.setNumThreads(1)
    begun_s = process_time()
    outcome = run_town(number, cameras, days, PLANTS if planted else {})
    return outcome, process_time() - begun_s


def lines(sizes: Sizes) -> Iterator[Line]:
    towns, cameras, days = (1, 4, 2) if sizes is SHORT else (TOWNS, CAMERAS, DAYS)
    total, spent_s = Outcome(), 0.0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        runs = [
            pool.submit(_town, number, cameras, days, planted=number <= PLANTED_TOWNS)
            for number in range(1, towns + 1)
        ]
        for run in runs:
            outcome, cpu_s = run.result()
            total.add(outcome)
            spent_s += cpu_s
    false = Counter(kind.value for _, _, kind in total.false)
    yield _line("healthy cameras, days", f"{towns * cameras}, {days}")
    yield _line("looks at them after the first day", f"{total.looks:,}")
    yield Line(
        section=SECTION,
        what="false faults that came to stand",
        measured=f"{len(total.false)} {dict(false) if false else ''}".strip(),
        goal="1 in 10,000 looks",
        met=len(total.false) <= max(1.0, GOAL * total.looks),
    )
    alarms = ", ".join(f"{kind.value} {count}" for kind, count in total.alarms.most_common())
    yield _line("looks that found something, not confirmed", alarms or "none")
    for kind, light, counts in _found(total):
        within, planted = counts[1] + counts[2], counts.total()
        yield Line(
            section=SECTION,
            what=f"{kind.value} by {light.value}: found within two looks",
            measured=f"{within} of {planted}",
            goal="all",
            met=within == planted,
        )
    yield _line("CPU", f"{spent_s:.0f} s")


def _found(total: Outcome) -> Iterator[tuple[FaultKind, Light, Counter[int]]]:
    for (kind, light), counts in sorted(total.found.items()):
        yield kind, light, counts


def _line(what: str, measured: str) -> Line:
    return Line(section=SECTION, what=what, measured=measured)
