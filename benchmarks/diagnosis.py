"""What judging a picture costs and finds, beside thresholds as they are commonly set and BRISQUE,
on the same pictures of our own in one run. `python -m benchmarks diagnosis`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import typical
from benchmarks.lines import SHORT, Line, Sizes
from probes.decode.files import judge_planes
from probes.picture.live import judge_live
from probes.picture.planes import Planes
from probes.picture.scoring import Judged, Scores, Share, score
from probes.vocabulary import FIGURES, Baseline, FaultKind, Light, PictureContext, PictureSlot
from tests.interop.servers import peers
from tests.pictures.make import made_of, own_scenes
from tests.pictures.seasons import as_planes

SECTION = "diagnosis"
SCENES = 18
GOAL_MS = 5.0
# The middle of so many rounds over all pictures.
ROUNDS = 3
WIDTH, HEIGHT = 640, 360
# BRISQUE has no threshold of its own: it gets the one that costs it this many false alarms.
MOST_FALSE = 0.01
_BRISQUE = Path(__file__).with_name("brisque_scores.py")

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture with its label, and its camera's reference where it has one."""

    view: Image
    planes: Planes
    reference: Image | None
    label: str
    severity: str


def lines(sizes: Sizes) -> Iterator[Line]:
    """CPU milliseconds a picture, one thread; then what each way finds."""
    cv2.setNumThreads(1)
    shown = list(_shown(2 if sizes is SHORT else SCENES))
    whole_ms = _spent_ms(shown, lambda one: judge_planes([one.planes], one.planes))
    yield _cost("every class on, compared with a reference", whole_ms, goal=True)
    alone_ms = _spent_ms(shown, lambda one: judge_planes([one.planes], None))
    yield _cost("of which without the reference", alone_ms)
    context = _known(shown[0].planes)
    live_ms = _spent_ms(shown, lambda one: judge_live(one.planes, context=context))
    yield _cost("a live look, by its camera's history", live_ms, goal=True)
    typical_ms = _spent_ms(shown, lambda one: typical.found(one.view))
    yield _cost("typical thresholds", typical_ms, beside=whole_ms)
    scores, brisque_ms = _brisque(shown)
    yield _cost("BRISQUE (opencv-contrib), one figure", brisque_ms, beside=whole_ms)
    yield from _finds("ours", score(_judged(shown, _ours)))
    yield from _finds(
        "typical thresholds", score(_judged(shown, lambda one: typical.found(one.view)))
    )
    yield _brisque_finds(shown, scores)


def _shown(scenes: int) -> Iterator[Shown]:
    """Single pictures of our own scenes: good ones, and each kind that one picture can show."""
    good = list(own_scenes(scenes))
    for at, one in enumerate(good):
        for made in made_of(one, good[(at + 1) % scenes].view, 1):
            if len(made.frames) > 1:
                continue
            view = _decoded(made.frames[0])
            reference = None if made.reference is None else _decoded(made.reference)
            yield Shown(
                view=view,
                planes=as_planes(view),
                reference=reference,
                label=made.label,
                severity=made.severity,
            )


def _decoded(data: bytes) -> Image:
    view = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if view.shape[:2] != (HEIGHT, WIDTH):
        view = cv2.resize(view, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(view, np.uint8)


def _known(planes: Planes) -> PictureContext:
    """A camera that has looked at this by day before; comparing costs the same whatever it saw."""
    begun = PictureContext(light=Light.DAY)
    figures = judge_live(planes, context=begun).figures
    assert figures is not None
    baseline = Baseline(
        slot=PictureSlot.DAY,
        learnt=True,
        means=figures.values,
        spreads=(1.0,) * len(FIGURES),
        view=figures.view,
    )
    return PictureContext(light=Light.DAY, baselines=(baseline,))


def _spent_ms(shown: Sequence[Shown], judge: Callable[[Shown], object]) -> float:
    judge(shown[0])
    rounds = []
    for _ in range(ROUNDS):
        begun_s = time.process_time()
        for one in shown:
            judge(one)
        rounds.append((time.process_time() - begun_s) * 1000 / len(shown))
    return median(rounds)


def _cost(what: str, spent_ms: float, *, goal: bool = False, beside: float | None = None) -> Line:
    measured = f"{spent_ms:.2f} ms"
    if beside is not None:
        measured += f", {spent_ms / beside:.1f} times ours"
    return Line(
        section=SECTION,
        what=what,
        measured=measured,
        goal=f"at most {GOAL_MS:g} ms" if goal else "",
        met=spent_ms <= GOAL_MS if goal else None,
    )


def _ours(one: Shown) -> frozenset[FaultKind]:
    reference = None if one.reference is None else as_planes(one.reference)
    return frozenset(fault.kind for fault in judge_planes([one.planes], reference).faults)


def _judged(shown: Sequence[Shown], find: Callable[[Shown], frozenset[FaultKind]]) -> list[Judged]:
    return [
        Judged(name=str(at), truth={one.label: one.severity}, found=find(one))
        for at, one in enumerate(shown)
    ]


def _finds(way: str, scores: Scores) -> Iterator[Line]:
    recalls = [one.recall.value or 0.0 for one in scores.classes]
    yield Line(
        section=SECTION,
        what=f"{way}: recall on clear and severe, mean of {len(recalls)} kinds",
        measured=f"{sum(recalls) / max(1, len(recalls)):.2f}; "
        + ", ".join(f"{one.kind} {one.recall.value or 0:.2f}" for one in scores.classes),
    )
    yield Line(
        section=SECTION,
        what=f"{way}: good and subtle pictures with any alarm",
        measured=f"{_text(scores.quiet)}; good ones {_text(scores.clean)}",
    )


def _text(share: Share) -> str:
    return f"{share.hits} of {share.of}, {100 * (share.value or 0):.1f} %"


def _brisque(shown: Sequence[Shown]) -> tuple[list[float], float]:
    with tempfile.TemporaryDirectory() as folder:
        frames = Path(folder) / "frames.npy"
        np.save(frames, np.stack([one.view for one in shown]))
        command = [peers() / "python", _BRISQUE, frames]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=600)
    answer = json.loads(done.stdout)
    return answer["scores"], answer["cpu_ms"]


def _brisque_finds(shown: Sequence[Shown], scores: Sequence[float]) -> Line:
    """With the threshold that one in a hundred good and subtle pictures is past."""
    pairs = list(zip(shown, scores, strict=True))
    quiet = [value for one, value in pairs if one.severity in ("none", "subtle")]
    threshold = float(np.quantile(quiet, 1 - MOST_FALSE))
    found = []
    for kind in FaultKind:
        asked = [
            value > threshold
            for one, value in pairs
            if one.label == kind and one.severity in ("clear", "severe")
        ]
        if asked:
            found.append(f"{kind} {sum(asked) / len(asked):.2f}")
    return Line(
        section=SECTION,
        what=f"BRISQUE: recall at {MOST_FALSE:.0%} false alarms, not telling kinds apart",
        measured=", ".join(found),
    )
