"""Whether it is the weather that a picture shows: what fog, rain or dust does to a camera, it does
to its neighbours. Pure.

Where in the last hour a good part of a town's cameras showed haze, or one of the kinds that weather
can cause, no look there is judged for those kinds: they become not checkable, and what stands,
stands. A lens that fogs up from inside is alone in its town, and is told. So is, after a day, what
does not pass: a few cameras with lasting faults must not excuse each other for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from probes.reasons import failure, verdict_of
from probes.vocabulary import FaultKind, Picture, ProbeResult, Stage

# Not too dark and too bright: those are judged by fixed bounds that no weather reaches, and a few
# cameras with broken exposures must not excuse each other.
KINDS = frozenset(
    {
        FaultKind.LOW_CONTRAST,
        FaultKind.BLUR,
        FaultKind.NOISE,
        FaultKind.COLOR_CAST,
        FaultKind.OCCLUSION,
        FaultKind.SCENE_CHANGE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherPolicy:
    """How many of a town's cameras make it weather. One in a hundred is faulty on a usual day, and
    those that stand already are not counted."""

    share: float = 0.08
    min_cameras: int = 3
    window: timedelta = timedelta(hours=1)
    # Fog and rain pass within a day or are seen to thin out in between.
    longest: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """`since` is when the camera began to show it without a look in between that did not; None
    where it does not."""

    at: datetime
    since: datetime | None


class Weather:
    """The last look at each camera, by town; bounded by the fleet."""

    def __init__(self, policy: WeatherPolicy | None = None) -> None:
        self._policy = policy or WeatherPolicy()
        self._towns: dict[str, dict[str, _Seen]] = {}

    def add(self, result: ProbeResult, town: str, standing: frozenset[FaultKind]) -> None:
        """Takes in a look whose picture was judged; of a fault that stands already it says
        nothing new."""
        if result.picture is None:
            return
        found = {fault.kind for fault in result.picture.faults} & KINDS
        cameras = self._towns.setdefault(town, {})
        hazy = result.figures is not None and result.figures.hazy
        showed = bool(found - standing) or (hazy and not standing & KINDS)
        before = cameras.get(result.camera_id)
        since = (before.since if before else None) or result.started_at
        cameras[result.camera_id] = _Seen(at=result.started_at, since=since if showed else None)

    def over(self, town: str, at: datetime) -> bool:
        """Whether it is weather that a town's cameras show."""
        cameras: Mapping[str, _Seen] = self._towns.get(town, {})
        recent = [one for one in cameras.values() if abs(at - one.at) <= self._policy.window]
        longest = self._policy.longest
        showing = sum(one.since is not None and one.at - one.since < longest for one in recent)
        return showing >= max(self._policy.min_cameras, self._policy.share * len(recent))


def excused(result: ProbeResult) -> ProbeResult:
    """The look without what the weather may have caused."""
    picture = result.picture
    if picture is None:
        return result
    kept = tuple(fault for fault in picture.faults if fault.kind not in KINDS)
    if len(kept) == len(picture.faults):
        return result
    unknown = {*picture.not_checkable, *(f.kind for f in picture.faults if f.kind in KINDS)}
    found = failure(Stage.PICTURE, kept[0].kind, f"score {kept[0].score:.2f}") if kept else None
    return replace(
        result,
        verdict=verdict_of(found),
        failure=found,
        picture=Picture(
            faults=kept, not_checkable=tuple(kind for kind in FaultKind if kind in unknown)
        ),
    )
