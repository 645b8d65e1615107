"""From measures to faults: a table of rules, most causal first.

A fault explains others away: a picture without a signal is dark as well, and a dark one shows no
sharp contour. What is explained away is not checkable. The same holds for a rule that the
picture gives too little for. When in doubt there is no fault: a crew sent out for nothing costs
more than a fault found at the next look.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from probes.picture.measures import Measures
from probes.picture.thresholds import THRESHOLDS, Ramp, Thresholds
from probes.vocabulary import FaultKind, Picture, PictureFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that rules may look at. `stillness` is that of `probes.picture.sketch`."""

    measures: Measures
    stillness: float | None = None


Judge = Callable[[Evidence, Thresholds], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`judge` gives a score of 0 to 1, or None where the picture gives too little to tell."""

    kind: FaultKind
    judge: Judge
    explained_by: frozenset[FaultKind] = frozenset()


def ramp(value: float, between: Ramp) -> float:
    """The score of a value: one half at the first end, 1 at the second, linear, 0 to 1."""
    half, full = between
    return min(1.0, max(0.0, 0.5 + 0.5 * (value - half) / (full - half)))


def _no_signal(evidence: Evidence, at: Thresholds) -> float:
    seen = evidence.measures
    is_dark = seen.mean_luma < at.dark_mean[0]
    one_colour = at.dark_card_one_colour if is_dark else at.card_one_colour
    card = min(ramp(seen.one_colour_share, one_colour), ramp(seen.flat_share, at.card_flat))
    bars = min(ramp(seen.upright_share, at.bars_upright), ramp(seen.flat_share, at.bars_flat))
    return max(
        card if seen.mean_luma < at.card_max_luma else 0.0,
        bars if seen.upright_range >= at.bars_contrast else 0.0,
    )


def _too_dark(evidence: Evidence, at: Thresholds) -> float:
    seen = evidence.measures
    return min(ramp(seen.mean_luma, at.dark_mean), ramp(seen.q95_luma, at.dark_q95))


def _too_bright(evidence: Evidence, at: Thresholds) -> float:
    seen = evidence.measures
    return min(ramp(seen.mean_luma, at.bright_mean), ramp(seen.clipped_share, at.bright_clipped))


def _blur(evidence: Evidence, at: Thresholds) -> float | None:
    seen = evidence.measures
    if seen.texture_share < at.blur_min_texture:
        return None
    if seen.slope_ratio is None or seen.steepness is None:
        return None
    return min(ramp(seen.slope_ratio, at.blur_slope), ramp(seen.steepness, at.blur_steepness))


def _frozen(evidence: Evidence, at: Thresholds) -> float | None:
    return None if evidence.stillness is None else ramp(evidence.stillness, at.frozen_equal)


_LIGHT = frozenset({FaultKind.NO_SIGNAL, FaultKind.TOO_DARK, FaultKind.TOO_BRIGHT})

RULES: tuple[Rule, ...] = (
    Rule(kind=FaultKind.NO_SIGNAL, judge=_no_signal),
    Rule(kind=FaultKind.FROZEN, judge=_frozen, explained_by=frozenset({FaultKind.NO_SIGNAL})),
    Rule(kind=FaultKind.TOO_DARK, judge=_too_dark, explained_by=frozenset({FaultKind.NO_SIGNAL})),
    Rule(
        kind=FaultKind.TOO_BRIGHT, judge=_too_bright, explained_by=frozenset({FaultKind.NO_SIGNAL})
    ),
    Rule(kind=FaultKind.BLUR, judge=_blur, explained_by=_LIGHT),
)


def judge(
    evidence: Evidence, rules: tuple[Rule, ...] = RULES, thresholds: Thresholds = THRESHOLDS
) -> Picture:
    """The verdict on one picture, by the rules in their order."""
    faults: list[PictureFault] = []
    unknown: list[FaultKind] = []
    for rule in rules:
        explained = any(fault.kind in rule.explained_by for fault in faults)
        score = None if explained else rule.judge(evidence, thresholds)
        if score is None:
            unknown.append(rule.kind)
        elif score >= thresholds.alarm:
            faults.append(PictureFault(kind=rule.kind, score=round(score, 3)))
    return Picture(faults=tuple(faults), not_checkable=tuple(unknown))
