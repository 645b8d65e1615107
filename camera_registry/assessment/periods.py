"""Days, weeks and months of Asia/Shanghai. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from camera_registry.assessment.vocabulary import Period, PeriodKind
from camera_registry.rollups import day_bounds


def period_of(kind: PeriodKind, day: date, now: datetime) -> Period:
    """The day, week (from Monday) or month that `day` is in, reckoned as far as `now`."""
    first = _first(kind, day)
    last = _after(kind, first) - timedelta(days=1)
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    return Period(
        kind=kind, first=first, last=last, start=start, end=end, until=max(start, min(end, now))
    )


def before(period: Period) -> Period:
    """The period before, whole."""
    return period_of(period.kind, period.first - timedelta(days=1), period.start)


def days_of(period: Period) -> list[date]:
    """The local days that the period has begun of."""
    days = (period.last - period.first).days + 1
    found = [period.first + timedelta(days=number) for number in range(days)]
    return [day for day in found if day_bounds(day)[0] < period.until]


def _first(kind: PeriodKind, day: date) -> date:
    if kind is PeriodKind.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if kind is PeriodKind.MONTH else day


def _after(kind: PeriodKind, first: date) -> date:
    if kind is PeriodKind.MONTH:
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=7 if kind is PeriodKind.WEEK else 1)
