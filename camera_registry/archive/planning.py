"""Decides what a file's drafts do to the records that are there. Pure.

A row is about the camera with its device code; if there is none, about the one at its address
and channel (a camera without a code so far is given the row's). A row without a code never takes
a code away. Within a file the first row about a camera counts.

An empty cell empties its field, except the password's: an exported sheet holds none. When the
user name is emptied, the password goes too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from camera_registry.archive.judging import Columns, Draft, RowError, reject
from camera_registry.archive.report import Rejection, Why, shown
from camera_registry.fields import fields
from camera_registry.store.records import Record

Address = tuple[str, int | None]
Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A new camera's values, every field."""

    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A camera's values as they were and as they will be, and the fields that differ."""

    id: int
    before: Mapping[str, Any] = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an import will do. `kinds` are key locations (town, name) whose kind changes."""

    creations: tuple[Creation, ...]
    updates: tuple[Update, ...]
    unchanged: int
    kinds: Mapping[Place, str]
    rejections: tuple[Rejection, ...]


@dataclass(slots=True, kw_only=True)
class _Known:
    """The records that are there, and which row was the first about what."""

    by_code: dict[str, Record] = field(default_factory=dict)
    by_address: dict[Address, list[Record]] = field(default_factory=dict)
    places: Mapping[Place, str] = field(default_factory=dict)
    file_kinds: dict[Place, tuple[str, int]] = field(default_factory=dict)
    rows_by_id: dict[int, int] = field(default_factory=dict)
    rows_by_code: dict[str, int] = field(default_factory=dict)
    # The first row at an address, and the first without a code.
    rows_by_address: dict[Address, int] = field(default_factory=dict)
    bare_rows: dict[Address, int] = field(default_factory=dict)


def plan_import(
    drafts: Sequence[Draft],
    columns: Columns,
    records: Iterable[Record],
    places: Mapping[Place, str],
) -> Plan:
    """`places` are the kinds of the key locations (town, name) that are there."""
    known = _index(records, places)
    matches = _match_all(drafts, known)
    for draft, match in matches:
        if not isinstance(match, RowError):
            _note_kind(draft, match, known)
    creations: list[Creation] = []
    updates: list[Update] = []
    rejections: list[Rejection] = []
    for draft, match in matches:
        try:
            if isinstance(match, RowError):
                raise match
            values = _merge(draft, match, known)
        except RowError as error:
            rejections.append(reject(draft.row, columns, error.field, error.value, error))
            continue
        if match is None:
            creations.append(Creation(values=values))
        else:
            updates.append(_update(match, values))
    changes = tuple(update for update in updates if update.changed)
    return Plan(
        creations=tuple(creations),
        updates=changes,
        unchanged=len(updates) - len(changes),
        kinds=_changed_kinds(changes, places),
        rejections=tuple(rejections),
    )


def address_of(values: Mapping[str, Any]) -> Address | None:
    """Address and channel of a record."""
    host = values.get("ipv4") or values.get("ipv6")
    return (host, values.get("channel_number")) if host else None


def _index(records: Iterable[Record], places: Mapping[Place, str]) -> _Known:
    known = _Known(places=places)
    for record in records:
        code = record.values["device_code"]
        if code:
            known.by_code[code] = record
        address = address_of(record.values)
        if address:
            known.by_address.setdefault(address, []).append(record)
    return known


def _match_all(
    drafts: Iterable[Draft], known: _Known
) -> list[tuple[Draft, Record | RowError | None]]:
    matches: list[tuple[Draft, Record | RowError | None]] = []
    for draft in drafts:
        try:
            matches.append((draft, _match(draft, known)))
        except RowError as error:
            matches.append((draft, error))
    return matches


def _match(draft: Draft, known: _Known) -> Record | None:
    """The record that a row is about, None for a new one; the row is noted as the first.

    Raises:
        RowError: an earlier row is about the same camera, or it cannot be told which it is.
    """
    code, address = draft.values.get("device_code"), address_of(draft.values)
    _refuse_duplicate(code, address, known)
    record = known.by_code.get(code) if code else None
    if record is None and address:
        record = _at_address(code, address, known)
    if record is not None:
        earlier = known.rows_by_id.setdefault(record.id, draft.row)
        if earlier != draft.row:
            raise _duplicate("device_code" if code else "ipv4", code or address, earlier)
    if code:
        known.rows_by_code[code] = draft.row
    if address:
        known.rows_by_address.setdefault(address, draft.row)
        if not code:
            known.bare_rows[address] = draft.row
    return record


def _refuse_duplicate(code: str | None, address: Address | None, known: _Known) -> None:
    if code in known.rows_by_code and code:
        raise _duplicate("device_code", code, known.rows_by_code[code])
    if address is None:
        return
    # Two coded cameras at one address are two cameras (a port mapping); a bare row is one of them.
    rows = known.bare_rows if code else known.rows_by_address
    if address in rows:
        raise _duplicate("ipv4", address, rows[address])


def _duplicate(name: str, value: object, row: int) -> RowError:
    if isinstance(value, tuple):
        host, channel = value
        value = host if channel is None else f"{host} channel {channel}"
    return RowError(name, value, Why.DUPLICATE, f"row {row} is about the same camera already")


def _at_address(code: str | None, address: Address, known: _Known) -> Record | None:
    found = known.by_address.get(address, [])
    if code:
        found = [record for record in found if record.values["device_code"] is None]
    if len(found) > 1:
        raise RowError(
            "ipv4",
            address[0],
            Why.CONTRADICTION,
            f"{len(found)} cameras have this address and channel; enter the device code",
        )
    return found[0] if found else None


def _note_kind(draft: Draft, match: Record | None, known: _Known) -> None:
    """Of a place's kinds in one file the first counts."""
    values = {**(match.values if match else {}), **draft.values}
    kind = draft.values.get("key_location_kind")
    if kind and values.get("key_location") and values.get("town"):
        known.file_kinds.setdefault((values["town"], values["key_location"]), (kind, draft.row))


