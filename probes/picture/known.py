"""Picture faults as departures from what a camera's own good pictures usually measure.

Each rule asks by how much a figure departs from its mean in the same slot (day, night,
infra-red), and wants both a number of spreads, so that a lively scene is left alone, and a step
that people would see, so that a still one is. One cause explains another away, as in `rules`.
What weather, traffic or a moving camera also do is `not_checkable`, or asks for likeness in the
rest of the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from probes.picture.rules import ramp
from probes.picture.view import Likeness
from probes.vocabulary import FIGURES, Baseline, FaultKind, Picture, PictureFault

_ALARM = 0.5
# A figure's spread is taken as at least this: the coder's and the sensor's own play.
_LEAST_SPREAD: Mapping[str, float] = {
    "mean_luma": 4.0,
    "darkest": 3.0,
    "brightest": 4.0,
    "spread": 2.0,
    "texture_share": 0.03,
    "slope_ratio": 0.015,
    "steepness": 0.02,
    "cb": 1.0,
    "cr": 1.0,
    "noise": 0.4,
    "wave_rows": 0.5,
    "wave_columns": 0.5,
    "band_step": 0.012,
    "smear_share": 0.01,
    "grey_share": 0.01,
    "green_share": 0.005,
    "here": 0.03,
    "lost_share": 0.02,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A picture's figures beside the baseline of its slot; `like` compares their views."""

    values: Mapping[str, float | None]
    means: Mapping[str, float | None]
    spreads: Mapping[str, float]
    like: Likeness | None
    movable: bool

    def rise(self, name: str) -> float | None:
        """By how much a figure lies above its mean."""
        value, mean = self.values.get(name), self.means.get(name)
        return None if value is None or mean is None else value - mean

    def spread(self, name: str) -> float:
        return max(self.spreads.get(name, 0.0), _LEAST_SPREAD[name])


def known(
    values: Mapping[str, float | None],
    baseline: Baseline,
    like: Likeness | None,
    *,
    movable: bool = False,
) -> Known:
    """The picture's figures beside a baseline's."""
    return Known(
        values=values,
        means=dict(zip(FIGURES, baseline.means, strict=True)),
        spreads=dict(zip(FIGURES, baseline.spreads, strict=True)),
        like=like,
        movable=movable,
    )


def _departs(seen: Known, name: str, least: float, full: float, spreads: float = 5.0) -> float:
    """The score of a rise (of a fall, where `least` is negative) by at least this much."""
    rise = seen.rise(name)
    if rise is None:
        return 0.0
    sign = 1.0 if least > 0 else -1.0
    needed = max(abs(least), spreads * seen.spread(name))
    return ramp(sign * rise, (needed, needed + abs(full - least)))


def _contrast_kept(seen: Known) -> float:
    """The range of lumas as a share of the usual one."""
    now = _range(seen.values)
    usual = _range(seen.means)
    return 1.0 if now is None or usual is None else now / max(usual, 1.0)


def _range(figures: Mapping[str, float | None]) -> float | None:
    dark, bright = figures.get("darkest"), figures.get("brightest")
    return None if dark is None or bright is None else bright - dark


def _corruption(seen: Known) -> float | None:
    return max(
        _departs(seen, "smear_share", 0.10, 0.40, 6.0),
        _departs(seen, "grey_share", 0.12, 0.50, 6.0),
        _departs(seen, "green_share", 0.04, 0.30, 6.0),
    )


def _too_bright(seen: Known) -> float | None:
    """Brighter by far than its scene ever is, and nearly white; fog has no white in it."""
    mean, white = (seen.values.get(name) or 0.0 for name in ("mean_luma", "brightest"))
    bright = min(ramp(mean, (190, 230)), ramp(white, (234, 246)))
    return min(_departs(seen, "mean_luma", 60, 120, 4.0), bright)


def _noise(seen: Known) -> float | None:
    return _departs(seen, "noise", 5.0, 15.0, 6.0)


def _stripe(seen: Known) -> float | None:
    bars = _departs(seen, "band_step", 0.05, 0.3, 4.0) if _is_in_place(seen) else 0.0
    if (seen.rise("steepness") or 0.0) < -0.3:
        # Soft contours pass for waves.
        return bars
    return max(
        bars,
        _departs(seen, "wave_rows", 3.5, 12.0, 6.0),
        _departs(seen, "wave_columns", 3.5, 12.0, 6.0),
    )


def _is_in_place(seen: Known) -> bool:
    """A bar leaves every contour where it was; what covers the lens, or another view, does not."""
    usual = seen.means.get("here")
    if seen.like is None or usual is None:
        return True
    here = seen.like.here / max(usual, 0.01)
    return here >= 0.8 or (here >= 0.5 and _texture_kept(seen) >= 0.88)


