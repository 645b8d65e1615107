"""A platform's list as it was read, and what its import did. Frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from camera_registry.archive.report import Rejection
from camera_registry.vocabulary import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPoint:
    """One line of a platform's list: online or offline. `row` counts as the file does, from 1."""

    row: int
    code: str
    status: Status
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformList:
    """A list as it was read. `ignored` counts what is no camera (groups, recorders); `announced`
    is how many entries the document says that there are, where it does."""

    points: tuple[ListedPoint, ...]
    rejections: tuple[Rejection, ...] = ()
    ignored: int = 0
    announced: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformImport:
    """What an import did. `entries` counts all that the list holds, `ignored` those that are no
    camera, and `announced` what it says itself to hold. `unknown` are codes that the archive does
    not have, `others` those of points that we look at ourselves (the platform's word is not taken
    for them), `missing` the platform's points that the list leaves out; each as labels, cut to a
    readable number, with the whole count beside it."""

    at: datetime
    online: int
    offline: int
    unchanged: int
    ignored: int
    entries: int
    announced: int | None
    unknown: int
    others: int
    missing: int
    unknown_codes: tuple[str, ...] = ()
    other_codes: tuple[str, ...] = ()
    missing_labels: tuple[str, ...] = ()
    rejected: tuple[Rejection, ...] = ()

    @property
    def reported(self) -> int:
        return self.online + self.offline

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "reported": self.reported,
            "online": self.online,
            "offline": self.offline,
            "unchanged": self.unchanged,
            "ignored": self.ignored,
            "entries": self.entries,
            "announced": self.announced,
            "unknown": {"count": self.unknown, "codes": list(self.unknown_codes)},
            "not_platform": {"count": self.others, "codes": list(self.other_codes)},
            "missing": {"count": self.missing, "points": list(self.missing_labels)},
            "rejected": [one.document() for one in self.rejected],
        }
