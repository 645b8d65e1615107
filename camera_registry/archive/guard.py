"""Keeps spreadsheets from taking a value for a formula. Pure.

A text that begins with one of `= + - @` is written with an apostrophe before it, the spreadsheets'
own mark for text. So that nothing is lost on the way back, a text that already begins with
apostrophes and such a sign gets one more; reading takes one away.
"""

from __future__ import annotations

import re

# OWASP, "CSV Injection": the signs that begin a formula in the common spreadsheets. Tabs and line
# ends cannot begin a value here.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@＝＋－＠]")


def guarded(text: str) -> str:
    """The text as it is written to a .csv."""
    return f"'{text}" if _FORMULA.match(text) else text


def guarded_cell(text: str) -> str:
    """The text as it is written to a text cell of an .xlsx, which is no formula whatever it
    begins with; only what reading would take for guarded gets its apostrophe."""
    return f"'{text}" if _GUARDED.match(text) else text


def unguarded(text: str) -> str:
    """The text that was meant by what a sheet holds."""
    return text[1:] if _GUARDED.match(text) else text
