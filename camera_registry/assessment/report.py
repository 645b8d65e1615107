"""A report as a whole: figures, lists, scores and the scheme they were made by. Frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from camera_registry.assessment.corrections import CorrectionRow
from camera_registry.assessment.rows import (
    CameraRow,
    DayFigures,
    FragileRow,
    OutageRow,
    PlaceKind,
    PlaceRow,
    UpstreamRow,
)
from camera_registry.assessment.vocabulary import (
    Group,
    Indicator,
    Period,
    Scope,
    Source,
)
from camera_registry.vocabulary import (
    Category,
    KeyLocationState,
)


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
