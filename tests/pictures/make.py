"""Makes labelled pictures: good ones, and the same with each fault at each strength.

    python -m tests.pictures.make OUT [--pictures FOLDER ...] [--manifest CSV] [--scenes N]

Good pictures are the project's own street scenes, those of the folders, and the normal ones of a
labelled manifest. OUT becomes a folder as `xueliang evaluate` takes it; a picture's source is that
of the good one, so that tables can be made by source.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np

from probes.picture.learnt import view_of
from probes.vocabulary import FaultKind
from tests.core.picture_scenes import street
from tests.fleet import scenes
from tests.pictures import bursts, cards
from tests.pictures.coding import damaged, decoded, encoded, even, key_frame, moving
from tests.pictures.faults import OPTICAL, STRENGTHS, Image, as_jpeg, stamped
from tests.pictures.seasons import Passing, Sky, as_bgr, picture, site
from xueliang.commands.manifest import read_manifest

WIDTH = 640
COLUMNS = ("file", "source", "scene", "label", "severity", "reference")
# Shares of pixels that came out wrong; what lies between is neither seen nor let be for certain.
WRONG = {"subtle": (0.0003, 0.006), "clear": (0.05, 0.30), "severe": (0.35, 1.0)}
WAYS = ("key", "key", "lost", "lost", "first", "first", "first", "later", "later")
# The sun above the horizon, in degrees.
SUNS = (35.0, 12.0, 4.0, -14.0)
# Pictures of one view, or nearly, are no more than so many.
MOST_OF_A_VIEW = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """A picture without a fault; `source` is that of all that is made of it."""

    view: Image
    source: str
    scene: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A picture (one frame) or a burst, with its label."""

    frames: tuple[bytes, ...]
    good: Good
    label: str
    severity: str
    reference: bytes | None = None


def at_width(view: Image, width: int = WIDTH) -> Image:
    if view.shape[1] <= width:
        return even(view)
    rows = round(view.shape[0] * width / view.shape[1])
    return even(np.asarray(cv2.resize(view, (width, rows), interpolation=cv2.INTER_AREA), np.uint8))


def own_scenes(count: int) -> Iterator[Good]:
    """Streets by day, at night and by infra-red, as the simulated city shows them."""
    for seed in range(count):
        view = scenes.scene(seed + 500, night=seed % 3 == 2, noise=1.5 + seed % 4)
        shown = at_width(scenes.grained(view, scenes.moving(view, float(seed)), seed))
        if seed % 3 == 1:
            shown = _lit_at_night(shown, seed)
        kind = ("street", "night_color", "night_bw")[seed % 3]
        yield Good(view=shown, source=f"own:{seed}", scene=kind)


