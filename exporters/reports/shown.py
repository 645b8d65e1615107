"""Cells and periods as text for people; times are those of the city. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from fractions import Fraction

from camera_registry.assessment.vocabulary import Period, PeriodKind
from exporters.reports.cells import Cell, Form

NOTHING = "–"


def rounded(value: Fraction, places: int) -> Decimal:
    """To so many decimals, halves away from zero, from the exact fraction."""
    step = Decimal(1).scaleb(-places)
    scaled = value * 10**places
    half = Fraction(1, 2) if scaled >= 0 else Fraction(-1, 2)
    return Decimal(int(scaled + half)) * step


def shown(cell: Cell, form: Form, zone: tzinfo = UTC) -> str:
    """A cell as it is read; an absent one as a dash. Only moments need the zone."""
    if cell is None:
        return NOTHING
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return cell
    return _number(Fraction(cell), form)


def _number(value: Fraction, form: Form) -> str:
    if form is Form.SHARE:
        return f"{rounded(value * 100, 2)}%"
    if form is Form.CHANGE:
        return f"{rounded(value * 100, 2):+}%"
    if form in (Form.HOURS, Form.SCORE):
        return f"{rounded(value, 2):,}"
    return f"{int(value):,}"


def title(period: Period, city: str, words: Mapping[str, str]) -> str:
    """桐城市……日报, and of which day, week or month."""
    return words[f"report.title.{period.kind}"].format(city=city)


def span(period: Period) -> str:
    """The local days, both included."""
    if period.kind is PeriodKind.DAY:
        return period.first.isoformat()
    return f"{period.first.isoformat()} – {period.last.isoformat()}"


def file_stem(period: Period, language: str) -> str:
    """`day-2026-03-01.zh_CN`: sorts by time, and says all that tells one report from another."""
    return f"{period.kind.value}-{period.first.isoformat()}.{language}"
