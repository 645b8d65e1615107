"""Labelled pictures, judged: what was found in each, and what each stage of it cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from statistics import median

import cv2
from av.video.reformatter import VideoReformatter

from probes.decode.files import (
    UnreadablePictureError,
    evidence_of,
    frame_paths,
    judge_text,
    planes_in,
    read_bytes,
)
from probes.picture.learnt import fold_of, without_fold
from probes.picture.planes import Planes
from probes.picture.rules import Evidence, judge, levels, with_margins
from probes.picture.scoring import ALARMING, Judged
from probes.vocabulary import FaultKind, Picture
from xueliang.commands.manifest import Asked, read_manifest, with_overlays
from xueliang.commands.options import BadState, Refusal

_LABELS = frozenset({"normal", *FaultKind})
_SEVERITIES = frozenset({"none", "subtle", *ALARMING})


class Step(StrEnum):
    """What is done with a picture, in order."""

    READ = "read"
    PLANES = "planes"
    MEASURES = "measures"
    RULES = "rules"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What makes a verdict of the evidence, and what its rules say one by one."""

    judge: Callable[[Evidence], Picture] = judge
    levels: Callable[[Evidence], Mapping[FaultKind, float]] = levels


# The rules for the pictures of a source: with cross-validation those learnt without it.
RulesOf = Callable[[str], Rules]
SHIPPED = Rules()


def learnt_without(source: str) -> Rules:
    """The rules with what was learnt from other sources than this one: those of its fold."""
    trees = without_fold(fold_of(source))
    return Rules(
        judge=lambda evidence: judge(with_margins(evidence, trees)),
        levels=lambda evidence: levels(with_margins(evidence, trees)),
    )


@dataclass(slots=True)
class Costs:
    """Milliseconds of CPU of each picture or burst, by step."""

    spent_ms: dict[Step, list[float]] = field(default_factory=dict)

    @contextmanager
    def of(self, step: Step) -> Iterator[None]:
        begun_s = time.process_time()
        yield
        self.spent_ms.setdefault(step, []).append((time.process_time() - begun_s) * 1000)

    def middle(self) -> dict[Step, float]:
        """The median of each step that was taken."""
        return {step: median(self.spent_ms[step]) for step in Step if step in self.spent_ms}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """All pictures of a manifest, judged, beside their rows in it (one for each picture)."""

    judged: tuple[Judged, ...]
    rows: Mapping[str, Asked]
    costs: Costs


def evaluate(
    manifest: Path, overlays: Path | None = None, rules_of: RulesOf = lambda _source: SHIPPED
) -> Evaluated:
    """Judges every picture; its overlay text too, where `overlays` or the manifest expects any.

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
    rows = {row.name: row for row in asked}
    costs, scaler = Costs(), VideoReformatter()
    judged = []
    for row in rows.values():
        try:
            judged.append(_judged(row, truth[row.name], rules_of(row.source), costs, scaler))
        except UnreadablePictureError as error:
            raise BadState(str(error)) from error
    return Evaluated(judged=tuple(judged), rows=rows, costs=costs)


def _judged(
    row: Asked, truth: Mapping[str, str], rules: Rules, costs: Costs, scaler: VideoReformatter
) -> Judged:
    paths = frame_paths(row.path)
    with costs.of(Step.READ):
        files = [read_bytes(one) for one in paths]
        known_bytes = None if row.reference is None else read_bytes(row.reference)
    with costs.of(Step.PLANES):
        frames = _all_planes(paths, files, scaler)
        known = None
        if row.reference is not None and known_bytes is not None:
            known = planes_in(row.reference, known_bytes, scaler)
    with costs.of(Step.MEASURES):
        evidence = evidence_of(frames, known)
    with costs.of(Step.RULES):
        picture = rules.judge(evidence)
    if row.expected is not None:
        with costs.of(Step.TEXT):
            picture = judge_text(row.path, picture, row.expected)
    scores = {fault.kind: fault.score for fault in picture.faults}
    return Judged(
        name=row.name,
        truth=truth,
        found=frozenset(scores),
        levels={**rules.levels(evidence), **scores},
    )


def _all_planes(
    paths: Sequence[Path], files: Sequence[bytes], scaler: VideoReformatter
) -> list[Planes]:
    return [planes_in(path, one, scaler) for path, one in zip(paths, files, strict=True)]
