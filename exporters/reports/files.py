"""Reports as files: written whole or not at all, listed, and let go when they are old."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_NAME = re.compile(
    r"(?P<kind>day|week|month)-(?P<first>\d{4}-\d{2}-\d{2})\.(?P<language>[A-Za-z_]{2,5})"
    r"\.(?P<format>xlsx|pdf|html|json|csv\.zip)"
)
# The formats with the endings of their files.
FORMATS: Mapping[str, str] = {
    "xlsx": "xlsx",
    "pdf": "pdf",
    "html": "html",
    "csv": "csv.zip",
    "json": "json",
}
# A year of days, weeks and months in two languages and five formats is 4,300 files.
MAX_LISTED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """One file of a report, by its name."""

    name: str
    kind: str
    first: date
    language: str
    format: str
    size_bytes: int


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a file beside `path` and puts it in place when it is whole: a reader sees
    the old one or the new one, after a crash too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=f".{path.name}")
    os.close(handle)
    beside = Path(name)
    try:
        write(beside)
        with beside.open("rb+") as written:
            os.fsync(written.fileno())
        # The folder's readers are the report's, not only we.
        beside.chmod(0o644)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def listed(folder: Path) -> list[ReportFile]:
    """The reports in a folder, the newest first; other files are left out."""
    if not folder.is_dir():
        return []
    found = (as_report(path) for path in folder.iterdir() if path.is_file())
    known = [one for one in found if one is not None]
    return sorted(known, key=lambda one: (one.first, one.kind, one.name), reverse=True)[:MAX_LISTED]


def as_report(path: Path) -> ReportFile | None:
    """What a file's name says of it; None for one that is no report."""
    named = _NAME.fullmatch(path.name)
    if named is None:
        return None
    try:
        first = date.fromisoformat(named["first"])
        size_bytes = path.stat().st_size
    except (ValueError, OSError):
        return None
    return ReportFile(
        name=path.name,
        kind=named["kind"],
        first=first,
        language=named["language"],
        format=named["format"],
        size_bytes=size_bytes,
    )


def prune(folder: Path, before: date) -> int:
    """Deletes reports of periods that began before a day; how many files."""
    old = [one for one in listed(folder) if one.first < before]
    for one in old:
        (folder / one.name).unlink(missing_ok=True)
    return len(old)
