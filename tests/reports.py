"""A made-up report of a small city, for tests of what is written and for looking at it.

`python -m tests.reports DIR [day|week|month]` writes it in every format.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from camera_registry.assessment.corrections import Correction, CorrectionRow, Judgement, Target
from camera_registry.assessment.report import Report, SchemeFacts, Score
from camera_registry.assessment.rows import (
    CameraRow,
    DayFigures,
    FragileRow,
    Hanging,
    OutageRow,
    PlaceKind,
    PlaceRow,
    UpstreamRow,
)
from camera_registry.assessment.vocabulary import (
    Figure,
    Group,
    Indicator,
    Period,
    PeriodKind,
    Quotient,
    Scope,
    Source,
    Unit,
)
from camera_registry.vocabulary import (
    Category,
    KeyLocationKind,
    KeyLocationState,
    Status,
    UpstreamKind,
)

CITY = ZoneInfo("Asia/Shanghai")
TOWNS = ("青山镇", "柳河镇", "石桥镇", "白湖镇", "东岗镇", "双塘镇", "龙泉街道", "新城街道")
HOUR_US = 3_600_000_000
LENGTHS = {PeriodKind.DAY: 1, PeriodKind.WEEK: 7, PeriodKind.MONTH: 31}
UNITS = {
    Indicator.ONLINE_SAMPLED: Unit.LOOKS,
    Indicator.PICTURE: Unit.PICTURES,
    Indicator.CLOCK: Unit.CAMERA_DAYS,
    Indicator.ARCHIVE: Unit.RECORDS,
    Indicator.COVERAGE: Unit.PLACES,
    Indicator.GRID_COVERAGE: Unit.PLACES,
    Indicator.VILLAGE_COVERAGE: Unit.PLACES,
    Indicator.MTTR: Unit.DURATION,
    Indicator.IN_TIME: Unit.REPAIRS,
    Indicator.LONGEST_OUTAGE: Unit.DURATION,
}


def period(kind: PeriodKind = PeriodKind.MONTH) -> Period:
    """The one that begins on 2 March 2026, a Monday (a month: on the 1st)."""
    first = date(2026, 3, 1 if kind is PeriodKind.MONTH else 2)
    start = datetime(first.year, first.month, first.day, tzinfo=CITY).astimezone(UTC)
    end = start + timedelta(days=LENGTHS[kind])
    last = first + timedelta(days=LENGTHS[kind] - 1)
    return Period(kind=kind, first=first, last=last, start=start, end=end, until=end)


def figure(indicator: Indicator, chance: random.Random, size: int = 1000) -> Figure:
    unit = UNITS.get(indicator, Unit.MICROSECONDS)
    if unit is Unit.DURATION:
        repairs = 1 if indicator is Indicator.LONGEST_OUTAGE else chance.randint(1, 9)
        corrected = Quotient(
            numerator=repairs * chance.randint(1, 60) * HOUR_US, denominator=repairs
        )
    else:
        scale = HOUR_US if unit is Unit.MICROSECONDS else 1
        corrected = Quotient(
            numerator=round(size * chance.uniform(0.88, 1.0)) * scale, denominator=size * scale
        )
    before = Quotient(
        numerator=corrected.numerator - corrected.denominator // 200,
        denominator=corrected.denominator,
    )
    return Figure(
        indicator=indicator,
        unit=unit,
        corrected=corrected,
        observed=before if indicator is Indicator.ONLINE else corrected,
        seen=Quotient(numerator=round(990 * chance.uniform(0.97, 1.0)), denominator=1000),
        previous=before,
    )


def group(scope: Scope, name: str, chance: random.Random, **fields: object) -> Group:
    figures = {one: figure(one, chance) for one in Indicator}
    return Group(scope=scope, name=name, points=1000, figures=figures, **fields)  # type: ignore[arg-type]


def report(kind: PeriodKind = PeriodKind.MONTH, *, cameras: int = 40, seed: int = 1) -> Report:
    """The same seed gives the same report."""
    chance = random.Random(seed)
    here, before = period(kind), period(kind)
    places = tuple(_place(number, chance, here) for number in range(60))
    return Report(
        period=here,
        previous=before,
        scheme=SchemeFacts(
            name="市级考核办法",
            version="2026.1",
            clock_limit_s=60,
            repair_limits_h={"urgent": 24},
            weights={Indicator.ONLINE: Fraction(60), Indicator.COVERAGE: Fraction(40)},
            excluded_points=("34088100001320000009",),
        ),
        towns=TOWNS,
        groups=_groups(chance),
        days=tuple(_days(chance, here)),
        cameras=tuple(_camera(number, chance, here) for number in range(cameras)),
        places=places,
        outages=tuple(_outage(number, chance, here) for number in range(12)),
        upstreams=tuple(_upstream(number) for number in range(4)),
        fragile=tuple(_fragile(number) for number in range(6)),
        corrections=(_correction(here),),
        scores=tuple(
            Score(
                town=town,
                score=Fraction(9900 - 73 * rank, 100),
                rank=rank,
                change=Fraction(rank - 4, 10),
                parts=(),
            )
            for rank, town in enumerate(TOWNS, start=1)
        ),
        method=(),
    )


def _groups(chance: random.Random) -> tuple[Group, ...]:
    return (
        group(Scope.CITY, "", chance),
        *(group(Scope.TOWN, town, chance, town=town) for town in TOWNS),
        *(group(Scope.VILLAGE, f"{town}村", chance, town=town) for town in TOWNS),
        *(group(Scope.CATEGORY, one.value, chance) for one in Category),
        *(group(Scope.KIND, one.value, chance) for one in KeyLocationKind),
        group(Scope.KIND, "", chance),
        group(Scope.MAINTAINER, '=HYPERLINK("http://192.0.2.7","甲公司")', chance),
        group(Scope.VENDOR, "", chance),
        group(Scope.CITY, "", chance, source=Source.REPORTED),
    )


def _days(chance: random.Random, here: Period) -> list[DayFigures]:
    found = []
    for town in ("", *TOWNS):
        for number in range(LENGTHS[here.kind]):
            online, intact, seen = (round(1000 * chance.uniform(0.93, 1)) for _ in range(3))
            found.append(
                DayFigures(
                    day=here.first + timedelta(days=number),
                    town=town,
                    online=Quotient(numerator=online, denominator=1000),
                    seen=Quotient(numerator=seen, denominator=1000),
                    intact=Quotient(numerator=intact, denominator=1000),
                    sampled=Quotient(numerator=online, denominator=1000),
                )
            )
    return found


def _place(number: int, chance: random.Random, here: Period) -> PlaceRow:
    town = number % len(TOWNS)
    is_blind = number % 11 == 3
    is_key = number < 48
    return PlaceRow(
        kind=PlaceKind.KEY_LOCATION if is_key else PlaceKind.GRID,
        id=number,
        name=f"人民路与文昌路{number}号路口" if is_key else f"第{number}网格",
        town=TOWNS[town],
        location_kind=list(KeyLocationKind)[number % 3] if is_key else None,
        points=1 + number % 3,
        state=KeyLocationState.BLIND if is_blind else KeyLocationState.COVERED,
        blind_since=here.end - timedelta(hours=7 * number) if is_blind else None,
        blind_since_before=number == 3,
        covered_us=700 * HOUR_US,
        blind_us=number * HOUR_US if is_blind else 0,
        unknown_us=2 * HOUR_US,
        longitude=116.8 + town % 3 * 0.12 + chance.uniform(-0.05, 0.05),
        latitude=31.0 + town // 3 * 0.1 + chance.uniform(-0.04, 0.04),
    )


def _camera(number: int, chance: random.Random, here: Period) -> CameraRow:
    online = round(744 * chance.uniform(0.8, 1))
    return CameraRow(
        id=number,
        label=f"3408810000132{number:07d}",
        name=f"人民路{number}号",
        town=TOWNS[number % len(TOWNS)],
        village="河东村",
        grid="第1网格",
        category=list(Category)[number % 3],
        kind=None,
        maintainer="@甲公司",
        vendor="海康",
        model="DS-2CD",
        upstream="青山镇-NVR-01",
        source=Source.OBSERVED,
        status=Status.ONLINE,
        since=here.start,
        online=Quotient(numerator=online * HOUR_US, denominator=744 * HOUR_US),
        seen=Quotient(numerator=990, denominator=1000),
        intact=Quotient(numerator=online, denominator=744),
        sampled=Quotient(numerator=online * 12, denominator=744 * 12),
        pictures=Quotient(numerator=online, denominator=744),
        outages=744 - online,
        offline_us=(744 - online) * HOUR_US,
        longest_outage_us=HOUR_US,
        clock_offset_ms=None if number % 2 else -1500,
        archive_complete=bool(number % 5),
    )


def _outage(number: int, chance: random.Random, here: Period) -> OutageRow:
    hours = 120 - 9 * number + chance.randint(0, 5)
    began_at = here.end - timedelta(hours=hours + 10 * (number % 2))
    return OutageRow(
        camera_id=number,
        label=f"3408810000132{number:07d}",
        name=f"人民路{number}号",
        town=TOWNS[number % len(TOWNS)],
        village="河东村",
        category=list(Category)[number % 3],
        kind=KeyLocationKind.JUNCTION if number % 4 == 0 else None,
        maintainer="甲公司",
        began_at=began_at,
        repaired_at=began_at + timedelta(hours=hours) if number % 2 else None,
        offline_us=hours * HOUR_US,
        in_period_us=hours * HOUR_US,
        limit_us=24 * HOUR_US,
        in_time=hours <= 24 if number % 2 else None,
    )


def _upstream(number: int) -> UpstreamRow:
    return UpstreamRow(
        id=number,
        name=f"青山镇-上联-{number}",
        kind=list(UpstreamKind)[number % 3],
        town=TOWNS[number],
        points=400 - 90 * number,
        blinded=12 - 2 * number,
        blinded_kinds={KeyLocationKind.JUNCTION: 12 - 2 * number},
    )


def _fragile(number: int) -> FragileRow:
    return FragileRow(
        location_id=number,
        name=f"菜市场{number}号门",
        town=TOWNS[number],
        location_kind=KeyLocationKind.CROWDED_PLACE,
        points=number % 2 + 1,
        hanging=Hanging.SINGLE_UPLINK if number % 2 else Hanging.SINGLE_CAMERA,
        on="青山镇-NVR-01" if number % 2 else f"菜市场{number}号",
    )


def _correction(here: Period) -> CorrectionRow:
    return CorrectionRow(
        correction=Correction(
            id=1,
            target=Target.TOWN,
            town=TOWNS[0],
            subject=TOWNS[0],
            start=here.start,
            end=here.start + timedelta(hours=8),
            judgement=Judgement.EXCLUDE,
            reason="供电公司计划停电",
            by="王工",
            at=here.start + timedelta(hours=30),
        ),
        points=420,
        time_us=420 * 8 * HOUR_US,
    )


def main() -> None:
    from exporters.reports.writing import write_report

    folder, *kinds = sys.argv[1:]
    for language in ("zh_CN", "en"):
        for kind in map(PeriodKind, kinds or ["month"]):
            write_report(
                Path(folder),
                report(kind),
                {"made_up": True},
                formats=("xlsx", "pdf", "html", "json", "csv"),
                language=language,
                city="桐城市",
                zone=CITY,
                made_at=period(kind).end + timedelta(minutes=20),
            )


if __name__ == "__main__":
    main()
