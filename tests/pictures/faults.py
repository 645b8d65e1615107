"""Faults put on good pictures, with the strengths that are labelled subtle, clear and severe.

Optical faults come before the camera's overlay text and transport faults after it, as in a camera.
Pictures are BGR, 8 bits. Lengths are of a picture 640 wide and scale with the width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from probes.vocabulary import FaultKind

Image = NDArray[np.uint8]
Field = NDArray[np.float32]
Range = tuple[float, float]

# The least of each is meant to be let be, the other two to be found.
STRENGTHS: Mapping[FaultKind, Mapping[str, Range]] = MappingProxyType(
    {
        # Radius of the disk of confusion, or half the length of the motion, in pixels.
        FaultKind.BLUR: {"subtle": (0.4, 0.95), "clear": (3.0, 4.5), "severe": (6.0, 11.0)},
        # The mean luma that gain and gamma lead to.
        FaultKind.TOO_DARK: {"subtle": (34.0, 48.0), "clear": (14.0, 24.0), "severe": (3.0, 9.0)},
        FaultKind.TOO_BRIGHT: {
            "subtle": (165.0, 185.0),
            "clear": (212.0, 228.0),
            "severe": (238.0, 252.0),
        },
        # How much of the light comes through the fog.
        FaultKind.LOW_CONTRAST: {
            "subtle": (0.8, 0.7),
            "clear": (0.36, 0.26),
            "severe": (0.16, 0.08),
        },
        # The gain of a colour.
        FaultKind.COLOR_CAST: {"subtle": (1.04, 1.08), "clear": (1.45, 1.7), "severe": (2.0, 2.6)},
        # The noise's standard deviation in luma steps.
        FaultKind.NOISE: {"subtle": (2.5, 4.0), "clear": (20.0, 28.0), "severe": (42.0, 65.0)},
        # The waves' amplitude in luma steps.
        FaultKind.STRIPE: {"subtle": (0.8, 2.0), "clear": (9.0, 16.0), "severe": (24.0, 45.0)},
        # The share of the picture that is covered.
        FaultKind.OCCLUSION: {"subtle": (0.015, 0.03), "clear": (0.28, 0.45), "severe": (0.65, 1)},
    }
)


def clipped(view: NDArray[Any]) -> Image:
    return np.clip(view, 0, 255).astype(np.uint8)


def _scale(view: Image) -> float:
    return view.shape[1] / 640


def _disk(radius: float) -> Field:
    """An anti-aliased disk: subtle ones have a radius below one pixel."""
    reach, fine = int(np.ceil(radius)) + 1, 5
    size = (2 * reach + 1) * fine
    at = (np.arange(size) - (size - 1) / 2) / fine
    inside = (at[:, None] ** 2 + at[None] ** 2 <= radius**2).astype(np.float32)
    kernel = inside.reshape(2 * reach + 1, fine, 2 * reach + 1, fine).mean(axis=(1, 3))
    return np.asarray(kernel / max(float(kernel.sum()), 1e-6), np.float32)


def _line(half: float, angle: float) -> Field:
    reach = int(np.ceil(half)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for along in np.linspace(-half, half, 8 * reach + 1):
        x, y = reach + along * np.cos(angle), reach + along * np.sin(angle)
        left, top = int(x), int(y)
        for column, row in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
            kernel[row, column] += max(0.0, 1 - abs(x - column)) * max(0.0, 1 - abs(y - row))
    return np.asarray(kernel / kernel.sum(), np.float32)


def blurred(view: Image, radius: float, rng: np.random.Generator) -> Image:
    """Out of focus, or three times in ten moved during the exposure."""
    radius *= _scale(view)
    moved = rng.random() < 0.3
    kernel = _line(1.3 * radius, float(rng.uniform(0, np.pi))) if moved else _disk(radius)
    return np.asarray(cv2.filter2D(view, -1, kernel, borderType=cv2.BORDER_REFLECT), np.uint8)


def _to_mean(view: Image, wanted: float, toned: Callable[[Field, float], Field]) -> Image:
    """Halves the interval of gains until the mean luma is the wanted one."""
    levels = np.arange(256, dtype=np.float32)
    weights = cv2.calcHist([cv2.cvtColor(view, cv2.COLOR_BGR2GRAY)], [0], None, [256], [0, 256])
    low, high = 0.001, 200.0
    for _ in range(40):
        gain = float(np.sqrt(low * high))
        mean = float((np.clip(toned(levels, gain), 0, 255) * weights.ravel()).sum() / weights.sum())
        low, high = (gain, high) if mean < wanted else (low, gain)
    return np.asarray(cv2.LUT(view, clipped(toned(levels, gain))), np.uint8)


def darkened(view: Image, mean: float, rng: np.random.Generator) -> Image:
    gamma = float(rng.uniform(1.0, 1.8))
    grain = rng.normal(0, float(rng.uniform(0.3, 1.5)), view.shape)
    return clipped(_to_mean(view, mean, lambda at, gain: gain * 255 * (at / 255) ** gamma) + grain)


def brightened(view: Image, mean: float, rng: np.random.Generator) -> Image:
    gamma, lift = float(rng.uniform(0.5, 1.0)), float(rng.uniform(0, 40))
    return _to_mean(view, mean, lambda at, gain: gain * 255 * (at / 255) ** gamma + lift)


def fogged(view: Image, transmission: float, rng: np.random.Generator) -> Image:
    air = rng.uniform(165, 225) + rng.uniform(-6, 6, 3)
    return clipped(view * transmission + air * (1 - transmission))


def tinted(view: Image, gain: float, rng: np.random.Generator) -> Image:
    """One or two channels gain; half of the time the others lose, so that the luma stays."""
    gains = np.ones(3)
    gains[rng.choice(3, size=int(rng.integers(1, 3)), replace=False)] = gain
    if rng.random() < 0.25:
        gains /= np.sqrt(gain)
    return clipped(view * gains)


def noisy(view: Image, sigma: float, rng: np.random.Generator) -> Image:
    """White or coloured Gaussian noise, or salt and pepper as strong."""
    kind = rng.random()
    if kind < 0.25:
        share = (sigma / 200) ** 1.3
        spots = rng.random(view.shape[:2])
        shown = view.copy()
        shown[spots < share / 2] = 0
        shown[spots > 1 - share / 2] = 255
        return shown
    depth = 1 if kind < 0.6 else 3
    return clipped(view + rng.normal(0, sigma, (*view.shape[:2], depth)))


def striped(view: Image, amplitude: float, rng: np.random.Generator) -> Image:
    """Level or upright waves, or two times in five a darker rolling band."""
    rows, columns = view.shape[:2]
    if rng.random() < 0.4:
        return _barred(view, min(0.65, 0.02 + amplitude / 55), rng)
    axis = int(rng.integers(2))
    period = float(rng.uniform(4, 32)) * _scale(view)
    at = np.arange(rows if axis == 0 else columns)
    wave = amplitude * np.sin(2 * np.pi * at / period + rng.uniform(0, 6))
    return clipped(view + (wave[:, None, None] if axis == 0 else wave[None, :, None]))


def _barred(view: Image, depth: float, rng: np.random.Generator) -> Image:
    rows = view.shape[0]
    height = float(rng.uniform(0.1, 0.35)) * rows
    middle = float(rng.uniform(0.05, 0.95)) * rows
    soft = float(rng.uniform(0.2, 1.5 if rng.random() < 0.7 else 6))
    at = np.arange(rows)
    inside = 1 / (1 + np.exp(-np.clip((height / 2 - np.abs(at - middle)) / soft, -50, 50)))
    return clipped(view * (1 - depth * inside)[:, None, None])


_COVERS = ((22, 22, 22), (8, 8, 10), (30, 42, 50), (40, 34, 28), (28, 70, 30), (20, 28, 70))
_GREYS = ((95, 95, 98), (120, 120, 120), (70, 72, 74))


def covered(view: Image, share: float, rng: np.random.Generator) -> Image:
    """Soft-edged blobs that grow in from one side until they cover the share."""
    rows, columns = view.shape[:2]
    # One generator's cover is of one cloth, however much it covers.
    soft, cloth = float(rng.uniform(3, 14)) * _scale(view), _cloth(view.shape, rng)
    side = int(rng.integers(4))
    mask = np.zeros((rows, columns), np.uint8)
    depth = 0.0
    for _ in range(400):
        if float((mask > 0).mean()) >= share:
            break
        depth = min(1.0, depth + (0.01 if share < 0.1 else 0.04))
        along, across = float(rng.random()), float(rng.uniform(-0.05, 1)) * depth
        if share < 0.1:
            across *= 0.2
        across = across if side % 2 == 0 else 1 - across
        place = (across * columns, along * rows) if side < 2 else (along * columns, across * rows)
        big = float(rng.uniform(0.02, 0.05) if share < 0.1 else rng.uniform(0.09, 0.18))
        cv2.circle(mask, (int(place[0]), int(place[1])), int(big * columns), 255, -1)
    if share > 0.97:
        mask[:] = 255
    opacity = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft)[..., None]
    return clipped(view * (1 - opacity) + cloth * opacity)


def _cloth(shape: tuple[int, ...], rng: np.random.Generator) -> Field:
    """A leaf, a cloth or a hand too near to be in focus: one colour, slightly mottled."""
    choice = _COVERS + _GREYS
    colour = np.array(choice[int(rng.integers(len(choice)))]) * rng.uniform(0.75, 1.25)
    colour = colour + rng.uniform(-8, 8, 3)
    coarse = rng.normal(0, 1, (int(rng.integers(8, 26)), int(rng.integers(10, 34))))
    mottle = cv2.resize(
        coarse.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(np.maximum(colour + (mottle * rng.uniform(2, 8))[..., None], 0), np.float32)


Fault = Callable[[Image, float, np.random.Generator], Image]

OPTICAL: Mapping[FaultKind, Fault] = MappingProxyType(
    {
        FaultKind.BLUR: blurred,
        FaultKind.TOO_DARK: darkened,
        FaultKind.TOO_BRIGHT: brightened,
        FaultKind.LOW_CONTRAST: fogged,
        FaultKind.COLOR_CAST: tinted,
        FaultKind.NOISE: noisy,
        FaultKind.STRIPE: striped,
        FaultKind.OCCLUSION: covered,
    }
)


def stamped(view: Image, rng: np.random.Generator) -> Image:
    """The camera's overlay: time and place, white with a dark rim or shadow, in various sizes."""
    shown = view.copy()
    rows, columns = view.shape[:2]
    size = float(rng.uniform(0.6, 1.1)) * columns / 640
    stamp = f"2026-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
    stamp += f" {rng.integers(24):02d}:{rng.integers(60):02d}:{rng.integers(60):02d}"
    left = int(rng.choice([8, columns * 0.55]))
    texts = ((stamp, (left, int(34 * size))), ("GATE NORTH 2", (int(columns * 0.6), rows - 12)))
    rim = int(rng.integers(0, 4))
    for text, place in texts:
        if rim:
            cv2.putText(shown, text, place, 0, size, (20, 20, 20), 1 + 2 * rim, cv2.LINE_AA)
        cv2.putText(shown, text, place, 0, size, (250, 250, 250), 1 + (size > 1), cv2.LINE_AA)
    return shown


def as_jpeg(view: Image, quality: int) -> bytes:
    return bytes(cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
