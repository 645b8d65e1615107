"""What must not move a diagnosis, and what must: on scenes of our own, good and with faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.picture.measures import measure
from probes.picture.rules import Evidence, judge
from probes.picture.thresholds import THRESHOLDS
from probes.vocabulary import FaultKind
from tests.pictures.faults import OPTICAL, STRENGTHS, Image, clipped
from tests.pictures.make import own_scenes
from tests.pictures.seasons import Passing, Sky, as_bgr, as_planes, picture, site

# Streets as the simulated city shows them, and cameras by day, dusk, infra-red and lamplight.
STREETS, CAMERAS = 6, 8
SUNS = (35.0, 12.0, 4.0, -14.0)
# Pictures on the edge of an alarm are on the edge after a change, too: what is held is that an
# alarm as sure as this stays, and that none as sure as this comes.
SURE = 0.7
# A cover is told from a single picture by the look of its patch, which small changes can undo;
# with a reference or a history it is told by what is gone.
LOOSE = frozenset({FaultKind.OCCLUSION})

Change = Callable[[Image], Image]


@cache
def scenes() -> tuple[Image, ...]:
    streets = tuple(one.view for one in own_scenes(STREETS))
    cameras = (
        as_bgr(picture(site(4_000 + at), Sky(sun=SUNS[at % 4]), Passing(seed=at)))
        for at in range(CAMERAS)
    )
    return (*streets, *cameras)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The kinds found, those of them that are sure, and those that could not be told."""

    found: frozenset[FaultKind]
    sure: frozenset[FaultKind]
    unknown: frozenset[FaultKind]


def verdict(view: Image) -> Verdict:
    picture = judge(Evidence(measures=measure(as_planes(view))))
    faults = picture.faults
    return Verdict(
        found=frozenset(fault.kind for fault in faults),
        sure=frozenset(fault.kind for fault in faults if fault.score >= SURE),
        unknown=frozenset(picture.not_checkable),
    )


def brighter(gain: float) -> Change:
    return lambda view: clipped(view * gain)


def coded(quality: int) -> Change:
    def change(view: Image) -> Image:
        data = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    return change


def mirrored(view: Image) -> Image:
    return np.ascontiguousarray(view[:, ::-1])


def shifted(right: int, down: int) -> Change:
    def change(view: Image) -> Image:
        rows, columns = view.shape[:2]
        moved = np.float32([[1, 0, right], [0, 1, down]])
        shown = cv2.warpAffine(view, moved, (columns, rows), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(shown, np.uint8)

    return change


CHANGES = st.one_of(
    st.floats(0.95, 1.05).map(brighter),
    st.integers(80, 95).map(coded),
    st.just(mirrored),
    st.tuples(st.integers(-1, 1), st.integers(-1, 1)).map(lambda by: shifted(*by)),
)
SCENES = st.integers(0, STREETS + CAMERAS - 1).map(lambda at: scenes()[at])


@st.composite
def degraded(draw: st.DrawFn, severities: tuple[str, ...]) -> Image:
    """A scene with one fault at one of these strengths."""
    view, kind = draw(SCENES), draw(st.sampled_from(sorted(OPTICAL)))
    low, high = sorted(STRENGTHS[kind][draw(st.sampled_from(severities))])
    strength, seed = draw(st.floats(low, high)), draw(st.integers(0, 1 << 20))
    return OPTICAL[kind](view, strength, np.random.default_rng(seed))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(view=st.one_of(SCENES, degraded(("subtle",))), change=CHANGES)
def test_good_and_subtle_pictures_stay_quiet(view: Image, change: Change) -> None:
    assert verdict(view).found == frozenset()
    assert verdict(change(view)).found == frozenset()


@settings(max_examples=80, deadline=None, derandomize=True)
@given(view=degraded(("clear", "severe")), change=CHANGES)
def test_a_sure_verdict_is_not_moved(view: Image, change: Change) -> None:
    before, after = verdict(view), verdict(change(view))
    assert before.sure <= after.found | after.unknown | LOOSE
    assert after.sure <= before.found | before.unknown | LOOSE


# By how much a score may fall while the fault grows: what is hardly there any more measures this
# way and that.
SLACK = 0.15
EDGE = THRESHOLDS.alarm


def severity(view: Image, kind: FaultKind) -> float | None:
    """How far the kind's score is past the edge of an alarm, 0 where there is none; None where the
    picture gives too little to tell, or a more causal fault explains it: that one may be just past
    its own edge, and not be the next time."""
    picture = judge(Evidence(measures=measure(as_planes(view))))
    if kind in picture.not_checkable:
        return None
    return next((fault.score - EDGE for fault in picture.faults if fault.kind is kind), 0.0)


@pytest.mark.parametrize("kind", sorted(set(OPTICAL) - {FaultKind.OCCLUSION}))
@settings(max_examples=4, deadline=None, derandomize=True)
@given(view=SCENES, seed=st.integers(0, 1 << 20))
def test_severity_grows_with_strength(kind: FaultKind, view: Image, seed: int) -> None:
    least, most = STRENGTHS[kind]["subtle"][0], STRENGTHS[kind]["severe"][1]
    strengths = (float(one) for one in np.linspace(least, most, 7))
    assert_grows(
        severity(OPTICAL[kind](view, strength, np.random.default_rng(seed)), kind)
        for strength in strengths
    )


@settings(max_examples=4, deadline=None, derandomize=True)
@given(view=SCENES, luma=st.integers(60, 100), upright=st.booleans())
def test_a_cover_is_the_worse_the_more_it_covers(view: Image, luma: int, upright: bool) -> None:
    """One cloth that is drawn over the lens."""

    def covered(share: float) -> Image:
        opaque = np.zeros(view.shape[:2], np.float32)
        if upright:
            opaque[:, : int(share * view.shape[1])] = 1
        else:
            opaque[: int(share * view.shape[0])] = 1
        soft = cv2.GaussianBlur(opaque, (0, 0), 8)[..., None]
        return clipped(view * (1 - soft) + np.array([luma, luma, luma + 10]) * soft)

    assert_grows(
        severity(covered(float(share)), FaultKind.OCCLUSION) for share in np.linspace(0.02, 0.9, 7)
    )


def assert_grows(scores: Iterable[float | None]) -> None:
    """What could not be told is left out."""
    told = [score for score in scores if score is not None]
    highest = np.maximum.accumulate(told)
    assert float((highest - told).max(initial=0.0)) <= SLACK, told
