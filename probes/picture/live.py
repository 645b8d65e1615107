"""What a live look makes of a picture: its verdict, and its figures for the camera's history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from probes.picture.burst import Motion
from probes.picture.figures import slot_of, values
from probes.picture.known import KINDS, judge_greyed, judge_known
from probes.picture.measures import interior, measure
from probes.picture.planes import Planes, Samples
from probes.picture.rules import Evidence, judge, ramp
from probes.picture.thresholds import THRESHOLDS
from probes.picture.usual import Known, is_veiled, known
from probes.picture.view import Likeness, likeness, toned, view_of
from probes.vocabulary import (
    FIGURES,
    FaultKind,
    Picture,
    PictureContext,
    PictureFault,
    PictureFigures,
    PictureSlot,
    Polygon,
)

# A figure is kept to this many digits: enough for every threshold, and half the bytes.
_DIGITS = 4
_SHIFT = 8
# What a decoder leaves of a picture of which it got nothing is one grey or a few drawn-out rows.
_LEFT_SPREAD = 8.0
# A decoder that conceals knows that it does, but not how much of it people would see.
_DECODERS_WORD = 0.95
# A view that fits a little beside where it was, and well: the camera may be shaking.
_SHAKING_LIKE, _SHAKING_MOST = 0.35, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`known_view` is the view that the picture was compared with, empty where with none."""

    picture: Picture
    figures: PictureFigures | None
    known_view: bytes = b""
    like: Likeness | None = None


def masked(plane: Samples, masks: tuple[Polygon, ...], colour: int) -> Samples:
    """A copy of the plane with the private areas filled; the plane itself where there are none."""
    if not masks:
        return plane
    covered = plane.copy()
    size = np.array([plane.shape[1], plane.shape[0]], np.float64) * (1 << _SHIFT)
    corners = [np.rint(np.array(mask) * size).astype(np.int32) for mask in masks]
    cv2.fillPoly(covered, corners, colour, shift=_SHIFT)
    return covered


def judge_live(
    planes: Planes,
    *,
    stillness: float | None = None,
    motion: Motion | None = None,
    context: PictureContext | None = None,
) -> Judged:
    """Judges a picture at working size by itself and, with a context, by its camera's history."""
    measures = measure(planes, in_detail=False)
    single = judge(Evidence(measures=measures, stillness=stillness, motion=motion))
    if context is None:
        return Judged(picture=_with_rolling(single, motion), figures=None)
    figures = values(planes, measures)
    slot = slot_of(planes, context.light)
    view = view_of(masked(planes.luma, context.masks, 0))
    baseline = next((one for one in context.baselines if one.slot is slot), None)
    like = likeness(view, baseline.view) if baseline is not None else None
    if like is not None:
        figures |= {"here": like.here, "lost_share": like.lost_share}
    tones = toned(view, baseline.view) if baseline is not None else None
    if tones is not None:
        figures |= {"bar_step": tones.bar_step, "changed_share": tones.changed_share}
    seen = None
    if baseline is not None and baseline.learnt:
        seen = known(figures, baseline, like, tones, movable=context.movable)
    picture = _verdict(single, seen, slot, context)
    if seen is None and slot is PictureSlot.INFRA_RED:
        picture = _greyed(picture, figures, view, context)
    return Judged(
        picture=_with_rolling(picture, motion),
        figures=PictureFigures(
            slot=slot,
            values=_ordered(figures),
            view=view,
            hazy=seen is not None and is_veiled(seen),
        ),
        known_view=baseline.view if baseline is not None else b"",
        like=like,
    )


def _greyed(
    picture: Picture, figures: Mapping[str, float | None], view: bytes, context: PictureContext
) -> Picture:
    """The verdict by what the camera shows by night in colour, where it is known for that alone."""
    by_night = (one for one in context.baselines if one.slot is PictureSlot.NIGHT and one.learnt)
    baseline = next(by_night, None)
    if baseline is None:
        return picture
    return judge_greyed(picture, known(figures, baseline, likeness(view, baseline.view)))


def is_something_left(planes: Planes) -> bool:
    """Whether a damaged picture shows anything but what decoders conceal with."""
    return float(interior(planes.luma).std()) >= _LEFT_SPREAD


def corrupt(judged: Judged) -> Judged:
    """The verdict on a picture that a decoder had to guess parts of: corrupt, and no other kind can
    be told. Nothing is learnt from it."""
    picture = Picture(
        faults=(PictureFault(kind=FaultKind.CORRUPTION, score=_DECODERS_WORD),),
        not_checkable=tuple(kind for kind in FaultKind if kind is not FaultKind.CORRUPTION),
    )
    figures = None if judged.figures is None else replace(judged.figures, slot=None)
    return replace(judged, picture=picture, figures=figures)


def suspects(judged: Judged, *, same: bool | None) -> tuple[FaultKind, ...]:
    """The kinds that one picture suggests and only a burst tells. `same` is what
    `probes.picture.sketch.stands` says."""
    found = {fault.kind for fault in judged.picture.faults}
    told = []
    if same and FaultKind.FROZEN not in found:
        told.append(FaultKind.FROZEN)
    like = judged.like
    if like is not None and like.elsewhere >= _SHAKING_LIKE and 0 < like.distance <= _SHAKING_MOST:
        told.append(FaultKind.SHAKE)
    return tuple(kind for kind in told if kind not in found)


def _with_rolling(picture: Picture, motion: Motion | None) -> Picture:
    """With bars that only a burst shows, where no other fault explains them."""
    score = 0.0 if motion is None else ramp(motion.rolling, THRESHOLDS.rolling)
    if score < THRESHOLDS.alarm or picture.faults:
        return picture
    return Picture(
        faults=(PictureFault(kind=FaultKind.STRIPE, score=round(score, 3)),),
        not_checkable=tuple(kind for kind in picture.not_checkable if kind is not FaultKind.STRIPE),
    )


def _verdict(
    single: Picture, seen: Known | None, slot: PictureSlot | None, context: PictureContext
) -> Picture:
    if seen is not None:
        return judge_known(single, seen)
    if context.accepted and slot is not None:
        # What people have accepted as it is, is well, as far as only its history could tell.
        found = {fault.kind for fault in single.faults}
        unknown = (kind for kind in single.not_checkable if kind not in KINDS - found)
        return replace(single, not_checkable=tuple(unknown))
    return single


def _ordered(figures: Mapping[str, float | None]) -> tuple[float | None, ...]:
    found = (figures.get(name) for name in FIGURES)
    return tuple(None if value is None else round(value, _DIGITS) for value in found)
