"""Which reports are to be made at a moment. Pure.

A report of a day is due the day after, at the configured time of the city; of a week on the Monday
after, of a month on the first after.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from camera_registry.assessment.vocabulary import PeriodKind

# What was missed is made up for this far back: a week's outage of the monitor is a long one, and
# a report of days that nobody watched says nothing.
MISSED_DAYS = 7
# Later than this after it was due a report is marked as late.
LATE_AFTER = timedelta(hours=1)

# What tells one report from another: its kind and first day.
Made = tuple[str, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A report to make."""

    kind: PeriodKind
    first: date
    due_at: datetime

    def late(self, now: datetime) -> bool:
        return now - self.due_at > LATE_AFTER


def due_reports(
    now: datetime,
    at: time,
    zone: tzinfo,
    kinds: Collection[PeriodKind],
    made: Collection[Made],
    began: datetime,
) -> list[Due]:
    """The reports that are due at `now` (aware) and not among `made`, the oldest first; of weeks
    and months the last one only. Of what was over when the history `began` (aware) there is
    nothing to say."""
    today = now.astimezone(zone).date()
    began_on = began.astimezone(zone).date()
    wanted = [*_days(today), *_weeks(today), *_months(today)]
    found = [
        Due(kind=kind, first=first, due_at=datetime.combine(after, at, tzinfo=zone))
        for kind, first, after in wanted
        if kind in kinds and (kind.value, first) not in made and after > began_on
    ]
    return [one for one in found if one.due_at <= now]


def _days(today: date) -> Iterator[tuple[PeriodKind, date, date]]:
    for back in range(MISSED_DAYS, 0, -1):
        first = today - timedelta(days=back)
        yield PeriodKind.DAY, first, first + timedelta(days=1)


def _weeks(today: date) -> Iterator[tuple[PeriodKind, date, date]]:
    this = today - timedelta(days=today.weekday())
    yield PeriodKind.WEEK, this - timedelta(days=7), this


def _months(today: date) -> Iterator[tuple[PeriodKind, date, date]]:
    this = today.replace(day=1)
    yield PeriodKind.MONTH, (this - timedelta(days=1)).replace(day=1), this
