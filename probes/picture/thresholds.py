"""Every number the picture rules decide by, in one table.

Set on labelled pictures of 16 kinds of faults (evaluate with `tests.devices.evaluate_pictures`).
Each pair is (where the score is one half, where it is 1); a fault is reported from one half on.
Beside it stands what was seen on either side of it. Lumas are of full range, 0 to 255.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

Ramp = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Units are those of the measure that each is compared with."""

    # A fault is reported from this score on.
    alarm: float = 0.5

    # Cards (black, blue, grey, with or without words): one colour within 2 steps makes up 0.88
    # and more (large words, coarsely coded; usually 0.95), 0.75 and more of the blocks are flat.
    # Of lit scenes none has more than 0.7 of one colour with flat blocks, but a scene in near
    # darkness reaches 0.88 and 0.86, and pictures that lost their key frame 0.91 and 0.24, 0.85
    # and 0.69 or 0.90 and 0.64.
    card_one_colour: Ramp = (0.84, 0.98)
    dark_card_one_colour: Ramp = (0.90, 0.98)
    card_flat: Ramp = (0.70, 0.95)
    # A blown-out picture is flat and white: that is too_bright.
    card_max_luma: float = 235.0
    # Colour bars: 0.9 and more of the columns are upright; bridges and masts reach 0.47, a clear
    # sky 1, but its columns differ by less than 40.
    bars_upright: Ramp = (0.75, 0.95)
    bars_contrast: float = 60.0
    # Between the bars' edges everything is flat: 0.63 and more; a smooth table top: 0.25.
    bars_flat: Ramp = (0.45, 0.60)

    # Dark faults: mean up to 23, 95 % of the picture below 61. Night scenes with a lit street:
    # mean from 22, but the 95 % quantile from 115.
    dark_mean: Ramp = (30.0, 8.0)
    dark_q95: Ramp = (80.0, 25.0)

    # Bright faults: mean from 212 and 0.46 clipped. Snow: mean to 209, nothing clipped; a white
    # sky: 0.40 clipped, mean to 170.
    bright_mean: Ramp = (207.0, 245.0)
    bright_clipped: Ramp = (0.35, 0.80)

    # Blur: see `measures.slope_ratio`. Out of focus 0.44 to 0.74; in focus from 0.78, and from
    # 0.70 in pictures of sky with hardly a contour.
    blur_slope: Ramp = (0.722, 0.50)
    # A steep contour anywhere in a tenth of the blocks speaks against blur (moving objects are
    # blurred, the rest is not).
    blur_steepness: Ramp = (0.56, 0.30)
    # Below this share of blocks with some contrast there is too little to tell blur by.
    blur_min_texture: float = 0.25

    # Equal samples of live pictures a second apart: at most 0.59 (sensor noise moves the rest).
    # A ticking overlay clock touches up to 0.03.
    frozen_equal: Ramp = (0.97, 1.0)
    # A server may send the newest key frame it has kept: two looks within one group of pictures
    # see the same one. Cameras with long groups make a key frame every 10 to 20 s.
    frozen_min_age: timedelta = timedelta(seconds=20)
    # A picture with hardly a detail may stay equal without being frozen: the standard deviation
    # of its samples must be at least this.
    frozen_min_spread: float = 6.0


THRESHOLDS = Thresholds()
