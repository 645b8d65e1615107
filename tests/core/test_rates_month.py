"""A month of a small town, reckoned by hand: every figure to the last digit.

October 2026, Asia/Shanghai (UTC+8, no daylight saving since 1991, so every day has 24 hours and the
month 744). The town has six points and two key locations. What each point did, in hours:

point  from the month's first moment on                                       online  offline
 1     online 100, offline 20, online 624                                        724       20
 2     online all month                                                          744        0
 3     online to 10 Oct 22:00 (238), offline 63 (to 13 Oct 13:00), online 443    681       63
 4     online 240, unknown 48, maintenance 24, online 432                        672        0
 5     added on 16 Oct 00:00: unknown 1, degraded 11, online 372                 383        0
 6     online 300, retired on 13 Oct 12:00                                       300        0

Sums: online 724+744+681+672+383+300 = 3504, offline 20+63 = 83, judged 3587. Not judged: unknown
48+1 = 49, maintenance 24. Window 3587+73 = 3660 (= 4 x 744 + 384 + 300).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from camera_registry.assessment.corrections import Correction, Judgement, Target
from camera_registry.assessment.material import Counts, Material, Place, Point
from camera_registry.assessment.periods import period_of
from camera_registry.assessment.reckoning import reckon
from camera_registry.assessment.report import Report
from camera_registry.assessment.rows import Hanging, PlaceKind
from camera_registry.assessment.scheme import Mark, Scheme
from camera_registry.assessment.vocabulary import Indicator, PeriodKind, Quotient, Scope, Source
from camera_registry.vocabulary import (
    Category,
    KeyLocationKind,
    KeyLocationState,
    StateInterval,
    Status,
    Upstream,
    UpstreamKind,
)

CITY = ZoneInfo("Asia/Shanghai")
FIRST = datetime(2026, 10, 1, tzinfo=CITY)
LATER = datetime(2026, 11, 5, tzinfo=UTC)
HOUR = 3_600_000_000
ON, OFF, BAD, NOT, FIX, GONE = (
    Status.ONLINE,
    Status.OFFLINE,
    Status.DEGRADED,
    Status.UNKNOWN,
    Status.MAINTENANCE,
    Status.RETIRED,
)
TOWN = "青山镇"


def history(number: int, *parts: tuple[Status, int], begins: int = 0) -> tuple[StateInterval, ...]:
    """Intervals of so many hours each from `begins` on, the last one open."""
    at = FIRST + timedelta(hours=begins)
    found = []
    for index, (status, hours) in enumerate(parts):
        end = at + timedelta(hours=hours) if index < len(parts) - 1 else None
        found.append(StateInterval(camera_id=number, status=status, start=at, end=end))
        at += timedelta(hours=hours)
    return tuple(found)


# Points 1 to 4 and 6 have been online since long before the month.
BEFORE = 24 * 60
HISTORIES = {
    1: history(1, (ON, BEFORE + 100), (OFF, 20), (ON, 0), begins=-BEFORE),
    2: history(2, (ON, 0), begins=-BEFORE),
    3: history(3, (ON, BEFORE + 238), (OFF, 63), (ON, 0), begins=-BEFORE),
    4: history(4, (ON, BEFORE + 240), (NOT, 48), (FIX, 24), (ON, 0), begins=-BEFORE),
    5: history(5, (NOT, 1), (BAD, 11), (ON, 0), begins=360),
    6: history(6, (ON, BEFORE + 300), (GONE, 0), begins=-BEFORE),
}


def point(number: int, category: Category, **fields: object) -> Point:
    return Point(  # type: ignore[arg-type]
        id=number,
        label=f"P{number}",
        name=f"{number}号",
        town=TOWN,
        category=category,
        archive_complete=number != 4,
        **fields,
    )


JUNCTION, STREET = KeyLocationKind.JUNCTION, KeyLocationKind.BACK_STREET
POINTS = (
    point(1, Category.BUILT, kind=JUNCTION, key_location_id=1, upstream_id=2),
    point(2, Category.BUILT, kind=JUNCTION, key_location_id=1, upstream_id=3),
    point(3, Category.VILLAGE, kind=STREET, key_location_id=2, upstream_id=2),
    point(4, Category.VILLAGE, upstream_id=2),
    point(5, Category.VILLAGE, kind=STREET, key_location_id=2, upstream_id=2),
    point(6, Category.INTEGRATED),
)
PLACES = (
    Place(kind=PlaceKind.KEY_LOCATION, id=1, name="十字街", town=TOWN, location_kind=JUNCTION),
    Place(kind=PlaceKind.KEY_LOCATION, id=2, name="后街", town=TOWN, location_kind=STREET),
)
UPSTREAMS = (
    Upstream(id=1, name="上联", kind=UpstreamKind.TOWN_UPLINK, town=TOWN),
    Upstream(id=2, name="甲交换机", kind=UpstreamKind.SWITCH, parent_id=1, town=TOWN),
    Upstream(id=3, name="乙交换机", kind=UpstreamKind.SWITCH, parent_id=1, town=TOWN),
)
SCHEME = Scheme(
    name="试行",
    version="1",
    clock_limit_s=60,
    repair_limits_h={"junction": 24, "default": 48},
    marks={
        Indicator.ONLINE: Mark(weight=Fraction(60), floor=Fraction(9, 10), full=Fraction(1)),
        Indicator.IN_TIME: Mark(weight=Fraction(40), floor=Fraction(0), full=Fraction(1)),
    },
)
COUNTS = {
    1: Counts(
        sampled=Quotient(numerator=8688, denominator=8928),
        pictures=Quotient(numerator=8600, denominator=8688),
        clock=Quotient(numerator=30, denominator=31),
        clock_offset_ms=-90_000,
    ),
    2: Counts(
        sampled=Quotient(numerator=8928, denominator=8928),
        pictures=Quotient(numerator=8928, denominator=8928),
    ),
}


def made(
    *corrections: Correction, kind: PeriodKind = PeriodKind.MONTH, month: int = 10, day: int = 1
) -> Report:
    material = Material(
        towns=(TOWN,),
        points=POINTS,
        places=PLACES,
        upstreams=UPSTREAMS,
        histories=HISTORIES,
        counts=COUNTS,
        previous_counts={},
        day_samples={},
        corrections=corrections,
    )
    return reckon(material, SCHEME, period_of(kind, date(2026, month, day), LATER))


def correction(**fields: object) -> Correction:
    base: dict[str, object] = {
        "id": 1,
        "target": Target.CAMERA,
        "camera_id": 3,
        "subject": "3号",
        "start": FIRST + timedelta(hours=238),
        "end": FIRST + timedelta(hours=262),
        "judgement": Judgement.EXCLUDE,
        "reason": "停电",
        "by": "王工",
        "at": LATER,
    }
    return Correction(**(base | fields))  # type: ignore[arg-type]


# (numerator, denominator) of each figure of the town, by hand from the table above.
BY_HAND = {
    Indicator.ONLINE: (3504 * HOUR, 3587 * HOUR),
    # Without the 11 degraded hours of point 5.
    Indicator.INTACT: (3493 * HOUR, 3504 * HOUR),
    Indicator.ONLINE_SAMPLED: (8688 + 8928, 8928 + 8928),
    Indicator.PICTURE: (8600 + 8928, 8688 + 8928),
    Indicator.CLOCK: (30, 31),
    # Point 4's record is not complete.
    Indicator.ARCHIVE: (5, 6),
    # At the last moment both locations have an online camera.
    Indicator.COVERAGE: (2, 2),
    # Two outages, 20 h and 63 h, both repaired in October.
    Indicator.MTTR: (83 * HOUR, 2),
    # 20 h is within a junction's 24 h, 63 h is not within the other points' 48 h.
    Indicator.IN_TIME: (1, 2),
    Indicator.LONGEST_OUTAGE: (63 * HOUR, 1),
    # Location 1: point 2 is always online, 744 h covered. Location 2 hangs on point 3 alone until
    # point 5 comes at hour 360: 238 h covered, 63 h blind, 443 h covered (681).
    Indicator.COVERED_TIME: ((744 + 681) * HOUR, (744 + 744) * HOUR),
}


@pytest.mark.parametrize("indicator", list(BY_HAND))
def test_every_rate_of_the_month(indicator: Indicator) -> None:
    report = made()
    for group in (report.group(Scope.TOWN, TOWN), report.group(Scope.CITY)):
        assert group is not None
        figure = group.figures[indicator]
        assert (figure.corrected.numerator, figure.corrected.denominator) == BY_HAND[indicator]
        assert figure.observed == figure.corrected


def test_the_observed_share() -> None:
    group = made().group(Scope.CITY)
    assert group is not None
    assert group.points == 6
    assert group.figures[Indicator.ONLINE].seen == Quotient(
        numerator=3587 * HOUR, denominator=3660 * HOUR
    )


def test_the_groups() -> None:
    report = made()
    online = {
        (scope, name): report.group(scope, name).figures[Indicator.ONLINE].value  # type: ignore[union-attr]
        for scope, name in (
            (Scope.CATEGORY, "built"),
            (Scope.CATEGORY, "village"),
            (Scope.CATEGORY, "integrated"),
            (Scope.KIND, "junction"),
            (Scope.KIND, "back_street"),
            (Scope.KIND, ""),
        )
    }
    assert online == {
        (Scope.CATEGORY, "built"): Fraction(724 + 744, 1488),
        (Scope.CATEGORY, "village"): Fraction(681 + 672 + 383, 744 + 672 + 383),
        (Scope.CATEGORY, "integrated"): Fraction(1),
        (Scope.KIND, "junction"): Fraction(1468, 1488),
        (Scope.KIND, "back_street"): Fraction(681 + 383, 744 + 383),
        (Scope.KIND, ""): Fraction(1),
    }
    street = report.group(Scope.KIND, "back_street")
    assert street is not None
    assert street.figures[Indicator.COVERED_TIME].value == Fraction(681, 744)


def test_an_interval_over_midnights_falls_to_its_days() -> None:
    """Point 3: offline from 10 October 22:00 to the 13th 13:00: 2, 24, 24 and 13 hours."""
    days = {one.day.day: one for one in made().days if one.town == TOWN}
    # On the 11th and 12th point 4 is unknown (240 h to 288 h), on the 13th in maintenance.
    assert {day: days[day].online for day in (10, 11, 12, 13)} == {
        10: Quotient(numerator=(120 - 2) * HOUR, denominator=120 * HOUR),
        11: Quotient(numerator=(96 - 24) * HOUR, denominator=96 * HOUR),
        12: Quotient(numerator=(96 - 24) * HOUR, denominator=96 * HOUR),
        13: Quotient(numerator=(84 - 13) * HOUR, denominator=84 * HOUR),
    }
    whole = sum(one.online.numerator for one in days.values())
    assert whole == 3504 * HOUR


def test_a_single_day() -> None:
    report = made(kind=PeriodKind.DAY, day=11)
    city = report.group(Scope.CITY)
    assert city is not None
    assert city.figures[Indicator.ONLINE].corrected == Quotient(
        numerator=72 * HOUR, denominator=96 * HOUR
    )
    # The day before: five points (5 is not there yet), point 3 offline from 22:00 on.
    assert city.figures[Indicator.ONLINE].previous == Quotient(
        numerator=118 * HOUR, denominator=120 * HOUR
    )
    [place] = report.blind
    assert (place.name, place.blind_since) == ("后街", FIRST + timedelta(hours=238))
    assert place.blind_us == 24 * HOUR
    assert city.figures[Indicator.COVERAGE].value == Fraction(1, 2)
    # Nothing was repaired on that day.
    assert city.figures[Indicator.MTTR].value is None
    assert city.figures[Indicator.LONGEST_OUTAGE].value == 24 * 3600


def test_the_outages() -> None:
    first, second = made().outages
    assert (first.camera_id, first.offline_us, first.in_time) == (3, 63 * HOUR, False)
    assert first.began_at == FIRST + timedelta(hours=238)
    assert first.repaired_at == FIRST + timedelta(hours=301)
    assert (second.camera_id, second.offline_us, second.in_time) == (1, 20 * HOUR, True)


def test_the_score_by_hand() -> None:
    """Online 3504/3587 gives 60 x (3504/3587 - 0.9) / 0.1, repairs in time give 40 x 1/2."""
    [score] = made().scores
    online = 60 * (Fraction(3504, 3587) - Fraction(9, 10)) / Fraction(1, 10)
    assert score.score == online + 20
    assert score.rank == 1


def test_what_one_failure_would_blind() -> None:
    report = made()
    # Everything hangs on the uplink; the street's two cameras on one switch.
    assert [(one.name, one.points, one.blinded) for one in report.upstreams] == [
        ("上联", 5, 2),
        ("甲交换机", 4, 1),
    ]
    assert [(one.name, one.hanging, one.on) for one in report.fragile] == [
        ("十字街", Hanging.SINGLE_UPLINK, "上联"),
        ("后街", Hanging.SINGLE_UPLINK, "甲交换机"),
    ]


@pytest.mark.parametrize(
    ("judgement", "online", "judged"),
    [
        # 24 of point 3's 63 offline hours are out: 83 - 24 = 59 offline hours are left.
        (Judgement.EXCLUDE, 3504, 3504 + 59),
        (Judgement.MAINTENANCE, 3504, 3504 + 59),
        (Judgement.UNKNOWN, 3504, 3504 + 59),
        (Judgement.ONLINE, 3528, 3587),
        (Judgement.OFFLINE, 3504, 3587),
    ],
)
def test_a_correction_shows_both_figures(judgement: Judgement, online: int, judged: int) -> None:
    report = made(correction(judgement=judgement))
    city = report.group(Scope.CITY)
    assert city is not None
    figure = city.figures[Indicator.ONLINE]
    assert figure.corrected == Quotient(numerator=online * HOUR, denominator=judged * HOUR)
    assert figure.observed == Quotient(numerator=3504 * HOUR, denominator=3587 * HOUR)
    window = 3660 - 24 if judgement is Judgement.EXCLUDE else 3660
    assert figure.seen.denominator == window * HOUR
    [row] = report.corrections
    assert (row.points, row.time_us) == (1, 24 * HOUR)


def test_the_month_after_says_the_same_of_this_one() -> None:
    """Point 6 left in October; what November says of October counts it."""
    now, then = (made(month=month).group(Scope.CITY) for month in (10, 11))
    assert now is not None
    assert then is not None
    assert then.points == 5
    for indicator in (Indicator.ONLINE, Indicator.INTACT, Indicator.MTTR, Indicator.COVERAGE):
        assert then.figures[indicator].previous == now.figures[indicator].corrected, indicator


def test_a_correction_shows_both_coverages() -> None:
    """Point 3's 63 blind hours in the back street, 24 of them taken out: not known, not blind."""
    city = made(correction()).group(Scope.CITY)
    assert city is not None
    figure = city.figures[Indicator.COVERED_TIME]
    assert figure.observed == Quotient(numerator=1425 * HOUR, denominator=1488 * HOUR)
    assert figure.corrected == Quotient(numerator=1425 * HOUR, denominator=1464 * HOUR)


