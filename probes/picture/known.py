"""Picture faults as departures from what a camera's own good pictures usually measure.

Each rule asks by how much a figure departs from its mean in the same slot (day, night,
infra-red), and wants both a number of spreads, so that a lively scene is left alone, and a step
that people would see, so that a still one is. One cause explains another away, as in `rules`.
What weather, traffic or a moving camera also do is `not_checkable`, or asks for likeness in the
rest of the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log

from probes.picture.rules import ramp
from probes.picture.usual import (
    Known,
    colour_away,
    contrast_kept,
    departs,
    is_in_place,
    is_veiled,
    luma_range,
    shows_another,
    texture_kept,
    usual_texture,
)
from probes.picture.view import Likeness
from probes.vocabulary import FaultKind, Picture, PictureFault

_ALARM = 0.5
# As in `tones`: a dark scene's noise makes no great steps.
_BLACK = 6.0


def _corruption(seen: Known) -> float | None:
    return max(
        departs(seen, "smear_share", 0.10, 0.40, 6.0),
        departs(seen, "grey_share", 0.12, 0.50, 6.0),
        departs(seen, "green_share", 0.04, 0.30, 6.0),
    )


def _too_dark(seen: Known) -> float | None:
    """Much darker than its scene ever is by that light, and most of its detail gone with it."""
    mean, usual = seen.values.get("mean_luma") or 0.0, seen.means.get("mean_luma") or 0.0
    if _covered(seen) >= _ALARM or usual < 1:
        return 0.0
    dark = min(ramp(mean, (28, 12)), ramp(mean / usual, (0.5, 0.3)))
    return min(
        dark, departs(seen, "mean_luma", -20, -60, 4.0), ramp(texture_kept(seen), (0.7, 0.4))
    )


def _too_bright(seen: Known) -> float | None:
    """Brighter by far than its scene ever is, and nearly white; fog has no white in it."""
    mean, white = (seen.values.get(name) or 0.0 for name in ("mean_luma", "brightest"))
    bright = min(ramp(mean, (190, 230)), ramp(white, (234, 246)))
    return min(departs(seen, "mean_luma", 60, 120, 4.0), bright)


def _noise(seen: Known) -> float | None:
    return departs(seen, "noise", 5.0, 15.0, 6.0)


def _stripe(seen: Known) -> float | None:
    # Haze makes what is darkest brighter by a larger factor than the rest, clear air darker again
    # where the usual picture was learnt through haze.
    least = 0.065 + 0.2 * abs(_darkest_changed(seen))
    bars = departs(seen, "bar_step", least, least + 0.2, 4.0) if is_in_place(seen) else 0.0
    if texture_kept(seen) < 0.84 and (seen.rise("changed_share") or 0.0) >= 0.04:
        # What a bar dims keeps its detail; what covers the view from side to side does not.
        bars = 0.0
    if (seen.rise("steepness") or 0.0) < -0.3:
        # Soft contours pass for waves.
        return bars
    return max(
        bars,
        departs(seen, "wave_rows", 3.5, 12.0, 6.0),
        departs(seen, "wave_columns", 3.5, 12.0, 6.0),
    )


def _darkest_changed(seen: Known) -> float:
    """By how much the darkest luma is brighter than usual, as a logarithm."""
    now, usual = seen.values.get("darkest"), seen.means.get("darkest")
    if now is None or usual is None:
        return 0.0
    return log((now + _BLACK) / (usual + _BLACK))


def _low_contrast(seen: Known) -> float | None:
    """A veil: the range shrinks because what was dark no longer is."""
    usual = luma_range(seen.means)
    if usual is None or usual < 60:
        return None
    if shows_another(seen):
        # Fog takes contours away, it does not put others there.
        return 0.0
    lifted = min(ramp(seen.rise("darkest") or 0.0, (35, 90)), _departs_dark(seen))
    score = min(ramp(contrast_kept(seen), (0.55, 0.25)), lifted)
    # A thin veil is no fault, but headlights before a thick one make it look thin.
    return None if score < _ALARM and is_veiled(seen) else score


def _departs_dark(seen: Known) -> float:
    """Nothing in it is dark, however much fog its camera has seen while it was learnt."""
    return ramp(seen.values.get("darkest") or 0.0, (55, 120))


def _occlusion(seen: Known) -> float | None:
    like = seen.like
    if like is None:
        return None
    covered = _covered(seen)
    if covered >= _ALARM:
        return covered
    texture = texture_kept(seen)
    if like.lost_share >= 0.75 and texture < 0.5 and not shows_another(seen):
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
    lost = min(ramp(like.lost_share, (0.16, 0.5)), departs(seen, "lost_share", 0.12, 0.4, 4.0))
    fewer = min(
        ramp(like.lost_share, (0.13, 0.4)),
        departs(seen, "lost_share", 0.08, 0.4, 3.0),
        ramp(texture, (0.70, 0.4)),
    )
    return max(lost, fewer, _smothered(seen, like, texture))


def _covered(seen: Known) -> float:
    """A large patch has become smooth and of another brightness, its contours are gone, and the
    rest is as sharp and where it was."""
    like, usual, rise = seen.like, seen.means.get("here"), seen.rise("changed_share")
    if like is None or usual is None or rise is None or is_veiled(seen):
        return 0.0
    if not _is_rest_there(seen, like) or (seen.rise("steepness") or 0.0) < -0.2:
        return 0.0
    if (seen.rise("darkest") or 0.0) > 10 and (like.kept_detail or 0.0) < 0.77:
        # Fog by night: lamps keep the range of lumas, but all of it is fainter.
        return 0.0
    needed = max(0.05, min(2.0 * seen.spread("changed_share"), 0.12))
    return min(
        ramp(rise, (needed, needed + 0.2)),
        ramp(texture_kept(seen), (0.87, 0.5)),
        ramp(like.here / max(usual, 0.01), (0.92, 0.6)),
    )


def _is_rest_there(seen: Known, like: Likeness) -> bool:
    """Whether what still shows detail is what was known: where little texture is left, less of its
    detail speaks for it than where another place may be in view."""
    kept = like.kept_detail or 0.0
    enough = 0.5 if texture_kept(seen) <= 0.68 else 0.66
    return like.placed >= (0.12 if kept >= enough else 0.35)


def _is_half_covered(seen: Known) -> bool:
    """By night a cover over much of the view leaves little light; what it leaves free is as bright
    as ever."""
    as_bright = seen.tones is not None and seen.tones.level > -0.35
    return as_bright and _covered(seen) >= _ALARM


def _is_hazy(seen: Known, kept_detail: float) -> bool:
    """Fainter everywhere: what covers a part hides its darkest lumas, too, but not the rest's
    detail."""
    lifted = contrast_kept(seen) < 0.85 and (seen.rise("darkest") or 0.0) > 12
    return lifted and kept_detail < 0.77


def _smothered(seen: Known, like: Likeness, texture: float) -> float:
    """At night what is covered shows little detail before. But noise is everywhere, and what is
    in front of the lens, lit from nowhere, has none; what is not covered is as sharp as ever."""
    usual = seen.means.get("here")
    if usual is None or is_veiled(seen) or (seen.rise("steepness") or 0.0) < -0.15:
        return 0.0
    if (seen.rise("changed_share") or 0.0) < 0.01:
        return 0.0
    lost = max(ramp(like.lost_share, (0.08, 0.3)), ramp(texture, (0.72, 0.4)))
    return min(ramp(texture, (0.84, 0.4)), ramp(usual - like.here, (0.10, 0.4)), lost)


def _scene_change(seen: Known) -> float | None:
    like, usual = seen.like, seen.means.get("here")
    if like is None or usual is None or seen.movable or usual < 0.35:
        return None
    if is_veiled(seen) and contrast_kept(seen) < 0.5 and not shows_another(seen):
        return None
    needed = max(0.25, min(4.0 * seen.spread("here"), 0.55 * usual))
    fallen = ramp(usual - like.placed, (needed, needed + 0.25))
    elsewhere = ramp(like.placed, (0.5 * usual, 0.2 * usual))
    moved = 0.0
    if like.distance >= 0.05:
        moved = ramp(like.elsewhere - like.here, (0.15, 0.35))
    return min(fallen, max(elsewhere, moved))


def _color_cast(seen: Known) -> float | None:
    """Of the picture as a whole, or by night of what the lamps light."""
    whole = colour_away(seen, "cb", "cr", faded=0.5)
    if whole is None:
        return None
    away, spread = whole
    if (_occlusion(seen) or 0.0) >= _ALARM:
        # A lorry has a colour of its own, but not so much of it in so much of the view.
        bright = colour_away(seen, "lit_cb", "lit_cr", faded=0.5)
        return ramp(min(away, bright[0]), (18, 30)) if bright is not None else 0.0
    # The same gain of a channel moves chroma by less where there is less light.
    lit = min(1.0, max(0.4, (seen.values.get("mean_luma") or 0.0) / 90))
    needed = max(9.0 * lit, 3.5 * spread)
    score = ramp(away, (needed, needed + 15 * lit))
    return max(score, _lamplight_cast(seen))


def _lamplight_cast(seen: Known) -> float:
    """By night, of what the lamps light, where all of that is as it was: no lorry stands in it."""
    usual, bright = seen.means.get("here"), colour_away(seen, "lit_cb", "lit_cr", faded=0.8)
    if bright is None or seen.like is None or usual is None:
        return 0.0
    is_night = (seen.means.get("mean_luma") or 0.0) < 85
    as_it_was = seen.like.here >= 0.85 * usual and (seen.rise("changed_share") or 0.0) < 0.03
    needed = max(9.0, 5.0 * bright[1])
    return ramp(bright[0], (needed, needed + 15)) if is_night and as_it_was else 0.0


def _dissolved(seen: Known) -> float | None:
    """So soft that no contour is left where there were many; the lumas keep their range."""
    if usual_texture(seen) < 0.2 or contrast_kept(seen) < 0.6:
        return None
    return ramp(texture_kept(seen), (0.3, 0.1))


def _blur(seen: Known) -> float | None:
    usual = seen.means.get("slope_ratio")
    if usual is None or usual < 0.74:
        return None
    if is_veiled(seen):
        # A veil makes contours fainter, but no less steep for their height.
        thick = contrast_kept(seen) < 0.5
        return None if thick else departs(seen, "steepness", -0.3, -0.5) or None
    if seen.values.get("slope_ratio") is None or seen.values.get("steepness") is None:
        return _dissolved(seen)
    softer = departs(seen, "steepness", -0.18, -0.4)
    texture = texture_kept(seen)
    sloping = departs(seen, "slope_ratio", -0.12, -0.3)
    # What moved while it was exposed is soft across and as steep as ever along.
    moved = min(departs(seen, "slope_ratio", -0.14, -0.3, 6.0), ramp(texture, (0.88, 0.6)))
    # By lamplight few contours are left to measure; but those are where they were.
    kept = seen.like.kept_detail if seen.like is not None else None
    softened = max(
        departs(seen, "steepness", -0.1, -0.4, 2.5),
        0.0 if kept is None else ramp(kept, (0.76, 0.5)),
    )
    fewer = min(ramp(texture, (0.55, 0.3)), softened)
    if not is_in_place(seen):
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
    _Rule(kind=FaultKind.TOO_DARK, judge=_too_dark, explained_by=_LOST),
    _Rule(kind=FaultKind.TOO_BRIGHT, judge=_too_bright, explained_by=_LOST),
    _Rule(kind=FaultKind.NOISE, judge=_noise, explained_by=_LIGHT),
    _Rule(kind=FaultKind.LOW_CONTRAST, judge=_low_contrast, explained_by=_LIGHT),
    _Rule(kind=FaultKind.STRIPE, judge=_stripe, explained_by=_LIGHT | {FaultKind.NOISE}),
    _Rule(kind=FaultKind.OCCLUSION, judge=_occlusion, explained_by=_ROUGH),
    _Rule(kind=_MOVED, judge=_scene_change, explained_by=_ROUGH | {FaultKind.OCCLUSION}),
    _Rule(
        kind=FaultKind.COLOR_CAST,
        judge=_color_cast,
        explained_by=_LIGHT | {FaultKind.LOW_CONTRAST, _MOVED},
    ),
    _Rule(kind=FaultKind.BLUR, judge=_blur, explained_by=_ROUGH | {FaultKind.OCCLUSION, _MOVED}),
)
# Of these a picture alone tells as well: what either finds is a fault.
_TOLD_ALONE = frozenset({FaultKind.TOO_DARK, FaultKind.TOO_BRIGHT})
KINDS = frozenset(rule.kind for rule in RULES) - _TOLD_ALONE
_VEIL = next(rule for rule in RULES if rule.kind is FaultKind.LOW_CONTRAST)
# In the order in which faults are told.
_ORDER = tuple(FaultKind)


def judge_known(single: Picture, seen: Known) -> Picture:
    """The verdict on a picture whose camera is known: `single` is that of `rules` on the picture
    alone; its findings on the kinds that are judged here give way to those of the comparison."""
    covered = _is_half_covered(seen)
    faults = [
        fault
        for fault in single.faults
        if fault.kind not in KINDS and not (covered and fault.kind is FaultKind.TOO_DARK)
    ]
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


def judge_greyed(single: Picture, coloured: Known) -> Picture:
    """The verdict on a picture without colour by night, whose camera is known in colour only:
    whether it is a veil that took the colour. All else would be another light's."""
    score = None if single.faults else _VEIL.judge(coloured)
    if score is None or score < _ALARM:
        return single
    return Picture(
        faults=(PictureFault(kind=_VEIL.kind, score=round(score, 3)),),
        not_checkable=tuple(kind for kind in single.not_checkable if kind is not _VEIL.kind),
    )
