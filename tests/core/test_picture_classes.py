"""Fog, casts, noise, stripes, corruption, covers, other scenes, bursts: on scenes of our own."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from probes.picture.against import compare, compare_planes
from probes.picture.burst import motion
from probes.picture.measures import measure
from probes.picture.planes import Planes, Samples
from probes.picture.rules import RULES, Evidence, judge, with_margins
from probes.picture.thresholds import THRESHOLDS
from probes.vocabulary import FaultKind
from tests.core.picture_scenes import faults, measured, planes, street, with_overlay
from tests.pictures import faults as faults_made

STREET = street()


def clipped(view: np.ndarray) -> Samples:
    return np.clip(view, 0, 255).astype(np.uint8)


def fogged(view: Samples, transmission: float) -> Samples:
    return clipped(view * transmission + 190.0 * (1 - transmission))


def noisy(view: Samples, sigma: float) -> Samples:
    return clipped(view + np.random.default_rng(5).normal(0.0, sigma, view.shape))


def waved(view: Samples, amplitude: float, period: int, axis: int) -> Samples:
    wave = amplitude * np.sin(np.arange(view.shape[axis]) * 2 * np.pi / period)
    return clipped(view + (wave[:, None] if axis == 0 else wave[None]))


def barred(view: Samples, gain: float) -> Samples:
    shown = view.astype(np.float32)
    shown[120:210] *= gain
    return clipped(shown)


def covered(view: Samples, columns: int, luma: int = 60) -> Samples:
    mask = np.zeros(view.shape, np.float32)
    mask[:, :columns] = 1
    mask = cv2.GaussianBlur(mask, (0, 0), 9)
    return clipped(view * (1 - mask) + luma * mask)


def cloaked(view: Samples, share: float) -> Samples:
    """With a cloth or a leaf before it, too near to be in focus."""
    shown = faults_made.covered(cv2.merge([view] * 3), share, np.random.default_rng(1))
    return np.asarray(cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY), np.uint8)


def greyed(view: Samples) -> Samples:
    shown = np.full_like(view, 128)
    shown[60:300, 200:420] = view[60:300, 200:420]
    return shown


def smeared(view: Samples) -> Samples:
    """What follows a lost slice: the last row goes on to the bottom."""
    shown = view.copy()
    row = np.random.default_rng(2).integers(30, 220, view.shape[1]).astype(np.uint8)
    shown[180:] = row
    return shown


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        pytest.param(fogged(STREET, 0.30), FaultKind.LOW_CONTRAST, id="fog"),
        pytest.param(noisy(STREET, 28), FaultKind.NOISE, id="noise"),
        pytest.param(waved(STREET, 18, 20, 1), FaultKind.STRIPE, id="upright waves"),
        pytest.param(waved(STREET, 18, 9, 0), FaultKind.STRIPE, id="level waves"),
        pytest.param(barred(STREET, 0.45), FaultKind.STRIPE, id="rolling bar"),
        pytest.param(cloaked(STREET, 0.5), FaultKind.OCCLUSION, id="covered"),
        pytest.param(greyed(STREET), FaultKind.CORRUPTION, id="key frame lost"),
        pytest.param(smeared(STREET), FaultKind.CORRUPTION, id="slice lost"),
    ],
)
def test_fault_is_found(picture: Samples, found: FaultKind) -> None:
    assert found in faults(picture)
    assert found in faults(np.ascontiguousarray(picture[:, ::-1]))
    assert found in faults(with_overlay(picture))


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(fogged(STREET, 0.8), id="haze"),
        pytest.param(noisy(STREET, 4), id="some grain"),
        pytest.param(waved(STREET, 0.8, 20, 1), id="hardly a wave"),
        pytest.param(barred(STREET, 0.95), id="hardly a bar"),
        pytest.param(covered(STREET, 12), id="a leaf at the edge"),
    ],
)
def test_subtle_fault_raises_no_alarm(picture: Samples) -> None:
    assert faults(picture) == set()


def test_green_of_zeros_is_corruption() -> None:
    view = planes(STREET.copy())
    view.luma[180:], view.cb[90:], view.cr[90:] = 0, 0, 0
    found = judge(Evidence(measures=measure(view))).faults
    assert [fault.kind for fault in found] == [FaultKind.CORRUPTION]


def test_colour_cast() -> None:
    assert faults(STREET, cb=60, cr=130) == {FaultKind.COLOR_CAST}
    assert faults(STREET, cb=122, cr=132) == set()


@pytest.mark.parametrize(
    ("usual", "now", "found"),
    [
        # A meadow, and the same in haze; the same with too much red.
        ((100, 112), (100, 112), set()),
        ((100, 112), (114, 120), set()),
        ((100, 112), (103, 131), {FaultKind.COLOR_CAST}),
        # A cast too weak to be told without the reference.
        ((124, 132), (120, 149), {FaultKind.COLOR_CAST}),
        ((124, 132), (122, 137), set()),
        # By infra-red there is nothing to compare.
        ((100, 112), (128, 128), set()),
        ((128, 128), (116, 134), set()),
    ],
)
def test_a_cast_against_the_usual_colour(
    usual: tuple[int, int], now: tuple[int, int], found: set[FaultKind]
) -> None:
    picture = planes(street(shift=5), *now)
    evidence = Evidence(
        measures=measure(picture), reference=compare_planes(picture, planes(STREET, *usual))
    )
    assert {fault.kind for fault in judge(evidence).faults} == found


def compared(picture: Samples, reference: Samples) -> set[FaultKind]:
    evidence = Evidence(measures=measured(picture), reference=compare(picture, reference))
    return {fault.kind for fault in judge(evidence).faults}


def test_same_view_in_other_light_is_no_other_scene() -> None:
    assert compared(street(shift=5), STREET) == set()
    assert compared(clipped(STREET * 0.5), STREET) == set()
    assert compared(np.roll(STREET, 4, axis=1), STREET) == set()


def test_turned_camera_is_another_scene() -> None:
    assert compared(np.roll(STREET, 130, axis=1), STREET) == {FaultKind.SCENE_CHANGE}


def test_cover_is_told_by_the_reference() -> None:
    black = covered(STREET, 300, luma=15)
    assert FaultKind.OCCLUSION in compared(black, STREET)


def burst_faults(frames: list[Samples]) -> set[FaultKind]:
    evidence = Evidence(measures=measured(frames[-1]), motion=motion(frames))
    return {fault.kind for fault in judge(evidence).faults}


def test_bursts() -> None:
    assert burst_faults([street(shift=at) for at in range(4)]) == set()
    assert burst_faults([STREET] * 4) == {FaultKind.FROZEN}
    swaying = [np.roll(STREET, at, axis=1) for at in (0, 24, -12, 20)]
    assert burst_faults(swaying) == {FaultKind.SHAKE}


def test_a_burst_of_one_or_of_unlike_sizes_tells_nothing() -> None:
    assert motion([STREET]) is None
    assert motion([STREET, np.ascontiguousarray(STREET[:200])]) is None


STRENGTHS = {
    FaultKind.LOW_CONTRAST: [fogged(STREET, at) for at in (0.9, 0.5, 0.35, 0.25)],
    FaultKind.NOISE: [noisy(STREET, at) for at in (2, 8, 16, 32)],
    FaultKind.STRIPE: [waved(STREET, at, 20, 1) for at in (0.5, 4, 12, 30)],
}


@pytest.mark.parametrize("kind", STRENGTHS)
def test_severity_grows_with_strength(kind: FaultKind) -> None:
    rule = next(rule for rule in RULES if rule.kind == kind)
    evidence = [with_margins(Evidence(measures=measured(picture))) for picture in STRENGTHS[kind]]
    judged = [rule.judge(one, THRESHOLDS) or 0.0 for one in evidence]
    scores = [score if score >= THRESHOLDS.alarm else 0.0 for score in judged]
    assert scores == sorted(scores)
    assert scores[-1] > 0.5


@pytest.mark.parametrize("quality", [80, 95])
@pytest.mark.parametrize(
    "picture", [STREET, fogged(STREET, 0.25), noisy(STREET, 35), waved(STREET, 20, 20, 1)]
)
def test_jpeg_and_a_shift_of_one_pixel_leave_the_verdict(picture: Samples, quality: int) -> None:
    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    again = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    assert faults(again) == faults(picture)
    assert faults(np.roll(picture, 1, axis=1)) == faults(picture)


def test_tiny_pictures_can_be_compared() -> None:
    tiny = Planes(
        luma=np.zeros((2, 2), np.uint8),
        cb=np.zeros((1, 1), np.uint8),
        cr=np.zeros((1, 1), np.uint8),
    )
    evidence = Evidence(measures=measure(tiny), reference=compare(tiny.luma, STREET))
    assert FaultKind.SCENE_CHANGE in judge(evidence).not_checkable
