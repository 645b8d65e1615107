"""From measures to faults: a table of rules, most causal first.

A fault explains others away: a picture without a signal is dark as well, and a dark one shows no
sharp contour. What is explained away is not checkable. The same holds for a rule that the
picture gives too little for. When in doubt there is no fault: a crew sent out for nothing costs
more than a fault found at the next look.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from probes.picture.against import Comparison
from probes.picture.burst import Motion
from probes.picture.cover import Cover
from probes.picture.features import row
from probes.picture.learnt import Trees, learnt
from probes.picture.measures import Measures
from probes.picture.thresholds import THRESHOLDS, Ramp, Thresholds
from probes.vocabulary import FaultKind, Picture, PictureFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that rules may look at. `stillness` is that of `probes.picture.sketch`; `motion` that of
    a burst; `reference` compares with a picture of the same camera in good health; `margins` are
    those of `probes.picture.learnt`, worked out from the measures where they are not given.
    `concealed`: parts never came, or the decoder had to guess them.
    """

    measures: Measures
    stillness: float | None = None
    motion: Motion | None = None
    reference: Comparison | None = None
    margins: Mapping[FaultKind, float] | None = None
    concealed: bool = False


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


def _learnt(
    evidence: Evidence, kind: FaultKind, plain: float, at: Thresholds, strength: float | None = None
) -> float:
    """Whether there is a fault was learnt, or `plain`, the rule's own ramps, are sure of it; how
    bad it is, its `strength` tells (else `plain`). Below an alarm the odds count, as a share of
    those that alarm."""
    margin = -math.inf if evidence.margins is None else evidence.margins[kind]
    if margin >= 0 or plain >= at.sure:
        return max(at.alarm, plain if strength is None else strength)
    return at.alarm * math.exp(margin)


def _no_signal(evidence: Evidence, at: Thresholds) -> float:
    seen = evidence.measures
    if seen.details is not None and seen.details.concealment.green_share >= at.green_share[1]:
        return 0.0
    one_colour = ramp(seen.one_colour_share, _one_colour(seen.mean_luma, at))
    card = min(one_colour, ramp(seen.flat_share, at.card_flat))
    bars = min(ramp(seen.upright_share, at.bars_upright), ramp(seen.flat_share, at.bars_flat))
    return max(
        card if seen.mean_luma < at.card_max_luma else 0.0,
        bars if seen.upright_range >= at.bars_contrast else 0.0,
    )


def _one_colour(mean_luma: float, at: Thresholds) -> Ramp:
    """Near darkness and a sky have nearly one colour as well."""
    if mean_luma < at.dark_mean[0]:
        return at.dark_card_one_colour
    return at.card_one_colour if mean_luma < at.bright_card_from else at.bright_card_one_colour


def _too_dark(evidence: Evidence, at: Thresholds) -> float:
    seen = evidence.measures
    return min(ramp(seen.mean_luma, at.dark_mean), ramp(seen.q95_luma, at.dark_q95))


def _too_bright(evidence: Evidence, at: Thresholds) -> float:
    seen = evidence.measures
    return min(ramp(seen.mean_luma, at.bright_mean), ramp(seen.clipped_share, at.bright_clipped))


def _softer(compared: Comparison, at: Thresholds) -> float:
    """Than the reference, where both show one view."""
    same_view = compared.shift is not None and compared.shift.here >= at.softer_view
    return ramp(compared.softer, at.softer) if same_view and compared.softer is not None else 0.0


def _blur(evidence: Evidence, at: Thresholds) -> float | None:
    seen, compared = evidence.measures, evidence.reference
    softer = 0.0 if compared is None else _softer(compared, at)
    if softer >= at.alarm:
        return softer
    if seen.slope_ratio is None or seen.steepness is None:
        return None
    strength = min(ramp(seen.slope_ratio, at.blur_slope), ramp(seen.steepness, at.blur_steepness))
    if seen.texture_share < at.blur_min_texture:
        return None
    if seen.details is None:
        return strength
    # Clouds and soft shadows have no sharp contour either: what was learnt tells, or nothing.
    return _learnt(evidence, FaultKind.BLUR, 0.0, at, strength)


def _frozen(evidence: Evidence, at: Thresholds) -> float | None:
    said = []
    if evidence.motion is not None and evidence.motion.equal_share is not None:
        said.append(ramp(evidence.motion.equal_share, at.burst_equal))
    if evidence.motion is not None and evidence.motion.changes is not None:
        middle, _, most = evidence.motion.changes
        # A sensor's noise changes all parts alike, a coder what lies along contours.
        is_coders = most >= at.burst_contours * middle
        said.append(min(map(ramp, evidence.motion.changes, at.burst_changes)) if is_coders else 0.0)
    if evidence.stillness is not None:
        said.append(ramp(evidence.stillness, at.frozen_equal))
    return max(said, default=None)


