"""What the looks said against what was true, camera by camera, as a confusion table."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, order=True)
class Outcome:
    """What a look came to, or should have."""

    verdict: str
    stage: str = ""
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.verdict} {self.stage}/{self.reason}" if self.stage else self.verdict


@dataclass(frozen=True)
class Row:
    """One camera: its true fault, what a look must come to, and what the last one did."""

    camera: str
    fault: str
    expected: Outcome
    found: Outcome

    @property
    def right(self) -> bool:
        return self.expected == self.found


def compare(truth: Iterable[Mapping[str, Any]], database: Path) -> list[Row]:
    """Each camera in use with its last look in the database."""
    last = _last_looks(database)
    rows = []
    for entry in truth:
        if entry["administrative"] != "在用":
            continue
        key = entry["camera"] if entry["camera"] in last else _place(entry)
        expected = Outcome(entry["verdict"], entry["stage"], entry["reason"])
        rows.append(
            Row(str(key), entry["fault"], expected, last.get(key, Outcome("not looked at")))
        )
    return rows


def _place(entry: Mapping[str, Any]) -> tuple[str, int]:
    return entry["address"], int(entry["channel"])


def _last_looks(database: Path) -> dict[object, Outcome]:
    """By device code and by address and channel."""
    query = """
        SELECT c.device_code, c.ipv4, c.channel_number, r.verdict, r.stage, r.reason
        FROM probe_results r JOIN cameras c ON c.id = r.camera_id
        WHERE r.started_at = (
            SELECT max(l.started_at) FROM probe_results l WHERE l.camera_id = r.camera_id)
    """
    connection = sqlite3.connect(database)
    try:
        found: dict[object, Outcome] = {}
        for code, address, channel, verdict, stage, reason in connection.execute(query):
            outcome = Outcome(verdict, stage or "", reason or "")
            found[code] = found[address, int(channel or 1)] = outcome
        return found
    finally:
        connection.close()


def table(rows: Iterable[Row]) -> str:
    """Lines of fault, expected and found outcome, with the number of cameras."""
    counts = Counter((row.fault, row.expected, row.found) for row in rows)
    lines = [f"{'fault':18}{'expected':34}{'found':34}{'cameras':>8}"]
    for (fault, expected, found), count in sorted(counts.items()):
        mark = "" if expected == found else "  <-- differs"
        lines.append(f"{fault:18}{expected!s:34}{found!s:34}{count:>8}{mark}")
    return "\n".join(lines)
