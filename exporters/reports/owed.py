"""Which reports are still to be sent: an empty file beside them each, so that a report that was
made is sent once its address answers, also after a crash.

The file goes after the sending. A process killed between the two sends the report again, which
costs its readers a second copy; the other order would cost them the report.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

from exporters.reports.due import Made
from exporters.reports.files import write_whole

_NAME = re.compile(r"\.(?P<kind>day|week|month)-(?P<first>\d{4}-\d{2}-\d{2})\.to-send")


def owe(folder: Path, report: Made, now: datetime) -> None:
    """Notes that a report is to be sent; one that is noted already keeps its time.

    Raises:
        OSError: the folder cannot be written to.
    """
    path = _path(folder, report)
    if not path.exists():
        noted = now.astimezone(UTC).isoformat()
        write_whole(path, lambda beside: _write(beside, noted))


def owed(folder: Path) -> dict[Made, datetime]:
    """The reports to be sent with when that was noted, the oldest first."""
    found: dict[Made, datetime] = {}
    for path in sorted(folder.glob(".*.to-send")):
        named = _NAME.fullmatch(path.name)
        if named is not None:
            report = named["kind"], date.fromisoformat(named["first"])
            found[report] = datetime.fromisoformat(path.read_text("utf-8"))
    return dict(sorted(found.items(), key=lambda one: one[1]))


def settle(folder: Path, report: Made) -> None:
    """Notes that a report is not to be sent any more."""
    _path(folder, report).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _path(folder: Path, report: Made) -> Path:
    kind, first = report
    return folder / f".{kind}-{first.isoformat()}.to-send"
