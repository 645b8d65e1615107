"""The folder of the evidence store: a file for each picture, named by its number alone, so that no
name from outside ever becomes a path. Blocking: call it in a thread.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from camera_registry.pictures.vocabulary import EvidenceFrame, EvidenceKind
from probes.vocabulary import PictureSlot

# Files in one folder: a million pictures make a thousand folders.
_IN_FOLDER = 1000
# What a picture may have; the probes give out 40 kB at the most.
MAX_BYTES = 128 * 1024
# Only the service's user reads what cameras show.
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600


class EvidenceFolder:
    """Pictures in files below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, number: int) -> Path:
        """Where the picture of this number is.

        Raises:
            ValueError: no number of a picture.
        """
        if number <= 0:
            raise ValueError(f"{number} is no number of a picture")
        return self._root / str(number // _IN_FOLDER) / f"{number}.jpg"

    def write(self, number: int, jpeg: bytes) -> None:
        """Keeps a picture, all of it or nothing.

        Raises:
            OSError: the disk is full, or the folder not ours.
            ValueError: larger than any of our pictures.
        """
        if len(jpeg) > MAX_BYTES:
            raise ValueError(f"a picture of {len(jpeg)} bytes")
        path = self.path(number)
        path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        opened = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
        with os.fdopen(opened, "wb") as file:
            file.write(jpeg)
        partial.replace(path)

    def read(self, number: int) -> bytes | None:
        """The picture, or None where it is gone."""
        try:
            with self.path(number).open("rb") as opened:
                return opened.read(MAX_BYTES)
        except FileNotFoundError:
            return None

    def remove(self, numbers: Iterable[int]) -> None:
        """Deletes pictures; those that are gone already are."""
        for number in numbers:
            self.path(number).unlink(missing_ok=True)

    def strays(self, known: frozenset[int]) -> Iterator[int]:
        """Pictures that no row knows of: a process was killed between file and row."""
        for path in self._root.glob("*/*.jpg"):
            if path.stem.isdecimal() and int(path.stem) not in known:
                yield int(path.stem)


def to_let_go(
    frames: Iterable[EvidenceFrame], *, before: datetime, max_bytes: int
) -> tuple[EvidenceFrame, ...]:
    """Which of the pictures (the oldest first) are to go: those of faults older than `before`,
    all but the newest reference of each camera's slots, and then the oldest until what is left
    fits in `max_bytes`: faults before references. Pure."""
    kept = list(frames)
    newest = {
        (one.camera_id, one.slot): one.id for one in kept if one.what is EvidenceKind.REFERENCE
    }
    gone = [one for one in kept if _is_old(one, before, newest)]
    numbers = {one.id for one in gone}
    left = [one for one in kept if one.id not in numbers]
    size = sum(one.size_bytes for one in left)
    for one in sorted(left, key=lambda one: one.what is EvidenceKind.REFERENCE):
        if size <= max_bytes:
            break
        gone.append(one)
        size -= one.size_bytes
    return tuple(gone)


def _is_old(
    frame: EvidenceFrame, before: datetime, newest: Mapping[tuple[int, PictureSlot | None], int]
) -> bool:
    if frame.what is EvidenceKind.REFERENCE:
        return newest[frame.camera_id, frame.slot] != frame.id
    return frame.captured_at < before
