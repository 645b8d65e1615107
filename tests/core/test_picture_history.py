"""A camera's own picture history: what is learnt, what never is, and what it then tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from camera_registry.health import observe, step
from camera_registry.pictures.history import (
    HistoryPolicy,
    PictureHistory,
    SlotHistory,
    accept,
    take_in,
)
from camera_registry.pictures.sun import elevation, light_at
from camera_registry.pictures.weather import Weather, excused
from camera_registry.vocabulary import HealthPolicy, HealthState, Status
from probes.picture.live import judge_live, masked
from probes.picture.view import VIEW_BYTES, likeness, lost_region, view_of
from probes.reasons import failure, verdict_of
from probes.vocabulary import (
    FIGURES,
    FaultKind,
    Light,
    Picture,
    PictureContext,
    PictureFault,
    PictureFigures,
    PictureSlot,
    ProbeResult,
    Stage,
    Verdict,
)
from tests.core.picture_scenes import planes, street
from tests.pictures.week import LATITUDE, LONGITUDE

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
POLICY = HistoryPolicy()
WELL = HealthState(camera_id=1, status=Status.ONLINE, since=NOON - timedelta(days=1))
EVERY = timedelta(minutes=30)


def figures(**known: float) -> PictureFigures:
    usual = {"mean_luma": 110.0, "slope_ratio": 0.95, "here": 0.8, "darkest": 20, "brightest": 200}
    values = {**usual, **known}
    return PictureFigures(
        slot=PictureSlot.DAY,
        values=tuple(values.get(name) for name in FIGURES),
        view=bytes(VIEW_BYTES),
    )


def look(at: datetime, seen: PictureFigures | None, *kinds: FaultKind) -> ProbeResult:
    found = failure(Stage.PICTURE, kinds[0]) if kinds else None
    return ProbeResult(
        camera_id="1",
        started_at=at,
        verdict=verdict_of(found),
        failure=found,
        picture=Picture(faults=tuple(PictureFault(kind=kind, score=0.9) for kind in kinds)),
        figures=seen,
    )


def learnt(history: PictureHistory, looks: list[ProbeResult]) -> PictureHistory:
    for one in looks:
        history = take_in(history, one, WELL, POLICY)
    return history


def day(count: int, seen: PictureFigures, *, begin: datetime = NOON) -> list[ProbeResult]:
    return [look(begin + number * EVERY, seen) for number in range(count)]


def the_slot(history: PictureHistory) -> SlotHistory:
    slot = history.slot(PictureSlot.DAY)
    assert slot is not None
    return slot


def mean(history: PictureHistory, name: str) -> float:
    value = the_slot(history).means[FIGURES.index(name)]
    assert value is not None
    return value


EMPTY = PictureHistory(camera_id=1)


def test_a_slot_is_learnt_after_enough_looks_over_enough_hours() -> None:
    history = learnt(EMPTY, day(9, figures()))
    assert the_slot(history).looks == 8
    assert not the_slot(history).learnt
    history = learnt(EMPTY, day(11, figures()))
    assert the_slot(history).learnt
    assert mean(history, "mean_luma") == pytest.approx(110)


def test_a_good_look_counts_only_when_the_next_one_is_good_too() -> None:
    once = learnt(EMPTY, day(1, figures()))
    assert not once.slots
    assert once.waiting is not None
    assert learnt(once, day(1, figures(), begin=NOON + EVERY)).slots


def test_what_waits_for_the_next_look_holds_no_pictures() -> None:
    seen = replace(figures(), evidence_jpeg=bytes(15_000), overlay_jpeg=bytes(60_000))
    waiting = learnt(EMPTY, day(2, seen)).waiting
    assert waiting is not None
    assert waiting.figures == figures()


@pytest.mark.parametrize(
    "state",
    [
        replace(WELL, status=Status.OFFLINE),
        replace(WELL, contradictions=1),
        replace(WELL, status=Status.UNKNOWN),
    ],
    ids=["offline", "contradicted", "unknown"],
)
def test_a_suspect_camera_teaches_nothing_and_loses_what_waits(state: HealthState) -> None:
    waiting = learnt(EMPTY, day(1, figures()))
    after = take_in(waiting, look(NOON + EVERY, figures()), state, POLICY)
    assert after.waiting is None
    assert not after.slots


def test_a_fault_is_never_learnt() -> None:
    """Through the health rules: from the look that finds it until it is cleared."""
    history, state = learnt(EMPTY, day(12, figures())), WELL
    before = the_slot(history)
    for number in range(50):
        at = NOON + timedelta(hours=7) + number * EVERY
        result = look(at, figures(slope_ratio=0.5), FaultKind.BLUR)
        state = step(state, observe(result), HealthPolicy(hold=timedelta(hours=1))).state
        history = take_in(history, result, state, POLICY)
    assert state.status is Status.DEGRADED
    assert the_slot(history) == before
    assert history.waiting is None


def test_what_nobody_notices_moves_the_usual_only_so_far() -> None:
    """A lens that fogs up over months, each look a little softer than the last."""
    history = learnt(EMPTY, day(12, figures()))
    softer = [
        look(NOON + timedelta(days=1) + number * EVERY, figures(slope_ratio=0.95 - 0.001 * number))
        for number in range(400)
    ]
    assert mean(learnt(history, softer), "slope_ratio") == pytest.approx(0.95 - 0.06)


def test_looks_close_together_teach_once() -> None:
    seconds = [look(NOON + timedelta(seconds=number), figures()) for number in range(60)]
    assert not learnt(EMPTY, seconds).slots


def test_twilight_teaches_nothing() -> None:
    assert not learnt(EMPTY, day(12, replace(figures(), slot=None))).slots


def test_an_accepted_view_is_learnt_anew() -> None:
    history = accept(1, NOON + timedelta(days=1))
    assert not history.slots
    again = learnt(history, day(12, figures(mean_luma=60.0), begin=NOON + timedelta(days=1)))
    assert mean(again, "mean_luma") == pytest.approx(60)
    assert again.accepted_at == NOON + timedelta(days=1)


def test_a_view_is_taken_through_the_clearest_air() -> None:
    fog = replace(figures(darkest=120.0, brightest=180.0), view=b"f" * VIEW_BYTES)
    clear = replace(figures(), view=b"c" * VIEW_BYTES)
    begin = NOON + 2 * EVERY
    history = learnt(learnt(EMPTY, day(2, fog)), day(3, clear, begin=begin))
    assert the_slot(history).view == b"c" * VIEW_BYTES


# The sun


@pytest.mark.parametrize(
    ("local_hour", "light"),
    [(0, Light.NIGHT), (5, Light.NIGHT), (6.7, Light.TWILIGHT), (12, Light.DAY), (21, Light.NIGHT)],
)
def test_light_of_a_winter_day(local_hour: float, light: Light) -> None:
    at = datetime(2026, 12, 20, 16, tzinfo=UTC) + timedelta(hours=local_hour)
    assert light_at(at, LATITUDE, LONGITUDE) is light


def test_the_sun_stands_high_at_midsummer_noon() -> None:
    at = datetime(2026, 6, 21, 4, 14, tzinfo=UTC)
    assert elevation(at, LATITUDE, LONGITUDE) == pytest.approx(90 - LATITUDE + 23.43, abs=0.2)


# Weather


def test_fog_over_a_town_is_no_fault_of_its_cameras() -> None:
    weather = Weather()
    for number in range(20):
        foggy = look(NOON, None, *([FaultKind.LOW_CONTRAST] if number < 5 else []))
        weather.add(replace(foggy, camera_id=str(number)), "town", frozenset())
    assert weather.over("town", NOON + timedelta(minutes=30))
    assert not weather.over("town", NOON + timedelta(hours=2))
    assert not weather.over("elsewhere", NOON)
    judged = excused(look(NOON, None, FaultKind.LOW_CONTRAST))
    assert (judged.verdict, judged.failure) == (Verdict.OK, None)
    assert judged.picture is not None
    assert FaultKind.LOW_CONTRAST in judged.picture.not_checkable


def test_what_does_not_pass_within_a_day_is_no_weather() -> None:
    weather = Weather()
    for half_hour in range(60):
        at = NOON + half_hour * timedelta(minutes=30)
        for number in range(13):
            faults = [FaultKind.BLUR] if number < 3 else []
            weather.add(
                replace(look(at, None, *faults), camera_id=str(number)), "town", frozenset()
            )
        assert weather.over("town", at) is (half_hour < 48)


def test_one_foggy_camera_is_alone_and_standing_faults_are_no_weather() -> None:
    weather = Weather()
    for number in range(40):
        faults = [FaultKind.BLUR] if number < 10 else []
        weather.add(
            replace(look(NOON, None, *faults), camera_id=str(number)),
            "town",
            frozenset(faults),
        )
    assert not weather.over("town", NOON)


def test_weather_excuses_nothing_that_it_cannot_cause() -> None:
    judged = excused(look(NOON, None, FaultKind.NO_SIGNAL, FaultKind.BLUR))
    assert judged.verdict is Verdict.DEGRADED
    assert judged.failure is not None
    assert judged.failure.reason == "no_signal"


# Views and live judgement


def test_the_same_view_is_like_itself_and_unlike_another() -> None:
    same = likeness(view_of(street(1, shift=5)), view_of(street(1)))
    other = likeness(view_of(street(7)), view_of(street(1)))
    assert same is not None
    assert other is not None
    assert same.here > 0.85
    assert other.here < 0.5
    assert same.lost_share < 0.05


def test_a_covered_corner_is_found_where_it_is() -> None:
    covered = street(1)
    covered[180:, 320:] = 40
    region = lost_region(view_of(covered), view_of(street(1)))
    assert region is not None
    left, top, right, bottom = region
    assert (left, top) == pytest.approx((0.5, 0.5), abs=0.1)
    assert (right, bottom) == pytest.approx((1.0, 0.89), abs=0.1)


def test_a_malformed_view_is_refused() -> None:
    with pytest.raises(ValueError, match="2200 bytes, not 3 and 2200"):
        likeness(b"abc", bytes(VIEW_BYTES))


def learnt_street() -> PictureHistory:
    history = EMPTY
    for number in range(14):
        context = PictureContext(light=Light.DAY, baselines=history.baselines())
        judged = judge_live(planes(street(1, shift=number), cb=120, cr=134), context=context)
        assert judged.picture.faults == ()
        history = take_in(history, look(NOON + number * EVERY, judged.figures), WELL, POLICY)
    return history


def test_a_known_camera_is_judged_by_its_history() -> None:
    context = PictureContext(light=Light.DAY, baselines=learnt_street().baselines())
    view = street(1, shift=50)
    rng = np.random.default_rng(1)
    covered, waved = view.copy(), view.astype(np.float64)
    covered[60:, 200:] = 40
    waved += 14 * np.sin(np.arange(view.shape[0]) / 2)[:, None]
    noisy = np.clip(view + rng.normal(0, 20, view.shape), 0, 255).astype(np.uint8)
    waves = np.clip(waved, 0, 255).astype(np.uint8)
    cases = {
        None: planes(view, cb=120, cr=134),
        FaultKind.NOISE: planes(noisy, cb=120, cr=134),
        FaultKind.STRIPE: planes(waves, cb=120, cr=134),
        FaultKind.OCCLUSION: planes(covered, cb=120, cr=134),
        FaultKind.SCENE_CHANGE: planes(street(9), cb=120, cr=134),
        FaultKind.COLOR_CAST: planes(view, cb=140, cr=120),
        FaultKind.LOW_CONTRAST: planes((view * 0.3 + 130).astype(np.uint8), cb=125, cr=131),
    }
    for kind, picture in cases.items():
        found = judge_live(picture, context=context).picture
        assert [fault.kind for fault in found.faults] == ([kind] if kind else []), kind


def test_without_a_history_the_finer_kinds_are_not_checkable() -> None:
    found = judge_live(planes(street(1)), context=PictureContext(light=Light.DAY)).picture
    assert FaultKind.SCENE_CHANGE in found.not_checkable
    accepted = PictureContext(light=Light.DAY, accepted=True)
    again = judge_live(planes(street(1)), context=accepted).picture
    assert FaultKind.SCENE_CHANGE not in again.not_checkable


def test_a_movable_camera_may_look_elsewhere() -> None:
    context = PictureContext(light=Light.DAY, baselines=learnt_street().baselines(), movable=True)
    found = judge_live(planes(street(9), cb=120, cr=134), context=context).picture
    assert FaultKind.SCENE_CHANGE in found.not_checkable


def test_a_mask_is_blackened_before_a_view_is_taken() -> None:
    window = ((0.5, 0.5), (1.0, 0.5), (1.0, 0.9), (0.5, 0.9))
    shown = masked(street(1), (window,), 0)
    assert not shown[190:310, 330:630].any()
    assert shown[:150].any()
    with_mask = PictureContext(light=Light.DAY, masks=(window,))
    judged = judge_live(planes(street(1)), context=with_mask)
    assert judged.figures is not None
    assert judged.figures.view == view_of(shown)
