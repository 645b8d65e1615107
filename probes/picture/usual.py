"""A picture's figures beside what its camera's good pictures usually measure.

By how much, and how many of its own spreads, each departs; and what haze, another place in view or
something in front of it do to all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probes.picture.rules import ramp
from probes.picture.view import Likeness, Toned
from probes.vocabulary import FIGURES, Baseline

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
    "smear_share": 0.01,
    "grey_share": 0.01,
    "green_share": 0.005,
    "here": 0.03,
    "lost_share": 0.02,
    "bar_step": 0.012,
    "changed_share": 0.01,
    "lit_cb": 1.0,
    "lit_cr": 1.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A picture's figures beside the baseline of its slot; `like` and `tones` compare
    their views."""

    values: Mapping[str, float | None]
    means: Mapping[str, float | None]
    spreads: Mapping[str, float]
    like: Likeness | None
    tones: Toned | None
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
    tones: Toned | None = None,
    *,
    movable: bool = False,
) -> Known:
    """The picture's figures beside a baseline's."""
    return Known(
        values=values,
        means=dict(zip(FIGURES, baseline.means, strict=True)),
        spreads=dict(zip(FIGURES, baseline.spreads, strict=True)),
        like=like,
        tones=tones,
        movable=movable,
    )


def departs(seen: Known, name: str, least: float, full: float, spreads: float = 5.0) -> float:
    """The score of a rise (of a fall, where `least` is negative) by at least this much."""
    rise = seen.rise(name)
    if rise is None:
        return 0.0
    sign = 1.0 if least > 0 else -1.0
    needed = max(abs(least), spreads * seen.spread(name))
    return ramp(sign * rise, (needed, needed + abs(full - least)))


def contrast_kept(seen: Known) -> float:
    """The range of lumas as a share of the usual one."""
    now = luma_range(seen.values)
    usual = luma_range(seen.means)
    return 1.0 if now is None or usual is None else now / max(usual, 1.0)


def luma_range(figures: Mapping[str, float | None]) -> float | None:
    dark, bright = figures.get("darkest"), figures.get("brightest")
    return None if dark is None or bright is None else bright - dark


def texture_kept(seen: Known) -> float:
    """The share of blocks with some contrast, for each that usually has it."""
    return (seen.values.get("texture_share") or 0.0) / usual_texture(seen)


def usual_texture(seen: Known) -> float:
    return max(seen.means.get("texture_share") or 0.0, 0.01)


def is_veiled(seen: Known) -> bool:
    """Haze, rain or glare: less than an alarm, but what is finer cannot be told through it. It
    lifts what is darkest; what only blurs or shows another place does not."""
    return contrast_kept(seen) < 0.72 and (seen.rise("darkest") or 0.0) > 20


def is_in_place(seen: Known) -> bool:
    """A bar leaves every contour where it was; what covers the lens, or another view, does not."""
    usual = seen.means.get("here")
    if seen.like is None or usual is None:
        return True
    here = seen.like.here / max(usual, 0.01)
    return here >= 0.8 or (here >= 0.5 and texture_kept(seen) >= 0.88)


def shows_another(seen: Known) -> bool:
    """Nothing of what was known is in place, but there are contours."""
    like = seen.like
    texture = seen.values.get("texture_share") or 0.0
    return like is not None and like.placed < 0.25 and texture > 0.25


def colour_away(seen: Known, blue: str, red: str, *, faded: float) -> tuple[float, float] | None:
    """How far a colour lies from all between the usual one and what haze and rain fade it to, and
    its spread. In clear air so much of it is left, by a low sun or under clouds."""
    now, usual = (_colour(one, blue, red) for one in (seen.values, seen.means))
    if now is None or usual is None:
        return None
    share = (now * usual.conjugate()).real / max(abs(usual) ** 2, 1.0)
    hazy = contrast_kept(seen) < 0.85 or (seen.rise("darkest") or 0.0) > 8
    nearest = usual * min(1.0, max(0.0 if hazy else faded, share))
    return abs(now - nearest), max(seen.spread(blue), seen.spread(red))


def _colour(figures: Mapping[str, float | None], blue: str, red: str) -> complex | None:
    parts = figures.get(blue), figures.get(red)
    return None if parts[0] is None or parts[1] is None else complex(parts[0], parts[1])
