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
    # From this one on a rule's own ramps tell a kind, whatever was learnt of it.
    sure: float = 0.7

    # Cards (black, blue, grey, with or without words): one colour within 2 steps makes up 0.88
    # and more (large words, coarsely coded; usually 0.95), 0.75 and more of the blocks are flat.
    # Of lit scenes none has more than 0.7 of one colour with flat blocks, but a scene in near
    # darkness reaches 0.88 and 0.86, and pictures that lost their key frame 0.91 and 0.24, 0.85
    # and 0.69 or 0.90 and 0.64.
    card_one_colour: Ramp = (0.84, 0.98)
    dark_card_one_colour: Ramp = (0.90, 0.98)
    # Brighter than mid-grey (128, with words 131) a clear sky or fog comes near to it, too: 0.94 at
    # luma 145, 0.92 at 174 and 195.
    bright_card_from: float = 140.0
    bright_card_one_colour: Ramp = (0.97, 0.99)
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
    blur_min_texture: float = 0.20

    # Equal samples of live pictures a second apart: at most 0.59 (sensor noise moves the rest).
    # A ticking overlay clock touches up to 0.03.
    frozen_equal: Ramp = (0.97, 1.0)
    # A server may send the newest key frame it has kept: two looks within one group of pictures
    # see the same one. Cameras with long groups make a key frame every 10 to 20 s.
    frozen_min_age: timedelta = timedelta(seconds=20)
    # A picture with hardly a detail may stay equal without being frozen: the standard deviation
    # of its samples must be at least this.
    frozen_min_spread: float = 6.0

    # Two looks at a frozen picture that is coded anew each time: all samples but some on contours
    # within so many steps, no part as a whole brighter or darker by more than this.
    stands_within: float = 12.0
    stands_share: float = 0.97
    stands_drift: float = 0.75

    # Between the frames of a burst: live at most 0.67 within one step, frozen from 0.84. Coded
    # anew with other quantisers it may fall to 0.35, and a still scene measures the same.
    burst_equal: Ramp = (0.78, 0.95)

    # Coded anew, the parts of a standing picture change by at most 0.44 in the middle, 1.05 in one
    # of fifty and 2.8 in one of a thousand. Live ones, a second later, change by 0.88, 1.66 and
    # 3.0 where only the light flickers; of others the middle may not change, but some part does.
    burst_changes: tuple[Ramp, Ramp, Ramp] = ((0.65, 0.0), (1.30, 0.3), (4.0, 1.0))
    # By how many times the one in a thousand changes more than the middle one: repeats that were
    # coded anew 5.4 and more, live stills whose noise the coder mostly took 5.0 and less.
    burst_contours: float = 5.2

    # Green of zeros, flat: none in any scene. Grey 128, flat: a scene reaches 0.12, a picture
    # whose key frame was lost 0.5 to 0.9. Rows drawn out: a scene reaches 0.07.
    green_share: Ramp = (0.04, 0.30)
    grey_share: Ramp = (0.42, 0.75)
    smear_share: Ramp = (0.14, 0.40)

    # Noise of a sigma of 20 and more measures 9.2 and more, whiteness 0.54 and more; gravel and
    # dry leaves reach 8.6.
    # Salt and pepper measures less (6.9), but shows in spots; the noise of a dim sensor (sigma 6)
    # measures 7.8.
    noise_spots: float = 0.02
    noise_sigma: Ramp = (9.0, 20.0)
    noise_whiteness: Ramp = (0.50, 0.80)

    # Interference: fences, blinds and brick reach a contrast of 5.6, but not at the coherence.
    wave_contrast: Ramp = (6.0, 20.0)
    wave_amplitude: Ramp = (1.5, 8.0)
    wave_coherence: Ramp = (0.85, 0.98)
    # Rolling bars: roofs and horizons reach a share of 0.82 of the columns, faint ones.
    bar_share: Ramp = (0.86, 0.98)
    bar_step: Ramp = (0.20, 0.60)

    # Fog: no block has a range above 83.
    veil_contrast: Ramp = (90.0, 50.0)
    # Noise alone stays within the range that its sigma gives the noisiest of blocks; in thick fog
    # next to no more is left of what is in view.
    veil_least_contrast: float = 4.0
    veil_grain: float = 8.0

    # A patch without detail over a whole side, of one colour and nearly one luma. Bright ones
    # are sky, blue ones water; black ones cannot be told from a night's shadow.
    cover_luma: tuple[float, float] = (30.0, 110.0)
    cover_most_cb: float = 8.0
    cover_rest_luma: float = 50.0
    cover_side: Ramp = (0.90, 1.0)
    cover_spread: Ramp = (7.0, 4.0)
    cover_chroma_spread: Ramp = (0.55, 0.0)
    # How far above the margin of what was learnt, in log-odds.
    cover_margin: Ramp = (0.0, 8.0)
    cover_share: Ramp = (0.16, 0.45)
    # Where the reference has detail and the picture has none: other hours and weathers up to
    # 0.012 of the picture, from 0.033 where something covers it.
    lost_share: Ramp = (0.024, 0.15)
    same_view: float = 0.30

    # By how much less steep than the reference's the contours of the same view are: other hours
    # and weathers up to 0.06, out of focus from 0.23.
    softer: Ramp = (0.16, 0.50)
    softer_view: float = 0.30

    # Contours in common with the reference: another view up to 0.10, the same one at another
    # hour or season from 0.33.
    other_view: Ramp = (0.24, 0.08)
    # A turned camera: the contours fit elsewhere, much better than in place.
    moved_view: float = 0.05
    moved_gain: Ramp = (0.12, 0.30)

    # A white-balanced picture's brightest tenth: meadows and corn under a blue sky reach 50.5,
    # a channel's gain of 1.45 gives 49 and more.
    cast_bright: Ramp = (52.0, 80.0)
    cast_least: Ramp = (14.0, 35.0)
    # Against a reference of the same view: other hours and weathers up to 2.2, a channel's gain of
    # 1.08 up to 4.8, one of 1.45 from 21.
    cast_away: Ramp = (12.0, 30.0)

    # Shifts from frame to frame in shares of the width: a mast in the wind 0.007, a loose one
    # from 0.010, mostly 0.03. Beyond the most it is another view.
    shake_moved: Ramp = (0.0092, 0.04)
    shake_agreement: float = 0.25
    shake_most: float = 0.20
    # A camera that turns goes one way.
    shake_onward: float = 0.80

    # Bars that roll through a burst, as the logarithm of the luma's ratio: live at most 0.002,
    # shaking 0.017.
    rolling: Ramp = (0.03, 0.12)


THRESHOLDS = Thresholds()
