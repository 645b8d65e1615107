"""Draws the examples of docs/pictures.md: each kind of fault on a scene of our own.

python -m tests.pictures.gallery docs/images/pictures
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from probes.vocabulary import FaultKind
from tests.pictures import bursts, cards
from tests.pictures.coding import damaged, moving
from tests.pictures.faults import OPTICAL, STRENGTHS, Image, clipped
from tests.pictures.make import own_scenes

WIDTH, HEIGHT, CAPTION = 288, 162, 20
QUALITY = 85
PLACE, TIME = "GATE NORTH 2", "2026-11-23 10:15:42"
Tile = tuple[str, Image]


def _overlaid(view: Image, place: str, time: str) -> Image:
    shown = view.copy()
    for text, at in ((time, (14, 36)), (place, (400, view.shape[0] - 18))):
        cv2.putText(shown, text, at, 0, 0.9, (20, 20, 20), 5, cv2.LINE_AA)
        cv2.putText(shown, text, at, 0, 0.9, (250, 250, 250), 2, cv2.LINE_AA)
    return shown


def _optical(kind: FaultKind) -> Callable[[Image, Image], list[Tile]]:
    """Good, and at each strength that it is tried at."""

    def tiles(view: Image, _other: Image) -> list[Tile]:
        shown: list[Tile] = [("good", _overlaid(view, PLACE, TIME))]
        for severity, (low, high) in STRENGTHS[kind].items():
            faulty = OPTICAL[kind](view, (low + high) / 2, np.random.default_rng(11))
            found = "to be left alone" if severity == "subtle" else "to be found"
            shown.append((f"{severity}: {found}", _overlaid(faulty, PLACE, TIME)))
        return shown

    return tiles


def _no_signal(_view: Image, _other: Image) -> list[Tile]:
    rng = np.random.default_rng(4)
    return [(f"card {number + 1}", cards.card(rng)) for number in range(4)]


def _frozen(view: Image, _other: Image) -> list[Tile]:
    return [(f"second {at}", frame) for at, frame in enumerate(_ticking([view] * 4))]


def _shake(view: Image, _other: Image) -> list[Tile]:
    frames = bursts.shaking(view, 12.0, np.random.default_rng(5))
    return [(f"second {at}", frame) for at, frame in enumerate(frames)]


def _ticking(views: Sequence[Image]) -> list[Image]:
    return [_overlaid(view, PLACE, f"{TIME[:-1]}{at}") for at, view in enumerate(views)]


def _scene_change(view: Image, other: Image) -> list[Tile]:
    columns = view.shape[1]
    windows = [view[:, left : left + columns * 7 // 10] for left in (0, 4, columns // 5)]
    names = ("reference", "moved by a hair: to be left alone", "turned", "another place")
    return list(zip(names, [*windows, other], strict=True))


def _corruption(view: Image, other: Image) -> list[Tile]:
    rng = np.random.default_rng(3)
    tiles: list[Tile] = [("good", view)]
    for way, name in (
        ("key", "key frame lost"),
        ("lost", "pictures lost"),
        ("first", "bits turned"),
    ):
        found = None
        while found is None or found[1] < 0.05:
            found = damaged(moving(view, other, rng), rng, way, 26)
        tiles.append((name, found[0]))
    return tiles


def _overlay(texts: Mapping[str, tuple[str, str]]) -> Callable[[Image, Image], list[Tile]]:
    def tiles(view: Image, _other: Image) -> list[Tile]:
        return [(name, _overlaid(view, *text)) for name, text in texts.items()]

    return tiles


KINDS: Mapping[FaultKind, Callable[[Image, Image], list[Tile]]] = MappingProxyType(
    {
        FaultKind.NO_SIGNAL: _no_signal,
        FaultKind.FROZEN: _frozen,
        **{kind: _optical(kind) for kind in OPTICAL},
        FaultKind.SCENE_CHANGE: _scene_change,
        FaultKind.SHAKE: _shake,
        FaultKind.CORRUPTION: _corruption,
        FaultKind.OSD_MISSING: _overlay(
            {"good": (PLACE, TIME), "no place": ("", TIME), "nothing": ("", "")}
        ),
        FaultKind.OSD_WRONG: _overlay(
            {"the archive's name": (PLACE, TIME), "another": ("RIVER ROAD 7", TIME)}
        ),
        FaultKind.CLOCK_DRIFT: _overlay(
            {
                "taken at 10:15:42": (PLACE, TIME),
                "8 s off: to be left alone": (PLACE, "2026-11-23 10:15:50"),
                "5 min off": (PLACE, "2026-11-23 10:20:41"),
                "never set": (PLACE, "2000-01-01 00:03:12"),
            }
        ),
    }
)


def montage(tiles: Sequence[Tile]) -> Image:
    """The pictures beside each other, each with its caption below."""
    drawn = []
    for name, view in tiles:
        tile = np.full((HEIGHT + CAPTION, WIDTH, 3), 255, np.uint8)
        tile[:HEIGHT] = cv2.resize(view, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        cv2.putText(tile, name, (4, HEIGHT + 14), 0, 0.42, (30, 30, 30), 1, cv2.LINE_AA)
        drawn.append(tile)
    gap = np.full((HEIGHT + CAPTION, 6, 3), 255, np.uint8)
    return clipped(np.hstack([part for tile in drawn for part in (tile, gap)][:-1]))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    day, other = (good.view for good in list(own_scenes(4))[::3])
    for kind, tiles in KINDS.items():
        coded = cv2.imencode(
            ".jpg", montage(tiles(day, other)), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        )[1]
        (asked.out / f"{kind.value}.jpg").write_bytes(bytes(coded))
    print(f"{len(KINDS)} pictures in {asked.out}")


if __name__ == "__main__":
    main()
