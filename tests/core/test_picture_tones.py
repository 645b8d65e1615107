"""How bright the parts of a view usually are: bars, covers and lamplight against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from camera_registry.pictures.history import HistoryPolicy, PictureHistory, take_in
from camera_registry.vocabulary import HealthState, Status
from probes.picture.live import judge_live
from probes.picture.planes import Planes
from probes.picture.tones import COLUMNS, ROWS, bar_step, departure, tones_of
from probes.picture.view import VIEW_BYTES, toned, view_of
from probes.vocabulary import (
    TONES_BYTES,
    FaultKind,
    Light,
    Picture,
    PictureContext,
    PictureFigures,
    PictureSlot,
    ProbeResult,
    Verdict,
)
from tests.core.picture_scenes import planes, street

Luma = NDArray[np.uint8]
MIDNIGHT = datetime(2026, 3, 2, 16, tzinfo=UTC)
WELL = HealthState(camera_id=1, status=Status.ONLINE, since=MIDNIGHT - timedelta(days=1))
POLICY = HistoryPolicy()
EVERY = timedelta(minutes=30)


def dimmed(luma: Luma, rows: slice, columns: slice, factor: float) -> Luma:
    shown = luma.astype(np.float32)
    shown[rows, columns] *= factor
    return np.clip(shown, 0, 255).astype(np.uint8)


def by_lamps(number: int = 1, shift: int = 0) -> Luma:
    """A street in the light of two lamps: most of it is dark."""
    rows, columns = np.mgrid[0:360, 0:640].astype(np.float32)
    light = np.full((360, 640), 0.25, np.float32)
    for x, y in ((160, 250), (480, 300)):
        light += 0.6 * np.exp(-(((columns - x) / 110) ** 2 + ((rows - y) / 80) ** 2))
    grain = np.random.default_rng(shift).normal(0, 1.5, light.shape)
    return np.clip(street(number) * light + grain, 0, 255).astype(np.uint8)


WHOLE = slice(None)
BARS: dict[str, tuple[Callable[[Luma], Luma], float, float]] = {
    "nothing": (lambda one: one, 0.0, 0.03),
    "a bar": (lambda one: dimmed(one, slice(120, 220), WHOLE, 0.75), 0.2, 0.35),
    "a bar at the lower end": (lambda one: dimmed(one, slice(280, 360), WHOLE, 0.75), 0.2, 0.35),
    "less light everywhere": (lambda one: dimmed(one, WHOLE, WHOLE, 0.6), 0.0, 0.05),
    "the shadow of a house": (lambda one: dimmed(one, WHOLE, slice(200, 640), 0.5), 0.0, 0.05),
    "a lorry": (lambda one: dimmed(one, slice(100, 300), slice(100, 400), 0.3), 0.0, 0.05),
}


@pytest.mark.parametrize("scene", [street(1), by_lamps()], ids=["by day", "by lamps"])
@pytest.mark.parametrize("name", BARS)
def test_a_bar_is_a_step_that_all_columns_have_in_common(scene: Luma, name: str) -> None:
    change, least, most = BARS[name]
    assert least <= toned(view_of(change(scene)), view_of(scene)).bar_step <= most


def test_what_hides_a_scene_is_a_patch_that_has_changed() -> None:
    scene = street(1)
    covered, bar = scene.copy(), dimmed(scene, slice(100, 200), WHOLE, 0.7)
    covered[:180] = 30
    assert toned(view_of(covered), view_of(scene)).changed_share > 0.2
    assert toned(view_of(bar), view_of(scene)).changed_share < 0.03


def test_steps_that_differ_from_side_to_side_are_no_bar_s() -> None:
    scene = street(1)
    shown = scene.astype(np.float32)
    shown[200:] *= np.linspace(0.95, 0.35, shown.shape[1])
    change = toned(view_of(shown.astype(np.uint8)), view_of(scene))
    assert change.bar_step < 0.05


def test_a_brighter_picture_of_the_same_view_has_changed_nowhere() -> None:
    scene = street(1)
    change = toned(view_of(dimmed(scene, WHOLE, WHOLE, 1.3)), view_of(scene))
    assert change.changed_share < 0.02
    assert change.level == pytest.approx(np.log(1.3), abs=0.1)


def test_tones_are_logarithms_of_light() -> None:
    flat = np.full((360, 640), 60, np.uint8)
    twice = departure(tones_of(np.full_like(flat, 126)), tones_of(flat))
    assert twice.shape == (ROWS, COLUMNS)
    assert twice == pytest.approx(np.log(2), abs=0.02)
    assert bar_step(twice) == 0


def figures(tone: int, *, hazy: bool = False) -> PictureFigures:
    view = bytes(VIEW_BYTES - TONES_BYTES) + bytes([tone]) * TONES_BYTES
    blank = judge_live(
        planes(street(1), cb=120, cr=134), context=PictureContext(light=Light.DAY)
    ).figures
    assert blank is not None
    return replace(blank, slot=PictureSlot.DAY, view=view, hazy=hazy)


def look(number: int, seen: PictureFigures | None) -> ProbeResult:
    return ProbeResult(
        camera_id="1",
        started_at=MIDNIGHT + number * EVERY,
        verdict=Verdict.OK,
        picture=Picture(),
        figures=seen,
    )


def learnt(tones: list[PictureFigures]) -> int:
    history = PictureHistory(camera_id=1)
    for number, seen in enumerate(tones):
        history = take_in(history, look(number, seen), WELL, POLICY)
    (slot,) = history.slots
    assert len(set(slot.view[-TONES_BYTES:])) == 1
    return slot.view[-1]


USUAL, LORRY, FOG = figures(100), figures(180), figures(140, hazy=True)


@pytest.mark.parametrize(
    ("tones", "tone"),
    [
        ([USUAL] * 14, 100),
        # The last one still waits to be confirmed.
        ([USUAL] * 14 + [LORRY] * 3, 102),
        ([USUAL] * 14 + [FOG] * 10, 100),
        # A lorry in the first look of all is forgotten by and by: by 6, 5, 4, 3, 2 and then 1.
        ([LORRY] + [USUAL] * 7, 159),
        ([LORRY] + [USUAL] * 90, 100),
    ],
    ids=["usual", "a lorry twice", "fog", "begun with a lorry", "after two days"],
)
def test_tones_follow_each_look_by_a_step(tones: list[PictureFigures], tone: int) -> None:
    assert learnt(tones) == tone


def street_by_lamps() -> PictureContext:
    history = PictureHistory(camera_id=1)
    for number in range(14):
        context = PictureContext(light=Light.NIGHT, baselines=history.baselines())
        shown = planes(by_lamps(shift=number), cb=118, cr=136)
        seen = judge_live(shown, context=context)
        assert seen.picture.faults == ()
        history = take_in(history, look(number, seen.figures), WELL, POLICY)
    return PictureContext(light=Light.NIGHT, baselines=history.baselines())


def lit_blue(shown: Planes) -> Planes:
    """The gain of a channel shows where there is light."""
    lit = shown.luma[::2, ::2] > np.quantile(shown.luma, 0.7)
    cb = np.where(lit, 138, shown.cb).astype(np.uint8)
    return replace(shown, cb=cb)


def test_a_street_by_lamplight_is_judged_by_its_history() -> None:
    context = street_by_lamps()
    night = by_lamps(shift=50)
    covered = night.copy()
    covered[170:, :420] = 25
    cases: dict[FaultKind | None, Planes] = {
        None: planes(night, cb=118, cr=136),
        FaultKind.STRIPE: planes(dimmed(night, slice(150, 260), WHOLE, 0.78), cb=118, cr=136),
        FaultKind.OCCLUSION: planes(covered, cb=118, cr=136),
        FaultKind.COLOR_CAST: lit_blue(planes(night, cb=118, cr=136)),
        FaultKind.TOO_DARK: planes((night * 0.3).astype(np.uint8), cb=123, cr=132),
        # Fog takes the colour as well: what remains looks like infra-red.
        FaultKind.LOW_CONTRAST: planes((night * 0.25 + 130).astype(np.uint8)),
    }
    for kind, shown in cases.items():
        found = judge_live(shown, context=context).picture
        assert [fault.kind for fault in found.faults] == ([kind] if kind else []), kind
