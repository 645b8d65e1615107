"""Maintenance windows as the API lists and reads them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time

from camera_registry.assessment.corrections import Target
from camera_registry.incidents.book import wrong_words
from camera_registry.incidents.maintenance import Window, WindowState, check_window
from camera_registry.rollups import LOCAL_ZONE
from camera_registry.store.targets import Found
from exporters.api import BadQueryError, Filter, Json, iso_time, paged, parse_query
from exporters.incidents.document import window_document
from exporters.words import Words

WINDOW_FILTERS = (
    Filter(
        name="state",
        text="How it stands",
        values=WindowState,
        test=lambda shown, v: shown["state"] == v,
    ),
    Filter(
        name="scope",
        text="What it is about",
        values=Target,
        test=lambda shown, v: shown["scope"] == v,
    ),
)
_TEXTS = ("camera", "upstream", "town", "from", "to", "at", "by", "note")
_KNOWN = (*_TEXTS, "weekdays", "minutes")


def windows(found: Iterable[Window], given: Mapping[str, str], now: datetime) -> Json:
    """A page of windows.

    Raises:
        BadQueryError: an unknown parameter, or a value that it does not take.
    """
    query = parse_query(given, WINDOW_FILTERS)
    return {
        "at": iso_time(now),
        **paged(
            [window_document(one, now) for one in found], query, WINDOW_FILTERS, lambda one: one
        ),
    }


def read_target(given: Mapping[str, object], words: Words) -> tuple[Target, str]:
    """What a window is to be about.

    Raises:
        BadQueryError: none of camera, upstream and town is named, or several are.
    """
    named = [(one, text_of(given, one.value)) for one in Target if given.get(one.value)]
    if len(named) != 1:
        raise BadQueryError(words["maintenance.wrong.scope"])
    return named[0]


def read_window(given: Mapping[str, object], target: Found, now: datetime, words: Words) -> Window:
    """The window of a document. `words` say what is wrong with it.

    Raises:
        BadQueryError: naming the field, or what is wrong with the window.
    """
    if unknown := [name for name in given if name not in _KNOWN]:
        raise BadQueryError(f"unknown field {unknown[0][:40]!r}; there are: {', '.join(_KNOWN)}")
    by, note = text_of(given, "by"), text_of(given, "note")
    refuse_wrong(by, note, words)
    window = Window(
        camera_id=target.camera_id,
        upstream_id=target.upstream_id,
        town=target.town,
        starts_at=_moment(given, "from", words) or now,
        ends_at=_moment(given, "to", words),
        weekdays=_weekdays(given),
        at=_time(given, words),
        minutes=_minutes(given, words),
        by=by.strip(),
        note=note.strip(),
        created_at=now,
        subject=target.subject,
    )
    if wrong := check_window(window):
        raise BadQueryError("; ".join(words[f"maintenance.wrong.{key}"] for key in wrong))
    return window


def refuse_wrong(by: str, note: str, words: Words) -> None:
    """
    Raises:
        BadQueryError: nobody is named, or too much is said.
    """
    if wrong := wrong_words(by, note):
        raise BadQueryError("; ".join(words[f"said.wrong.{key}"] for key in wrong))


def text_of(given: Mapping[str, object], name: str) -> str:
    """A field's text, empty where it is missing.

    Raises:
        BadQueryError: naming the field.
    """
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadQueryError(f"{name}: no text")
    return value


def _moment(given: Mapping[str, object], name: str, words: Words) -> datetime | None:
    text = text_of(given, name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadQueryError(words.fill("maintenance.wrong.moment", field=name)) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_ZONE)


def _time(given: Mapping[str, object], words: Words) -> time:
    text = text_of(given, "at")
    if not text:
        return time(0)
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day
    except ValueError:
        raise BadQueryError(words.fill("maintenance.wrong.time", field="at")) from None


def _weekdays(given: Mapping[str, object]) -> frozenset[int]:
    days = given.get("weekdays", [])
    if not isinstance(days, list) or not all(type(day) is int for day in days):
        raise BadQueryError("weekdays: no list of numbers from 1 (Monday) to 7")
    return frozenset(days)


def _minutes(given: Mapping[str, object], words: Words) -> int:
    minutes = given.get("minutes", 0)
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        raise BadQueryError(words.fill("maintenance.wrong.number", field="minutes"))
    return minutes
