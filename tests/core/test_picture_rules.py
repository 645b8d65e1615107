"""What the picture rules say of scenes made for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.picture.burst import Motion
from probes.picture.measures import interior, measure
from probes.picture.planes import Samples, working_size
from probes.picture.rules import RULES, Evidence, judge, ramp
from probes.picture.sketch import equal_share, sample, stillness
from probes.vocabulary import FaultKind, Sketch
from tests.core.picture_scenes import (
    card,
    colour_bars,
    disk_blurred,
    faults,
    measured,
    street,
    with_overlay,
)
from tests.pictures.make import plain_scenes
from tests.pictures.seasons import as_planes

LOOK = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def darkened(view: Samples, factor: float) -> Samples:
    return np.clip(view * factor, 0, 255).astype(np.uint8)


def overexposed(view: Samples) -> Samples:
    return np.clip(view * 1.6 + 120.0, 0, 255).astype(np.uint8)


def night(view: Samples) -> Samples:
    """A dark street with a few lamps and what they light."""
    lit = darkened(view, 0.12)
    lit[180:300, 100:190] = np.clip(view[180:300, 100:190] * 1.3, 0, 255)
    lit[150:320, 400:520] = view[150:320, 400:520]
    return lit


def gradient(low: int, high: int) -> Samples:
    return np.tile(np.linspace(low, high, 360).astype(np.uint8)[:, None], (1, 640))


def noisy(view: Samples, sigma: float) -> Samples:
    grain = np.random.default_rng(3).normal(0.0, sigma, view.shape)
    return np.clip(view + grain, 0, 255).astype(np.uint8)


STREET = street()


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        pytest.param(STREET, set(), id="street"),
        pytest.param(with_overlay(STREET), set(), id="street with overlay"),
        pytest.param(night(STREET), set(), id="lit street at night"),
        pytest.param(darkened(STREET, 0.5), set(), id="dusk"),
        pytest.param(noisy(gradient(150, 190), 1.5), set(), id="clear sky"),
        pytest.param(noisy(card(205), 3.0), set(), id="snow or fog"),
        pytest.param(noisy(card(120), 2.0), set(), id="wall"),
        pytest.param(card(0), {FaultKind.NO_SIGNAL}, id="black"),
        pytest.param(noisy(card(16), 0.6), {FaultKind.NO_SIGNAL}, id="black with coder noise"),
        pytest.param(card(128), {FaultKind.NO_SIGNAL}, id="grey"),
        pytest.param(card(60, "NO VIDEO"), {FaultKind.NO_SIGNAL}, id="grey with words"),
        pytest.param(with_overlay(card(0)), {FaultKind.NO_SIGNAL}, id="black with overlay"),
        pytest.param(colour_bars(), {FaultKind.NO_SIGNAL}, id="bars"),
        pytest.param(darkened(STREET, 0.1), {FaultKind.TOO_DARK}, id="dark"),
        pytest.param(
            with_overlay(darkened(STREET, 0.06)), {FaultKind.TOO_DARK}, id="dark with overlay"
        ),
        pytest.param(overexposed(STREET), {FaultKind.TOO_BRIGHT}, id="overexposed"),
        pytest.param(card(255), {FaultKind.TOO_BRIGHT}, id="white"),
        pytest.param(disk_blurred(STREET, 1), set(), id="hardly out of focus"),
        pytest.param(disk_blurred(STREET, 4), {FaultKind.BLUR}, id="out of focus"),
        pytest.param(
            with_overlay(disk_blurred(STREET, 7)), {FaultKind.BLUR}, id="far out of focus, overlay"
        ),
    ],
)
def test_single_picture(picture: Samples, found: set[FaultKind]) -> None:
    assert faults(picture) == found


@pytest.mark.parametrize("luma", [145, 175, 195])
def test_an_even_sky_is_no_card(luma: int) -> None:
    """Coded coarsely it is of one colour within two steps in nine tenths of the picture."""
    down = np.linspace(-3.6, 3.6, 360, dtype=np.float32)[:, None]
    sky = np.round(luma + down + np.zeros((1, 640), np.float32)).astype(np.uint8)
    assert 0.8 < measured(sky).one_colour_share < 0.95
    assert FaultKind.NO_SIGNAL not in faults(sky)


def test_a_bright_card_is_no_signal() -> None:
    assert faults(noisy(card(200), 0.6)) == {FaultKind.NO_SIGNAL}


def test_blue_screen_is_no_signal() -> None:
    assert faults(card(29), cb=255, cr=107) == {FaultKind.NO_SIGNAL}


@pytest.mark.parametrize("picture", [gradient(150, 190), noisy(card(205), 3.0), card(0), card(255)])
def test_too_little_texture_leaves_blur_open(picture: Samples) -> None:
    assert FaultKind.BLUR in judge(Evidence(measures=measured(picture))).not_checkable


def test_explained_faults_are_not_checkable() -> None:
    dark_and_soft = darkened(disk_blurred(STREET, 7), 0.1)
    picture = judge(Evidence(measures=measured(dark_and_soft), stillness=0.0))
    assert [fault.kind for fault in picture.faults] == [FaultKind.TOO_DARK]
    assert FaultKind.BLUR in picture.not_checkable
    assert FaultKind.NO_SIGNAL not in picture.not_checkable


def test_lost_signal_explains_a_standing_picture() -> None:
    picture = judge(Evidence(measures=measured(card(0)), stillness=1.0))
    assert [fault.kind for fault in picture.faults] == [FaultKind.NO_SIGNAL]
    assert FaultKind.FROZEN in picture.not_checkable


@pytest.mark.parametrize("size", [(16, 16), (2, 2), (640, 2), (34, 700)])
def test_any_size_can_be_measured(size: tuple[int, int]) -> None:
    columns, rows = size
    view = np.arange(rows * columns, dtype=np.uint32).reshape(rows, columns).astype(np.uint8)
    judge(Evidence(measures=measured(view)))


@pytest.mark.parametrize(
    ("size", "working"),
    [
        ((1920, 1080), (640, 360)),
        ((704, 576), (640, 524)),
        ((352, 288), (352, 288)),
        ((1, 1), (2, 2)),
        ((16, 16384), (2, 720)),
        ((16384, 16), (640, 2)),
    ],
)
def test_working_size(size: tuple[int, int], working: tuple[int, int]) -> None:
    assert working_size(*size) == working


def test_ramp() -> None:
    assert [ramp(value, (10.0, 20.0)) for value in (0, 10, 15, 20, 30)] == [0, 0.5, 0.75, 1, 1]
    assert [ramp(value, (10.0, 5.0)) for value in (20, 10, 5, 0)] == [0, 0.5, 1, 1]


def test_interior_leaves_the_strips_out() -> None:
    assert interior(STREET).shape == (274, 640)


CASES = {
    "street": STREET,
    "dark": darkened(STREET, 0.09),
    "bright": overexposed(STREET),
    "blurred": disk_blurred(STREET, 5),
    "card": card(60, "NO SIGNAL"),
}


@settings(max_examples=30, deadline=None)
@given(name=st.sampled_from(sorted(CASES)), gain=st.floats(0.95, 1.05), mirror=st.booleans())
def test_brightness_and_mirror_do_not_move_the_verdict(
    name: str, gain: float, mirror: bool
) -> None:
    view = CASES[name]
    moved = darkened(view, gain)
    assert faults(np.ascontiguousarray(moved[:, ::-1]) if mirror else moved) == faults(view)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), noise=st.floats(0.5, 6.0))
def test_live_streets_raise_no_alarm(seed: int, noise: float) -> None:
    assert faults(with_overlay(street(seed, noise=noise))) == set()


def sketched(luma: Samples, at: datetime, digest: bytes = b"") -> Sketch:
    return Sketch(luma=sample(luma), digest=digest or at.isoformat().encode(), captured_at=at)


def test_a_standing_picture_is_frozen_even_with_a_ticking_clock() -> None:
    ticked = STREET.copy()
    ticked[10:34, 10:200] = 255
    share = stillness(sketched(STREET, LOOK), sketched(ticked, LOOK + timedelta(minutes=5)))
    picture = judge(Evidence(measures=measured(STREET), stillness=share))
    assert [fault.kind for fault in picture.faults] == [FaultKind.FROZEN]
    assert FaultKind.FROZEN not in picture.not_checkable


def test_a_live_picture_is_not_frozen() -> None:
    share = stillness(
        sketched(STREET, LOOK), sketched(street(shift=1), LOOK + timedelta(minutes=5))
    )
    assert share is not None
    assert share < 0.5
    assert judge(Evidence(measures=measured(STREET), stillness=share)).faults == ()


def test_the_same_coded_picture_is_frozen() -> None:
    first = sketched(STREET, LOOK, b"12345678")
    later = replace(sketched(street(shift=1), LOOK + timedelta(minutes=5)), digest=b"12345678")
    assert stillness(first, later) == 1.0


@pytest.mark.parametrize(
    ("previous", "current"),
    [
        pytest.param(None, sketched(STREET, LOOK), id="first look"),
        pytest.param(
            sketched(STREET, LOOK),
            sketched(STREET, LOOK + timedelta(seconds=19)),
            id="within one group of pictures",
        ),
        pytest.param(
            sketched(STREET, LOOK), sketched(STREET, LOOK - timedelta(hours=1)), id="clock set back"
        ),
        pytest.param(
            sketched(card(90), LOOK),
            sketched(card(90), LOOK + timedelta(hours=1)),
            id="nothing to see",
        ),
        pytest.param(
            replace(sketched(STREET, LOOK), luma=b""),
            sketched(STREET, LOOK + timedelta(hours=1)),
            id="sketch of another shape",
        ),
    ],
)
def test_what_proves_nothing_leaves_frozen_open(previous: Sketch | None, current: Sketch) -> None:
    share = stillness(previous, current)
    assert share is None
    picture = judge(Evidence(measures=measured(STREET), stillness=share))
    assert FaultKind.FROZEN in picture.not_checkable


@pytest.mark.parametrize(
    ("changes", "stands"),
    [
        pytest.param((0.44, 0.93, 2.55), True, id="repeats coded anew"),
        pytest.param((0.0, 0.49, 1.35), True, id="repeats coded nearly alike"),
        pytest.param((0.37, 0.70, 1.22), False, id="live, its noise mostly coded away"),
        pytest.param((0.21, 0.49, 0.99), False, id="live, at night"),
    ],
)
def test_noise_tells_a_live_still_from_repeats_coded_anew(
    changes: tuple[float, float, float], stands: bool
) -> None:
    seen = Motion(equal_share=0.5, moved=0.0, agreement=1.0, changes=changes)
    picture = judge(Evidence(measures=measured(STREET), motion=seen))
    assert (FaultKind.FROZEN in {fault.kind for fault in picture.faults}) == stands


def test_a_cloudy_sky_is_neither_fog_nor_out_of_focus() -> None:
    sky = next(good for good in plain_scenes(8) if good.source == "own:plain7")
    planes = as_planes(sky.view)
    picture = judge(Evidence(measures=measure(planes)))
    assert {FaultKind.LOW_CONTRAST, FaultKind.BLUR}.isdisjoint(one.kind for one in picture.faults)


def test_equal_share_counts_samples() -> None:
    one = Sketch(luma=bytes(48 * 27), digest=b"a", captured_at=LOOK)
    other = Sketch(luma=bytes(648) + b"\x01" * 648, digest=b"b", captured_at=LOOK)
    assert equal_share(one, other) == 0.5


def test_each_kind_has_one_rule() -> None:
    kinds = [rule.kind for rule in RULES]
    assert len(kinds) == len(set(kinds))
    for index, rule in enumerate(RULES):
        assert rule.explained_by <= set(kinds[:index])
