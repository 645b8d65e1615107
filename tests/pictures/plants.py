"""Faults put on what a healthy camera sends: each kind at the strength that is called clear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np

from probes.picture.planes import Planes
from probes.vocabulary import FaultKind
from tests.pictures import faults
from tests.pictures.seasons import as_bgr, as_planes, greyed, site

# The pictures of a camera, second by second.
Frames = Callable[[int], Planes]
Plant = Callable[[Frames, np.random.Generator], Frames]


def _optical(kind: FaultKind) -> Plant:
    """The fault as strong as is called clear, the same in every frame."""

    def planted(frames: Frames, rng: np.random.Generator) -> Frames:
        low, high = sorted(faults.STRENGTHS[kind]["clear"])
        strength = float(rng.uniform(low, high))
        seed = int(rng.integers(1 << 30))

        def frame(number: int) -> Planes:
            healthy = frames(number)
            shown = faults.OPTICAL[kind](as_bgr(healthy), strength, np.random.default_rng(seed))
            return as_planes(shown)

        return frame

    return planted


def _other_place(frames: Frames, rng: np.random.Generator) -> Frames:
    other = site(int(rng.integers(500_000, 600_000)))

    def frame(number: int) -> Planes:
        healthy = frames(number)
        level = float(healthy.luma.mean()) / float(other.luma.mean())
        luma = np.clip(other.luma * level + rng.normal(0, 1.5, other.luma.shape), 0, 255)
        return Planes(luma=luma.astype(np.uint8), cb=healthy.cb, cr=healthy.cr)

    return frame


def _still(frames: Frames, rng: np.random.Generator) -> Frames:
    shown = frames(0)
    return lambda number: shown


def _swaying(frames: Frames, rng: np.random.Generator) -> Frames:
    """A mast in the storm: 2.5 % of the width from frame to frame."""
    angles = 2.4 * np.arange(64) + rng.uniform(-0.5, 0.5, 64)

    def frame(number: int) -> Planes:
        shift = (int(14 * np.sin(angles[number % 64])), int(16 * np.cos(angles[number % 64])))
        shown = frames(number)
        return Planes(
            luma=np.roll(shown.luma, shift, (0, 1)),
            cb=np.roll(shown.cb, (shift[0] // 2, shift[1] // 2), (0, 1)),
            cr=np.roll(shown.cr, (shift[0] // 2, shift[1] // 2), (0, 1)),
        )

    return frame


def _torn(frames: Frames, rng: np.random.Generator) -> Frames:
    """From some row on what the decoder makes of nothing: grey, or the last row drawn out."""
    first = int(rng.uniform(0.35, 0.7) * 360) // 16 * 16
    drawn = bool(rng.random() < 0.5)

    def frame(number: int) -> Planes:
        shown = frames(number)
        luma, cb, cr = shown.luma.copy(), shown.cb.copy(), shown.cr.copy()
        luma[first:] = luma[first - 1] if drawn else 128
        cb[first // 2 :] = cb[first // 2 - 1] if drawn else 128
        cr[first // 2 :] = cr[first // 2 - 1] if drawn else 128
        return Planes(luma=luma, cb=cb, cr=cr)

    return frame


def _card(frames: Frames, rng: np.random.Generator) -> Frames:
    view = np.full((360, 640, 3), (200, 40, 16) if rng.random() < 0.5 else (0, 0, 0), np.uint8)
    cv2.putText(view, "NO SIGNAL", (200, 190), 0, 1.4, (230, 230, 230), 3, cv2.LINE_AA)
    return lambda number: as_planes(view)


PLANTS: Mapping[FaultKind, Plant] = MappingProxyType(
    {
        FaultKind.NO_SIGNAL: _card,
        FaultKind.FROZEN: _still,
        **{kind: _optical(kind) for kind in faults.OPTICAL},
        FaultKind.SCENE_CHANGE: _other_place,
        FaultKind.SHAKE: _swaying,
        FaultKind.CORRUPTION: _torn,
    }
)


def colourless(frames: Frames) -> Frames:
    """The same by infra-red."""
    return lambda number: greyed(frames(number))
