"""Healthy cameras through days and nights: dawn, dusk, infra-red switching, shadows, clouds, rain,
fog, headlights, lorries, wind and the colours of the season. Drawn straight into luma and chroma
planes at 640 x 360, some milliseconds each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.picture.planes import Planes, Samples
from tests.fleet import scenes

WIDTH, HEIGHT = 640, 360
Field = NDArray[np.float32]
_BASES = 24
_GRAINS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """What hangs over a town: the sun's height in degrees, how much of its light comes through
    clouds (0 to 1), rain (0 to 1), how much of the view comes through fog (1: none), and how far
    the year has gone from green (0) to yellow (1)."""

    sun: float
    clear: float = 1.0
    rain: float = 0.0
    through: float = 1.0
    autumn: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One camera's place. `infra_red`: it switches to black and white when the sun is below
    `switch_at` degrees; else lamps light its night."""

    seed: int
    luma: Field
    cb: Field
    cr: Field
    lamps: Field
    reach: Field
    infra_red: bool
    switch_at: float
    noise: float
    warmth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """What happens to be in the view: a lorry's left and right edge as shares of the width."""

    seed: int
    lorry: tuple[float, float] | None = None


@cache
def _base(number: int) -> scenes.Image:
    return scenes.street(number + 300)


@cache
def _grain(number: int) -> NDArray[np.float32]:
    """White noise, smoothed a little by the coder."""
    rng = np.random.default_rng(number)
    white = rng.normal(0, 1, (HEIGHT + 64, WIDTH + 64)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(white, (3, 3), 0.45), np.float32) * 1.3


