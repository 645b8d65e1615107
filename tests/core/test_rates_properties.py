"""Rates from intervals are the rates of a second-by-second reckoning, for any history.

The reckoner here knows nothing of intervals, spans or sums: it asks for each second of a day what
each point was and counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from camera_registry.assessment.corrections import Correction, Judgement, Target
from camera_registry.assessment.material import Material, Place, Point
from camera_registry.assessment.periods import period_of
from camera_registry.assessment.reckoning import reckon
from camera_registry.assessment.rows import PlaceKind
from camera_registry.assessment.scheme import Scheme
from camera_registry.assessment.vocabulary import Indicator, PeriodKind, Quotient, Scope
from camera_registry.vocabulary import Category, KeyLocationKind, StateInterval, Status

PERIOD = period_of(PeriodKind.DAY, date(2026, 10, 5), datetime(2026, 11, 1, tzinfo=UTC))
STEP_S = 1200
SECONDS = range(0, 86_400, STEP_S)
US = 1_000_000
UP = (Status.ONLINE, Status.DEGRADED)
SCHEME = Scheme(name="", version="", clock_limit_s=60, repair_limits_h={"default": 2}, marks={})

# A history: when it begins (in steps from two days before) and stretches of (status, steps).
HISTORIES = st.lists(
    st.tuples(
        st.integers(0, 180),
        st.lists(st.tuples(st.sampled_from(Status), st.integers(1, 80)), min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)
CORRECTIONS = st.lists(
    st.tuples(
        st.integers(1, 4), st.integers(0, 71), st.integers(1, 60), st.sampled_from(Judgement)
    ),
    max_size=3,
)
_BECOMES = {
    Judgement.EXCLUDE: None,
    Judgement.ONLINE: Status.ONLINE,
    Judgement.OFFLINE: Status.OFFLINE,
    Judgement.UNKNOWN: Status.UNKNOWN,
    Judgement.MAINTENANCE: Status.MAINTENANCE,
}


def intervals(
    number: int, begin: int, parts: Sequence[tuple[Status, int]]
) -> tuple[StateInterval, ...]:
    at = PERIOD.start - timedelta(days=2) + timedelta(seconds=begin * STEP_S)
    found = []
    for index, (status, steps) in enumerate(parts):
        end = at + timedelta(seconds=steps * STEP_S)
        last = index == len(parts) - 1
        found.append(
            StateInterval(camera_id=number, status=status, start=at, end=None if last else end)
        )
        at = end
    return tuple(found)


def correction(number: int, camera: int, begin: int, steps: int, what: Judgement) -> Correction:
    start = PERIOD.start + timedelta(seconds=begin * STEP_S)
    return Correction(
        id=number,
        target=Target.CAMERA,
        camera_id=camera,
        subject="",
        start=start,
        end=start + timedelta(seconds=steps * STEP_S),
        judgement=what,
        reason="",
        by="",
        at=PERIOD.end + timedelta(minutes=number),
    )


def status_at(
    history: Sequence[StateInterval], fixes: Sequence[Correction], when: datetime
) -> Status | str | None:
    """What a point was at a moment: None where it was not there, "out" where taken out."""
    held = [one.status for one in history if one.start <= when and (not one.end or when < one.end)]
    if not held or held[0] is Status.RETIRED:
        return None
    found: Status | str = held[0]
    for fix in fixes:
        if fix.camera_id == history[0].camera_id and fix.start <= when < fix.end:
            found = _BECOMES[fix.judgement] or "out"
    return found


def place_state(statuses: Sequence[Status | str | None]) -> str:
    there = [status for status in statuses if status is not None]
    if Status.ONLINE in there:
        return "covered"
    unknown = {Status.UNKNOWN, Status.MAINTENANCE, "out"}
    return "unknown" if unknown & set(there) else "blind"


@settings(max_examples=150, deadline=None)
@given(HISTORIES, CORRECTIONS)
def test_intervals_and_seconds_agree(
    drawn: list[tuple[int, list[tuple[Status, int]]]],
    fixes: list[tuple[int, int, int, Judgement]],
) -> None:
    histories = {n: intervals(n, *one) for n, one in enumerate(drawn, start=1)}
    corrections = [correction(n, *one) for n, one in enumerate(fixes, start=1)]
    report = reckon(
        Material(
            towns=("甲镇",),
            points=tuple(
                Point(
                    id=n,
                    label=str(n),
                    name="",
                    town="甲镇",
                    category=Category.BUILT,
                    key_location_id=1,
                )
                for n in histories
            ),
            places=(
                Place(
                    kind=PlaceKind.KEY_LOCATION,
                    id=1,
                    name="",
                    town="甲镇",
                    location_kind=KeyLocationKind.JUNCTION,
                ),
            ),
            upstreams=(),
            histories=histories,
            counts={},
            previous_counts={},
            day_samples={},
            corrections=tuple(corrections),
        ),
        SCHEME,
        PERIOD,
    )
    counted: Counter[Status | str] = Counter()
    places: Counter[str] = Counter()
    for second in SECONDS:
        when = PERIOD.start + timedelta(seconds=second)
        statuses = [status_at(one, corrections, when) for one in histories.values()]
        counted.update(status for status in statuses if status is not None)
        places[place_state(statuses)] += 1
    up = counted[Status.ONLINE] + counted[Status.DEGRADED]
    judged = up + counted[Status.OFFLINE]
    window = judged + counted[Status.UNKNOWN] + counted[Status.MAINTENANCE]
    city = report.group(Scope.CITY)
    if city is None:
        assert window == 0
        return
    scale = STEP_S * US
    online = city.figures[Indicator.ONLINE]
    assert online.corrected == Quotient(numerator=up * scale, denominator=judged * scale)
    assert online.seen == Quotient(numerator=judged * scale, denominator=window * scale)
    intact = city.figures[Indicator.INTACT].corrected
    assert intact == Quotient(numerator=counted[Status.ONLINE] * scale, denominator=up * scale)
    [place] = report.places
    assert (place.covered_us, place.blind_us, place.unknown_us) == tuple(
        places[state] * scale for state in ("covered", "blind", "unknown")
    )
    assert sum(one.offline_us for one in report.cameras) == counted[Status.OFFLINE] * scale
    days = [one for one in report.days if not one.town]
    assert [one.online for one in days] == [online.corrected]
