"""How a finding tells a value: as a sheet shows it, and never a credential. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from camera_registry.fields import FieldType, fields
from camera_registry.lint.rules import Rules
from camera_registry.lint.vocabulary import Entry, Finding, Kind

HIDDEN = "(hidden)"
# A finding quotes a value to be found again, and lists a group's labels to be looked up.
MAX_VALUE, MAX_OTHERS = 120, 20


def shown_value(name: str, value: object) -> str:
    """A field's value as a sheet shows it; empty where there is none."""
    if value is None or value == "":
        return ""
    field = fields()[name]
    if field.hidden:
        return HIDDEN
    if field.type in (FieldType.ENUM, FieldType.CHOICE):
        return next((one.shown for one in field.choices.values() if one.stored == value), "?")
    text = f"{value:.6f}" if isinstance(value, float) else str(value)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"


def found(
    rules: Rules,
    kind: Kind,
    entry: Entry,
    field: str = "",
    *,
    proposal: Mapping[str, Any] | None = None,
    others: Iterable[str] = (),
    keep: str = "",
    **details: object,
) -> Finding:
    """A finding about a record."""
    values = entry.values
    return Finding(
        kind=kind,
        grade=rules.grades[kind],
        camera_id=entry.id,
        label=entry.label,
        name=values["device_name"] or "",
        town=entry.town,
        village=values["village"] or "",
        category=entry.category,
        field=field,
        value=shown_value(field, values[field]) if field else "",
        details={name: str(value) for name, value in details.items()},
        proposal=dict(proposal or {}),
        others=tuple(others)[:MAX_OTHERS],
        keep=keep,
    )
