"""A report's figures as one JSON document: plain values, in a fixed order. Pure.

Quotients stay whole numbers, fractions are "n/d", moments ISO 8601 in UTC, so the same figures are
the same bytes wherever they were reckoned.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from fractions import Fraction
from typing import Any

from camera_registry.assessment.report import Report


def figures_document(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    document: dict[str, Any] = plain(report)
    return document


def figures_text(report: Report) -> str:
    """The document's bytes, as text: what a later reckoning is compared with."""
    return json.dumps(
        figures_document(report), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def plain(value: Any) -> Any:
    """A value of the vocabulary as JSON takes it."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