def _lit_at_night(view: Image, seed: int) -> Image:
    """A street at night: lamps, and what they light."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0 : view.shape[0], 0 : view.shape[1]].astype(np.float32)
    light = np.full(view.shape[:2], 0.12, np.float32)
    for _ in range(5):
        x, y = rng.uniform(0, view.shape[1]), rng.uniform(0.3, 1) * view.shape[0]
        light += np.exp(-(((columns - x) / 90) ** 2 + ((rows - y) / 70) ** 2)) * 0.8
    shown = view * light[..., None] * np.array([0.75, 0.95, 1.1]) + rng.normal(0, 2.5, view.shape)
    return np.clip(shown, 0, 255).astype(np.uint8)


def plain_scenes(count: int) -> Iterator[Good]:
    """Sky, snow, a wall, water: live, with hardly any content."""
    for seed in range(count):
        rng = np.random.default_rng(9000 + seed)
        down = np.linspace(0, 1, 360)[:, None, None]
        colours = rng.uniform(45, 225) + rng.normal(0, 14, (2, 3))
        view = colours[0] * (1 - down) + colours[1] * down + np.zeros((1, 640, 1))
        coarse = rng.normal(0, 1, (int(rng.integers(3, 24)), int(rng.integers(4, 40))))
        cloud = cv2.resize(coarse.astype(np.float32), (640, 360), interpolation=cv2.INTER_CUBIC)
        view = view + (cloud * rng.uniform(0, 18))[..., None] * rng.uniform(0.7, 1, 3)
        view = view + rng.normal(0, float(rng.uniform(0.8, 3)), view.shape)
        shown = np.clip(view, 0, 255).astype(np.uint8)
        yield Good(view=shown, source=f"own:plain{seed}", scene="low_texture")


def bare_streets(count: int) -> Iterator[Good]:
    """Without colour and with hardly any detail but edges, more or less noisy."""
    for seed in range(count):
        rng = np.random.default_rng(7000 + seed)
        luma = street(20_000 + seed, noise=float(rng.uniform(0.5, 6.5)))
        yield Good(view=cv2.merge([luma] * 3), source=f"own:bare{seed}", scene="low_texture")


def cameras(count: int) -> Iterator[Good]:
    """The cameras of the simulated seasons: by day, at dusk, in infra-red and by lamplight."""
    for seed in range(count):
        sky = Sky(sun=SUNS[seed % len(SUNS)])
        view = as_bgr(picture(site(60_000 + seed), sky, Passing(seed=seed)))
        yield Good(view=view, source=f"own:camera{seed}", scene="camera")


def of_folder(folder: Path) -> Iterator[Good]:
    for path in sorted(folder.iterdir()):
        view = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if view is not None:
            shown = at_width(np.asarray(view, np.uint8))
            yield Good(view=shown, source=f"{folder.name}:{path.stem}", scene="photograph")


def of_manifest(manifest: Path) -> Iterator[Good]:
    """Its normal single pictures, one of each source and some of each view."""
    seen: dict[str, int] = {}
    for row in read_manifest(manifest):
        if row.label != "normal" or row.severity != "none" or row.path.is_dir():
            continue
        source = view_of(row.source)
        most = MOST_OF_A_VIEW if source != row.source else 1
        seen[source] = seen.get(source, 0) + 1
        view = cv2.imread(str(row.path), cv2.IMREAD_COLOR)
        if seen[source] <= most and view is not None:
            yield Good(view=at_width(np.asarray(view, np.uint8)), source=source, scene="manifest")


def _coded(view: Image, rng: np.random.Generator) -> bytes:
    """About half went through a key frame."""
    if rng.random() < 0.5:
        view = key_frame(view, int(rng.integers(22, 31)))
    return as_jpeg(view, 92)


def _perhaps_stamped(view: Image, rng: np.random.Generator) -> Image:
    return stamped(view, rng) if rng.random() < 0.6 else view


def optical(good: Good, rng: np.random.Generator, each: int) -> Iterator[Made]:
    for kind, fault in OPTICAL.items():
        for severity, (low, high) in STRENGTHS[kind].items():
            for _ in range(each):
                shown = fault(good.view, low + (high - low) * float(rng.random()), rng)
                frame = _coded(_perhaps_stamped(shown, rng), rng)
                yield Made(frames=(frame,), good=good, label=kind, severity=severity)


def normal(good: Good, rng: np.random.Generator) -> Iterator[Made]:
    """As it is, mirrored, a part of it, as a poor camera has it, and in other light."""
    mirrored = np.ascontiguousarray(good.view[:, ::-1])
    rows, columns = good.view.shape[:2]
    high, wide = rows * 5 // 8, columns * 5 // 8
    top, left = int(rng.integers(rows - high)), int(rng.integers(columns - wide))
    part = even(np.ascontiguousarray(good.view[top : top + high, left : left + wide]))
    for view in (good.view, mirrored, part, _soft(good.view, rng), _other_light(good.view, rng)):
        frame = _coded(_perhaps_stamped(view, rng), rng)
        yield Made(frames=(frame,), good=good, label="normal", severity="none")


def _soft(view: Image, rng: np.random.Generator) -> Image:
    """From a sensor with fewer pixels than are sent, coded coarsely."""
    share = float(rng.uniform(0.6, 0.85))
    small = cv2.resize(view, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    grown = cv2.resize(small, view.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return key_frame(np.asarray(grown, np.uint8), int(rng.integers(24, 34)))


def _other_light(view: Image, rng: np.random.Generator) -> Image:
    """Darker or brighter, of a warmer or cooler light, or without colour."""
    shown = 255 * (view / 255) ** float(rng.uniform(0.75, 1.35))
    shown *= rng.uniform(0.95, 1.05, 3)
    if rng.random() < 0.3:
        shown = np.repeat(shown.mean(axis=2, keepdims=True), 3, axis=2)
    shown = shown + rng.normal(0, float(rng.uniform(0, 3)), view.shape)
    return np.clip(shown, 0, 255).astype(np.uint8)


def corrupted(good: Good, other: Image, rng: np.random.Generator) -> Iterator[Made]:
    """And the same moving picture whole: cars are no corruption."""
    for way in WAYS:
        frames = moving(good.view, other, rng)
        crf = int(rng.integers(22, 31))
        if way == "lost":
            whole = decoded(encoded(frames, crf))
            if whole is not None:
                frame = as_jpeg(whole, 92)
                yield Made(frames=(frame,), good=good, label="normal", severity="none")
        found = damaged(frames, rng, way, crf)
        if found is None:
            continue
        for severity, (low, high) in WRONG.items():
            if low <= found[1] <= high:
                frame = as_jpeg(_perhaps_stamped(found[0], rng), 92)
                yield Made(
                    frames=(frame,), good=good, label=FaultKind.CORRUPTION, severity=severity
                )


def made_of(good: Good, other: Image, each: int) -> Iterator[Made]:
    """All that is made of one good picture; the same every time."""
    rng = np.random.default_rng(crc32(good.source.encode()))
    yield from normal(good, rng)
    if good.scene == "low_texture":
        return
    yield from optical(good, rng, each)
    yield from corrupted(good, other, rng)
    for label, severity, frames, reference in bursts.all_of(good.view, other, rng):
        coded = tuple(as_jpeg(frame, 92) for frame in frames)
        known = None if reference is None else as_jpeg(reference, 92)
        yield Made(frames=coded, good=good, label=label, severity=severity, reference=known)
    green, share = cards.green(good.view, rng)
    severity = "severe" if share > 0.35 else "clear"
    frame = as_jpeg(green, 92)
    yield Made(frames=(frame,), good=good, label=FaultKind.CORRUPTION, severity=severity)
    shown = cards.card(rng)
    shown = stamped(shown, rng) if rng.random() < 0.4 else shown
    frame = _coded(shown, rng)
    yield Made(frames=(frame,), good=good, label=FaultKind.NO_SIGNAL, severity="clear")


def _all(good: Sequence[Good], each: int) -> Iterator[Made]:
    full = [one.view for one in good if one.scene != "low_texture"]
    for at, one in enumerate(good):
        yield from made_of(one, full[(at * 7 + 3) % len(full)], each)


def write(made: Iterator[Made], out: Path) -> int:
    (out / "images").mkdir(parents=True, exist_ok=True)
    count = 0
    with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(COLUMNS)
        for count, one in enumerate(made, start=1):
            name = _write_frames(one.frames, out, f"images/{count:06d}")
            reference = ""
            if one.reference is not None:
                reference = _write_frames((one.reference,), out, f"images/{count:06d}r")
            good = one.good
            rows.writerow((name, good.source, good.scene, one.label, one.severity, reference))
    return count


def _write_frames(frames: Sequence[bytes], out: Path, name: str) -> str:
    if len(frames) == 1:
        (out / f"{name}.jpg").write_bytes(frames[0])
        return f"{name}.jpg"
    (out / name).mkdir(exist_ok=True)
    for number, frame in enumerate(frames):
        (out / name / f"{number}.jpg").write_bytes(frame)
    return name


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pictures", type=Path, nargs="*", default=[])
    parser.add_argument("--manifest", type=Path)
    parser.add_argument("--scenes", type=int, default=30)
    parser.add_argument("--each", type=int, default=1, help="pictures of a fault and strength")
    asked = parser.parse_args(arguments)
    good = [*own_scenes(asked.scenes), *cameras(asked.scenes)]
    good += [*plain_scenes(asked.scenes * 2), *bare_streets(asked.scenes * 2)]
    for folder in asked.pictures:
        good += of_folder(folder)
    if asked.manifest is not None:
        good += of_manifest(asked.manifest)
    count = write(_all(good, asked.each), asked.out)
    print(f"{count} pictures of {len(good)} good ones in {asked.out}")


if __name__ == "__main__":
    main()
