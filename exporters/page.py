"""The plain page at `/`: what it shows, drawn from a view, and its rendering. Pure.

The page loads nothing from elsewhere and runs no script; its style stands in it, and a
Content-Security-Policy by the style's digest allows nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from camera_registry.incidents.clocks import waits_for_an_answer
from camera_registry.read_model import (
    CameraView,
    Figures,
    FleetView,
    LocationCounts,
    LocationView,
    coverage_ratio,
)
from camera_registry.rollups import LOCAL_ZONE, Ratio
from camera_registry.vocabulary import KeyLocationKind, KeyLocationState, Status
from exporters.links import PAGES, Links
from exporters.words import Words

# A town's uplink can blind a hundred places at once; the page stays one to be read.
MAX_BLIND = 50
MAX_OUTAGES = 20
MAX_CAMERAS_OF_PLACE = 6
# The read model is drawn anew every few seconds; two minutes without is a fault of ours.
_STALE = timedelta(minutes=2)
_REFRESH_S = 30
_REFRESH_WAITING_S = 5
# In the order of the stacked bar and the table's columns.
_SHOWN = (
    Status.ONLINE,
    Status.DEGRADED,
    Status.OFFLINE,
    Status.UNKNOWN,
    Status.MAINTENANCE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TownRow:
    """One line of the table of towns; `coverage` is by kind, None where the town has none."""

    name: str
    figures: Figures
    coverage: tuple[LocationCounts | None, ...]
    blind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindPlace:
    """A blind location, blind since the last of its cameras went."""

    place: LocationView
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of the stacked bar, in percent of its width."""

    status: Status
    count: int
    x: float
    width: float


@cache
def _stylesheet() -> str:
    return files("exporters").joinpath("templates", "console.css").read_text("utf-8")


@cache
def content_security_policy(*, forms: bool = False) -> str:
    """Nothing but the page's own style, its inline icon and our own pictures; `forms` for pages
    that send one to us."""
    digest = base64.b64encode(hashlib.sha256(_stylesheet().encode()).digest()).decode()
    action = "'self'" if forms else "'none'"
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' data:; "
        f"base-uri 'none'; form-action {action}; frame-ancestors 'none'"
    )


def render_page(view: FleetView | None, words: Words, now: datetime) -> str:
    """The page in the words' language; without a view, or a look yet, that the first sweep runs."""
    common = frame(words, now)
    if view is None or not view.looked_at.part:
        progress = view.looked_at if view else None
        return (
            environment()
            .get_template("waiting.html")
            .render(**common, progress=progress, refresh_s=_REFRESH_WAITING_S)
        )
    blind = _blind_places(view)
    return (
        environment()
        .get_template("console.html")
        .render(
            **common,
            view=view,
            city=view.total(),
            coverage=view.coverage(),
            kinds=[(kind, view.coverage(kind=kind)) for kind in KeyLocationKind],
            shown=_SHOWN,
            segments=_segments(view.total()),
            towns=_town_rows(view),
            blind=blind[:MAX_BLIND],
            blind_more=max(0, len(blind) - MAX_BLIND),
            max_cameras=MAX_CAMERAS_OF_PLACE,
            outages=_longest_outages(view.cameras),
            incidents=view.incidents_by_camera(),
            waiting=sum(map(waits_for_an_answer, view.incidents)),
            stale=now - view.built_at > _STALE,
            refresh_s=_REFRESH_S if view.last_sweep_at else _REFRESH_WAITING_S,
            coverage_ratio=coverage_ratio,
        )
    )


def frame(words: Words, now: datetime) -> dict[str, Any]:
    """What every page's template takes beside its own subject."""
    return {
        "words": words,
        "page": PageText(words, now),
        # Ours, and fixed by its digest: not to be escaped.
        "style": Markup(_stylesheet()),  # noqa: S704
        "pages": PAGES,
        "link": Links(words).to,
        "other": "en" if words.language == "zh_CN" else "zh",
        "lang": "zh-CN" if words.language == "zh_CN" else "en",
    }


