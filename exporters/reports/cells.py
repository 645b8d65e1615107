"""What a table of a report is: columns, cells, and how they are shown. Pure.

A table knows nothing of files; each writer shows its cells by their `Form`. Shares and scores stay
exact fractions, durations are hours, moments aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from fractions import Fraction

Words = Mapping[str, str]
Cell = str | int | Fraction | datetime | date | None
US_PER_HOUR = 3_600_000_000


class Form(Enum):
    """How a cell is shown."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    # A difference of two shares.
    CHANGE = "change"
    HOURS = "hours"
    SCORE = "score"
    MOMENT = "moment"
    DAY = "day"
    DEGREES = "degrees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`key` names the heading, `report.column.<key>` in the catalogues."""

    key: str
    form: Form = Form.TEXT
    width: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`key` names it: `report.table.<key>`. Every row has a cell for each column."""

    key: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
