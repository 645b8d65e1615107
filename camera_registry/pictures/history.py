"""What a camera's good pictures usually measure, learnt look by look. Pure.

Learnt is only what is confirmed: a look without a fault, at a camera that is online and suspected
of nothing, followed by another such look. Until that one comes the first is in quarantine, and a
fault that shows meanwhile throws it away. A slot is learnt once it has enough looks over enough
hours; before, nothing is judged by it.

A fault must not be learnt as what is usual. So a departure counts no more than a few spreads,
a look moves a mean by a thirtieth at most, and each mean may wander only so far from where it
stood when the slot was learnt: a lens that fogs up over months is found when it has gone so far.
The view is taken anew now and then from a look that agrees well with the one before it, so that
it follows trees and seasons but not a turn of the camera. Its tones follow each look by a step.

People who accept a new view (`accept`) make all of it be learnt anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Self

from camera_registry.pictures.overlay import KINDS as OVERLAY
from camera_registry.vocabulary import HealthState, Status
from probes.vocabulary import (
    FIGURES,
    TONES_BYTES,
    Baseline,
    PictureFigures,
    PictureSlot,
    ProbeResult,
    Verdict,
)

# How far a mean may wander from where it stood when the slot was learnt; others follow freely
# (light and seasons).
DRIFT: Mapping[str, float] = MappingProxyType(
    {
        "slope_ratio": 0.06,
        "steepness": 0.10,
        "cb": 6.0,
        "cr": 6.0,
        "noise": 3.0,
        "wave_rows": 3.0,
        "wave_columns": 3.0,
        "smear_share": 0.05,
        "grey_share": 0.06,
        "green_share": 0.02,
        "here": 0.15,
        "lost_share": 0.1,
        "bar_step": 0.06,
        "changed_share": 0.05,
        "lit_cb": 6.0,
        "lit_cr": 6.0,
    }
)
_COMPARED = tuple(
    FIGURES.index(name) for name in ("here", "lost_share", "bar_step", "changed_share")
)
_HERE = FIGURES.index("here")
_COLOUR = tuple(FIGURES.index(name) for name in ("cb", "cr", "lit_cb", "lit_cr"))
_DARKEST, _BRIGHTEST = FIGURES.index("darkest"), FIGURES.index("brightest")
# The mean distance from the mean of a Gaussian is 0.8 of its sigma.
_TO_SIGMA = 1.25
# Tones of a new slot follow by steps that shrink from here to one.
_FIRST_STEP = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPolicy:
    """A slot is learnt after `min_looks` over `min_span`. Looks closer than `learn_every` to the
    last one learnt from add nothing. The view is renewed after `view_every`."""

    min_looks: int = 8
    min_span: timedelta = timedelta(hours=4)
    learn_every: timedelta = timedelta(minutes=20)
    view_every: timedelta = timedelta(days=3)
    slowest: float = 1 / 30
    most_spreads: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotHistory:
    """What is known of one slot. `anchors` are the means as they stood when it was learnt; empty
    before. `view_range` is the range of lumas of the picture that the view is of."""

    slot: PictureSlot
    looks: int
    first_at: datetime
    last_at: datetime
    means: tuple[float | None, ...]
    spreads: tuple[float, ...]
    anchors: tuple[float | None, ...] = ()
    view: bytes = field(repr=False)
    view_at: datetime
    view_range: float = 0.0

    @property
    def learnt(self) -> bool:
        return bool(self.anchors)

    def baseline(self) -> Baseline:
        """What a look is to be compared with."""
        return Baseline(
            slot=self.slot,
            learnt=self.learnt,
            means=self.means,
            spreads=self.spreads,
            view=self.view,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A good look that waits for the next one to confirm it."""

    at: datetime
    figures: PictureFigures

    @classmethod
    def of(cls, look: ProbeResult, figures: PictureFigures) -> Self:
        """Without the look's pictures, which nothing is learnt from: strips of overlay text are
        60 kB, and would stay here until the camera's next look."""
        kept = replace(figures, evidence_jpeg=None, overlay_jpeg=None)
        return cls(at=look.started_at, figures=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHistory:
    """All that is known of one camera's pictures. `accepted_at`: since when a new view is being
    learnt because people accepted it."""

    camera_id: int
    slots: tuple[SlotHistory, ...] = ()
    waiting: Quarantined | None = None
    accepted_at: datetime | None = None

    def slot(self, slot: PictureSlot) -> SlotHistory | None:
        return next((one for one in self.slots if one.slot is slot), None)

    def baselines(self) -> tuple[Baseline, ...]:
        return tuple(one.baseline() for one in self.slots)


def accept(camera_id: int, at: datetime) -> PictureHistory:
    """The history of a camera whose view, as it is now, people have accepted."""
    return PictureHistory(camera_id=camera_id, accepted_at=at)


def take_in(
    before: PictureHistory, look: ProbeResult, state: HealthState, policy: HistoryPolicy
) -> PictureHistory:
    """The history after a look; `state` is the camera's health with that look taken in."""
    if not (_is_good(look) and _is_well(state)):
        if look.verdict is Verdict.UNKNOWN or before.waiting is None:
            return before
        return replace(before, waiting=None)
    figures = look.figures
    if figures is None or figures.slot is None:
        return before
    waiting = before.waiting
    if waiting is None:
        return replace(before, waiting=Quarantined.of(look, figures))
    if look.started_at - waiting.at < policy.learn_every:
        return before
    return replace(_learn(before, waiting, policy), waiting=Quarantined.of(look, figures))


def _is_good(look: ProbeResult) -> bool:
    """What is written over a picture says nothing of the picture."""
    faults = look.picture.faults if look.picture is not None else ()
    return look.verdict is Verdict.OK or (
        bool(faults) and all(fault.kind in OVERLAY for fault in faults)
    )


def _is_well(state: HealthState) -> bool:
    delivers = state.status in (Status.ONLINE, Status.DEGRADED)
    others = [fault for fault in state.faults if fault.kind not in OVERLAY]
    return delivers and not others and not state.contradictions


def _learn(before: PictureHistory, good: Quarantined, policy: HistoryPolicy) -> PictureHistory:
    slot = good.figures.slot
    if slot is None or len(good.figures.values) != len(FIGURES):
        return before
    known = before.slot(slot)
    learnt = _begin(slot, good) if known is None else _add(known, good, policy)
    others = (one for one in before.slots if one.slot is not slot)
    return replace(before, slots=(*others, learnt))


def _begin(slot: PictureSlot, good: Quarantined) -> SlotHistory:
    values = good.figures.values
    return SlotHistory(
        slot=slot,
        looks=1,
        first_at=good.at,
        last_at=good.at,
        # Its likeness, if any, was to a view that is no more.
        means=tuple(None if at in _COMPARED else value for at, value in enumerate(values)),
        spreads=(0.0,) * len(values),
        view=good.figures.view,
        view_at=good.at,
        view_range=_range(values),
    )


def _range(values: tuple[float | None, ...]) -> float:
    return (values[_BRIGHTEST] or 0.0) - (values[_DARKEST] or 0.0)


def _add(known: SlotHistory, good: Quarantined, policy: HistoryPolicy) -> SlotHistory:
    looks = known.looks + 1
    weight = max(1 / looks, policy.slowest)
    means, spreads = [], []
    figures = zip(known.means, known.spreads, _clear(good.figures), strict=True)
    for number, (mean, spread, value) in enumerate(figures):
        limit = policy.most_spreads * spread if known.learnt else None
        mean, spread = _moved(mean, spread, value, weight, limit)
        means.append(_held(mean, number, known.anchors))
        spreads.append(spread)
    added = replace(known, looks=looks, last_at=good.at, means=tuple(means), spreads=tuple(spreads))
    renewed = _renewed(_settled(added, policy), good, policy)
    if good.figures.hazy:
        return replace(renewed, view=_outline(renewed.view) + _tones(known.view))
    tones = _followed(_tones(known.view), _tones(good.figures.view), max(1, _FIRST_STEP - looks))
    return replace(renewed, view=_outline(renewed.view) + tones)


def _outline(view: bytes) -> bytes:
    return view[:-TONES_BYTES]


def _tones(view: bytes) -> bytes:
    return view[-TONES_BYTES:]


def _followed(known: bytes, now: bytes, most: int) -> bytes:
    """The known tones, each moved towards what it is now by so much at most: a running median."""
    return bytes(
        one + max(-most, min(most, other - one)) for one, other in zip(known, now, strict=True)
    )


def _clear(figures: PictureFigures) -> tuple[float | None, ...]:
    """What is seen through haze has the haze's colour."""
    if not figures.hazy:
        return figures.values
    return tuple(None if at in _COLOUR else one for at, one in enumerate(figures.values))


def _moved(
    mean: float | None, spread: float, value: float | None, weight: float, limit: float | None
) -> tuple[float | None, float]:
    if value is None:
        return mean, spread
    if mean is None:
        return value, 0.0
    step = value - mean
    if limit is not None and abs(step) > limit > 0:
        step = limit if step > 0 else -limit
    return mean + weight * step, spread + weight * (_TO_SIGMA * abs(step) - spread)


def _held(mean: float | None, number: int, anchors: tuple[float | None, ...]) -> float | None:
    reach = DRIFT.get(FIGURES[number])
    anchor = anchors[number] if anchors else None
    if mean is None or anchor is None or reach is None:
        return mean
    return min(max(mean, anchor - reach), anchor + reach)


def _settled(slot: SlotHistory, policy: HistoryPolicy) -> SlotHistory:
    enough = slot.looks >= policy.min_looks and slot.last_at - slot.first_at >= policy.min_span
    return replace(slot, anchors=slot.means) if enough and not slot.learnt else slot


def _renewed(slot: SlotHistory, good: Quarantined, policy: HistoryPolicy) -> SlotHistory:
    """With the look's view, if that is the better one: while the slot is being learnt, the one
    through the clearest air; later one that agrees with the old one, when that has become old."""
    values = good.figures.values
    if slot.learnt:
        usual, here = slot.means[_HERE], values[_HERE]
        is_old = good.at - slot.view_at >= policy.view_every
        agrees = usual is not None and here is not None and here >= usual
        better = is_old and agrees and _range(values) >= _range(slot.means)
    else:
        better = _range(values) > slot.view_range
    if not better:
        return slot
    return replace(slot, view=good.figures.view, view_at=good.at, view_range=_range(values))