@cache
def environment() -> Environment:
    """The templates, which escape whatever is filled in."""
    return Environment(
        loader=PackageLoader("exporters"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class PageText:
    """What the template writes: numbers, shares, times and reasons in the page's language."""

    def __init__(self, words: Words, now: datetime) -> None:
        self._words = words
        self._now = now

    def percent(self, ratio: Ratio) -> str:
        """One decimal, never rounded up to a full hundred nor down to nothing."""
        value = ratio.value
        if value is None:
            return self._words["page.none"]
        shown = round(value * 100, 1)
        if value < 1 <= shown / 100:
            shown = 99.9
        elif value > 0 >= shown:
            shown = 0.1
        return f"{shown:.0f}%" if shown in (0, 100) else f"{shown:.1f}%"

    def number(self, count: float) -> str:
        return f"{count:,.0f}"

    def time(self, moment: datetime | None) -> str:
        if moment is None:
            return self._words["page.none"]
        return moment.astimezone(LOCAL_ZONE).strftime("%m-%d %H:%M")

    def clock(self, moment: datetime) -> str:
        return moment.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")

    def iso(self, moment: datetime) -> str:
        return moment.astimezone(LOCAL_ZONE).isoformat(timespec="seconds")

    def since(self, moment: datetime | None) -> str:
        """How long ago."""
        return self._words["page.none"] if moment is None else self.lasted(self._now - moment)

    def lasted(self, time: timedelta) -> str:
        """A stretch of time, in its two largest units."""
        seconds = max(0, int(time.total_seconds()))
        minutes, hours = seconds // 60, seconds // 3600
        if seconds < 60:
            return self._words.fill("time.seconds", count=seconds)
        if minutes < 60:
            return self._words.fill("time.minutes", count=minutes)
        if hours < 24:
            return self._words.fill("time.hours", hours=hours, minutes=minutes % 60)
        return self._words.fill("time.days", days=hours // 24, hours=hours % 24)

    def seconds(self, spent: float) -> str:
        """How long a look or a stage of it took."""
        if spent >= 1:
            return f"{spent:.2f} s"
        return f"{spent * 1000:.1f} ms" if spent >= 0.0001 else "< 0.1 ms"

    def fill(self, key: str, **fields: object) -> str:
        return self._words.fill(key, **fields)

    def reason(self, camera: CameraView) -> str:
        found = camera.failure
        if found is None:
            return self._words["page.no_reason"]
        return self._words[f"reason.{found.stage}.{found.reason}"]

    def action(self, camera: CameraView) -> str:
        found = camera.failure
        return self._words[f"reason.{found.stage}.{found.reason}.action"] if found else ""


def _segments(figures: Figures) -> list[Segment]:
    segments, x = [], 0.0
    for status in _SHOWN:
        count = figures.cameras[status]
        width = 100 * count / figures.observed_total if figures.observed_total else 0.0
        segments.append(Segment(status=status, count=count, x=round(x, 3), width=round(width, 3)))
        x += width
    return segments


def _town_rows(view: FleetView) -> list[TownRow]:
    return [
        TownRow(
            name=town,
            figures=view.total(town),
            coverage=tuple(view.locations.get((town, kind)) for kind in KeyLocationKind),
            blind=view.coverage(town)[KeyLocationState.BLIND],
        )
        for town in view.towns
    ]


def _blind_places(view: FleetView) -> list[BlindPlace]:
    """All of them, the longest blind first; those that never had a camera come last."""
    found = [
        BlindPlace(place=place, since=max((c.since for c in place.cameras), default=None))
        for place in view.key_locations
        if place.state is KeyLocationState.BLIND
    ]
    return sorted(found, key=lambda one: (one.since is None, one.since or view.built_at))


def _longest_outages(cameras: Sequence[CameraView]) -> list[CameraView]:
    offline = (camera for camera in cameras if camera.status is Status.OFFLINE)
    return sorted(offline, key=lambda camera: (camera.since, camera.id))[:MAX_OUTAGES]
