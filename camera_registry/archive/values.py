"""Reads one cell as its field's type. Pure: a value or a `BadValueError` with the reason.

Sheets are filled in by many hands: full-width digits, stray blanks, dates as text, codes that a
spreadsheet turned into numbers. What can be read with certainty is read; the rest is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType
from typing import Any

from camera_registry.addresses import BadStreamUrlError, split_stream_url
from camera_registry.archive.report import Why
from camera_registry.fields import Field, FieldType, spelling

# Names and addresses are short; the bound keeps a pasted document out of the database.
MAX_TEXT = 500
MAX_URL = 1000
# Spreadsheets keep numbers as IEEE doubles and show 15 digits: longer ones are damaged.
_MAX_EXACT = 10**15
# The dates that a sheet can mean, as Excel counts days (1954 to 2091); its day 0 for the dates
# after 1900-02-28 is 1899-12-30.
_EXCEL_DAYS, _EXCEL_ZERO = range(20_000, 70_000), date(1899, 12, 30)

# Numbers are degrees, of which the ninth decimal is a tenth of a millimetre. A workbook keeps 15 to
# 16 digits, so what is longer would come back changed.
DECIMALS = 9

_EMPTY_MARKS = frozenset({"/", "-", "--", "—", "——", "无", "N/A", "n/a", "NULL", "null"})
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_EXPONENT = re.compile(r"[+-]?\d+(\.\d*)?[eE]\+?\d+")
_DATE = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?: 00?:00(:00)?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A cell that holds a formula."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetError:
    """A cell that holds an error such as #N/A."""

    text: str


Cell = str | int | float | bool | datetime | date | Formula | SheetError | None


class BadValueError(ValueError):
    """A cell that cannot be taken: the reason, and the text that tells it."""

    def __init__(self, reason: Why, why: str) -> None:
        super().__init__(why)
        self.reason = reason
        self.why = why


def read_value(field: Field, cell: Cell) -> Any:
    """The cell's value as it is stored; None where it is empty. A stream address comes back as a
    `StreamAddress`.

    Raises:
        BadValueError: it cannot be read as the field's type.
    """
    plain_cell = _plain(cell)
    if field.type is FieldType.DATE and not isinstance(plain_cell, str):
        return _date_of_cell(plain_cell)
    text = _text(plain_cell, exact=field.type is FieldType.SECRET)
    if not text:
        return None
    if field.type in _FREE:
        return _bounded(text, MAX_TEXT)
    plain = _bounded(unicodedata.normalize("NFKC", text).strip(), MAX_URL)
    if plain in _EMPTY_MARKS:
        return None
    return _READERS[field.type](field, plain)


def read_text(cell: Cell) -> str | None:
    """The cell as a line of text; None where it is empty.

    Raises:
        BadValueError: it holds what no text may, or too much.
    """
    return _bounded(_text(_plain(cell)), MAX_TEXT) or None


def _plain(cell: Cell) -> str | float | date | None:
    if isinstance(cell, Formula):
        raise BadValueError(Why.FORMULA, "is a formula; paste its value instead")
    if isinstance(cell, SheetError):
        raise BadValueError(Why.SHEET_ERROR, f"is the spreadsheet's error {cell.text}")
    return cell