def _low_contrast(seen: Known) -> float | None:
    """A veil: the range shrinks because what was dark no longer is."""
    usual = _range(seen.means)
    if usual is None or usual < 60:
        return None
    lifted = min(ramp(seen.rise("darkest") or 0.0, (35, 90)), _departs_dark(seen))
    score = min(ramp(_contrast_kept(seen), (0.55, 0.25)), lifted)
    # A thin veil is no fault, but headlights before a thick one make it look thin.
    return None if score < _ALARM and is_veiled(seen) else score


def _departs_dark(seen: Known) -> float:
    """Nothing in it is dark, however much fog its camera has seen while it was learnt."""
    return ramp(seen.values.get("darkest") or 0.0, (55, 120))


def is_veiled(seen: Known) -> bool:
    """Haze, rain or glare: less than an alarm, but what is finer cannot be told through it. It
    lifts what is darkest; what only blurs or shows another place does not."""
    return _contrast_kept(seen) < 0.72 and (seen.rise("darkest") or 0.0) > 20


def _occlusion(seen: Known) -> float | None:
    like = seen.like
    if like is None:
        return None
    texture = _texture_kept(seen)
    if like.lost_share >= 0.75 and texture < 0.5 and not _shows_another(seen):
        # All is lost. Fog lifts the darkest lumas, what covers the lens does not.
        return 0.0 if (seen.rise("darkest") or 0.0) > 60 else ramp(like.lost_share, (0.8, 0.95))
    kept = like.kept_detail or 0.0
    if like.placed < (0.3 if kept < 0.4 else 0.25):
        return None
    if (seen.rise("steepness") or 0.0) < -0.2:
        # Out of focus all is smooth; what covers a lens leaves the rest as sharp as ever.
        return None
    if texture > 0.95 or _is_hazy(seen, kept):
        # All of it has become fainter, and nothing is covered.
        return 0.0
    lost = min(ramp(like.lost_share, (0.16, 0.5)), _departs(seen, "lost_share", 0.12, 0.4, 4.0))
    fewer = min(
        ramp(like.lost_share, (0.13, 0.4)),
        _departs(seen, "lost_share", 0.08, 0.4, 3.0),
        ramp(texture, (0.70, 0.4)),
    )
    return max(lost, fewer, _smothered(seen, like, texture))


def _shows_another(seen: Known) -> bool:
    """Nothing of what was known is in place, but there are contours."""
    like = seen.like
    texture = seen.values.get("texture_share") or 0.0
    return like is not None and like.placed < 0.25 and texture > 0.25


def _is_hazy(seen: Known, kept_detail: float) -> bool:
    """Fainter everywhere: what covers a part hides its darkest lumas, too, but not the rest's
    detail."""
    lifted = _contrast_kept(seen) < 0.85 and (seen.rise("darkest") or 0.0) > 12
    return lifted and kept_detail < 0.77


def _smothered(seen: Known, like: Likeness, texture: float) -> float:
    """At night what is covered shows little detail before. But noise is everywhere, and what is
    in front of the lens, lit from nowhere, has none; what is not covered is as sharp as ever."""
    usual = seen.means.get("here")
    if usual is None or is_veiled(seen) or (seen.rise("steepness") or 0.0) < -0.15:
        return 0.0
    lost = max(ramp(like.lost_share, (0.08, 0.3)), ramp(texture, (0.72, 0.4)))
    return min(ramp(texture, (0.84, 0.4)), ramp(usual - like.here, (0.10, 0.4)), lost)


def _scene_change(seen: Known) -> float | None:
    like, usual = seen.like, seen.means.get("here")
    if like is None or usual is None or seen.movable or usual < 0.35:
        return None
    if is_veiled(seen) and _contrast_kept(seen) < 0.5 and not _shows_another(seen):
        return None
    needed = max(0.25, min(4.0 * seen.spread("here"), 0.55 * usual))
    fallen = ramp(usual - like.placed, (needed, needed + 0.25))
    elsewhere = ramp(like.placed, (0.5 * usual, 0.2 * usual))
    moved = 0.0
    if like.distance >= 0.05:
        moved = ramp(like.elsewhere - like.here, (0.15, 0.35))
    return min(fallen, max(elsewhere, moved))


def _color_cast(seen: Known) -> float | None:
    """How far the colour lies from all between the usual one and grey: haze and rain fade it."""
    now = _colour(seen.values)
    usual = _colour(seen.means)
    if now is None or usual is None:
        return None
    share = (now * usual.conjugate()).real / max(abs(usual) ** 2, 1.0)
    away = abs(now - usual * min(1.0, max(0.0, share)))
    # The same gain of a channel moves chroma by less where there is less light.
    lit = min(1.0, max(0.4, (seen.values.get("mean_luma") or 0.0) / 90))
    needed = max(9.0 * lit, 3.5 * seen.spread("cb"), 3.5 * seen.spread("cr"))
    return ramp(away, (needed, needed + 15 * lit))


def _colour(figures: Mapping[str, float | None]) -> complex | None:
    blue, red = figures.get("cb"), figures.get("cr")
    return None if blue is None or red is None else complex(blue, red)


