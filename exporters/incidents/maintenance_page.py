"""The page of maintenance windows: the list, and the form that announces one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from camera_registry.assessment.corrections import Target
from camera_registry.incidents.book import MAX_NAME, MAX_NOTE
from camera_registry.incidents.maintenance import MINUTES_A_DAY, Window, WindowState, state_of
from camera_registry.read_model import FleetView
from camera_registry.rollups import LOCAL_ZONE
from exporters.incidents.page import COUNTING, Reader, render_incident_page
from exporters.words import Words

# The page is one to be read; the API has all of them.
MAX_ENDED = 30
# Names that the form offers: a county-level city has some hundred devices and a dozen towns.
MAX_OFFERED = 1_000
_WEEK = range(1, 8)
# A page that is written into stays as it is.
_NO_REFRESH_S = 86_400


def empty_form(now: datetime) -> dict[str, str]:
    """The form's fields before anything was filled in."""
    begins = now.astimezone(LOCAL_ZONE).replace(second=0, microsecond=0, tzinfo=None)
    return {
        "scope": Target.UPSTREAM.value,
        "name": "",
        "from": begins.isoformat(timespec="minutes"),
        "to": "",
        **{f"day{day}": "" for day in _WEEK},
        "at": "",
        "minutes": "",
        "by": "",
        "note": "",
    }


def window_of_form(fields: Mapping[str, str]) -> dict[str, object]:
    """A form's fields as the document that the API takes: `name` goes to the field that `scope`
    names, `day1` (Monday) to `day7` to the weekdays. A time of day and minutes count beside a
    weekday only."""
    window: dict[str, object] = {
        name: fields.get(name, "") for name in ("from", "to", "by", "note")
    }
    window[fields.get("scope", "")] = fields.get("name", "").strip()
    weekdays = [day for day in _WEEK if fields.get(f"day{day}")]
    if weekdays:
        minutes = fields.get("minutes", "").strip()
        window |= {
            "weekdays": weekdays,
            "at": fields.get("at", ""),
            # What is no number is for whoever reads the document to name.
            "minutes": int(minutes) if minutes.isdecimal() and len(minutes) < 10 else minutes,
        }
    return window


def render_maintenance(
    found: Iterable[Window], view: FleetView, reader: Reader, words: Words, now: datetime
) -> str:
    """The windows that last or come, the form, and those that ended last."""
    windows = list(found)
    counting = [one for one in windows if state_of(one, now) in COUNTING]
    ended = [one for one in windows if state_of(one, now) not in COUNTING]
    return render_incident_page(
        "maintenance.html",
        words,
        now,
        refresh_s=_NO_REFRESH_S,
        query="",
        windows=counting,
        ended=ended[:MAX_ENDED],
        more=max(0, len(ended) - MAX_ENDED),
        active=WindowState.ACTIVE,
        state_of=lambda window: state_of(window, now),
        reader=reader,
        scopes=tuple(Target),
        offered=_names(view),
        week=_WEEK,
        repeats=any(reader.given.get(f"day{day}") for day in _WEEK),
        max_name=MAX_NAME,
        max_note=MAX_NOTE,
        max_minutes=MINUTES_A_DAY,
    )


def _names(view: FleetView) -> Sequence[str]:
    """Names of towns and of the devices that cameras hang on."""
    devices = sorted({camera.upstream for camera in view.cameras if camera.upstream})
    return (*view.towns, *devices)[:MAX_OFFERED]
