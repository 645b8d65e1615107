"""An assessment scheme (考核办法): how figures become a score. Pure.

Each indicator gives its weight in full from `full` on, nothing up to `floor`, and in between in
proportion. An indicator with nothing to judge is left out with its weight; the score is what was
given ÷ what could be given, of 100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from camera_registry.assessment.report import SchemeFacts, Score, ScorePart
from camera_registry.assessment.vocabulary import Indicator
from camera_registry.vocabulary import Category, KeyLocationKind

# The limit for points that no class is given for.
DEFAULT_CLASS = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Between which values an indicator gives its weight."""

    weight: Fraction
    floor: Fraction
    full: Fraction

    def points(self, value: Fraction) -> Fraction:
        """What a value gives, 0 to `weight`; `floor` above `full` is for what is better when
        smaller."""
        share = (value - self.floor) / (self.full - self.floor)
        return self.weight * min(Fraction(1), max(Fraction(0), share))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A scheme as read from its file. `repair_limits_h` is by a key location's kind or, for
    other points, their category; `DEFAULT_CLASS` for all others."""

    name: str
    version: str
    clock_limit_s: int
    repair_limits_h: Mapping[str, int]
    marks: Mapping[Indicator, Mark]
    excluded_categories: tuple[Category, ...] = ()
    excluded_points: tuple[str, ...] = ()

    @property
    def facts(self) -> SchemeFacts:
        return SchemeFacts(
            name=self.name,
            version=self.version,
            clock_limit_s=self.clock_limit_s,
            repair_limits_h=dict(sorted(self.repair_limits_h.items())),
            weights={one: mark.weight for one, mark in self.marks.items()},
            excluded_categories=self.excluded_categories,
            excluded_points=self.excluded_points,
        )

    def repair_limit_h(self, kind: KeyLocationKind | None, category: Category) -> int:
        """Within how many hours a point is to be repaired."""
        for key in (kind, category, DEFAULT_CLASS):
            if key is not None and str(key) in self.repair_limits_h:
                return self.repair_limits_h[str(key)]
        return self.repair_limits_h[DEFAULT_CLASS]


def parts_of(scheme: Scheme, values: Mapping[Indicator, Fraction | None]) -> tuple[ScorePart, ...]:
    """What each indicator of the scheme gives."""
    parts = []
    for one, mark in scheme.marks.items():
        value = values.get(one)
        given = mark.points(value) if value is not None else None
        parts.append(ScorePart(indicator=one, weight=mark.weight, value=value, points=given))
    return tuple(parts)


def score_of(parts: tuple[ScorePart, ...]) -> Fraction | None:
    """0 to 100; None where nothing was judged."""
    possible = sum((part.weight for part in parts if part.points is not None), Fraction(0))
    if not possible:
        return None
    given = sum((part.points for part in parts if part.points is not None), Fraction(0))
    return 100 * given / possible


def ranked(
    parts: Mapping[str, tuple[ScorePart, ...]], before: Mapping[str, Fraction | None]
) -> tuple[Score, ...]:
    """The towns by score, the best first, equal ones sharing a rank; those without one last."""
    scores = {town: score_of(one) for town, one in parts.items()}
    known = sorted((s for s in scores.values() if s is not None), reverse=True)
    found = []
    for town, score in scores.items():
        earlier = before.get(town)
        found.append(
            Score(
                town=town,
                score=score,
                rank=known.index(score) + 1 if score is not None else None,
                change=score - earlier if score is not None and earlier is not None else None,
                parts=parts[town],
            )
        )
    return tuple(sorted(found, key=lambda one: (one.rank is None, one.rank or 0)))
