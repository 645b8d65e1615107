"""A manifest of pictures: a CSV that names files, references, what their overlay text is to show
and, for evaluation, labels."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from probes.osd.vocabulary import Expected
from xueliang.commands.options import Refusal
from xueliang.settings import LOCAL_ZONE

# The largest picture sets hold some 100,000 rows.
MAX_ROWS = 1_000_000
MAX_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A picture, or a folder with a burst, to diagnose. `name` is as it was given; `label` and
    `severity` are empty unless the manifest has them; `expected` is None where it expects nothing
    of the overlay text."""

    name: str
    path: Path
    reference: Path | None
    label: str = ""
    severity: str = ""
    source: str = ""
    expected: Expected | None = None


def read_manifest(path: Path) -> list[Asked]:
    """The rows of a manifest; paths are relative to its folder. Other columns are let be.

    Raises:
        Refusal: it cannot be read, or names the row that it cannot be read from.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Refusal(f"{path}: larger than {MAX_BYTES} bytes")
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _rows(path, csv.DictReader(lines))
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refusal(f"{path}: no CSV in UTF-8: {error}") from error


def _rows(path: Path, rows: csv.DictReader[str]) -> list[Asked]:
    if "file" not in (rows.fieldnames or ()):
        raise Refusal(f"{path}: no column 'file'")
    asked: list[Asked] = []
    for row in rows:
        if len(asked) == MAX_ROWS:
            raise Refusal(f"{path}: more than {MAX_ROWS} rows")
        name = (row["file"] or "").strip()
        if not name:
            raise Refusal(f"{path}:{rows.line_num}: no file named")
        reference = (row.get("reference") or "").strip()
        asked.append(
            Asked(
                name=name,
                path=path.parent / name,
                reference=path.parent / reference if reference else None,
                label=(row.get("label") or "").strip(),
                severity=(row.get("severity") or "").strip(),
                source=(row.get("source") or "").strip(),
                expected=_expected(path, rows.line_num, row),
            )
        )
    return asked


def _expected(path: Path, line: int, row: dict[str, str]) -> Expected | None:
    place = (row.get("expected_place") or "").strip()
    text = (row.get("captured_at") or "").strip()
    if not (place or text):
        return None
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal(f"{path}:{line}: captured_at is no ISO 8601 time: {text[:40]!r}") from None
    # An overlay shows the wall clock of the city, and so does a time without a zone.
    local = at.replace(tzinfo=at.tzinfo or LOCAL_ZONE).astimezone(LOCAL_ZONE) if at else None
    return Expected(place=place, at=local)


def with_overlays(asked: list[Asked], overlays: Path) -> list[Asked]:
    """The same, expecting what another manifest does of the same files."""
    expected = {one.name: one.expected for one in read_manifest(overlays)}
    return [replace(one, expected=expected.get(one.name, one.expected)) for one in asked]