def _dissolved(seen: Known) -> float | None:
    """So soft that no contour is left where there were many; the lumas keep their range."""
    if _usual_texture(seen) < 0.2 or _contrast_kept(seen) < 0.6:
        return None
    return ramp(_texture_kept(seen), (0.3, 0.1))


def _texture_kept(seen: Known) -> float:
    """The share of blocks with some contrast, for each that usually has it."""
    return (seen.values.get("texture_share") or 0.0) / _usual_texture(seen)


def _usual_texture(seen: Known) -> float:
    return max(seen.means.get("texture_share") or 0.0, 0.01)


def _blur(seen: Known) -> float | None:
    usual = seen.means.get("slope_ratio")
    if usual is None or usual < 0.74:
        return None
    if is_veiled(seen):
        # A veil makes contours fainter, but no less steep for their height.
        thick = _contrast_kept(seen) < 0.5
        return None if thick else _departs(seen, "steepness", -0.3, -0.5) or None
    if seen.values.get("slope_ratio") is None or seen.values.get("steepness") is None:
        return _dissolved(seen)
    softer = _departs(seen, "steepness", -0.18, -0.4)
    texture = _texture_kept(seen)
    sloping = _departs(seen, "slope_ratio", -0.12, -0.3)
    # What moved while it was exposed is soft across and as steep as ever along.
    moved = min(_departs(seen, "slope_ratio", -0.14, -0.3, 6.0), ramp(texture, (0.88, 0.6)))
    # By lamplight few contours are left to measure; but those are where they were.
    fewer = min(ramp(texture, (0.5, 0.3)), _departs(seen, "steepness", -0.1, -0.4, 3.0))
    if not _is_in_place(seen):
        fewer = 0.0
    return max(moved, fewer, min(softer, max(sloping, ramp(texture, (0.6, 0.3)))))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    kind: FaultKind
    judge: Callable[[Known], float | None]
    explained_by: frozenset[FaultKind]


_ABSENT = frozenset({FaultKind.NO_SIGNAL})
_LOST = _ABSENT | {FaultKind.CORRUPTION}
_LIGHT = _LOST | {FaultKind.TOO_DARK, FaultKind.TOO_BRIGHT}
_ROUGH = _LIGHT | {FaultKind.NOISE, FaultKind.STRIPE, FaultKind.LOW_CONTRAST}
_MOVED = FaultKind.SCENE_CHANGE

RULES: tuple[_Rule, ...] = (
    _Rule(kind=FaultKind.CORRUPTION, judge=_corruption, explained_by=_ABSENT),
    _Rule(kind=FaultKind.TOO_BRIGHT, judge=_too_bright, explained_by=_LOST),
    _Rule(kind=FaultKind.NOISE, judge=_noise, explained_by=_LIGHT),
    _Rule(kind=FaultKind.LOW_CONTRAST, judge=_low_contrast, explained_by=_LIGHT),
    _Rule(kind=FaultKind.STRIPE, judge=_stripe, explained_by=_LIGHT | {FaultKind.NOISE}),
    _Rule(kind=FaultKind.OCCLUSION, judge=_occlusion, explained_by=_ROUGH),
    _Rule(kind=_MOVED, judge=_scene_change, explained_by=_ROUGH | {FaultKind.OCCLUSION}),
    _Rule(
        kind=FaultKind.COLOR_CAST,
        judge=_color_cast,
        explained_by=_LIGHT | {FaultKind.OCCLUSION, FaultKind.LOW_CONTRAST, _MOVED},
    ),
    _Rule(kind=FaultKind.BLUR, judge=_blur, explained_by=_ROUGH | {FaultKind.OCCLUSION, _MOVED}),
)
# Of these a picture alone tells as well: what either finds is a fault.
_TOLD_ALONE = frozenset({FaultKind.TOO_BRIGHT})
KINDS = frozenset(rule.kind for rule in RULES) - _TOLD_ALONE
# In the order in which faults are told.
_ORDER = tuple(FaultKind)


def judge_known(single: Picture, seen: Known) -> Picture:
    """The verdict on a picture whose camera is known: `single` is that of `rules` on the picture
    alone; its findings on the kinds that are judged here give way to those of the comparison."""
    faults = [fault for fault in single.faults if fault.kind not in KINDS]
    unknown = [kind for kind in single.not_checkable if kind not in KINDS]
    found = {fault.kind for fault in faults}
    for rule in RULES:
        if rule.kind in found or rule.kind in _TOLD_ALONE & set(unknown):
            continue
        score = None if found & rule.explained_by else rule.judge(seen)
        if score is None:
            unknown.append(rule.kind)
        elif score >= _ALARM:
            found.add(rule.kind)
            faults.append(PictureFault(kind=rule.kind, score=round(score, 3)))
    return Picture(faults=tuple(faults), not_checkable=tuple(sorted(unknown, key=_ORDER.index)))
