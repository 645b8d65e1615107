"""Scenes for the picture rules, made with numpy and OpenCV: a street-like view with contours and
sensor noise, and the faults put on it. Lumas are 8 bits, full range."""

from __future__ import annotations

import cv2
import numpy as np

from probes.picture.measures import Measures, measure
from probes.picture.planes import Planes, Samples
from probes.picture.rules import Evidence, judge
from probes.vocabulary import FaultKind

WIDTH, HEIGHT = 640, 360


def street(seed: int = 1, *, noise: float = 2.0, shift: int = 0) -> Samples:
    """Houses, windows, a road with markings and a few cars; `shift` moves the cars."""
    rng = np.random.default_rng(seed)
    view = np.full((HEIGHT, WIDTH), 150, np.uint8)
    for left in range(0, WIDTH, 80):
        top = int(rng.integers(60, 140))
        cv2.rectangle(view, (left, top), (left + 70, 250), int(rng.integers(70, 190)), -1)
        for row in range(top + 12, 230, 28):
            for column in range(left + 8, left + 64, 18):
                pane = int(rng.integers(20, 120))
                cv2.rectangle(view, (column, row), (column + 10, row + 16), pane, -1)
    cv2.rectangle(view, (0, 250), (WIDTH, HEIGHT), 90, -1)
    for left in range(-40, WIDTH, 90):
        cv2.line(view, (left, 330), (left + 45, 300), 220, 3)
    for index in range(4):
        left = (index * 170 + shift * 7) % WIDTH
        cv2.rectangle(view, (left, 262), (left + 60, 290), 30 + 50 * index, -1)
        cv2.circle(view, (left + 12, 290), 8, 15, -1)
    grain = rng.normal(0.0, noise, view.shape) + np.random.default_rng(shift).normal(
        0.0, noise, view.shape
    )
    return np.clip(view + grain, 0, 255).astype(np.uint8)


def disk_blurred(view: Samples, radius: int) -> Samples:
    """Out of focus: the disk of confusion has this radius in pixels."""
    rows, columns = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disk = (rows**2 + columns**2 <= radius**2).astype(np.float32)
    return np.asarray(cv2.filter2D(view, -1, disk / disk.sum()), np.uint8)


def with_overlay(view: Samples) -> Samples:
    """The camera's sharp text at the top and the bottom."""
    shown = view.copy()
    for text, at in (("2026-11-23 10:15:42", (12, 28)), ("GATE NORTH 2", (430, 348))):
        cv2.putText(shown, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 4, cv2.LINE_AA)
        cv2.putText(shown, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 1, cv2.LINE_AA)
    return shown


def card(luma: int, words: str = "") -> Samples:
    """A uniform picture, perhaps with words in the middle."""
    view = np.full((HEIGHT, WIDTH), luma, np.uint8)
    if words:
        cv2.putText(view, words, (190, 190), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 235, 4, cv2.LINE_AA)
    return view


def colour_bars() -> Samples:
    """The lumas of eight bars."""
    lumas = np.array([235, 210, 170, 145, 106, 81, 41, 16], np.uint8)
    return np.tile(np.repeat(lumas, WIDTH // 8), (HEIGHT, 1))


def planes(luma: Samples, cb: int = 128, cr: int = 128) -> Planes:
    """Planes of a picture with one chroma."""
    half = (luma.shape[0] // 2, luma.shape[1] // 2)
    return Planes(luma=luma, cb=np.full(half, cb, np.uint8), cr=np.full(half, cr, np.uint8))


def measured(luma: Samples, cb: int = 128, cr: int = 128) -> Measures:
    """The measures of a picture with one chroma."""
    return measure(planes(luma, cb, cr))


def faults(luma: Samples, cb: int = 128, cr: int = 128) -> set[FaultKind]:
    """The faults found in a single picture."""
    found = judge(Evidence(measures=measured(luma, cb, cr)))
    return {fault.kind for fault in found.faults}