def test_corrections_of_an_upstream_and_a_town_reach_what_is_below() -> None:
    on_switch = made(correction(target=Target.UPSTREAM, camera_id=None, upstream_id=2))
    assert on_switch.corrections[0].points == 4
    in_town = made(correction(target=Target.TOWN, camera_id=None, town=TOWN))
    assert in_town.corrections[0].points == 6


def test_a_removed_correction_counts_no_longer() -> None:
    report = made(correction(removed_at=LATER, removed_by="李工", removed_reason="误填"))
    city = report.group(Scope.CITY)
    assert city is not None
    assert city.figures[Indicator.ONLINE].value == Fraction(3504, 3587)
    assert report.corrections == ()


def test_reported_points_are_counted_apart() -> None:
    material_points = (*POINTS[:5], point(6, Category.INTEGRATED, source=Source.REPORTED))
    report = reckon(
        Material(
            towns=(TOWN,),
            points=material_points,
            places=PLACES,
            upstreams=UPSTREAMS,
            histories=HISTORIES,
            counts={},
            previous_counts={},
            day_samples={},
        ),
        SCHEME,
        period_of(PeriodKind.MONTH, date(2026, 10, 1), LATER),
    )
    ours, theirs = report.group(Scope.CITY), report.group(Scope.CITY, source=Source.REPORTED)
    assert ours is not None
    assert theirs is not None
    assert (ours.points, theirs.points) == (5, 1)
    assert ours.figures[Indicator.ONLINE].value == Fraction(3204, 3287)
    assert theirs.figures[Indicator.ONLINE].value == 1
    assert Indicator.COVERAGE not in theirs.figures


def test_states_at_the_end() -> None:
    states = {place.name: place.state for place in made().places}
    assert states == {"十字街": KeyLocationState.COVERED, "后街": KeyLocationState.COVERED}
    rows = {one.id: one for one in made().cameras}
    assert rows[6].status is Status.RETIRED
    assert rows[6].since == FIRST + timedelta(hours=300)
    assert rows[5].seen == Quotient(numerator=383 * HOUR, denominator=384 * HOUR)