def _merge(draft: Draft, match: Record | None, known: _Known) -> dict[str, Any]:
    """The record as it will be.

    Raises:
        RowError: something that every record needs is missing, or the key location's kind is not
            told or contradicts an earlier row's.
    """
    before = match.values if match else dict.fromkeys(fields())
    values = {**before, **draft.values}
    if values["device_code"] is None:
        values["device_code"] = before["device_code"]
    if before["device_username"] is not None and values["device_username"] is None:
        values["device_password"] = None
    for name in ("town", "build_source"):
        # Every figure is drawn up by town and category: a camera without would be in none.
        if values[name] is None:
            raise RowError(name, None, Why.MISSING, "is needed for every camera")
    values["key_location_kind"] = _kind(draft, values, known)
    return values


def _kind(draft: Draft, values: Mapping[str, Any], known: _Known) -> str | None:
    given = draft.values.get("key_location_kind")
    if values["key_location"] is None:
        if given:
            raise RowError(
                "key_location", None, Why.MISSING, "a kind is given, but no key location"
            )
        return None
    place = (values["town"], values["key_location"])
    kind, row = known.file_kinds.get(place, (known.places.get(place), draft.row))
    if kind is None:
        raise RowError(
            "key_location_kind", None, Why.MISSING, "is needed for a key location that is new"
        )
    if given and given != kind:
        raise RowError(
            "key_location_kind",
            _shown_choice("key_location_kind", given),
            Why.CONTRADICTION,
            f"row {row} says that {shown(values['key_location'])} is "
            f"{_shown_choice('key_location_kind', kind)}",
        )
    return kind


def _shown_choice(name: str, stored: str) -> str:
    choices = fields()[name].choices.values()
    return next(choice.shown for choice in choices if choice.stored == stored)


def _update(record: Record, values: Mapping[str, Any]) -> Update:
    changed = tuple(name for name in fields() if values[name] != record.values[name])
    return Update(id=record.id, before=record.values, values=values, changed=changed)


def _changed_kinds(updates: Iterable[Update], places: Mapping[Place, str]) -> dict[Place, str]:
    changed: dict[Place, str] = {}
    for update in updates:
        place = (update.values["town"], update.values["key_location"])
        kind = update.values["key_location_kind"]
        if kind is not None and places.get(place, kind) != kind:
            changed[place] = kind
    return changed