def _corruption(evidence: Evidence, at: Thresholds) -> float | None:
    if evidence.concealed:
        return 1.0
    details = evidence.measures.details
    if details is None:
        return None
    seen = details.concealment
    # Vertical interference draws rows out downwards too.
    waves = details.bands.wave_contrast >= at.wave_contrast[0]
    return max(
        ramp(seen.green_share, at.green_share),
        ramp(seen.grey_share, at.grey_share),
        0.0 if waves else ramp(seen.smear_share, at.smear_share),
        _learnt(evidence, FaultKind.CORRUPTION, 0.0, at),
    )


def _noise(evidence: Evidence, at: Thresholds) -> float | None:
    details = evidence.measures.details
    if details is None:
        return None
    seen = details.grain
    if seen.noise is None or seen.whiteness is None:
        return None
    if seen.noise < at.noise_sigma[0] and seen.spots < at.noise_spots:
        return 0.0
    strength = ramp(seen.noise, at.noise_sigma)
    plain = min(strength, ramp(seen.whiteness, at.noise_whiteness))
    return _learnt(evidence, FaultKind.NOISE, plain, at, strength)


def _stripe(evidence: Evidence, at: Thresholds) -> float | None:
    details = evidence.measures.details
    if details is None:
        return None
    seen = details.bands
    wave = min(
        ramp(seen.wave_contrast, at.wave_contrast),
        ramp(seen.wave_amplitude, at.wave_amplitude),
        ramp(seen.wave_coherence, at.wave_coherence),
    )
    bar = min(ramp(seen.bar_share, at.bar_share), ramp(seen.bar_step, at.bar_step))
    strength = max(ramp(seen.wave_amplitude, at.wave_amplitude), bar)
    return _learnt(evidence, FaultKind.STRIPE, max(wave, bar), at, strength)


def _low_contrast(evidence: Evidence, at: Thresholds) -> float | None:
    details = evidence.measures.details
    if details is None:
        return None
    seen = details.veil
    if seen.contrast < at.veil_least_contrast + at.veil_grain * (details.grain.noise or 0.0):
        return None
    # A sky is as bright and as even as fog: what was learnt tells, or nothing.
    strength = ramp(seen.contrast, at.veil_contrast)
    return _learnt(evidence, FaultKind.LOW_CONTRAST, 0.0, at, strength)


def _occlusion(evidence: Evidence, at: Thresholds) -> float | None:
    compared = evidence.reference
    if compared is not None and compared.shift is not None:
        lost = ramp(compared.lost_share, at.lost_share)
        if lost >= at.alarm and compared.shift.here >= at.same_view:
            return lost
    details = evidence.measures.details
    if details is None:
        return None
    # No surer of a large cover than of its being one.
    certain = ramp((evidence.margins or {}).get(FaultKind.OCCLUSION, 0.0), at.cover_margin)
    strength = min(ramp(details.cover.share, at.cover_share), certain)
    return _learnt(evidence, FaultKind.OCCLUSION, _plain_occlusion(details.cover, at), at, strength)


def _plain_occlusion(seen: Cover, at: Thresholds) -> float:
    """By the patch alone: soft, of one colour, over a whole side, in a lit scene."""
    if not at.cover_luma[0] <= seen.luma <= at.cover_luma[1] or seen.cb > at.cover_most_cb:
        return 0.0
    if seen.rest_luma < at.cover_rest_luma:
        return 0.0
    return min(
        ramp(seen.share, at.cover_share),
        ramp(max(seen.side, seen.bottom), at.cover_side),
        ramp(seen.spread, at.cover_spread),
        ramp(seen.chroma_spread, at.cover_chroma_spread),
    )


def _scene_change(evidence: Evidence, at: Thresholds) -> float | None:
    if evidence.reference is None or evidence.reference.shift is None:
        return None
    seen = evidence.reference.shift
    moved = 0.0
    if seen.distance >= at.moved_view:
        moved = ramp(seen.anywhere - seen.here, at.moved_gain)
    return max(ramp(seen.here, at.other_view), moved)


def _colour_away(compared: Comparison, at: Thresholds) -> float | None:
    same_view = compared.shift is not None and compared.shift.here >= at.same_view
    return compared.colour_away if same_view else None


