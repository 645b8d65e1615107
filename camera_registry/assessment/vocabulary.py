"""The words of a report: a period's figures, exactly, with what they were made of. Frozen data.

Every figure is a quotient of whole numbers, so that it is the same to the byte wherever and
whenever it is reckoned again from the same data; roundings are for whoever shows it. Durations are
whole microseconds (`_us`). Days are those of Asia/Shanghai; moments are aware, in UTC. What each
figure means, with its formula, is in `docs/rates.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

US_PER_S = 1_000_000


class PeriodKind(StrEnum):
    """How long a report speaks of. Weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A day, week or month: local days `first` to `last`, both included; [start, end) in UTC.

    Figures reach up to `until`: `end`, or the moment of reckoning for a period still under way.
    """

    kind: PeriodKind
    first: date
    last: date
    start: datetime
    end: datetime
    until: datetime

    @property
    def complete(self) -> bool:
        return self.until == self.end


class Indicator(StrEnum):
    """What is assessed (指标). The comment says what is divided by what."""

    # 在线率, by duration: online µs ÷ judged µs.
    ONLINE = "online"
    # 在线率, as assessments count it: looks with a stream ÷ looks that counted.
    ONLINE_SAMPLED = "online_sampled"
    # 完好率: µs online without a picture fault ÷ µs with a picture.
    INTACT = "intact"
    # 图像合格率: pictures without a fault ÷ pictures judged.
    PICTURE = "picture"
    # 时钟准确率: camera-days with the clock within the limit ÷ camera-days with a clock known.
    CLOCK = "clock"
    # 档案合格率: complete and consistent records ÷ records, as the archive is now.
    ARCHIVE = "archive"
    # 覆盖率: places covered ÷ places, at the period's last moment.
    COVERAGE = "coverage"
    GRID_COVERAGE = "grid_coverage"
    VILLAGE_COVERAGE = "village_coverage"
    # 覆盖率 over time: µs covered ÷ µs known (covered or blind), of key locations.
    COVERED_TIME = "covered_time"
    # 平均修复时长: µs offline of the outages repaired in the period ÷ repairs.
    MTTR = "mttr"
    # 及时修复率: repairs within their limit ÷ repairs.
    IN_TIME = "in_time"
    # 最长中断: µs offline in the period of the longest outage ÷ 1 (÷ 0 where there was none).
    LONGEST_OUTAGE = "longest_outage"


class Unit(StrEnum):
    """What a figure's numerator and denominator count."""

    MICROSECONDS = "microseconds"
    LOOKS = "looks"
    PICTURES = "pictures"
    CAMERA_DAYS = "camera_days"
    RECORDS = "records"
    PLACES = "places"
    REPAIRS = "repairs"
    # µs ÷ repairs or outages: the value is a duration, not a share.
    DURATION = "duration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotient:
    """Whole numbers, one over the other; `value` is None where there is nothing to divide by."""

    numerator: int = 0
    denominator: int = 0

    @property
    def value(self) -> Fraction | None:
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    def __add__(self, other: Quotient) -> Quotient:
        return Quotient(
            numerator=self.numerator + other.numerator,
            denominator=self.denominator + other.denominator,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of one group.

    `corrected` counts corrections in and is the figure that is assessed; `observed` is without
    them (the same where none touches it). `seen` is the observed share: how much of what there was
    the figure speaks of (judged ÷ window µs, looks that counted ÷ looks, cameras with a clock
    known...), corrections counted in. `previous` is `corrected` of the period before, None where it
    is not known (the archive rate is only known as of now).
    """

    indicator: Indicator
    unit: Unit
    corrected: Quotient
    observed: Quotient
    seen: Quotient
    previous: Quotient | None = None

    @property
    def value(self) -> Fraction | None:
        """A share from 0 to 1, or for `Unit.DURATION` seconds; None where nothing was judged."""
        return self._valued(self.corrected)

    @property
    def value_observed(self) -> Fraction | None:
        """The value without corrections."""
        return self._valued(self.observed)

    @property
    def value_previous(self) -> Fraction | None:
        return self._valued(self.previous) if self.previous is not None else None

    @property
    def change(self) -> Fraction | None:
        """The value less that of the period before; None where either is missing."""
        before = self.value_previous
        return self.value - before if self.value is not None and before is not None else None

    def _valued(self, quotient: Quotient) -> Fraction | None:
        value = quotient.value
        if value is None or self.unit is not Unit.DURATION:
            return value
        return value / US_PER_S


class Scope(StrEnum):
    """What points are grouped by."""

    CITY = "city"
    TOWN = "town"
    VILLAGE = "village"
    CATEGORY = "category"
    KIND = "kind"
    MAINTAINER = "maintainer"
    VENDOR = "vendor"
    MODEL = "model"


class Source(StrEnum):
    """Who says how a point is: our own looks, or the platform that it hangs on. The two are
    never summed up together."""

    OBSERVED = "observed"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The figures of a group of points.

    `name` is the town's or village's name, the value of a `Category` or `KeyLocationKind`, or the
    text of the archive; "" for the city, and for points of which the archive does not tell it.
    `town` is that of a village (names of villages repeat), or the town itself; else "". `points`
    were there (not retired) at some time of the period. `figures` has every `Indicator` that the
    group can have: coverage is of city, towns, villages and kinds, grids' and villages' coverage
    of city and towns. Reported groups have no figures made of our looks.
    """

    scope: Scope
    name: str
    town: str = ""
    source: Source = Source.OBSERVED
    points: int
    figures: Mapping[Indicator, Figure]
