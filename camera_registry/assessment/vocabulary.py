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

from camera_registry.vocabulary import (
    Category,
    KeyLocationKind,
    KeyLocationState,
    Status,
    UpstreamKind,
)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """A day of the city (`town` "") or of a town, for charts, corrections counted in; observed
    points only. `online` and `intact` are µs, `sampled` looks, `seen` judged ÷ window µs."""

    day: date
    town: str
    online: Quotient
    seen: Quotient
    intact: Quotient
    sampled: Quotient


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRow:
    """One point in the period, corrections counted in. `status` is that at `until`, `since` when
    it began. `online`, `seen`, `intact` are µs, `sampled` looks, `pictures` pictures. `outages`
    touch the period; `longest_outage_us` and `offline_us` are inside it. `clock_offset_ms` is the
    largest offset of its clock (device less ours) that was seen in the period."""

    id: int
    label: str
    name: str
    town: str
    village: str
    grid: str
    category: Category
    kind: KeyLocationKind | None
    maintainer: str
    vendor: str
    model: str
    upstream: str
    source: Source
    status: Status
    since: datetime
    online: Quotient
    seen: Quotient
    intact: Quotient
    sampled: Quotient
    pictures: Quotient
    outages: int
    offline_us: int
    longest_outage_us: int
    clock_offset_ms: int | None
    archive_complete: bool


class PlaceKind(StrEnum):
    """Places that are to be seen."""

    KEY_LOCATION = "key_location"
    GRID = "grid"
    VILLAGE = "village"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """A key location (`location_kind` set), grid or village, and how it was seen.

    `state` is that at `until`. `blind_since` is set for one that is blind then: since when, without
    a break, which may lie before the period (never before what is read, the period before this
    one: `blind_since_before` is then true, for "since this or earlier"). The lengths are inside
    the period. `points` counts its cameras in use at `until`. `longitude` and `latitude` (WGS-84
    degrees) are the mean of its cameras' positions, None where none has one. `village` is that of
    a grid.
    """

    kind: PlaceKind
    id: int
    name: str
    town: str
    village: str = ""
    location_kind: KeyLocationKind | None = None
    points: int
    state: KeyLocationState
    blind_since: datetime | None = None
    blind_since_before: bool = False
    covered_us: int
    blind_us: int
    unknown_us: int
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRow:
    """One outage of one camera: from its going offline to its delivering again. Time in between
    that nobody saw (unknown) is no part of its length. `repaired_at` is None where it had not come
    back by `until`, or ended otherwise (maintenance, retirement). `offline_us` is the whole
    length, `in_period_us` the part inside the period. `in_time` is None where it is not repaired.
    """

    camera_id: int
    label: str
    name: str
    town: str
    village: str
    category: Category
    kind: KeyLocationKind | None
    maintainer: str
    began_at: datetime
    repaired_at: datetime | None
    offline_us: int
    in_period_us: int
    limit_us: int
    in_time: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRow:
    """An upstream device, and what would go with it: `points` below it, and the key locations
    all of whose cameras are below it (`blinded`, by kind in `blinded_kinds`)."""

    id: int
    name: str
    kind: UpstreamKind
    town: str
    points: int
    blinded: int
    blinded_kinds: Mapping[KeyLocationKind, int]


class Hanging(StrEnum):
    """What a key location hangs on alone."""

    NO_CAMERA = "no_camera"
    SINGLE_CAMERA = "single_camera"
    SINGLE_UPLINK = "single_uplink"


@dataclass(frozen=True, slots=True, kw_only=True)
class FragileRow:
    """A key location that one failure blinds. `on` is the camera's name, or that of the upstream
    nearest to its cameras which all of them hang on; "" without any camera."""

    location_id: int
    name: str
    town: str
    location_kind: KeyLocationKind
    points: int
    hanging: Hanging
    on: str


class Judgement(StrEnum):
    """What a correction makes of a time: taken out of every figure, or counted as something else
    (我方原因 unknown, 检修 maintenance, and online or offline where the look was wrong)."""

    EXCLUDE = "exclude"
    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"


class Target(StrEnum):
    """What a correction is of."""

    CAMERA = "camera"
    UPSTREAM = "upstream"
    TOWN = "town"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A time [start, end) of a camera, of all below an upstream, or of a town, that is to be
    judged otherwise; who said so, when and why. Exactly one of the ids or `town` is set; `subject`
    is its name. One that was removed stays, with who removed it, when and why."""

    id: int
    target: Target
    camera_id: int | None = None
    upstream_id: int | None = None
    town: str = ""
    subject: str
    start: datetime
    end: datetime
    judgement: Judgement
    reason: str
    by: str
    at: datetime
    removed_at: datetime | None = None
    removed_by: str = ""
    removed_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRow:
    """A correction that stands and touches the period, with how many points it reaches and how
    much of their time in the period (µs, summed over them)."""

    correction: Correction
    points: int
    time_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """What one indicator gives a town: `weight` is the most it can give, `points` what it gives,
    `value` the figure's (None: nothing was judged, and its weight is left out)."""

    indicator: Indicator
    weight: Fraction
    value: Fraction | None
    points: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A town's result (考核得分), 0 to 100, and its rank from 1; equal scores share a rank. `score`
    is None (and the rank too) where no indicator had anything to judge. `change` is the score less
    that of the period before, under the same scheme."""

    town: str
    score: Fraction | None
    rank: int | None
    change: Fraction | None
    parts: tuple[ScorePart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeFacts:
    """By which scheme (考核办法) the figures were made: what a reader has to know of it.

    `weights` are the indicators' of the score. `excluded_categories` and `excluded_points` (labels)
    take no part in any figure of groups.
    """

    name: str
    version: str
    clock_limit_s: int
    repair_limits_h: Mapping[str, int]
    weights: Mapping[Indicator, Fraction]
    excluded_categories: tuple[Category, ...] = ()
    excluded_points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one period. It says nothing of when or where it was made: the same data and
    scheme give the same report, to the byte of `assessment.document.figures_document`.

    `towns` gives the towns' order. `groups` are in the order of `Scope`, then of towns, then of
    names; `days` by town in that order ("" the city first) and day; `cameras` by id; `places` by
    kind, town and name; `outages` the longest in the period first; `upstreams` by how much they
    would blind, those that would blind nothing left out; `scores` by rank. `method` are keys of
    texts (`report.method.<key>` of the catalogues) that say how figures were made, in order.
    """

    period: Period
    previous: Period
    scheme: SchemeFacts
    towns: tuple[str, ...]
    groups: tuple[Group, ...]
    days: tuple[DayFigures, ...]
    cameras: tuple[CameraRow, ...]
    places: tuple[PlaceRow, ...]
    outages: tuple[OutageRow, ...]
    upstreams: tuple[UpstreamRow, ...]
    fragile: tuple[FragileRow, ...]
    corrections: tuple[CorrectionRow, ...]
    scores: tuple[Score, ...]
    method: tuple[str, ...]

    def group(
        self,
        scope: Scope,
        name: str = "",
        *,
        town: str = "",
        source: Source = Source.OBSERVED,
    ) -> Group | None:
        """The group of a scope and name; `town` tells villages of one name apart."""
        for one in self.groups:
            if (one.scope, one.name, one.source) == (scope, name, source) and (
                not town or one.town == town
            ):
                return one
        return None

    @property
    def blind(self) -> tuple[PlaceRow, ...]:
        """The key locations that are blind at `period.until`, in their order."""
        return tuple(
            place
            for place in self.places
            if place.kind is PlaceKind.KEY_LOCATION and place.state is KeyLocationState.BLIND
        )
