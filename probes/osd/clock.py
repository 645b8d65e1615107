"""Times as cameras write them into pictures, read from recognised text. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from probes.osd.vocabulary import TextLine

# Lines whose centres lie no further apart than this share of their height stand in one row.
_ROW = 0.6
# Fewer digits are no date with a time, and a line with as many and no readable time may be one.
_CLOCK_DIGITS = 10
# What recognition mistakes digits for, within a line that is mostly digits.
_DIGITS = str.maketrans({"O": "0", "o": "0", "D": "0", "l": "1", "I": "1", "|": "1", "Z": "2"})
_WEEKDAY = re.compile(
    r"(星期|周|礼拜)[一二三四五六日天]|\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*", re.I
)
_TIME = r"\D{0,3}(?P<hour>\d{2})\D(?P<minute>\d{2})\D(?P<second>\d{2})\s*(?P<half>[AP]M)?"
# ISO and Chinese order; then the orders in which the year stands last (Hikvision and Dahua offer
# MM-DD-YYYY and DD-MM-YYYY as well). Recognition loses blanks and takes colons for other marks.
_FORMS = tuple(
    re.compile(date + _TIME, re.I)
    for date in (
        r"(?<!\d)(?P<year>\d{4})\D{1,2}(?P<month>\d{1,2})\D{1,2}(?P<day>\d{2})",
        r"(?<!\d)(?P<month>\d{2})\D(?P<day>\d{2})\D(?P<year>\d{4})",
        r"(?<!\d)(?P<day>\d{2})\D(?P<month>\d{2})\D(?P<year>\d{4})",
    )
)


def is_clock(line: TextLine) -> bool:
    """Whether a line looks like a date or a time, readable or not."""
    digits = sum(character.isdigit() for character in line.text)
    return digits >= 6 and digits * 2 >= len(line.text.replace(" ", ""))


def may_hold_a_time(lines: Sequence[TextLine]) -> bool:
    """Whether enough digits stand in one row for a date with a time."""
    rows = [text for text in _rows(lines) if sum(map(str.isdigit, text)) >= _CLOCK_DIGITS]
    return bool(rows)


def clock_offset(lines: Sequence[TextLine], at: datetime) -> timedelta | None:
    """How far the shown time is ahead of `at`; None where no time can be read.

    Of several readings (day and month may be swapped, a wildlife camera prints its own strip) the
    nearest counts: an alarm needs every one of them to be wrong.
    """
    shown = (time for text in _rows(lines) for time in _times(text, at))
    return min((time - at for time in shown), key=abs, default=None)


def _rows(lines: Sequence[TextLine]) -> Iterator[str]:
    """Each line, and lines that stand side by side as one text: a wide gap cuts date from time."""
    for line in lines:
        yield line.text
    ordered = sorted(lines, key=lambda line: line.y)
    numbers: list[int] = []
    for before, line in zip([None, *ordered], ordered, strict=False):
        same = before is not None and abs(line.y - before.y) <= _ROW * max(
            line.height, before.height
        )
        numbers.append(numbers[-1] + (not same) if numbers else 0)
    for _, row in groupby(zip(numbers, ordered, strict=True), key=lambda pair: pair[0]):
        side_by_side = sorted((line for _, line in row), key=lambda line: line.x)
        if len(side_by_side) > 1:
            yield " ".join(line.text for line in side_by_side)


def _times(text: str, at: datetime) -> Iterator[datetime]:
    plain = _WEEKDAY.sub(" ", unicodedata.normalize("NFKC", text))
    plain = re.sub(r"\s+", " ", plain)
    for candidate in {plain, plain.translate(_DIGITS)}:
        for form in _FORMS:
            for found in form.finditer(candidate):
                time = _time(found, at)
                if time is not None:
                    yield time


def _time(found: re.Match[str], at: datetime) -> datetime | None:
    part = {name: int(found[name]) for name in ("year", "month", "day", "hour", "minute", "second")}
    if found["half"]:
        part["hour"] = part["hour"] % 12 + 12 * (found["half"].upper() == "PM")
    try:
        return datetime(**part, tzinfo=at.tzinfo)
    except ValueError:
        return None
