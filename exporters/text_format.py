"""Label values as the Prometheus text formats quote them."""

from __future__ import annotations

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def escape(value: str) -> str:
    """A label value as the text formats quote it."""
    return value.translate(_ESCAPES) if "\\" in value or '"' in value or "\n" in value else value
