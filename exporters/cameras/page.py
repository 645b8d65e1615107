"""The pages of points: the list with its filters, and one point with its past days. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from camera_registry.incidents.vocabulary import Incident
from camera_registry.intervals import seconds_by_status
from camera_registry.read_model import CameraView, FleetView
from camera_registry.rollups import Uptime, day_bounds, day_of, uptime
from camera_registry.vocabulary import StateInterval, Status
from exporters.api import CAMERA_FILTERS, Filter, narrowed
from exporters.page import environment, frame
from exporters.words import Words
from probes.vocabulary import Codec, ProbeResult

# What is read at a glance; the API has longer pages.
PER_PAGE = 50
# A week shows what comes every day and what came at the week-end.
DAYS = 7
MAX_LOOKS = 20
# A name is no longer; what is sought cannot be either.
_MAX_SOUGHT = 80
_REFRESH_S = 60
# What needs somebody comes first.
_ORDER = (
    Status.OFFLINE,
    Status.DEGRADED,
    Status.UNKNOWN,
    Status.MAINTENANCE,
    Status.ONLINE,
    Status.RETIRED,
)
# As the standards and cameras' own menus name them.
_CODECS = {Codec.H264: "H.264", Codec.H265: "H.265", Codec.MJPEG: "MJPEG"}
_FILTERS: Mapping[str, Filter] = {one.name: one for one in CAMERA_FILTERS}
# In the order of the form.
SHOWN_FILTERS = ("status", "category", "kind", "fault")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a list is asked for; `page` counts from 1. What it does not know counts as not asked."""

    filters: Mapping[str, str] = field(default_factory=dict)
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of one status, in percent of its day."""

    status: Status
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One calendar day of a camera, as far as it has gone."""

    day: date
    pieces: tuple[Piece, ...]
    spent: Uptime


def choose(query: Mapping[str, str]) -> Chosen:
    """Reads the query of the list's address."""
    given = {name: query.get(name, "").strip()[:_MAX_SOUGHT] for name in _FILTERS}
    known = {name: value for name, value in given.items() if _is_known(_FILTERS[name], value)}
    page = query.get("page", "")
    # Bounded in digits, as int() of a long text is slow.
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 7 else 1
    return Chosen(filters=known, page=max(1, number))


def _is_known(one: Filter, value: str) -> bool:
    return bool(value) and (one.values is None or value in [known.value for known in one.values])


def render_cameras(view: FleetView, chosen: Chosen, words: Words, now: datetime) -> str:
    """The list: what needs somebody first, then by how long it has been so."""
    found = sorted(narrowed(view.cameras, chosen.filters, CAMERA_FILTERS), key=_trouble_first)
    pages = max(1, -(-len(found) // PER_PAGE))
    page_number = min(chosen.page, pages)
    first = (page_number - 1) * PER_PAGE
    return (
        environment()
        .get_template("cameras.html")
        .render(
            **frame(words, now),
            refresh_s=_REFRESH_S,
            query="&" + urlencode({**chosen.filters, "page": page_number}),
            chosen=chosen.filters,
            towns=view.towns,
            choices={name: list(_FILTERS[name].values or ()) for name in SHOWN_FILTERS},
            incidents=view.incidents_by_camera(),
            cameras=found[first : first + PER_PAGE],
            first=first + 1,
            total=len(found),
            page_number=page_number,
            pages_count=pages,
        )
    )


def _trouble_first(camera: CameraView) -> tuple[int, datetime, int]:
    said = camera.reported.since if camera.reported else None
    return _ORDER.index(camera.told), said or camera.since, camera.id


def render_camera(
    camera: CameraView,
    open_ones: Sequence[Incident],
    resolved: Sequence[Incident],
    history: Iterable[StateInterval],
    looks: Sequence[ProbeResult],
    words: Words,
    now: datetime,
    *,
    pictures: bool,
) -> str:
    """One camera. `pictures`: whether cameras have a page of pictures."""
    return (
        environment()
        .get_template("camera.html")
        .render(
            **frame(words, now),
            refresh_s=_REFRESH_S,
            camera=camera,
            open_ones=open_ones,
            resolved=resolved,
            days=days_of(history, now),
            looks=looks,
            codecs=_CODECS,
            pictures=pictures,
        )
    )


def first_day(now: datetime) -> datetime:
    """The moment at which the days that are shown begin."""
    return day_bounds(day_of(now) - timedelta(days=DAYS - 1))[0]


def days_of(history: Iterable[StateInterval], now: datetime) -> list[Day]:
    """The days that are shown, the newest first, out of one camera's intervals."""
    intervals = tuple(history)
    today = day_of(now)
    return [_day(today - timedelta(days=back), intervals, now) for back in range(DAYS)]


def _day(day: date, intervals: Sequence[StateInterval], now: datetime) -> Day:
    start, after = day_bounds(day)
    end = min(after, now)
    whole = (after - start) / timedelta(seconds=1)
    pieces = []
    for one in intervals:
        begins, ends = max(one.start, start), min(one.end or end, end)
        if begins < ends:
            x, width = (part / timedelta(seconds=1) for part in (begins - start, ends - begins))
            pieces.append(
                Piece(
                    status=one.status,
                    x=round(100 * x / whole, 3),
                    width=round(100 * width / whole, 3),
                )
            )
    return Day(
        day=day,
        pieces=tuple(pieces),
        spent=uptime(seconds_by_status(intervals, start, end)),
    )