def site(seed: int) -> Site:
    """A place: a window of a street, mirrored or not, with its own light and colours."""
    rng = np.random.default_rng(seed + 90_000)
    street = _base(int(rng.integers(_BASES)))
    share = float(rng.uniform(0.5, 0.95))
    columns, rows = int(scenes.WIDTH * share), int(scenes.HEIGHT * share)
    left = int(rng.integers(0, scenes.WIDTH - columns + 1))
    top = int(rng.integers(0, scenes.HEIGHT - rows + 1))
    window = street[top : top + rows, left : left + columns]
    view = cv2.resize(window, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        view = view[:, ::-1]
    view = np.clip(view * rng.uniform(0.85, 1.1, 3), 0, 255).astype(np.uint8)
    luma, cr, cb = cv2.split(cv2.cvtColor(np.ascontiguousarray(view), cv2.COLOR_BGR2YCrCb))
    half = (WIDTH // 2, HEIGHT // 2)
    return Site(
        seed=seed,
        luma=luma.astype(np.float32),
        cb=cv2.resize(cb, half, interpolation=cv2.INTER_AREA).astype(np.float32) - 128,
        cr=cv2.resize(cr, half, interpolation=cv2.INTER_AREA).astype(np.float32) - 128,
        lamps=_lamps(rng),
        reach=_reach(rng),
        infra_red=bool(rng.random() < 0.65),
        switch_at=float(rng.uniform(-5, 4)),
        noise=float(rng.uniform(0.8, 2.4)),
        warmth=float(rng.uniform(0, 1)),
    )


def _grid() -> tuple[Field, Field]:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return rows, columns


def _lamps(rng: np.random.Generator) -> Field:
    rows, columns = _grid()
    light = np.full((HEIGHT, WIDTH), 0.16, np.float32)
    for _ in range(5):
        x, y = float(rng.uniform(0, WIDTH)), float(rng.uniform(0.35, 1)) * HEIGHT
        light += np.exp(-(((columns - x) / 110) ** 2 + ((rows - y) / 80) ** 2)) * 0.75
    return np.asarray(np.minimum(light, 1.25), np.float32)


def _reach(rng: np.random.Generator) -> Field:
    rows, columns = _grid()
    x, y = WIDTH / 2 + rng.uniform(-60, 60), HEIGHT * 0.6
    return np.asarray(
        0.3 + 0.75 * np.exp(-(((columns - x) / 380) ** 2 + ((rows - y) / 235) ** 2)), np.float32
    )


def _shadow(place: Site, sky: Sky) -> Field:
    """Of houses beside the road: an edge that wanders and softens with the sun."""
    rng = np.random.default_rng(place.seed)
    slope = float(rng.uniform(-0.6, 0.6))
    at = (sky.sun / 70 + float(rng.uniform(-0.2, 0.6))) * WIDTH
    columns = np.arange(WIDTH, dtype=np.float32)[None, :]
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    inside = np.clip((columns + slope * rows - at) / 6, 0, 1)
    depth = 0.45 * sky.clear * min(1.0, max(0.0, sky.sun / 8))
    return np.asarray(1 - depth * inside, np.float32)


def _exposed(luma: Field, target: float) -> Field:
    """Automatic exposure, as far as it goes."""
    gain = target / max(float(luma[::4, ::4].mean()), 1.0)
    return luma * np.float32(min(max(gain, 0.6), 1.8))


def picture(place: Site, sky: Sky, passing: Passing) -> Planes:
    """What the camera sends. Healthy, whatever the sky does."""
    rng = np.random.default_rng((place.seed, passing.seed))
    dark = sky.sun < place.switch_at
    luma, cb, cr = place.luma, place.cb, place.cr
    luma, cb, cr = _traffic(luma, cb, cr, passing, rng)
    if dark and place.infra_red:
        luma, cb, cr, grain = luma * place.reach * 0.9, cb * 0, cr * 0, place.noise * 1.6
        if rng.random() < 0.25:
            luma = _headlights(luma, rng)
    elif dark:
        luma, cb, cr, grain = _by_lamps(place, luma, cb, cr, sky)
        if rng.random() < 0.4:
            luma = _headlights(luma, rng)
    else:
        luma, cb, cr = _by_day(place, luma, cb, cr, sky, rng)
        grain = place.noise * (1.0 + 1.2 * max(0.0, min(1.0, (10 - sky.sun) / 14)))
    luma, cb, cr = _through_air(luma, cb, cr, sky, rng, dark=dark)
    luma = _swayed(luma, sky, rng)
    return _stamped(_coded(luma, cb, cr, grain, rng), passing.seed)


def _by_day(
    place: Site, luma: Field, cb: Field, cr: Field, sky: Sky, rng: np.random.Generator
) -> tuple[Field, Field, Field]:
    lit = luma * _shadow(place, sky)
    lit = _exposed(lit, float(rng.normal(112, 5)) if sky.sun > 2 else 112 + 7 * (sky.sun - 2))
    low = max(0.0, min(1.0, (9 - sky.sun) / 12)) * sky.clear
    faded = np.float32((1 - 0.25 * (1 - sky.clear)) * (1 - 0.3 * low))
    green = np.clip(-(cb + cr) / 20, 0, 1) * np.float32(sky.autumn)
    blue = cb * faded - np.float32(7 * low) - np.float32(6) * green
    red = cr * faded + np.float32(6 * low) + np.float32(10) * green
    return lit, blue.astype(np.float32), red.astype(np.float32)


def _by_lamps(
    place: Site, luma: Field, cb: Field, cr: Field, sky: Sky
) -> tuple[Field, Field, Field, float]:
    dusk = max(0.0, min(1.0, (sky.sun + 8) / 12)) * 0.5
    lit = luma * (place.lamps * np.float32(0.85) + np.float32(dusk))
    warm = np.float32(4 + 12 * place.warmth)
    fade = np.float32(0.45)
    return lit, cb * fade - warm, cr * fade + warm * np.float32(0.7), place.noise * 2.2


def _traffic(
    luma: Field, cb: Field, cr: Field, passing: Passing, rng: np.random.Generator
) -> tuple[Field, Field, Field]:
    luma, cb, cr = luma.copy(), cb.copy(), cr.copy()
    for _ in range(int(rng.integers(0, 6))):
        x, foot = int(rng.uniform(0, WIDTH)), int(rng.uniform(0.45, 0.98) * HEIGHT)
        size = int(14 + 0.22 * foot)
        shade = float(rng.choice([35, 60, 120, 190, 215]))
        cv2.rectangle(luma, (x, foot - size // 2), (x + size, foot), shade, -1)
        cv2.rectangle(luma, (x + size // 8, foot - size // 2), (x + size, foot - size // 3), 60, -1)
        cv2.rectangle(luma, (x, foot - size // 7), (x + size // 4, foot), 20, -1)
        tint = rng.uniform(-18, 18, 2)
        box = (x // 2, (foot - size // 2) // 2), ((x + size) // 2, foot // 2)
        cv2.rectangle(cb, *box, float(tint[0]), -1)
        cv2.rectangle(cr, *box, float(tint[1]), -1)
    if passing.lorry is not None:
        _lorry(luma, cb, cr, passing.lorry, np.random.default_rng(int(passing.lorry[0] * 1e6)))
    return luma, cb, cr


def _lorry(
    luma: Field, cb: Field, cr: Field, between: tuple[float, float], rng: np.random.Generator
) -> None:
    left, right = (int(share * WIDTH) for share in between)
    top, bottom = int(rng.uniform(0.1, 0.4) * HEIGHT), int(rng.uniform(0.8, 1.0) * HEIGHT)
    shade = float(rng.uniform(50, 210))
    cv2.rectangle(luma, (left, top), (right, bottom - 30), shade, -1)
    for rib in range(left, right, max(12, int(rng.uniform(14, 60)))):
        cv2.line(luma, (rib, top), (rib, bottom - 30), shade * 0.8, 1)
    for wheel in range(left + 40, right, 110):
        cv2.circle(luma, (wheel, bottom - 18), 18, 22, -1)
    tint = rng.uniform(-45, 45, 2)
    box = (left // 2, top // 2), (right // 2, (bottom - 30) // 2)
    cv2.rectangle(cb, *box, float(tint[0]), -1)
    cv2.rectangle(cr, *box, float(tint[1]), -1)


def _headlights(luma: Field, rng: np.random.Generator) -> Field:
    x, y = int(rng.uniform(0.1, 0.9) * WIDTH), int(rng.uniform(0.4, 0.9) * HEIGHT)
    small = np.zeros((HEIGHT // 4, WIDTH // 4), np.float32)
    apart = int(rng.uniform(4, 14))
    for side in (-apart, apart):
        cv2.circle(small, (x // 4 + side, y // 4), 3, 260, -1)
    glow = cv2.GaussianBlur(small, (0, 0), float(rng.uniform(2, 9))) * 2 + small
    return np.asarray(luma + cv2.resize(glow, (WIDTH, HEIGHT)), np.float32)


def _through_air(
    luma: Field, cb: Field, cr: Field, sky: Sky, rng: np.random.Generator, *, dark: bool
) -> tuple[Field, Field, Field]:
    through = sky.through * (1 - 0.25 * sky.rain)
    if through < 0.999:
        air = np.float32(60 if dark else 185)
        luma = luma * np.float32(through) + air * np.float32(1 - through)
        cb, cr = cb * np.float32(through), cr * np.float32(through)
    if sky.rain > 0:
        luma = _rain(luma, sky.rain, rng, 70 if dark else 35)
    return luma, cb, cr


def _rain(luma: Field, rain: float, rng: np.random.Generator, bright: float) -> Field:
    streaks = np.zeros((HEIGHT, WIDTH), np.uint8)
    for _ in range(int(160 * rain)):
        x, y = int(rng.integers(WIDTH)), int(rng.integers(HEIGHT))
        long = int(rng.integers(6, 26))
        cv2.line(streaks, (x, y), (x + long // 6, y + long), int(rng.integers(40, 255)), 1)
    wet = luma + streaks.astype(np.float32) * np.float32(bright / 255)
    for _ in range(int(6 * rain)):
        x, y = int(rng.integers(0, WIDTH - 60)), int(rng.integers(0, HEIGHT - 60))
        drop = wet[y : y + 50, x : x + 50]
        wet[y : y + 50, x : x + 50] = cv2.GaussianBlur(drop, (0, 0), 5)
    return np.asarray(wet, np.float32)


def _swayed(luma: Field, sky: Sky, rng: np.random.Generator) -> Field:
    right, down = (round(float(step)) for step in rng.normal(0, 0.6 + sky.rain, 2))
    return np.roll(luma, (max(-3, min(3, down)), max(-3, min(3, right))), (0, 1))


def _coded(luma: Field, cb: Field, cr: Field, grain: float, rng: np.random.Generator) -> Planes:
    field = _grain(int(rng.integers(_GRAINS)))
    top, left = (int(at) for at in rng.integers(0, 64, 2))
    noisy = luma + field[top : top + HEIGHT, left : left + WIDTH] * np.float32(grain)
    return Planes(luma=_bytes(noisy), cb=_bytes(cb + 128), cr=_bytes(cr + 128))


def _bytes(plane: Field) -> Samples:
    return np.clip(plane, 0, 255).astype(np.uint8)


def _stamped(planes: Planes, number: int) -> Planes:
    stamp = f"2026-11-{number % 28 + 1:02d} {number % 24:02d}:{number % 60:02d}:17"
    for text, place in ((stamp, (10, 26)), ("TONGCHENG 07", (430, 350))):
        cv2.putText(planes.luma, text, place, 0, 0.7, 20, 4, cv2.LINE_AA)
        cv2.putText(planes.luma, text, place, 0, 0.7, 250, 1, cv2.LINE_AA)
    return planes


def as_bgr(planes: Planes) -> scenes.Image:
    """For faults that are put on colours."""
    size = (planes.luma.shape[1], planes.luma.shape[0])
    chroma = [cv2.resize(plane, size) for plane in (planes.cr, planes.cb)]
    merged = cv2.merge([planes.luma, *chroma])
    return np.asarray(cv2.cvtColor(merged, cv2.COLOR_YCrCb2BGR), np.uint8)


def as_planes(view: scenes.Image) -> Planes:
    """Back again."""
    luma, cr, cb = cv2.split(cv2.cvtColor(view, cv2.COLOR_BGR2YCrCb))
    half = (view.shape[1] // 2, view.shape[0] // 2)
    return Planes(
        luma=np.asarray(luma, np.uint8),
        cb=np.asarray(cv2.resize(cb, half, interpolation=cv2.INTER_AREA), np.uint8),
        cr=np.asarray(cv2.resize(cr, half, interpolation=cv2.INTER_AREA), np.uint8),
    )


def greyed(planes: Planes) -> Planes:
    """Infra-red has no colour, whatever was put on it."""
    grey = np.full_like(planes.cb, 128)
    return Planes(luma=planes.luma, cb=grey, cr=grey.copy())


def sheet(pictures: Sequence[Planes]) -> scenes.Image:
    """Pictures beside each other, for the eye."""
    rows = [
        np.hstack([cv2.resize(as_bgr(one), (320, 180)) for one in pictures[at : at + 4]])
        for at in range(0, len(pictures) - 3, 4)
    ]
    return np.asarray(np.vstack(rows), np.uint8)
