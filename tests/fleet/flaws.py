"""The finer things that go wrong with a picture, as painters of `tests.fleet.scenes`: what is told
only beside the camera's own history, by several pictures, or by the decoder."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from tests.fleet.scenes import HEIGHT, WIDTH, Field, Image, Scene, grained, moving

# By how much the picture jumps from frame to frame, in pixels across and down.
_JOLTS = ((0, 0), (46, 18), (-38, -22), (30, -34), (-44, 14), (36, 28), (-28, -16))


def _clipped(picture: Field) -> Image:
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def fogged(view: Scene, second: float, number: int) -> Image:
    """A veil from inside the dome: a fifth of the light comes through."""
    veiled = moving(view, second).astype(np.float32) * 0.2 + 178
    return grained(view, _clipped(veiled), number)


def tinted(view: Scene, second: float, number: int) -> Image:
    """White balance gone: too much red, too little blue."""
    gains = np.array((0.62, 0.88, 1.45), np.float32)
    return grained(view, _clipped(moving(view, second).astype(np.float32) * gains), number)


def noisy(view: Scene, second: float, number: int) -> Image:
    """A sensor at its end: coarse grain, as it is left after the camera's own scaling."""
    shift = (number * 37 % HEIGHT, number * 101 % WIDTH)
    coarse = np.roll(view.grain[number % len(view.grain)], shift, (0, 1))[::3, ::3]
    grain = cv2.resize(coarse.astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    noise = grain * (26 / max(view.noise, 0.1))
    return _clipped(moving(view, second).astype(np.float32) + noise[..., None])


def striped(view: Scene, second: float, number: int) -> Image:
    """Interference on the cable: level waves that creep."""
    rows = np.arange(HEIGHT, dtype=np.float32)
    wave = 22 * np.sin(2 * np.pi * (rows / 27 + number * 0.21))
    return _clipped(moving(view, second).astype(np.float32) + wave[:, None, None])


@lru_cache(maxsize=2)
def _cover(seed: int) -> tuple[Field, Field]:
    """How much of each pixel is covered, and with what."""
    rng = np.random.default_rng(seed + 77)
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(mask, (360, 700), (760, 620), 20, 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(cv2.resize(mask, (WIDTH // 4, HEIGHT // 4)), (0, 0), 14)
    opacity = np.asarray(cv2.resize(soft, (WIDTH, HEIGHT)), np.float32)[..., None]
    mottle = cv2.resize(
        rng.normal(0, 3, (9, 16)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
    )
    return opacity, np.asarray(mottle[..., None] + np.array((30, 34, 40), np.float32), np.float32)


def covered(view: Scene, second: float, number: int) -> Image:
    """A sack or a leaf before the lens, too near to be sharp."""
    opacity, cloth = _cover(view.seed)
    if view.night:
        cloth = np.repeat(cloth.mean(axis=2, keepdims=True), 3, axis=2)
    shown = grained(view, moving(view, second), number).astype(np.float32)
    return _clipped(shown * (1 - opacity) + cloth * opacity)


def shaking(view: Scene, second: float, number: int) -> Image:
    """A loose bracket: the whole picture jumps."""
    across, down = _JOLTS[number % len(_JOLTS)]
    return grained(view, np.roll(moving(view, second), (down, across), (0, 1)), number)
