"""What an import did, and why it did not do the rest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# A rejected value is quoted to be found again in the sheet, not to be copied from the message.
MAX_SHOWN = 80
HIDDEN = "(hidden)"


class ArchiveError(Exception):
    """A file cannot be read or written at all; the message says what and where."""


class Why(StrEnum):
    """Why a cell or a row is refused; the message catalogues have a text for each."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    FORMULA = "formula"
    SHEET_ERROR = "sheet_error"
    DIGITS_LOST = "digits_lost"
    NOT_A_CODE = "not_a_code"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_BOUNDS = "out_of_bounds"
    NOT_A_DATE = "not_a_date"
    NOT_AN_ADDRESS = "not_an_address"
    UNKNOWN_TOWN = "unknown_town"
    DUPLICATE = "duplicate"
    CONTRADICTION = "contradiction"
    UNKNOWN_PARENT = "unknown_parent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One cell (or the row as a whole) that kept its row out. `row` counts as the sheet does,
    from 1; `column` is the heading as the sheet has it."""

    row: int
    column: str
    value: str
    reason: Why
    why: str
    sheet: str = ""

    def __str__(self) -> str:
        place = f"{self.sheet} row {self.row}" if self.sheet else f"row {self.row}"
        return f"{place}, {self.column}: {self.value!r}: {self.why}"

    def document(self) -> dict[str, Any]:
        """For JSON: row, column, value, why, and the reason's name."""
        document: dict[str, Any] = {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "why": self.why,
            "reason": self.reason.value,
        }
        return {"sheet": self.sheet, **document} if self.sheet else document


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """`created`, `updated` and `unchanged` count rows that went in. A rejected row may have
    several rejections. `upstreams` is about the tree of upstream devices, where one was read."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: tuple[Rejection, ...] = ()
    warnings: tuple[str, ...] = ()
    upstreams: ImportReport | None = None

    @property
    def rejected_rows(self) -> int:
        """How many rows did not go in."""
        return len({(rejection.sheet, rejection.row) for rejection in self.rejected})

    def document(self) -> dict[str, Any]:
        """For JSON."""
        document: dict[str, Any] = {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": [rejection.document() for rejection in self.rejected],
            "warnings": list(self.warnings),
        }
        if self.upstreams is not None:
            document["upstreams"] = self.upstreams.document()
        return document


def shown(value: object) -> str:
    """A cell's value as messages quote it."""
    text = str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
