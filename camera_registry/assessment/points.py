"""What one point was in a period and in the one before, with corrections and without. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from camera_registry.assessment.corrections import Correction, Target
from camera_registry.assessment.material import Counts, Material, Point
from camera_registry.assessment.resilience import chains
from camera_registry.assessment.scheme import Scheme
from camera_registry.assessment.spans import (
    Lengths,
    Outage,
    Span,
    clip,
    correct,
    lengths,
    micros,
    outages,
    spans_of,
)
from camera_registry.assessment.vocabulary import Period

_US_PER_HOUR = 3_600_000_000
NO_COUNTS = Counts()


class Repairs(NamedTuple):
    """Of the outages that ended by repair in a window: how many, how many in time, and their
    offline microseconds; and of all that touch it, the longest's microseconds inside."""

    repaired: int
    in_time: int
    offline: int
    touching: int
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One point in one period, by one way of seeing it."""

    lengths: Lengths
    repairs: Repairs


@dataclass(frozen=True, slots=True, kw_only=True)
class PointTime:
    """One point's spans up to the period's `until`, corrected and as observed, and its windows.
    The observed ones are the corrected ones themselves where no correction touches the point."""

    point: Point
    spans: Sequence[Span]
    observed_spans: Sequence[Span]
    outages: Sequence[Outage]
    corrected: Window
    observed: Window
    previous: Window
    counts: Counts
    previous_counts: Counts

    @property
    def present(self) -> bool:
        """Whether the point was there at some time of the period; one that left before it counts
        in the figures of the period before only."""
        return self.corrected.lengths.window > 0 or self.observed.lengths.window > 0


def point_times(
    material: Material, scheme: Scheme, period: Period, previous: Period
) -> list[PointTime]:
    """Every point that has a history."""
    reach = _Reach(material)
    found = []
    for point in material.points:
        history = material.histories.get(point.id, ())
        spans = spans_of(history, micros(period.until))
        if spans:
            found.append(
                _point_time(point, spans, reach.of(point), material, scheme, period, previous)
            )
    return found


def _point_time(
    point: Point,
    spans: list[Span],
    corrections: Sequence[Correction],
    material: Material,
    scheme: Scheme,
    period: Period,
    previous: Period,
) -> PointTime:
    limit = scheme.repair_limit_h(point.kind, point.category) * _US_PER_HOUR
    corrected = correct(spans, corrections) if corrections else spans
    down = outages(corrected)
    here = _window(corrected, down, limit, period)
    return PointTime(
        point=point,
        spans=corrected,
        observed_spans=spans,
        outages=down,
        corrected=here,
        observed=_window(spans, outages(spans), limit, period) if corrections else here,
        previous=_window(corrected, down, limit, previous),
        counts=material.counts.get(point.id, NO_COUNTS),
        previous_counts=material.previous_counts.get(point.id, NO_COUNTS),
    )


def _window(spans: Sequence[Span], down: Sequence[Outage], limit: int, period: Period) -> Window:
    start, until = micros(period.start), micros(period.until)
    ended = [one for one in down if one.repaired is not None and start <= one.repaired < until]
    inside = [one.inside(start, until) for one in down]
    touching = [us for us in inside if us]
    return Window(
        lengths=lengths(clip(spans, start, until)),
        repairs=Repairs(
            repaired=len(ended),
            in_time=sum(one.offline <= limit for one in ended),
            offline=sum(one.offline for one in ended),
            touching=len(touching),
            longest=max(touching, default=0),
        ),
    )


class _Reach:
    """Which corrections reach a point: its own, its upstreams', its town's; removed ones none."""

    def __init__(self, material: Material) -> None:
        self._above = chains(material.upstreams)
        self._by: dict[tuple[Target, object], list[Correction]] = {}
        for one in material.corrections:
            if one.removed_at is None:
                self._by.setdefault((one.target, target_of(one)), []).append(one)

    def of(self, point: Point) -> list[Correction]:
        if not self._by:
            return []
        keys: Iterable[tuple[Target, object]] = (
            (Target.CAMERA, point.id),
            (Target.TOWN, point.town),
            *((Target.UPSTREAM, one) for one in self._above.get(point.upstream_id or 0, ())),
        )
        return [one for key in keys for one in self._by.get(key, ())]


def target_of(correction: Correction) -> object:
    """What a correction is of: an id, or a town's name."""
    by: Mapping[Target, object] = {
        Target.CAMERA: correction.camera_id,
        Target.UPSTREAM: correction.upstream_id,
        Target.TOWN: correction.town,
    }
    return by[correction.target]


def reached(material: Material, correction: Correction) -> list[Point]:
    """The points that a correction reaches."""
    above = chains(material.upstreams)
    if correction.target is Target.CAMERA:
        return [one for one in material.points if one.id == correction.camera_id]
    if correction.target is Target.TOWN:
        return [one for one in material.points if one.town == correction.town]
    wanted = correction.upstream_id
    return [one for one in material.points if wanted in above.get(one.upstream_id or 0, ())]
