"""Credentials at rest: Fernet tokens under a key that is kept outside the database.

A key file holds one key a line (URL-safe base64 of 32 bytes, as `Fernet.generate_key` makes).
The first one seals; all of them open, so that a key is replaced by putting a new one on top.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_LOG = logging.getLogger(__name__)
# A key is 44 characters; the file holds a handful of them.
_MAX_FILE_BYTES = 4096


class KeyFileError(Exception):
    """The key cannot be read, made or used; the message says which and why, never the key."""


class WrongKeyError(Exception):
    """What is stored was sealed under another key."""


class Vault:
    """Seals and opens texts. Its `repr` names where the key came from, never the key."""

    __slots__ = ("_fernet", "_origin")

    def __init__(self, keys: Sequence[str], *, origin: str = "the key given as a value") -> None:
        """
        Raises:
            KeyFileError: no key, or one that is not a Fernet key.
        """
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError:
            raise KeyFileError(
                f"{origin}: not a key (44 characters of URL-safe base64 are expected)"
            ) from None
        if not fernets:
            raise KeyFileError(f"{origin}: holds no key")
        self._fernet = MultiFernet(fernets)
        self._origin = origin

    def __repr__(self) -> str:
        return f"Vault({self._origin!r})"

    @classmethod
    def from_file(cls, path: Path) -> Vault:
        """The vault of a key file, which is made (mode 0600) where there is none yet.

        Raises:
            KeyFileError: unreadable, no key in it, or its folder is missing or not writable.
        """
        try:
            text = _read(path)
        except FileNotFoundError:
            text = _create(path)
        except (OSError, UnicodeDecodeError) as error:
            raise KeyFileError(f"key file {path}: {_why(error)}") from None
        return cls(text.split(), origin=f"key file {path}")

    def seal(self, text: str | None) -> str | None:
        """A token for the text; None stays None."""
        return None if text is None else self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, token: str | None, *, of: str) -> str | None:
        """The text of a token; `of` says whose it is, for the error.

        Raises:
            WrongKeyError: none of the keys opens it.
        """
        if token is None:
            return None
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken:
            raise WrongKeyError(
                f"{self._origin} does not open what is stored ({of}): it was sealed under another "
                "key; put that key back, as a further line if this one is new"
            ) from None


def _read(path: Path) -> str:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        content = file.read(_MAX_FILE_BYTES)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        _LOG.warning("key file %s can be read by others; chmod 600 would keep them out", path)
    return content.decode("ascii")


def _create(path: Path) -> str:
    key = Fernet.generate_key().decode("ascii")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise KeyFileError(f"key file {path} cannot be made: {_why(error)}") from None
    _LOG.info("made the key file %s; keep a copy of it apart from the database", path)
    return key


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "unreadable") if isinstance(error, OSError) else "not a text of keys"