def _text(cell: str | float | date | None, *, exact: bool = False) -> str:
    """The cell as a line of text. `exact` keeps blanks inside (a password may hold them)."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return _digits(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    text = _INVISIBLE.sub("", cell)
    text = text.strip() if exact else " ".join(text.split())
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") or character in "\ufffe\uffff":
            raise BadValueError(
                Why.CONTROL_CHARACTER, f"holds the control character U+{ord(character):04X}"
            )
    return text


def _digits(number: float) -> str:
    if abs(number) >= _MAX_EXACT:
        raise BadValueError(
            Why.DIGITS_LOST,
            "is a number, of which a spreadsheet keeps 15 digits only; format the column as text "
            "and enter it again",
        )
    return str(int(number)) if float(number).is_integer() else repr(number)


def _bounded(text: str, limit: int) -> str:
    if len(text) > limit:
        raise BadValueError(Why.TOO_LONG, f"has {len(text)} characters, at most {limit} are kept")
    return text


def _device_code(_: Field, text: str) -> str:
    # GB/T 28181-2016 annex D and -2022 annex E; with or without a network digit it is 20 long.
    if _EXPONENT.fullmatch(text):
        raise BadValueError(
            Why.DIGITS_LOST,
            "was turned into a number by a spreadsheet and lost digits; format the column as text",
        )
    digits = re.sub(r"[\s-]", "", text)
    if not (digits.isascii() and digits.isdecimal()):
        raise BadValueError(Why.NOT_A_CODE, "is not a device code: 20 digits are expected")
    if len(digits) != 20:
        raise BadValueError(
            Why.NOT_A_CODE, f"is not a device code: it has {len(digits)} digits, not 20"
        )
    return digits


def _division(field: Field, text: str) -> str:
    if not (text.isascii() and text.isdecimal()) or len(text) not in field.lengths:
        lengths = ", ".join(str(length) for length in sorted(field.lengths))
        raise BadValueError(Why.NOT_A_CODE, f"is not a division code of {lengths} digits")
    return text


def _choice(field: Field, text: str) -> str:
    choice = field.choices.get(spelling(text))
    if choice is None:
        allowed = ", ".join(dict.fromkeys(choice.shown for choice in field.choices.values()))
        raise BadValueError(Why.NOT_A_CHOICE, f"is none of: {allowed}")
    return choice.stored


def _open_choice(field: Field, text: str) -> str:
    choice = field.choices.get(spelling(text)) or field.choices.get(spelling(_GB.sub("GB/T", text)))
    return choice.stored if choice else _bounded(text, MAX_TEXT)


_GB = re.compile(r"^GB(?!/?T)", re.IGNORECASE)


def _number(field: Field, text: str) -> float:
    bare = re.sub(r"[°度]$", "", text)
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", bare):
        raise BadValueError(Why.NOT_A_NUMBER, "is not a number")
    return round(_in_bounds(field, float(bare)), DECIMALS) + 0.0


def _integer(field: Field, text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,15}(\.0*)?", text):
        raise BadValueError(Why.NOT_A_NUMBER, "is not a whole number")
    return int(_in_bounds(field, float(text)))


def _in_bounds(field: Field, number: float) -> float:
    if field.bounds is not None and not field.bounds[0] <= number <= field.bounds[1]:
        low, high = field.bounds
        raise BadValueError(Why.OUT_OF_BOUNDS, f"is not between {low:g} and {high:g}")
    return number


def _date(_: Field, text: str) -> date:
    return _calendar_date(text)


def _calendar_date(text: str) -> date:
    found = _DATE.fullmatch(text)
    if found is None:
        raise BadValueError(Why.NOT_A_DATE, "is not a date such as 2024-05-31")
    year, month, day, month_too, day_too, _seconds = found.groups()
    try:
        return date(int(year), int(month or month_too), int(day or day_too))
    except ValueError as error:
        raise BadValueError(Why.NOT_A_DATE, "is not a date of the calendar") from error


def _date_of_cell(cell: float | date | None) -> date | None:
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    days = int(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else 0
    if days in _EXCEL_DAYS:
        return _EXCEL_ZERO + timedelta(days=days)
    if isinstance(cell, int) and 19540101 <= cell <= 20911231:
        return _calendar_date(str(cell))
    raise BadValueError(Why.NOT_A_DATE, "is not a date such as 2024-05-31")


def _ipv4(_: Field, text: str) -> str:
    # Some sheets pad each number with zeros, which IPv4Address refuses (it may mean octal).
    parts = text.replace("。", ".").split(".")
    try:
        padded = len(parts) == 4 and all(re.fullmatch(r"\d{3}", part) for part in parts)
        plain = ".".join(str(int(part)) for part in parts) if padded else ".".join(parts)
        return str(IPv4Address(plain))
    except ValueError as error:
        raise BadValueError(Why.NOT_AN_ADDRESS, "is not an IPv4 address") from error


def _ipv6(_: Field, text: str) -> str:
    try:
        address = IPv6Address(text.strip("[]"))
    except ValueError as error:
        raise BadValueError(Why.NOT_AN_ADDRESS, "is not an IPv6 address") from error
    if address.scope_id is not None:
        raise BadValueError(Why.NOT_AN_ADDRESS, "names a zone of one machine (%)")
    return str(address)


def _mac(_: Field, text: str) -> str:
    digits = re.sub(r"[\s:.-]", "", text).upper()
    if not re.fullmatch(r"[0-9A-F]{12}", digits):
        raise BadValueError(Why.NOT_AN_ADDRESS, "is not a MAC address of 12 hexadecimal digits")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def _stream_url(_: Field, text: str) -> Any:
    try:
        return split_stream_url(text)
    except BadStreamUrlError as error:
        raise BadValueError(Why.NOT_AN_ADDRESS, f"is no stream address: it {error}") from error


def _as_is(_: Field, text: str) -> str:
    return text


# Read as they stand, full-width forms and all: NFKC would alter names and passwords.
_FREE = frozenset({FieldType.TEXT, FieldType.USERNAME, FieldType.SECRET})

_READERS: Mapping[FieldType, Callable[[Field, str], Any]] = MappingProxyType(
    {
        FieldType.DEVICE_CODE: _device_code,
        FieldType.DIGITS: _division,
        FieldType.ENUM: _choice,
        FieldType.CHOICE: _open_choice,
        FieldType.NUMBER: _number,
        FieldType.INTEGER: _integer,
        FieldType.DATE: _date,
        FieldType.IPV4: _ipv4,
        FieldType.IPV6: _ipv6,
        FieldType.MAC: _mac,
        FieldType.STREAM_URL: _stream_url,
        FieldType.TOWN: _as_is,
    }
)