def _color_cast(evidence: Evidence, at: Thresholds) -> float | None:
    away = None if evidence.reference is None else _colour_away(evidence.reference, at)
    if away is not None:
        # What is as green as ever is a meadow.
        return ramp(away, at.cast_away)
    details = evidence.measures.details
    if details is None:
        return None
    seen = details.colour
    if seen.bright_chroma is None or seen.least_chroma is None:
        return None
    strength = min(ramp(seen.bright_chroma, at.cast_bright), ramp(seen.least_chroma, at.cast_least))
    return _learnt(evidence, FaultKind.COLOR_CAST, strength, at)


def _shake(evidence: Evidence, at: Thresholds) -> float | None:
    seen = evidence.motion
    if seen is None or seen.agreement < at.shake_agreement or seen.moved > at.shake_most:
        return None
    if seen.onward > at.shake_onward and seen.moved >= at.shake_moved[0]:
        return None
    return ramp(seen.moved, at.shake_moved)


_SIGNAL = frozenset({FaultKind.NO_SIGNAL})
_LOST = _SIGNAL | {FaultKind.CORRUPTION}
_LIGHT = _LOST | {FaultKind.TOO_DARK, FaultKind.TOO_BRIGHT}
_SIGHT = _LIGHT | {FaultKind.NOISE, FaultKind.STRIPE, FaultKind.LOW_CONTRAST}
_VIEW = _SIGHT | {FaultKind.OCCLUSION}

RULES: tuple[Rule, ...] = (
    Rule(kind=FaultKind.NO_SIGNAL, judge=_no_signal),
    Rule(kind=FaultKind.CORRUPTION, judge=_corruption, explained_by=_SIGNAL),
    Rule(kind=FaultKind.FROZEN, judge=_frozen, explained_by=_SIGNAL),
    Rule(kind=FaultKind.TOO_DARK, judge=_too_dark, explained_by=_LOST),
    Rule(kind=FaultKind.TOO_BRIGHT, judge=_too_bright, explained_by=_LOST),
    Rule(kind=FaultKind.NOISE, judge=_noise, explained_by=_LIGHT),
    Rule(kind=FaultKind.STRIPE, judge=_stripe, explained_by=_LIGHT | {FaultKind.NOISE}),
    Rule(kind=FaultKind.LOW_CONTRAST, judge=_low_contrast, explained_by=_LIGHT),
    Rule(kind=FaultKind.OCCLUSION, judge=_occlusion, explained_by=_SIGHT),
    Rule(kind=FaultKind.SCENE_CHANGE, judge=_scene_change, explained_by=_VIEW),
    Rule(kind=FaultKind.COLOR_CAST, judge=_color_cast, explained_by=_LIGHT | {FaultKind.OCCLUSION}),
    Rule(kind=FaultKind.BLUR, judge=_blur, explained_by=_LIGHT | {FaultKind.OCCLUSION}),
    Rule(kind=FaultKind.SHAKE, judge=_shake, explained_by=_LOST | {FaultKind.FROZEN}),
)


def with_margins(evidence: Evidence, trees: Trees | None = None) -> Evidence:
    """With what these trees (else those of all sources) say of a picture measured in detail."""
    details = evidence.measures.details
    if evidence.margins is not None or details is None:
        return evidence
    margins = (trees or learnt()).margins(row(evidence.measures, details))
    return replace(evidence, margins=margins)


def judge(
    evidence: Evidence, rules: tuple[Rule, ...] = RULES, thresholds: Thresholds = THRESHOLDS
) -> Picture:
    """The verdict on one picture, by the rules in their order."""
    evidence = with_margins(evidence)
    faults: list[PictureFault] = []
    unknown: list[FaultKind] = []
    for rule in rules:
        explained = any(fault.kind in rule.explained_by for fault in faults)
        score = None if explained else rule.judge(evidence, thresholds)
        if score is None:
            unknown.append(rule.kind)
        elif score >= thresholds.alarm:
            faults.append(PictureFault(kind=rule.kind, score=round(score, 3)))
    judged = {rule.kind for rule in rules}
    # The overlay text needs reading: there is no rule for it here.
    unknown.extend(kind for kind in FaultKind if kind not in judged)
    return Picture(faults=tuple(faults), not_checkable=tuple(unknown))


def levels(
    evidence: Evidence, rules: tuple[Rule, ...] = RULES, thresholds: Thresholds = THRESHOLDS
) -> dict[FaultKind, float]:
    """What each rule says by itself, alarm or not, whatever else explains it; kinds that the
    picture gives too little for are left out."""
    evidence = with_margins(evidence)
    said = {rule.kind: rule.judge(evidence, thresholds) for rule in rules}
    return {kind: score for kind, score in said.items() if score is not None}
