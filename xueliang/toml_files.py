"""Reads an operator's TOML file, and says what is wrong in it by file and key."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from xueliang.settings import SettingsError

# Such a file is written by hand: a page or two.
MAX_FILE_BYTES = 256 * 1024


def toml_document(path: Path, what: str) -> dict[str, object]:
    """The file as TOML; `what` is what it should hold.

    Raises:
        SettingsError: unreadable, too large, or not TOML.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SettingsError(f"{path}: larger than {MAX_FILE_BYTES} bytes, no file of {what}")
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from None


def mistakes(path: Path, error: ValidationError) -> str:
    """A line for each mistake, with its place; never the value, which may be an address."""
    lines = []
    for mistake in error.errors(include_input=False, include_url=False):
        where = ".".join(
            f"{part + 1}" if isinstance(part, int) else str(part) for part in mistake["loc"]
        )
        unknown = mistake["type"] == "extra_forbidden"
        text = "unknown key" if unknown else mistake["msg"].removeprefix("Value error, ")
        lines.append(f"{path}: {where}: {text}" if where else f"{path}: {text}")
    return "\n".join(lines)
